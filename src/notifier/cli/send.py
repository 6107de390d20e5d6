"""`notifier send`: mail a notice to everybody who has not got it yet."""

import getpass
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import rich_click as click

from notifier.app import App
from notifier.cli.notice import approve_notice, draft_notice, show_notice
from notifier.cli.show import progress, say
from notifier.errors import TryAgain, WrongUse

if TYPE_CHECKING:
    from notifier.flow.notices import Notice


@click.command("send")
@click.argument("what", metavar="[NOTICE | OLD NEW]", nargs=-1)
@click.option("--policy", default="privacy", show_default=True, help="The policy's name, with OLD NEW.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Show whom and what, and send nothing.")
@click.option("--test-to", metavar="ADDR", help="Send one marked copy to ADDR; it is not counted.")
@click.option("--limit", type=click.IntRange(min=1), help="Stop after so many mails.")
@click.option(
    "--by", default=getpass.getuser, show_default="your user name", help="Who approves, with OLD NEW."
)
@click.pass_obj
def command(
    app: App,
    *,
    what: tuple[str, ...],
    policy: str,
    yes: bool,
    dry_run: bool,
    test_to: str | None,
    limit: int | None,
    by: str,
) -> None:
    """Mail a notice to everybody who has not got it yet.

    NOTICE is the number of an approved notice, or of one whose sending was interrupted; without it the only
    such notice is taken. With OLD NEW a notice is drafted, shown, approved by you and sent in one go.
    Ctrl-C stops after the mails in flight; the next `send` goes on where it stopped.
    """
    if len(what) == 2:  # noqa: PLR2004 - OLD NEW
        notice = draft_notice(app, what[0], what[1], policy=policy, by=by, go_on=True)
    else:
        notice = _chosen(app, what, drafts=bool(test_to) or dry_run)
    if test_to:
        _send_test(app, notice, test_to)
        return
    # A draft is approved here only by whoever named both texts and sees what came of them.
    approve = notice.state == "draft" and len(what) == 2  # noqa: PLR2004
    if approve:
        show_notice(notice)
    elif not dry_run:
        _check(app, notice)
    _announce(app, notice)
    if dry_run:
        say(f"dry run: nothing was sent; go on with notice {notice.id}")
        return
    needed = app.settings.notice.approvals
    if approve and needed > 1:
        raise WrongUse(
            f"notice {notice.id} needs {needed} people to approve it", f"notifier notice approve {notice.id}"
        )
    question = f"Approve this as {by} and send it?" if approve else "Send it?"
    if not yes and not click.confirm(question, default=False):
        say(f"not sent; go on with notice {notice.id}")
        return
    if approve:
        notice = approve_notice(app, notice.id, by)
    send_notice(app, notice, limit=limit)


def _check(app: App, notice: "Notice") -> None:
    """Make sure that this may be sent now. Raises WrongUse."""
    from notifier.flow import notices

    if notice.state in {"sent", "closed"}:
        raise WrongUse(f"notice {notice.id} is {notice.state}", "everybody has got it; see `notifier status`")
    # Once sending has begun the approved mails are kept with the notice, and nothing can change them.
    if notice.state != "sending":
        notices.check_approved(app.db, notice.id, app.content_hash(notice, app.mails(notice)))


def _chosen(app: App, what: tuple[str, ...], *, drafts: bool) -> "Notice":
    from notifier.flow import notices

    if len(what) > 1 or (what and not what[0].isdecimal()):
        raise WrongUse(f"{' '.join(what)!r} is no notice", "give a notice's number, or OLD and NEW")
    if what:
        return notices.get(app.db, int(what[0]))
    states = {"approved", "sending"} | ({"draft"} if drafts else set())
    open_ones = [notice for notice in notices.listing(app.db) if notice.state in states]
    if len(open_ones) != 1:
        found = ", ".join(f"{notice.id} ({notice.state})" for notice in open_ones) or "none"
        raise WrongUse(f"which notice to send is not clear: {found}", "name one, see `notifier notice list`")
    return open_ones[0]


def _announce(app: App, notice: "Notice") -> None:
    """Say whom and what, before anything is asked."""
    from notifier.flow import sending

    mail = app.settings.mail
    way = (
        f"the outbox {mail.outbox}"
        if mail.transport == "outbox"
        else f"{mail.host}:{mail.port} ({mail.security})"
    )
    audience = app.audience
    say(f"notice {notice.id}  {notice.policy}@{notice.old_number} -> @{notice.new_number} ({notice.state})")
    say(f"subject   {app.mails(notice)[0].subject}")
    say(f"from      {app.settings.company.name} <{mail.from_}>")
    say(f"through   {way}")
    if notice.state == "sending":
        counts = sending.counts(app.db, notice.id)
        say("so far    " + ", ".join(f"{number} {state}" for state, number in counts.items() if number))
    else:
        say(f"to        {audience.count()} people in {audience.label}")
    say(f"window    {notice.window_days} days from each mail's acceptance\n")


def send_notice(app: App, notice: "Notice", *, limit: int | None = None) -> None:
    """Send, or go on sending, an approved notice, and print the sums. Raises WrongUse or TryAgain."""
    from notifier.config import period
    from notifier.flow import sending

    if notice.state != "sending":
        with progress("enrolling", total=app.audience.count()) as show:
            sending.start(
                app.db,
                notice.id,
                audience=app.audience,
                retry_for=period(app.settings.notice.retry_for),
                now=app.clock(),
                progress=show,
            )
    total = sum(sending.counts(app.db, notice.id).values())
    with stoppable() as stop, progress("sending", total) as show:
        drained = app.send(notice, stop=stop, limit=limit, progress=lambda done: show(done.settled))
        interrupted = stop()
    say(", ".join(f"{number} {state}" for state, number in drained.counts.items() if number))
    again = f"go on with `notifier send {notice.id}`"
    if drained.stopped:
        raise TryAgain(drained.stopped, again)
    if interrupted:
        raise TryAgain("stopped as you asked", again)
    if drained.held_until:
        raise TryAgain(
            f"another sender, or one that was killed, has mails until {drained.held_until:%H:%M:%S} UTC",
            "run `notifier send` again after that",
        )
    if drained.retry_at:
        raise TryAgain(
            f"some mails were put off by their servers until {drained.retry_at:%Y-%m-%d %H:%M} UTC",
            "`notifier run` or `notifier send` tries them again then",
        )


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C or SIGTERM into a wish to stop; a second one interrupts at once."""
    wished = False

    def wish(signum: int, _frame: object) -> None:
        nonlocal wished
        wished = True
        signal.signal(signum, signal.default_int_handler if signum == signal.SIGINT else signal.SIG_DFL)

    before = {number: signal.signal(number, wish) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: wished
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _send_test(app: App, notice: "Notice", address: str) -> None:
    from notifier.audience.address import parse
    from notifier.flow import sending

    try:
        recipient = parse(address)
    except ValueError as error:
        raise WrongUse(f"--test-to {address!r}: {error}", "give one address") from error
    mails = app.mails(notice)
    with closing(app.transport()) as transport:
        for locale, result in sending.send_test(
            transport,
            mails,
            app.sender,
            window_days=notice.window_days,
            key=app.keys[0],
            recipient=recipient,
            now=app.clock(),
        ):
            say(f"test mail {locale or 'default'} to {recipient}: {result.outcome} {result.text}")
            if result.outcome != "accepted":
                said = f"{result.code or ''} {result.text}".strip()
                raise TryAgain(f"the test mail was not accepted: {said}", "mend that and try again")
