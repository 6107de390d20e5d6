"""What commands print: tables and progress on a terminal, plain tab-separated lines in a pipe."""

import csv
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

import rich_click as click

# Columns get at least so much of their width on a terminal, so that short words are not broken.
SHORT = 18
# Spaces between columns.
GAP = 2


def moment(at: datetime | None) -> str:
    """Show a time to the minute, UTC."""
    return "" if at is None else at.strftime("%Y-%m-%d %H:%M")


def table(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Print rows: a table on a terminal, tab-separated lines with a header elsewhere."""
    cells = ([_plain(cell) for cell in row] for row in rows)
    if not sys.stdout.isatty():
        writer = csv.writer(sys.stdout, dialect="excel-tab", lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(cells)
        return
    lines = list(cells)
    widths = [max([len(name), *(len(line[place]) for line in lines)]) for place, name in enumerate(columns)]
    least = [min(width, SHORT) for width in widths]
    if sum(least) + GAP * (len(columns) - 1) > shutil.get_terminal_size().columns:
        _records(columns, lines)
    else:
        _grid(columns, lines, least)


def _grid(columns: Sequence[str], lines: Sequence[Sequence[str]], least: Sequence[int]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    view = Table(box=None, header_style="bold", pad_edge=False, padding=(0, GAP, 0, 0))
    for column, width in zip(columns, least, strict=True):
        view.add_column(column, overflow="fold", min_width=width)
    for line in lines:
        view.add_row(*(Text(cell) for cell in line))
    Console().print(view)


def _records(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """Print a row as a block of lines, where the terminal is too narrow for a table."""
    indent = max(map(len, columns)) + GAP
    for line in lines:
        for column, cell in zip(columns, line, strict=True):
            if cell:
                filled = textwrap.wrap(cell, shutil.get_terminal_size().columns - indent) or [""]
                click.echo(column.ljust(indent) + ("\n" + " " * indent).join(filled))
        click.echo()


def printable(text: str) -> str:
    """Make a text one line that only prints: what came from outside must not steer the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def _plain(cell: object) -> str:
    text = moment(cell) if isinstance(cell, datetime) else "" if cell is None else str(cell)
    return printable(text)


class Shown(Protocol):
    """Takes the number done so far, and whether the other side has asked to go slower."""

    def __call__(self, done: int, *, slowed: bool = False) -> None:
        """Show it."""


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Shown]:
    """Show a bar with count, rate and time left on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _done, slowed=False: None  # noqa: ARG005 - nothing is shown
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with bar:
        task = bar.add_task(what, total=total, rate="")

        def show(done: int, *, slowed: bool = False) -> None:
            speed = bar.tasks[task].speed
            rate = f"{speed:,.0f}/s" if speed else ""
            bar.update(
                task, completed=done, rate=f"{rate} (the server asks to go slower)" if slowed else rate
            )

        yield show


def say(text: str) -> None:
    """Print for people, on standard output; on a terminal lines are wrapped between words."""
    lines = [printable(line) for line in text.split("\n")]
    if sys.stdout.isatty():
        lines = [_wrapped(line, shutil.get_terminal_size().columns) for line in lines]
    click.echo("\n".join(lines))


def _wrapped(line: str, width: int) -> str:
    indent = line[: len(line) - len(line.lstrip())] + ("  " if line.lstrip().startswith("- ") else "")
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False)
