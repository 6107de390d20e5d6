"""Opt-outs and bounces that come in while a send runs at full speed on the same SQLite file."""

import multiprocessing
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from sqlalchemy import select

import kills
import mailing
import storm_check
from notifier.clock import utc_now
from notifier.delivery import token
from notifier.delivery.states import State
from notifier.flow import receiving
from notifier.mailbox.maildir import MaildirMailbox
from notifier.store import database
from notifier.store.database import Database
from notifier.store.tables import deliveries, inbound, optouts
from receipts import Receipts, Try
from sender_process import Job, Sender, warm_up
from storm import Report, server

# How soon each has to be in the log, in seconds.
SOON = 1.0
# So many mails come in a second; each so often is a bounce.
A_SECOND = 10
BOUNCE_EVERY = 4
# How long the receiver rests between two passes, and is waited for at the end, in seconds.
REST, PATIENCE = 0.02, 30

_context = multiprocessing.get_context("forkserver")


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A mail put into the Maildir as the file `name`, at a moment of `time.time`."""

    name: str
    at: float
    delivery_id: int
    bounce: bool


def run_arrivals(
    url: str, folder: Path, *, mails: int, seed: int, connections: int = 10, soon: float = SOON
) -> Report:
    """Send to so many people while customers answer; `url` is that of an empty SQLite database.

    What is not logged within `soon` seconds counts as broken.
    """
    maildir = folder / "inbox"
    for part in ("new", "cur", "tmp"):
        (maildir / part).mkdir(parents=True)
    warm_up()
    with server(folder, "--calm") as (port, receipts):
        job = Job(url, kills.start(url, mails), port, 60, connections)
        ids = {storm_check.sender_of(number): number for number in range(1, mails + 1)}
        ours, theirs = _context.Pipe()
        receiver = _context.Process(target=_receive, args=(url, maildir, theirs))
        receiver.start()
        begun = time.monotonic()
        sender = Sender(job)
        arrivals = list(_arrive(sender, receipts, ids, maildir, Random(seed)))  # noqa: S311 - repeatable
        seconds = time.monotonic() - begun
        ours.send(len(arrivals))
        decided: dict[str, float] = ours.recv() if ours.poll(PATIENCE) else {}
        receiver.kill()
        receiver.join()
    with closing(database.connect(url)) as db:
        report = _report(db, arrivals, decided, soon)
    report.add("mails sent a second meanwhile", f"{mails / seconds:,.0f}")
    return report


def _arrive(
    sender: Sender, receipts: Receipts, ids: dict[str, int], maildir: Path, luck: Random
) -> Iterator[_Arrival]:
    """Let people answer, or their servers, who have their mail, until the sender is done."""
    answered: set[str] = set()
    while sender.process.is_alive():
        time.sleep(luck.expovariate(A_SECOND))
        receipts.read()
        told = [path for path, tries in receipts.tries.items() if path not in answered and _kept(tries)]
        if not told:
            continue
        path = luck.choice(told[-100:])  # some of them at once, before the ledger has it
        answered.add(path)
        number = len(answered)
        recipient = receipts.sequence(path)[-1].recipient
        bounce = number % BOUNCE_EVERY == 0
        name = f"{number}.mail"
        (maildir / "tmp" / name).write_bytes(
            _bounce(ids[path], recipient) if bounce else _opt_out(ids[path], recipient)
        )
        (maildir / "tmp" / name).rename(maildir / "new" / name)
        yield _Arrival(name, time.time(), ids[path], bounce)


def _kept(tries: dict[int, Try]) -> bool:
    return any(one.kept for one in tries.values())


def _receive(url: str, maildir: Path, answer: Connection) -> None:
    """Take mail in, pass after pass, as `notifier schedule` does; tell by when each mail was decided."""
    mailbox = MaildirMailbox(maildir)
    own = {mailing.SENDER.address}
    decided: dict[str, float] = {}
    wanted = None
    with closing(database.connect(url)) as db:
        while wanted is None or len(decided) < wanted:
            receiving.take(db, mailbox, clock=utc_now)
            if receiving.decide(db, keys=[mailing.KEY], own_addresses=own, clock=utc_now).kinds:
                now = time.time()
                with db.read() as connection:
                    done = select(inbound.c.uid).where(inbound.c.decided_at.is_not(None))
                    for uid in connection.execute(done).scalars():
                        decided.setdefault(uid.partition(";")[0], now)
            if wanted is None and answer.poll():
                wanted = answer.recv()
            time.sleep(REST)
    answer.send(decided)


def _report(db: Database, arrivals: list[_Arrival], decided: dict[str, float], soon: float) -> Report:
    with db.read() as connection:
        logged = set(connection.execute(select(optouts.c.delivery_id)).scalars())
        bounced = set(
            connection.execute(select(deliveries.c.id).where(deliveries.c.state == State.BOUNCED)).scalars()
        )
    report = Report()
    for each in arrivals:
        if each.delivery_id not in (bounced if each.bounce else logged):
            report.broken.append(f"delivery {each.delivery_id}: its {_what(each)} {each.name} is not logged")
    waits = sorted(decided[each.name] - each.at for each in arrivals if each.name in decided)
    report.broken += [
        f"delivery {each.delivery_id}: {_what(each)} {each.name} took {decided[each.name] - each.at:.2f} s"
        for each in arrivals
        if each.name in decided and decided[each.name] - each.at > soon
    ]
    if len(waits) < len(arrivals):
        report.broken.append(f"{len(arrivals) - len(waits)} mails were not decided in {PATIENCE} s")
    bounces = sum(each.bounce for each in arrivals)
    report.add("opt-outs, bounces", f"{len(arrivals) - bounces}, {bounces}")
    if waits:
        p99 = waits[min(len(waits) - 1, int(len(waits) * 0.99))]
        figures = (statistics.median(waits), p99, waits[-1])
        report.add("ms to the log: median, p99, most", ", ".join(f"{each * 1000:.0f}" for each in figures))
    return report


def _what(each: _Arrival) -> str:
    return "bounce" if each.bounce else "opt-out"


def _opt_out(delivery_id: int, recipient: str) -> bytes:
    now = format_datetime(datetime.now(UTC))
    mark = token.make(delivery_id, mailing.KEY)
    return f"""Received: from mail.example.org by mx.example.com; {now}
From: {recipient}
To: {mailing.SENDER.address}
Subject: Re: Changes to our privacy policy
In-Reply-To: <{mark}@example.com>

I opt out, please.
""".encode()


def _bounce(delivery_id: int, recipient: str) -> bytes:
    now = format_datetime(datetime.now(UTC))
    mark = token.make(delivery_id, mailing.KEY)
    return f"""Return-Path: <>
Received: from mail.example.org by mx.example.com; {now}
From: MAILER-DAEMON@mail.example.org
To: {mailing.SENDER.bounce_to.replace("{token}", mark)}
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b

It did not get through.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

Message-ID: <{mark}@example.com>

--b--
""".encode()
