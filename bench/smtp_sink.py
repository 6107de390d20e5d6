"""Postfix's smtp-sink: a mail server that throws everything away, and counts it."""

import os
import smtplib
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from notifier.errors import WrongUse
from programs import program

HOST = "127.0.0.1"
START_SECONDS = 10
# It prints its counters when a message ends, before it answers; so long the last line may take to be there.
SETTLE_SECONDS = 5


class Sink:
    """A running sink on `port` of loopback."""

    def __init__(self, port: int, counters: Path) -> None:
        self.port = port
        self._counters = counters

    def received(self) -> int:
        """How many messages came in since the start."""
        with self._counters.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 200))
            last = file.read().rpartition(b"mesg=")[2]
        return int(last) if last.strip().isdigit() else 0

    def settled(self, wanted: int) -> int:
        """How many came in, when it is `wanted` or does not become so any more."""
        end = time.monotonic() + SETTLE_SECONDS
        while (found := self.received()) != wanted and time.monotonic() < end:
            time.sleep(0.05)
        return found


@contextmanager
def running(folder: Path) -> Iterator[Sink]:
    """Run a sink that takes hundreds of connections; its counters go to a file in `folder`.

    Raises WrongUse where Postfix is not installed.
    """
    port = _free_port()
    counters = folder / "sink"
    # Root is not allowed to run it as root.
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [str(program("smtp-sink", "postfix")), "-c", *user, f"{HOST}:{port}", "1000"]
    with counters.open("wb") as output, subprocess.Popen(command, stdout=output) as process:  # noqa: S603 - no shell
        try:
            _wait(port, process)
            yield Sink(port, counters)
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        port: int = one.getsockname()[1]
    return port


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until it answers, and see that it offers what is measured."""
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            with smtplib.SMTP(HOST, port, timeout=START_SECONDS) as client:
                client.ehlo()
                if not client.has_extn("pipelining"):
                    raise WrongUse("this smtp-sink offers no PIPELINING", "use the one of Postfix 3")
                return
        except ConnectionRefusedError:
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit("smtp-sink does not start") from None
            time.sleep(0.02)
