"""Changes and comparisons as values, for the tests of what is made of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from notifier.changes.model import (
    Category,
    Change,
    Comparison,
    Direction,
    Edit,
    Kind,
    Level,
    Side,
)
from notifier.changes.words import edits as word_edits


def change(
    category: Category,
    old: str | None,
    new: str | None,
    *,
    words: tuple[str, str] = ("", ""),
    edits: tuple[Edit, ...] | None = None,
    level: Level = Level.MATERIAL,
    direction: Direction = Direction.WIDER,
    section: str | None = None,
    kind: Kind | None = None,
) -> Change:
    """Make a change; `comparison` gives it its id."""
    if kind is None:
        kind = Kind.ADDED if old is None else Kind.REMOVED if new is None else Kind.CHANGED
    return Change(
        id="c1",
        kind=kind,
        section_old=section,
        section_new=section,
        old=old,
        new=new,
        edits=word_edits(old, new) if edits is None else edits,
        level=level,
        categories=(category,),
        direction=direction,
        reason="because",
        rule="rule",
        words_old=words[0],
        words_new=words[1],
    )


def comparison(
    *changes: Change, dated: date | None = None, words: tuple[int, int] = (10_000, 10_000)
) -> Comparison:
    """Make a comparison of texts of so many words, the changes numbered in their order."""
    return Comparison(
        Side("old.md", "0" * 64, None, "en", words[0]),
        Side("new.md", "1" * 64, dated, "en", words[1]),
        tuple(_numbered(changes)),
        (),
    )


def _numbered(changes: Sequence[Change]) -> list[Change]:
    return [replace(one, id=f"c{number}") for number, one in enumerate(changes, start=1)]
