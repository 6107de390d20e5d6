"""Lists and tables are sets of rows: which row is which, and what stands over a cell."""

import re

from notifier.changes.normal import words

_CELLS = re.compile(r"\s*\|\s*")
# "Location data: where you are", "Location data - where you are".
_LABELLED = re.compile(r"^([^.:;|]{2,60}?)(?::|\s[\u2013\u2014-])\s")


def cells(row: str) -> list[str]:
    """The cells of a table row, empty ones kept."""
    return _CELLS.split(row.strip())


def label(text: str) -> tuple[str, ...]:
    """What names a row or item within its set: its first cell, the words before its colon, or nothing."""
    first, *rest = cells(text)
    if rest:
        return words(first)
    match = _LABELLED.match(text)
    return words(match[1]) if match else ()


def columns(header: str, old: str | None, new: str | None) -> tuple[str, ...]:
    """The header's cells over the cells in which two rows differ; over all of a row that came or went."""
    names = cells(header)
    rows = [cells(row) for row in (old, new) if row is not None]
    if not rows or any(len(row) != len(names) for row in rows):
        return ()
    return tuple(
        name
        for name, *values in zip(names, *rows, strict=True)
        if words(name) and (len(values) == 1 or words(values[0]) != words(values[1]))
    )
