"""Options and arguments that several commands share."""

import getpass
from collections.abc import Callable

import rich_click as click

from notifier.errors import WrongUse

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
