"""What commands print: tables and progress on a terminal, plain tab-separated lines in a pipe."""

import csv
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import rich_click as click

if TYPE_CHECKING:
    from collections.abc import Callable


def moment(at: datetime | None) -> str:
    """Show a time to the minute, UTC."""
    return "" if at is None else at.strftime("%Y-%m-%d %H:%M")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows: a table on a terminal, tab-separated lines with a header elsewhere."""
    cells = [[_plain(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        writer = csv.writer(sys.stdout, dialect="excel-tab", lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(cells)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    view = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        view.add_column(column, overflow="fold")
    for row in cells:
        view.add_row(*(Text(cell) for cell in row))
    Console().print(view)


def _plain(cell: object) -> str:
    """Make a cell one printable line: what came from outside must not steer the terminal."""
    text = moment(cell) if isinstance(cell, datetime) else "" if cell is None else str(cell)
    return "".join(char if char.isprintable() else " " for char in text)


@contextmanager
def progress(what: str, total: int | None) -> "Iterator[Callable[[int], None]]":
    """Show a bar with count, rate and time left on a terminal; nothing elsewhere.

    Yields a function that is given the number done so far.
    """
    if not sys.stderr.isatty():
        yield lambda _done: None
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

        def show(done: int) -> None:
            speed = bar.tasks[task].speed
            bar.update(task, completed=done, rate=f"{speed:,.0f}/s" if speed else "")

        yield show


def say(text: str) -> None:
    """Print for people, on standard output; on a terminal lines are wrapped between words."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
        text = "\n".join(
            textwrap.fill(
                line, width, subsequent_indent="  " if line.startswith("- ") else "", break_long_words=False
            )
            for line in text.split("\n")
        )
    click.echo(text)
