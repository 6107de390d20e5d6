"""Senders as processes of their own, which a benchmark kills, stops and wakes.

They are forked from a process that has everything imported, so that a kill costs no start of Python.
"""

import multiprocessing
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

import mailing
from notifier.clock import Clock, utc_now
from notifier.delivery.message import compile_mail
from notifier.delivery.smtp import SmtpServer, SmtpTransport
from notifier.flow.drain import Drained, drain
from notifier.store import database, notices

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

_context = multiprocessing.get_context("forkserver")
# Only what is installed: that process does not know where this folder is.
_context.set_forkserver_preload(
    [
        "notifier.delivery.smtp",
        "notifier.flow.drafting",
        "notifier.flow.drain",
        "notifier.flow.receiving",
        "notifier.notice.render",
        "psycopg",
        "sqlalchemy.dialects.postgresql",
        "sqlalchemy.dialects.sqlite",
    ]
)


@dataclass(frozen=True, slots=True)
class Job:
    """What a sender is to do: drain a notice to the server on this port, with a lease of so many seconds."""

    url: str
    notice_id: int
    port: int
    lease: float
    connections: int


class Sender:
    """A running sender."""

    def __init__(self, job: Job) -> None:
        self._answer, theirs = _context.Pipe(duplex=False)
        self.process: ForkServerProcess = _context.Process(target=_run, args=(job, theirs))
        self.process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self.process.pid is not None
        return self.process.pid

    def wait_until_ready(self, seconds: float) -> None:
        """Wait until it is about to send."""
        if self._answer.poll(seconds):
            self._answer.recv()

    def kill(self) -> bool:
        """Kill it with SIGKILL; whether it was still at work."""
        self.process.kill()
        self.process.join()
        return self.process.exitcode != 0

    def finished(self, seconds: float) -> Drained | None:
        """Wait until it is done and give how; None where it takes longer, or failed."""
        self.process.join(seconds)
        drained = None
        while self.process.exitcode == 0 and self._answer.poll():
            drained = self._answer.recv()
            if drained is not None:
                break
        return drained


def run(job: Job, clock: Clock = utc_now) -> Drained:
    """Drain in this process."""
    with closing(database.connect(job.url)) as db:
        with db.read() as connection:
            (texts,) = notices.mails(connection, job.notice_id)
        transport = SmtpTransport(SmtpServer("127.0.0.1", job.port, "none"), connections=job.connections)
        with closing(transport):
            return drain(
                db,
                job.notice_id,
                transport=transport,
                templates={"": compile_mail(texts, mailing.SENDER, mailing.WINDOW_DAYS)},
                token_key=mailing.KEY,
                bounce_to=mailing.SENDER.bounce_to,
                clock=clock,
                lease=timedelta(seconds=job.lease),
            )


def warm_up() -> None:
    """Start the process that the senders are forked from, so that the first one is as quick as the rest."""
    process = _context.Process(target=_nothing)
    process.start()
    process.join()


def _nothing() -> None:
    """Be a process."""


def _run(job: Job, answer: Connection) -> None:
    answer.send(None)  # ready
    answer.send(run(job))
