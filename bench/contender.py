"""One sender as a process of its own, so that its time and memory are its own: bench/send.py runs it.

    python contender.py notifier URL NOTICE PORT
    python contender.py smtplib URL NOTICE PORT MAILS

It gets ready (enrols, or composes the mails beforehand), prints a line of JSON, waits for a line on its
standard input, sends, and prints another. Times are seconds; `began` and `ended` are of the system's
monotonic clock, which all processes share.
"""

import json
import smtplib
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import mailing
from notifier.clock import utc_now
from notifier.delivery.smtp import SmtpServer, SmtpTransport
from notifier.flow import notices, sending
from notifier.store import database

HOST = "127.0.0.1"
CONNECTIONS = 10
_KILOBYTES = 1024


def notifier(url: str, notice_id: int, port: int) -> None:
    """Enrol and send through the product's own verbs, as `notifier send` does."""
    with closing(database.connect(url)) as db:
        content_hash = notices.get(db, notice_id).content_hash
        assert content_hash is not None  # it is approved
        audience = mailing.people(db)
        began = time.monotonic()
        sending.start(
            db,
            notice_id,
            audience=audience,
            content_hash=content_hash,
            retry_for=timedelta(days=4),
            now=utc_now(),
        )
        _say(enrolling=time.monotonic() - began)
        server = SmtpServer(HOST, port, "none")
        with closing(SmtpTransport(server, connections=CONNECTIONS)) as transport:
            _measure(
                lambda: sending.send(db, notice_id, transport=transport, keys=[mailing.KEY], clock=utc_now),
            )


def by_smtplib(url: str, notice_id: int, port: int, count: int) -> None:
    """Send the same mails by smtplib, each thread over one connection that it keeps; no ledger."""
    letters = mailing.letters(url, notice_id)[:count]
    _say(enrolling=None)

    def work(mine: Sequence[mailing.Letter]) -> None:
        with smtplib.SMTP(HOST, port) as client:
            for letter in mine:
                client.sendmail(letter.sender, letter.recipient, letter.data)

    def run() -> None:
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            for done in [pool.submit(work, letters[first::CONNECTIONS]) for first in range(CONNECTIONS)]:
                done.result()

    _measure(run)


def _measure(send: Callable[[], object]) -> None:
    """Wait for the word, send, and say what it took."""
    if not sys.stdin.readline():
        sys.exit("nobody is there to say when")
    began, used = time.monotonic(), time.process_time()
    send()
    ended = time.monotonic()
    _say(began=began, ended=ended, processor=time.process_time() - used, peak=_peak())


def _peak() -> float:
    """The most memory this process ever had, in MB.

    Linux's VmHWM: getrusage's figure begins with that of the process we were started by.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    kilobytes = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kilobytes.split()[1]) / _KILOBYTES


def _say(**figures: float | None) -> None:
    print(json.dumps(figures), flush=True)


def main() -> None:
    """Read the command line."""
    who, url, notice_id, port, *count = sys.argv[1:]
    if who == "notifier":
        notifier(url, int(notice_id), int(port))
    else:
        by_smtplib(url, int(notice_id), int(port), int(count[0]))


if __name__ == "__main__":
    main()
