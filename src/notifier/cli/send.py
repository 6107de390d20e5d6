"""`notifier send`: mail a notice to everybody who has not got it yet."""

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import rich_click as click

from notifier.app import App
from notifier.cli import options
from notifier.cli.notice import approve_notice, draft_notice
from notifier.cli.notice_head import show_notice
from notifier.cli.show import progress, say
from notifier.errors import TryAgain, WrongUse

if TYPE_CHECKING:
    from datetime import datetime

    from notifier.delivery.states import State
    from notifier.flow.notices import Notice

_PAIR = 2  # OLD NEW


@click.command("send")
@click.argument("what", metavar="[NOTICE | OLD NEW]", nargs=-1)
@click.option("--policy", default="privacy", show_default=True, help="The policy's name, with OLD NEW.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Show whom and what, and send nothing.")
@click.option("--test-to", metavar="ADDR", help="Send one marked copy to ADDR; it is not counted.")
@click.option("--limit", type=click.IntRange(min=1), help="Stop after so many mails; sends from here.")
@click.option(
    "--fleet/--here",
    "fleet",
    default=None,
    help="Have the workers send it, or send from this process.",
    show_default="the workers where [fleet] broker is set",
)
@options.by
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
    fleet: bool | None,
    by: str,
) -> None:
    """Mail a notice to everybody who has not got it yet.

    NOTICE is the number of an approved notice, or of one whose sending was interrupted; without it the only
    such notice is taken. With OLD NEW a notice is drafted, shown, approved by you and sent in one go.
    Ctrl-C stops after the mails in flight; the same command, or the next `run`, goes on where it stopped.
    Where workers send it (see `notifier worker`), Ctrl-C only ends the watching.
    """
    from notifier.flow import notices

    by_fleet = _by_fleet(app, asked=fleet, limit=limit)
    if len(what) == _PAIR:
        notice = draft_notice(app, what[0], what[1], policy=policy, by=by, go_on=True)
    else:
        notice = _chosen(app, what, drafts=bool(test_to) or dry_run)
    if test_to:
        _send_test(app, notice, test_to)
        return
    # A draft is approved here only by whoever named both texts and sees what came of them.
    approve = notice.state == "draft" and len(what) == _PAIR
    if approve:
        show_notice(notice)
    elif not (dry_run and notice.state == "draft"):
        _check(app, notice)
    mails = notices.approved_mails(app.db, notice.id) or app.mails(notice)
    _announce(app, notice, mails[0].subject, by_fleet=by_fleet)
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
        notice = approve_notice(app, notice, mails, by)
    _start(app, notice)
    if by_fleet:
        _send_by_fleet(app, notice)
    else:
        _send_here(app, notice, limit)


def _by_fleet(app: App, *, asked: bool | None, limit: int | None) -> bool:
    """Whether workers are to send it: as asked, else where there are any. Raises WrongUse."""
    if asked and limit is not None:
        raise WrongUse("--limit counts what one process sends", "leave it out, or send with --here")
    if asked is not None:
        return asked
    return bool(app.settings.fleet.broker) and limit is None


def _chosen(app: App, what: tuple[str, ...], *, drafts: bool) -> "Notice":
    """Find the notice that is named, or the only one there is to send. Raises WrongUse."""
    from notifier.flow import notices

    if len(what) > 1 or (what and not what[0].isdecimal()):
        raise WrongUse(f"{' '.join(what)!r} is no notice", "give a notice's number, or OLD and NEW")
    if what:
        return notices.get(app.db, min(int(what[0]), options.MOST))
    states = {"approved", "sending"} | ({"draft"} if drafts else set())
    open_ones = [notice for notice in notices.listing(app.db) if notice.state in states]
    if not open_ones:
        raise WrongUse("there is no notice to send", "draft and approve one, or give OLD and NEW")
    if len(open_ones) > 1:
        found = ", ".join(f"{notice.id} ({notice.state})" for notice in open_ones)
        raise WrongUse(f"there are several notices to send: {found}", "name one")
    return open_ones[0]


def _check(app: App, notice: "Notice") -> None:
    """Make sure that this may be sent now. Raises WrongUse."""
    from notifier.flow import notices, sending

    if notice.state in {"sent", "closed"}:
        counts = _listed(sending.counts(app.db, notice.id))
        raise WrongUse(f"notice {notice.id} is {notice.state} ({counts})", "nothing is left to send")
    # Once sending has begun, what was approved is kept with the notice and cannot change.
    if notice.state != "sending":
        notices.check_approved(app.db, notice.id, app.content_hash(notice, app.mails(notice)))


def _announce(app: App, notice: "Notice", subject: str, *, by_fleet: bool) -> None:
    """Say whom and what, before anything is asked."""
    from notifier.flow import sending

    settings = app.settings
    mail = settings.mail
    sender = notice.sender or app.sender
    way = f"{mail.host}:{mail.port} ({mail.security})"
    if mail.transport == "outbox":
        way = f"the outbox {mail.outbox}: files for you to look at, nobody is mailed"
    say(f"notice {notice.id}  {notice.policy}@{notice.old_number} -> @{notice.new_number} ({notice.state})")
    say(f"subject   {subject}")
    say(f"from      {sender.name} <{sender.address}>")
    say(f"through   {way}")
    if by_fleet:
        app.fleet.check()  # before anybody is asked or enrolled
        say(f"by        the workers that listen to {app.fleet}")
    if notice.state == "sending":
        say(f"so far    {_listed(sending.counts(app.db, notice.id))}")
    else:
        say(f"to        {app.audience.count()} people in {app.audience.label}")
    say(f"window    {notice.window_days} days from each mail's acceptance")
    if not settings.mailbox.kind:
        say("opt-outs  no mailbox is read: set [mailbox], or pipe the mail into `notifier receive -`")
    say("")


def _start(app: App, notice: "Notice") -> None:
    """Enrol everybody, unless that was done before. Raises WrongUse or TryAgain."""
    from notifier.config import period
    from notifier.flow import sending

    if notice.state == "sending":
        return
    with progress("enrolling", total=app.audience.count()) as show:
        sending.start(
            app.db,
            notice.id,
            audience=app.audience,
            content_hash=app.content_hash(notice, app.mails(notice)),
            retry_for=period(app.settings.notice.retry_for),
            now=app.clock(),
            progress=show,
        )


def _send_by_fleet(app: App, notice: "Notice") -> None:
    """Have the workers send it, watch them, and print the sums. Raises WrongUse or TryAgain."""
    from notifier.cli import watch

    stands = watch.hand_over(app, notice.id)
    say(_listed(stands.counts))
    _tell_of_retries(stands.retry_at)


def _send_here(app: App, notice: "Notice", limit: int | None) -> None:
    """Send, or go on sending, and print the sums. Raises WrongUse or TryAgain."""
    from notifier.delivery.states import settled
    from notifier.flow import sending

    total = sum(sending.counts(app.db, notice.id).values())
    with stoppable() as stop, progress("sending", total) as show:
        drained = app.send(
            notice,
            stop=stop,
            limit=limit,
            progress=lambda done: show(settled(done.counts), slowed=done.slowed),
        )
        interrupted = stop()
    say(_listed(drained.counts))
    if drained.fenced:
        say(f"{drained.fenced} results came after our lease was over: the mails were somebody else's by then")
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
    _tell_of_retries(drained.retry_at)


def _tell_of_retries(retry_at: "datetime | None") -> None:
    if retry_at:
        raise TryAgain(
            f"some mails are to be tried again, the first after {retry_at:%Y-%m-%d %H:%M} UTC",
            "`notifier run` or `notifier send` does it then",
        )


def _listed(counts: Mapping["State", int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in counts.items() if number)


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C or SIGTERM into a wish to stop; a second one stops at once, as TryAgain."""
    wished = False

    def wish(signum: int, _frame: object) -> None:
        nonlocal wished
        if wished:
            raise KeyboardInterrupt
        wished = True
        if signum == signal.SIGINT:
            click.echo("\nfinishing the mails in flight; Ctrl-C again stops at once", err=True)

    before = {number: signal.signal(number, wish) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: wished
    except KeyboardInterrupt as error:
        raise TryAgain(
            "stopped at once: of the mails in flight nobody knows whether they arrived",
            "the next run deals with them as [notice] on_uncertain says",
        ) from error
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
            language = f" ({locale})" if locale else ""
            say(f"test mail{language} to {recipient}: {result.outcome}, {result.text}")
            if result.outcome != "accepted":
                said = f"{result.code or ''} {result.text}".strip()
                raise TryAgain(f"the test mail was not accepted: {said}", "mend that and try again")
