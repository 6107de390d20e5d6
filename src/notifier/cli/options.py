"""Options and arguments that several commands share."""

import getpass

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


by = click.option("--by", default=whoami, show_default="your user name", help="Who does it, for the record.")
notice_id = click.argument("notice_id", metavar="NOTICE", type=NUMBER)
