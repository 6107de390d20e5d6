"""`notifier optouts`: the opt-out log, and the mails that wait for a person."""

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import rich_click as click

from notifier.app import App
from notifier.cli import options as common
from notifier.cli.show import say, table
from notifier.errors import WrongUse

if TYPE_CHECKING:
    from notifier.optout.shown import Shown

SCOPES = {"change": "this change", "all": "all communications"}
# So many characters of a mail tell in a list what it is about.
_BEGINNING = 60
_LIST_HELP = """\
List the log, oldest first.

\b
timing: when it was received, against that customer's own window
  in window    before it ended, or before it had begun, by answering our mail
  late         after it had ended
  early        before the mail server had accepted our mail
grade: how sure it is who wrote
  confirmed    it answers our mail to the address it comes from
  token only   it answers our mail to another address than it comes from
  sender only  it comes from a customer's address, without our reference
  unknown      neither
"""


class Moment(click.ParamType[datetime]):
    """A day or a time in ISO 8601; without an offset it is UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401 - click's
        """Parse, or fail with the forms that work."""
        if isinstance(value, datetime):
            return value
        try:
            at = datetime.fromisoformat(value)
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no time, use 2026-11-22 or 2026-11-22T14:30", param, ctx)


def _filters(function: Any) -> Any:  # noqa: ANN401 - a decorator of click commands
    """Add the options that choose log entries."""
    for option in reversed(
        (
            click.option("--notice", type=common.NUMBER, help="Only of this notice."),
            click.option("--since", type=Moment(), help="Received at or after."),
            click.option("--until", type=Moment(), help="Received before."),
            click.option(
                "--timing", type=click.Choice(["in window", "late", "early"]), help="Only so timed."
            ),
            click.option("--scope", type=click.Choice(list(SCOPES)), help="Only of this scope."),
            click.option(
                "--text", help="Only where the address or the note (--waiting: the subject) contains this."
            ),
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


@command.command("list", help=_LIST_HELP)
@_filters
@click.option("--waiting", is_flag=True, help="The mails that wait for a person, instead of the log.")
@click.pass_obj
def list_(app: App, /, *, waiting: bool, **options: Any) -> None:  # noqa: ANN401 - the filters
    """List the log, or the mails that wait."""
    from notifier.flow import optouts

    filters = _query(options)
    if waiting:
        table(
            ("mail", "received (UTC)", "kind", "from", "wrote", "why"),
            (
                (
                    mail.id,
                    mail.received_at or mail.fetched_at,
                    mail.kind,
                    mail.sender,
                    _beginning(optouts.mail(app.db, mail.id).shown()),
                    mail.reasons[-1],
                )
                for mail in optouts.waiting(app.db, filters)
            ),
        )
        return
    table(
        ("entry", "counted (UTC)", "notice", "email", "scope", "timing", "grade", "via"),
        (
            (one.id, one.counted_at, one.notice_id, one.email, one.scope, one.timing, one.grade, one.via)
            for one in optouts.listing(app.db, filters)
        ),
    )


def _beginning(mail: "Shown") -> str:
    """Give the first words of a mail; of one without any, the subject."""
    words = " ".join((mail.words or f"(subject) {mail.subject}").split())
    return words if len(words) <= _BEGINNING else f"{words[: _BEGINNING - 1]}…"


@command.command()
@click.argument("number", type=common.NUMBER)
@click.option("--mail", is_flag=True, help="NUMBER is a waiting mail, not a log entry.")
@click.option("--raw", is_flag=True, help="Only the mail as it came in, byte for byte.")
@click.pass_obj
def show(app: App, *, number: int, mail: bool, raw: bool) -> None:
    """Show one entry with its four clocks, its reasons and what the person wrote."""
    from notifier.cli.optout_page import entry_page, mail_page
    from notifier.flow import optouts

    entry = None if mail else optouts.get(app.db, number)
    mail_id = number if entry is None else entry.inbound_id
    source = None if mail_id is None else optouts.mail(app.db, mail_id)
    if raw:
        if source is None:
            raise WrongUse(f"entry {number} came without a mail", "it was entered by hand")
        sys.stdout.buffer.write(source.raw)
        return
    if entry is not None:
        say("\n".join(entry_page(entry, source)))
    elif source is not None:
        say("\n".join(mail_page(source)))


@command.command()
@click.argument("email")
@click.option("--notice", type=common.NUMBER, help="The notice; default: the latest that this address got.")
@click.option("--scope", type=click.Choice(list(SCOPES)), default="change", show_default=True)
@click.option("--received", type=Moment(), help="When it reached you; default: now.")
@click.option(
    "--note", required=True, callback=common.line(2000), help="How it reached you: a call, a letter..."
)
@common.by
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
    earlier = optouts.earlier(app.db, entry)
    again = "" if earlier is None else f"already logged as entry {earlier}; logged again as "
    say(f"{again}entry {entry.id}: {entry.scope}, {entry.timing}")


@command.command()
@click.argument("mail", type=common.NUMBER)
@click.argument("decision", type=click.Choice(["opt-out-change", "opt-out-all", "done"]))
@click.option("--note", default="", callback=common.line(2000), help="Why, or what was done.")
@common.by
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
    with _whole(output) if output else nullcontext(sys.stdout) as file:
        if form == "json":
            json.dump(list(rows), file, ensure_ascii=False, indent=1)
            file.write("\n")
            return
        writer = csv.DictWriter(file, optouts.COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(optouts.csv_safe(row) for row in rows)


@contextmanager
def _whole(path: Path) -> Iterator[IO[str]]:
    """Open a file that gets its name only when it is complete; a pipe or a device is written as it comes."""
    regular = path.is_file() or not path.exists()
    part = path.with_name(f"{path.name}.part") if regular else path
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        if regular:
            part.replace(path)
    finally:
        if regular:
            part.unlink(missing_ok=True)
