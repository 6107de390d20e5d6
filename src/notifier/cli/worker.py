"""`notifier worker`: one machine of a fleet."""

import logging
from collections.abc import Callable

import rich_click as click

from notifier.app import App


@click.command("worker")
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Send with so many processes, each with [mail] connections.",
)
@click.pass_obj
def command(app: App, *, processes: int) -> None:
    """Send with other machines, in the foreground: wait for what `send`, `run` and `schedule` hand over.

    Start one on each machine, with the same configuration and keys; all of them send the same notice from
    the same ledger, which has to be on PostgreSQL. SIGTERM or Ctrl-C stops it after the mails in flight; the
    other workers, or this one when it is started again, go on. The machines' clocks have to agree to a few
    seconds.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("celery").setLevel(logging.WARNING)
    # It would add a traceback to the line which says that a process was killed.
    logging.getLogger("celery.worker.request").setLevel(logging.CRITICAL)
    fleet = app.fleet
    # A wrong configuration is told at once, not at the first notice.
    _ = app.keys
    app.transport().close()
    app.db.close()  # opens again by itself; what is open now must not be shared with the processes
    fleet.work(
        lambda notice_id, stop, call: _drain(app, notice_id, stop, call),
        processes=processes,
    )


def _drain(app: App, notice_id: int, stop: Callable[[], bool], call: Callable[[], None]) -> None:
    """Send what is due of a notice, and call for help once it turns out to go well. Raises Problem."""
    from notifier.delivery.states import NoticeState, State
    from notifier.errors import TryAgain
    from notifier.flow import notices
    from notifier.flow.sending import Progress

    log = logging.getLogger("notifier")
    notice = notices.get(app.db, notice_id)
    if notice.state is not NoticeState.SENDING:
        return
    first: int | None = None
    called = False

    def helped(progress: Progress) -> None:
        # Each process that finds work calls for one more, until one comes too late to find any. Not before
        # mails are accepted: what a broken relay makes one give up, the others need not try.
        nonlocal first, called
        accepted = progress.counts.get(State.ACCEPTED, 0)
        first = accepted if first is None else first
        if accepted > first and not called:
            called = True
            call()

    log.info("notice %d: sending", notice_id)
    drained = app.send(notice, stop=stop, progress=helped)
    if drained.stopped:
        raise TryAgain(drained.stopped, "the next call goes on")
    counts = ", ".join(f"{number} {state}" for state, number in drained.counts.items() if number)
    log.info("notice %d: %s", notice_id, counts)
