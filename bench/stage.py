"""The stage for bench/send.py: servers, databases, and the contenders, each run checked for lost mails."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cluster
import mailing
import smtp_sink
from contender import CONNECTIONS
from notifier.flow import sending
from notifier.store import database
from programs import program

HERE = Path(__file__).parent
SOURCE_BYTES = 10_000  # beside smtp-source's own header


@dataclass(frozen=True, slots=True)
class Run:
    """One sending: seconds, megabytes; `processor` is the senders' processor time of it. None: not known."""

    mails: int
    seconds: float
    enrolling: float | None = None
    processor: float | None = None
    peak: float | None = None

    @property
    def rate(self) -> float:
        """Mails a second."""
        return self.mails / self.seconds


class Stage:
    """The servers, which are gone when `stack` ends, and a folder for the databases.

    `sent` is how many mails all contenders were to send so far.
    """

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        self.sent = 0
        self.sink = stack.enter_context(smtp_sink.running(self.folder))

    @cached_property
    def postgres(self) -> cluster.Cluster:
        """The PostgreSQL server. Raises WrongUse."""
        return self._stack.enter_context(cluster.running(self.folder))

    @contextmanager
    def sqlite(self) -> Iterator[str]:
        """Give the URL of an SQLite database that is gone afterwards."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            yield mailing.sqlite(Path(folder))

    def mail_bytes(self) -> int:
        """How long the mails are that notifier and smtplib send."""
        with self.sqlite() as url:
            (letter,) = mailing.letters(url, mailing.create(url, 1))
        return len(letter.data)

    def proxy(self, round_trip: float) -> int:
        """Start a proxy that makes the sink that many milliseconds away; its port."""
        command = [sys.executable, str(HERE / "delay_proxy.py"), str(self.sink.port), str(round_trip)]
        process = self._stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE))  # noqa: S603 - our own command
        self._stack.callback(process.terminate)
        assert process.stdout is not None
        return int(process.stdout.readline())

    def notifier(
        self, make: Callable[[], AbstractContextManager[str]], mails: int, port: int, senders: int = 1
    ) -> Run:
        """Enrol, and send with so many processes at once, into a database that `make` gives."""
        with make() as url:
            notice_id = mailing.create(url, mails)
            run = self._counted(mails, ["notifier", url, str(notice_id), str(port)], senders)
            with closing(database.connect(url)) as db:
                counts = sending.counts(db, notice_id)
        if counts != {"accepted": mails}:
            raise SystemExit(f"send: {mails} mails, and the ledger says {counts}")
        return run

    def smtplib(self, mails: int, port: int) -> Run:
        """Send by smtplib."""
        with self.sqlite() as url:
            notice_id = mailing.create(url, mails)
            return self._counted(mails, ["smtplib", url, str(notice_id), str(port), str(mails)], 1)

    def smtp_source(self, mails: int) -> Run:
        """Send with Postfix's own load generator, straight to the sink."""
        options = ["-d", "-s", str(CONNECTIONS), "-l", str(SOURCE_BYTES), "-m", str(mails)]
        command = [str(program("smtp-source", "postfix")), *options, f"{smtp_sink.HOST}:{self.sink.port}"]
        before = self.sink.received()
        began = time.monotonic()
        subprocess.run(command, check=True)  # noqa: S603 - no shell
        seconds = time.monotonic() - began
        self._check_sink("smtp-source", before, mails)
        return Run(mails, seconds)

    def _counted(self, mails: int, arguments: Sequence[str], senders: int) -> Run:
        before = self.sink.received()
        run = _contend(mails, arguments, senders)
        self._check_sink(arguments[0], before, mails)
        return run

    def _check_sink(self, who: str, before: int, mails: int) -> None:
        self.sent += mails
        if (found := self.sink.settled(before + mails) - before) != mails:
            raise SystemExit(f"send: {who} sent {mails} mails, and the sink got {found}")


def _contend(mails: int, arguments: Sequence[str], senders: int) -> Run:
    """Run processes of contender.py: get them ready one after the other, let all go at once."""
    with ExitStack() as stack:
        processes, ready = [], []
        for _ in range(senders):
            command = [sys.executable, str(HERE / "contender.py"), *arguments]
            process = stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True),  # noqa: S603 - our own command
            )
            stack.callback(process.kill)
            processes.append(process)
            ready.append(_heard(process))
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        done = [_heard(process) for process in processes]
        for process in processes:
            process.wait()
    return Run(
        mails,
        seconds=max(each["ended"] for each in done) - min(each["began"] for each in done),
        enrolling=ready[0]["enrolling"],
        processor=sum(each["processor"] for each in done),
        peak=max(each["peak"] for each in done),
    )


def _heard(process: "subprocess.Popen[str]") -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SystemExit("send: a sender ended early; what it said is above")
    found: dict[str, Any] = json.loads(line)
    return found
