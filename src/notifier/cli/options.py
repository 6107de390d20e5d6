"""Options and arguments that several commands share."""

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from notifier.errors import WrongUse

if TYPE_CHECKING:
    from notifier.changes.model import Level

# What fits into the database's integers.
MOST = 2**63 - 1
NUMBER = click.IntRange(1, MOST)


def whoami() -> str:
    """Give the user's name; in a container there may be none. Raises WrongUse."""
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise WrongUse("this user has no name here", "say who you are with --by") from error


def line(most: int) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """Make a check for text that the records can hold: one printable line of up to `most` characters."""

    def check(_ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
        if value is not None and not (len(value) <= most and value.isprintable()):
            raise WrongUse(
                f"--{param.name} is no plain line of text", f"use up to {most} printable characters"
            )
        return value

    return check


by = click.option(
    "--by",
    default=whoami,
    callback=line(200),
    show_default="your user name",
    help="Who does it, for the record.",
)
notice_id = click.argument("notice_id", metavar="NOTICE", type=NUMBER)

FORMATS = ("terminal", "text", "markdown", "html", "json")
LEVELS = ("material", "minor", "cosmetic")
form = click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    show_default="terminal on one, else by the ending of --output, else text",
    help="Output format.",
)
output = click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file."
)


def _lowest(_ctx: click.Context, _param: click.Parameter, value: str) -> "Level":
    from notifier.changes.model import Level

    return Level.UNJUDGED if value == LEVELS[0] else Level(value)


lowest = click.option(
    "--level",
    "lowest",
    type=click.Choice(LEVELS),
    callback=_lowest,
    default="cosmetic",
    show_default=True,
    help="Lowest level to show.",
)
