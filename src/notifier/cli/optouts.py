"""`notifier optouts`: the opt-out log, and the mails that wait for a person."""

import csv
import getpass
import json
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import rich_click as click

from notifier.app import App
from notifier.cli.show import say, table
from notifier.errors import WrongUse

SCOPES = {"change": "this change", "all": "all communications"}


class Moment(click.ParamType[datetime]):
    """A day or a time in ISO 8601; without an offset it is UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401 - click's
        """Parse, or fail with the forms that work."""
        if isinstance(value, datetime):
            return value
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time, use 2026-11-22 or 2026-11-22T14:30", param, ctx)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _filters(function: Any) -> Any:  # noqa: ANN401 - a decorator of click commands
    """Add the options that choose log entries."""
    for option in reversed(
        (
            click.option("--notice", type=int, help="Only of this notice."),
            click.option("--since", type=Moment(), help="Received at or after."),
            click.option("--until", type=Moment(), help="Received before."),
            click.option(
                "--timing", type=click.Choice(["in window", "late", "early"]), help="Only so timed."
            ),
            click.option("--scope", type=click.Choice(list(SCOPES)), help="Only of this scope."),
            click.option("--text", help="Only where the address or the note contains this."),
        )
    ):
        function = option(function)
    return function


def _query(options: dict[str, Any]) -> Any:  # noqa: ANN401 - imported lazily
    from notifier.flow.optouts import Filters

    options["scope"] = SCOPES.get(options["scope"] or "")
    return Filters(**options)


@click.group("optouts")
def command() -> None:
    """The opt-out log. Entries are only ever added."""


@command.command("list")
@_filters
@click.option("--waiting", is_flag=True, help="The mails that wait for a person, instead of the log.")
@click.pass_obj
def list_(app: App, /, *, waiting: bool, **options: Any) -> None:  # noqa: ANN401 - the filters
    """List the log, oldest first."""
    from notifier.flow import optouts

    if waiting:
        table(
            ("mail", "received (UTC)", "kind", "from", "subject", "why"),
            (
                (
                    mail.id,
                    mail.received_at or mail.fetched_at,
                    mail.kind,
                    mail.sender,
                    mail.subject,
                    mail.reasons[-1],
                )
                for mail in optouts.waiting(app.db)
            ),
        )
        return
    table(
        ("entry", "counted (UTC)", "notice", "email", "scope", "timing", "grade", "via"),
        (
            (one.id, one.counted_at, one.notice_id, one.email, one.scope, one.timing, one.grade, one.via)
            for one in optouts.listing(app.db, _query(options))
        ),
    )


@command.command()
@click.argument("number", type=int)
@click.option("--mail", is_flag=True, help="NUMBER is a waiting mail, not a log entry.")
@click.option("--raw", is_flag=True, help="Only the mail as it came in, byte for byte.")
@click.pass_obj
def show(app: App, *, number: int, mail: bool, raw: bool) -> None:
    """Show one entry with its four clocks, its reasons and the mail it came from."""
    from notifier.flow import optouts

    entry = None if mail else optouts.get(app.db, number)
    mail_id = number if entry is None else entry.inbound_id
    source = None if mail_id is None else optouts.mail(app.db, mail_id)
    if raw:
        if source is None:
            raise WrongUse(f"entry {number} came without a mail", "it was entered by hand")
        sys.stdout.buffer.write(source.raw)
        return
    fields: dict[str, object] = {}
    if entry is not None:
        fields |= optouts.as_row(entry)
    if source is not None:
        fields |= optouts.mail_as_row(source)
    for name, value in fields.items():
        say(f"{name:<20} {value}")
    if source is not None:
        say("\n" + optouts.readable(source))


@command.command()
@click.argument("email")
@click.option("--notice", type=int, help="The notice; default: the latest that this address got.")
@click.option("--scope", type=click.Choice(list(SCOPES)), default="change", show_default=True)
@click.option("--received", type=Moment(), help="When it reached you; default: now.")
@click.option("--note", required=True, help="How it reached you: a call, a letter...")
@click.option("--by", default=getpass.getuser, show_default="your user name", help="Who enters it.")
@click.pass_obj
def add(
    app: App,
    *,
    email: str,
    notice: int | None,
    scope: str,
    received: datetime | None,
    note: str,
    by: str,
) -> None:
    """Log an opt-out that came by other means than mail."""
    from notifier.flow import optouts

    now = app.clock()
    entry = optouts.add(
        app.db,
        email=email,
        notice_id=notice,
        scope=SCOPES[scope],
        received_at=received or now,
        note=note,
        by=by,
        now=now,
    )
    say(f"entry {entry.id}: {entry.scope}, {entry.timing}")


@command.command()
@click.argument("mail", type=int)
@click.argument("decision", type=click.Choice(["opt-out-change", "opt-out-all", "done"]))
@click.option("--note", default="", help="Why, or what was done.")
@click.option("--by", default=getpass.getuser, show_default="your user name", help="Who decides.")
@click.pass_obj
def resolve(app: App, *, mail: int, decision: str, note: str, by: str) -> None:
    """Decide a waiting MAIL: it is an opt-out (counted from when it was received), or it is done."""
    from notifier.flow import optouts

    entry = optouts.resolve(
        app.db, mail, decision=optouts.Decision(decision), by=by, note=note, now=app.clock()
    )
    say(f"mail {mail}: " + (f"entry {entry.id}, {entry.scope}, {entry.timing}" if entry else "done"))


@command.command()
@_filters
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.pass_obj
def export(app: App, /, *, form: str, output: Path | None, **options: Any) -> None:  # noqa: ANN401 - the filters
    """Export the log as CSV or JSON."""
    from notifier.flow import optouts

    rows = (optouts.as_row(entry) for entry in optouts.listing(app.db, _query(options)))
    with output.open("w", encoding="utf-8", newline="") if output else nullcontext(sys.stdout) as file:
        if form == "json":
            json.dump(list(rows), file, ensure_ascii=False, indent=1)
            file.write("\n")
            return
        writer = csv.DictWriter(file, optouts.COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(optouts.csv_safe(row) for row in rows)
