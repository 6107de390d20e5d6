"""The passes of `run`, and the same kept running under APScheduler."""

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


def one_pass(app: App, stop: Callable[[], bool]) -> passes.Passed:
    """Run one pass with the configured transport and mailbox. Raises Problem without a database."""

    def send(notice: "Notice") -> str:
        before = sending.counts(app.db, notice.id)
        drained = app.send(notice, stop=stop)
        if drained.stopped:
            raise TryAgain(f"notice {notice.id}: {drained.stopped}", "the next pass goes on")
        if drained.counts == before:
            return ""
        return f"notice {notice.id}: " + ", ".join(f"{n} {state}" for state, n in drained.counts.items() if n)

    def receive() -> str:
        if not app.settings.mailbox.kind:
            return ""
        taken, decided = app.receive(app.mailbox())
        kinds = ", ".join(f"{number} {kind}" for kind, number in decided.kinds.items() if number)
        return f"{taken} new mails: {kinds}" if kinds else ""

    return passes.one(app.db, send=send, receive=receive, clock=app.clock)


def keep_running(app: App, *, every: int) -> None:
    """Run a pass every `every` seconds until SIGTERM or SIGINT; a pass that is under way is finished first.

    A pass that fails is logged and tried again by the next one. Raises Problem where the first step, opening
    the database, fails.
    """
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    _ = app.db, app.keys  # a wrong configuration is told at once, not once a minute

    def job() -> None:
        try:
            passed = one_pass(app, stop.is_set)
        except Problem as problem:
            log.error("%s", problem)  # noqa: TRY400 - it is one clear line, not a traceback
            return
        for line in passed.told:
            log.info("%s", line)
        for failed in passed.problems:
            log.error("%s", failed)

    # One thread, and a late pass runs once: passes never overlap and never pile up.
    scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(1)}, timezone="UTC")
    scheduler.add_job(
        job, "interval", seconds=every, next_run_time=app.clock(), coalesce=True, misfire_grace_time=None
    )
    scheduler.start()
    log.info("running a pass every %d seconds", every)
    stop.wait()
    log.info("stopping")
    scheduler.shutdown(wait=True)
