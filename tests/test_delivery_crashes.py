"""Real processes that send, are killed or stopped in the middle, and are taken over: nobody is lost."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from notifier.clock import utc_now
from notifier.delivery.smtp import SmtpServer as Address
from notifier.delivery.smtp import SmtpTransport
from notifier.delivery.states import State
from notifier.flow import sending
from notifier.flow.drain import drain
from notifier.store.database import Database
from notifier.store.tables import deliveries as table
from ready import KEY, SENDER, address, started, template
from sender import CONNECTIONS
from smtp_server import SmtpServer

SENDER_PROGRAM = Path(__file__).with_name("sender.py")
# So many mails may be accepted by the server and not yet recorded when a sender dies: a group of results, and
# what is in flight.
MOST_TWICE = 60


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@contextmanager
def sender(
    url: str, notice_id: int, server: SmtpServer, *, lease: float = 1
) -> Iterator[subprocess.Popen[str]]:
    """Run a sender in a process of its own; killed at the end, unless it came to its own."""
    arguments = [url, str(notice_id), str(server.port), str(lease)]
    with subprocess.Popen(
        [sys.executable, SENDER_PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.kill()


def wait_for(server: SmtpServer, mails: int) -> None:
    end = time.monotonic() + 30
    while len(server.received) < mails:
        assert time.monotonic() < end, f"only {len(server.received)} mails came in"
        time.sleep(0.002)


def go_on(db: Database, notice_id: int, server: SmtpServer) -> None:
    """Send until nothing is left but what another one holds, wait for that, and so on to the end."""
    transport = SmtpTransport(Address(server.host, server.port, "none"))
    while True:
        drained = drain(
            db,
            notice_id,
            transport=transport,
            templates={"": template()},
            token_key=KEY,
            bounce_to=SENDER,
            clock=utc_now,
        )
        if drained.held_until is None:
            break
        time.sleep(max(0.0, (drained.held_until - utc_now()).total_seconds()) + 0.01)
    transport.close()


def assert_everybody_was_told(db: Database, notice_id: int, server: SmtpServer, people: int) -> Counter[str]:
    """The ledger and the server agree; how often each address got the mail."""
    assert sending.counts(db, notice_id) == {State.ACCEPTED: people}
    assert sending.settle(db, notice_id, utc_now())
    told = Counter(mail.recipient for mail in server.received)
    assert told.keys() == {address(each) for each in range(1, people + 1)}
    mails = {(mail.recipient, mail.message_id, mail.data) for mail in server.received}
    assert len(mails) == people, "somebody got two different mails"
    return told


def test_senders_that_are_killed_lose_nobody(db: Database, database_url: str, server: SmtpServer) -> None:
    people, kills = 1200, 8
    notice_id = started(db, utc_now(), people)
    server.delay = 0.002
    moments = random.Random(4711)
    for _ in range(kills):
        before = len(server.received)
        with sender(database_url, notice_id, server) as process:
            wait_for(server, before + 1)
            time.sleep(moments.uniform(0, 0.08))
            assert process.poll() is None, "it was done before it could be killed"
            process.kill()
    go_on(db, notice_id, server)
    told = assert_everybody_was_told(db, notice_id, server, people)
    assert sum(often - 1 for often in told.values()) <= kills * MOST_TWICE


def test_two_senders_share_a_notice(db: Database, database_url: str, server: SmtpServer) -> None:
    notice_id = started(db, utc_now(), 600)
    server.delay = 0.002
    with sender(database_url, notice_id, server) as one, sender(database_url, notice_id, server) as other:
        outputs = [process.communicate(timeout=60)[0] for process in (one, other)]
    assert outputs == ["fenced 0\n", "fenced 0\n"]
    told = assert_everybody_was_told(db, notice_id, server, 600)
    assert set(told.values()) == {1}


def test_a_sender_that_slept_past_its_lease_records_nothing(
    db: Database, database_url: str, server: SmtpServer
) -> None:
    notice_id = started(db, utc_now(), 300)
    with sender(database_url, notice_id, server, lease=1.5) as process:
        wait_for(server, 20)
        server.delay = 0.5
        time.sleep(0.25)  # now it waits for the answers to what is in flight, and has recorded the rest
        os.kill(process.pid, signal.SIGSTOP)
        server.delay = 0
        time.sleep(1.5)
        go_on(db, notice_id, server)
        with db.read() as connection:
            before = connection.execute(select(table).order_by(table.c.id)).all()
        os.kill(process.pid, signal.SIGCONT)
        output, _ = process.communicate(timeout=60)
    with db.read() as connection:
        assert connection.execute(select(table).order_by(table.c.id)).all() == before
    assert output == f"fenced {CONNECTIONS}\n"
    told = assert_everybody_was_told(db, notice_id, server, 300)
    assert sum(often - 1 for often in told.values()) == CONNECTIONS
