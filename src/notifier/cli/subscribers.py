"""`notifier subscribers`: the product's own list of people to be told."""

from pathlib import Path

import rich_click as click

from notifier.app import App
from notifier.cli.show import progress, say, table
from notifier.errors import TryAgain, WrongUse

# How many bad rows are named before the rest is only counted.
SHOWN = 20


@click.group("subscribers")
def command() -> None:
    """The people to be told, where you do not point [audience] at your own table."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def import_(app: App, file: Path) -> None:
    """Import customers from a CSV FILE with the columns email, name and locale.

    UTF-8, separated by comma, semicolon or tab. Importing the same file twice changes nothing; a row that
    cannot be used is named with its line and left out. Exit code 3 when there were such rows.
    """
    from notifier.audience import csv
    from notifier.flow import subscribers

    try:
        data = file.read_bytes()
    except OSError as error:
        raise WrongUse(
            f"{file} cannot be read ({error.strerror})", "check the path and its permissions"
        ) from error
    rows = csv.read(data, str(file))
    if app.settings.audience.table:
        click.echo(f"note: [audience] reads {app.audience.label}; this list is not used", err=True)
    with progress("importing", total=max(data.count(b"\n") - 1, 1)) as show:
        done = subscribers.import_rows(app.db, rows, app.clock(), show)
    say(f"{done.added} added, {done.updated} updated, {done.unchanged} unchanged, {len(done.bad)} left out")
    for row in done.bad[:SHOWN]:
        click.echo(f"{file}:{row.line}: {row.reason}", err=True)
    if len(done.bad) > SHOWN:
        click.echo(f"and {len(done.bad) - SHOWN} more", err=True)
    if done.bad:
        raise TryAgain(f"{len(done.bad)} rows of {file} were left out", "mend them and import the file again")


@command.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many.")
@click.pass_obj
def list_(app: App, limit: int) -> None:
    """List the imported subscribers."""
    from notifier.flow import subscribers

    table(
        ("id", "email", "name", "locale"),
        ((one.ref, one.email, one.name, one.locale) for one in subscribers.listing(app.db, limit=limit)),
    )
    total = subscribers.count(app.db)
    if total > limit:
        click.echo(f"{limit} of {total} shown", err=True)
