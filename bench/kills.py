"""kill -9 at random moments of a send, until everybody is settled: nobody lost, few mailed twice."""

import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

import mailing
import storm_check
from notifier.clock import utc_now
from notifier.delivery.states import State
from notifier.flow import notices, sending
from notifier.store import database
from receipts import Receipts
from sender_process import Job, Sender, run, warm_up
from storm import Report, server

# Mails that may be handed over and not recorded when a sender dies.
MOST_TWICE = 60
# A dead sender's rows are taken over after so many seconds.
LEASE = 0.5
# The latest moment of a kill, in seconds after a sender is ready to begin.
LATEST = 0.8
# How long a sender may take to start, and the server to notice that a killed one is gone, in seconds.
PATIENCE = 10

NewDatabase = Callable[[], AbstractContextManager[str]]


@dataclass(slots=True)
class _Tally:
    """Over all notices: copies too many for each kill, and what broke."""

    twice: list[int] = field(default_factory=list)
    sends: int = 0
    mails: int = 0
    lost: int = 0
    broken: list[str] = field(default_factory=list)


def run_kills(
    new_database: NewDatabase, folder: Path, *, kills: int, mails: int, seed: int, connections: int = 10
) -> Report:
    """Kill so many senders, in as many sends of so many mails as that takes."""
    moments = Random(seed)  # noqa: S311 - repeatable, not secret
    tally = _Tally()
    warm_up()
    begun = time.monotonic()
    while len(tally.twice) < kills:
        tally.sends += 1
        tally.mails += mails
        place = folder / f"send-{tally.sends}"
        place.mkdir()
        with new_database() as url, server(place, "--calm") as (port, receipts):
            job = Job(url, start(url, mails), port, LEASE, connections)
            kills_here = _kill(job, receipts, moments, kills - len(tally.twice))
            _settle(job, receipts, kills_here, tally)
    return _report(tally, seed, time.monotonic() - begun)


def start(url: str, mails: int) -> int:
    """Make a notice that is being sent; its id."""
    notice_id = mailing.create(url, mails)
    with closing(database.connect(url)) as db:
        content = notices.get(db, notice_id).content_hash
        assert content is not None
        sending.start(
            db,
            notice_id,
            audience=mailing.people(db),
            content_hash=content,
            retry_for=timedelta(days=4),
            now=utc_now(),
        )
    return notice_id


def _kill(job: Job, receipts: Receipts, moments: Random, most: int) -> list[int]:
    """Kill senders until one comes to its end; the number of the last connection of each that was killed."""
    last_of_each: list[int] = []
    while len(last_of_each) < most:
        sender = Sender(job)
        sender.wait_until_ready(PATIENCE)
        time.sleep(moments.uniform(0, LATEST))
        if not sender.kill():
            break
        wait_until_quiet(receipts)
        last_of_each.append(receipts.events["open"])
    return last_of_each


def wait_until_quiet(receipts: Receipts) -> None:
    """Wait until the server has seen the end of every connection."""
    end = time.monotonic() + PATIENCE
    while True:
        receipts.read()
        if receipts.quiet or time.monotonic() > end:
            return
        time.sleep(0.005)


def _settle(job: Job, receipts: Receipts, last_of_each: list[int], tally: _Tally) -> None:
    """Send the rest, and hold the ledger against the server."""
    with closing(database.connect(job.url)) as db:
        while (drained := run(job)).held_until is not None:
            time.sleep(max(0.0, (drained.held_until - utc_now()).total_seconds()) + 0.01)
        if not sending.settle(db, job.notice_id, utc_now()):
            tally.broken.append(f"send {tally.sends}: not settled: {drained.counts}")
        ledger = storm_check.rows(db, job.notice_id)
        receipts.read()
        found = [
            *storm_check.unlike(db, job.notice_id, ledger, receipts),
            *receipts.wrong,
            *(f"delivery {row.id}: {row.state}" for row in ledger if row.state is not State.ACCEPTED),
        ]
    twice = [0] * len(last_of_each)
    for row in ledger:
        kept = [one for one in receipts.sequence(storm_check.sender_of(row.id)) if one.kept]
        if not kept:
            tally.lost += 1
            found.append(f"delivery {row.id} <{row.email}>: lost")
        for copy in kept[:-1]:
            killed = next((i for i, last in enumerate(last_of_each) if copy.connection <= last), None)
            if killed is None:
                found.append(f"delivery {row.id} <{row.email}>: sent twice by a sender that was not killed")
            else:
                twice[killed] += 1
    found += [
        f"kill {i}: {copies} copies too many" for i, copies in enumerate(twice, 1) if copies > MOST_TWICE
    ]
    tally.broken += [f"send {tally.sends}: {line}" for line in found]
    tally.twice += twice


def _report(tally: _Tally, seed: int, seconds: float) -> Report:
    report = Report(broken=tally.broken)
    report.add("kills, sends, mails", f"{len(tally.twice)}, {tally.sends}, {tally.mails}")
    report.add("lost", tally.lost)
    report.add("copies too many", sum(tally.twice))
    report.add("a kill: median, most", f"{statistics.median(tally.twice):g}, {max(tally.twice)}")
    report.add("kills that left no copy", tally.twice.count(0))
    report.add("seed, seconds", f"{seed}, {seconds:.0f}")
    return report
