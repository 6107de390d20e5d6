"""The two steps of a pass, once for cron, or kept running under APScheduler."""

import logging
import signal
from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING

from notifier.app import App
from notifier.errors import Problem, TryAgain
from notifier.flow import passes, sending

if TYPE_CHECKING:
    from notifier.flow.notices import Notice

log = logging.getLogger("notifier")


def receive(app: App) -> passes.Passed:
    """Take in what the configured mailbox has; nothing where none is configured. Raises Problem."""
    if not app.settings.mailbox.kind:
        return passes.Passed()

    def take_in() -> str:
        taken, decided = app.receive(app.mailbox())
        kinds = ", ".join(f"{number} {kind}" for kind, number in decided.kinds.items() if number)
        return f"{taken} new mail{'' if taken == 1 else 's'}: {kinds}" if kinds else ""

    return passes.receive(app.db, take_in, app.clock)


def send(app: App, stop: Callable[[], bool]) -> passes.Passed:
    """Go on with what is being sent, retry what is due, close windows. Raises Problem.

    Where there is a fleet its workers are called to go on.
    """
    if app.settings.fleet.broker:
        return passes.send(app.db, lambda notice: _hand_over(app, notice), app.clock)

    def go_on(notice: "Notice") -> str:
        before = sending.counts(app.db, notice.id)
        drained = app.send(notice, stop=stop)
        if drained.stopped:
            raise TryAgain(f"notice {notice.id}: {drained.stopped}", "the next pass goes on")
        if drained.counts == before:
            return ""
        return f"notice {notice.id}: " + ", ".join(f"{n} {state}" for state, n in drained.counts.items() if n)

    return passes.send(app.db, go_on, app.clock)


def _hand_over(app: App, notice: "Notice") -> str:
    app.fleet.call(notice.id)
    return ""


def keep_running(app: App, *, every: int) -> None:
    """Take both steps every `every` seconds until SIGTERM or SIGINT; mails in flight are finished first.

    Mail is taken in while a long send runs. A step that fails is logged and tried again by the next pass.
    Raises Problem where the first thing, opening the database, fails.
    """
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    _ = app.db, app.keys  # a wrong configuration is told at once, not once a minute

    # A late step runs once: steps never overlap themselves and never pile up.
    scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(2)}, timezone="UTC")
    for step in (lambda: receive(app), lambda: send(app, stop.is_set)):
        scheduler.add_job(
            _logged,
            "interval",
            args=[step],
            seconds=every,
            next_run_time=app.clock(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    # A step that takes longer than the interval is no reason for a warning.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    scheduler.start()
    log.info("running a pass every %d seconds", every)
    stop.wait()
    log.info("stopping")
    scheduler.shutdown(wait=True)


def _logged(step: Callable[[], passes.Passed]) -> None:
    try:
        passed = step()
    except Problem as problem:
        log.error("%s", problem)  # noqa: TRY400 - it is one clear line, not a traceback
        return
    for line in passed.told:
        log.info("%s", line)
    for failed in passed.problems:
        log.error("%s", failed)
