"""Two workers share a notice: one is killed, one sleeps past its lease and is woken when all is done."""

import os
import signal
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy import text

import kills
import storm_check
from notifier.clock import utc_now
from notifier.delivery.states import State
from notifier.flow import sending
from notifier.store import database
from receipts import Receipts
from sender_process import Job, Sender, warm_up
from storm import Report, server

LEASE = 2.0
# The server thinks so long over every mail, so that something is in flight at any time.
DELAY = 0.005
# How long a worker is waited for, in seconds.
PATIENCE = 30
# How often a worker is sent for what others left; what one that sleeps has locked in the database is left.
ROUNDS = 3


def run_workers(url: str, folder: Path, *, mails: int, connections: int = 5) -> Report:
    """Send to so many people; `url` is that of an empty PostgreSQL database."""
    warm_up()
    with server(folder, "--calm", "--delay", str(DELAY)) as (port, receipts):
        job = Job(url, kills.start(url, mails), port, LEASE, connections)
        killed, asleep = Sender(job), Sender(job)
        _wait_for(receipts, mails // 5)
        killed.kill()
        _wait_for(receipts, receipts.taken + mails // 10)
        os.kill(asleep.pid, signal.SIGSTOP)
        try:
            time.sleep(LEASE + 0.5)  # what it had sent before has arrived by then, too
            held_up = _take_over(job)
            receipts.read()
            before = {row.id: row for row in storm_check.whole_rows(url, job.notice_id)}
            tries, taken = {path: len(of_one) for path, of_one in receipts.tries.items()}, receipts.taken
        finally:
            os.kill(asleep.pid, signal.SIGCONT)
        woken = asleep.finished(PATIENCE)
        asleep.kill()
        kills.wait_until_quiet(receipts)
        taken = receipts.taken - taken
        # What nobody could take over, since the sleeper had locked it, is its own yet.
        others = {each for each, row in before.items() if row.state != State.SENDING}
        begun = sum(
            len(receipts.tries.get(path, ())) - tries.get(path, 0)
            for path in map(storm_check.sender_of, others)
        )
        changed = [
            f"delivery {row.id}: {before[row.id].state}, {row.state} once the fenced one was woken"
            for row in storm_check.whole_rows(url, job.notice_id)
            if row.id in others and row != before[row.id]
        ]
        broken = [*(held_up or changed)]
        if woken is None:
            broken.append("the worker that was woken did not come to its end")
        if begun and not held_up:
            broken.append(f"the fenced one began {begun} mails once woken")
        if taken > connections and not held_up:
            broken.append(f"the fenced one handed over {taken} mails once woken")
        broken += _take_over(job)
        report = _held_against(job, receipts, broken)
    report.add("results of the one that slept, not recorded", woken.fenced if woken else "-")
    report.add("rows it changed, mails it began once woken", f"{len(changed)}, {begun}")
    report.add("mails that were in flight, ended once woken", taken)
    return report


def _take_over(job: Job) -> list[str]:
    """Let another worker do what is left; what kept it from that."""
    for _ in range(ROUNDS):
        worker = Sender(job)
        drained = worker.finished(PATIENCE)
        waits_for = _locked(job) if drained is None else ""
        worker.kill()
        if drained is None:
            return [f"the worker that takes over did not come to its end in {PATIENCE} s{waits_for}"]
        if drained.held_until is None:
            return []
        time.sleep(max(0.0, (drained.held_until - utc_now()).total_seconds()) + 0.01)
    return []


def _locked(job: Job) -> str:
    """What a worker waits for that another has locked."""
    waiting = text("SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with closing(database.connect(job.url)) as db, db.read() as connection:
        queries = connection.execute(waiting).scalars().all()
    return "".join(f"; it waits for a lock: {query[:80]}" for query in queries)


def _held_against(job: Job, receipts: Receipts, broken: list[str]) -> Report:
    with closing(database.connect(job.url)) as db:
        if not sending.settle(db, job.notice_id, utc_now()):
            broken.append(f"not settled: {sending.counts(db, job.notice_id)}")
        ledger = storm_check.rows(db, job.notice_id)
        receipts.read()
        broken += [*storm_check.unlike(db, job.notice_id, ledger, receipts), *receipts.wrong]
    copies = storm_check.copies(ledger, receipts)
    if copies.lost:
        broken.append(f"{copies.lost} lost")
    if copies.too_many > 2 * kills.MOST_TWICE:  # one was killed, one was stopped
        broken.append(f"{copies.too_many} copies too many")
    report = Report(broken=broken)
    report.add("mails, lost, copies too many", f"{len(ledger)}, {copies.lost}, {copies.too_many}")
    return report


def _wait_for(receipts: Receipts, mails: int) -> None:
    end = time.monotonic() + PATIENCE
    while receipts.taken < mails and time.monotonic() < end:
        time.sleep(0.01)
        receipts.read()
