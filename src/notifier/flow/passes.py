"""One pass over everything that is due: go on sending, retry, receive, close windows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread
from uuid import uuid4

from notifier.clock import Clock
from notifier.delivery.states import NoticeState
from notifier.errors import Problem
from notifier.flow import notices, sending
from notifier.flow.notices import Notice
from notifier.store import leases
from notifier.store.database import Database

LEASE = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Passed:
    """What a pass did: lines worth telling, and what failed and will be tried again by the next pass."""

    told: tuple[str, ...]
    problems: tuple[Problem, ...]
    skipped: bool = False


def one(
    db: Database,
    *,
    send: Callable[[Notice], str],
    receive: Callable[[], str],
    clock: Clock,
) -> Passed:
    """Run one pass; two at once are safe, the second one does nothing.

    `send` goes on sending one notice and `receive` takes in mail; each returns a line worth telling, or "".
    One that fails does not keep the others from running.
    """
    told: list[str] = []
    problems: list[Problem] = []

    def attempt(step: Callable[[], str]) -> None:
        try:
            line = step()
        except Problem as problem:
            problems.append(problem)
        else:
            if line:
                told.append(line)

    with _alone(db, clock) as alone:
        if not alone:
            return Passed(told=(), problems=(), skipped=True)
        for notice in notices.listing(db):
            if notice.state is NoticeState.SENDING:
                attempt(lambda notice=notice: send(notice))  # type: ignore[misc]  # mypy: lambda default
        attempt(receive)
        closed = sending.close_due(db, clock())
        told += [f"notice {notice_id}: every window is over, closed" for notice_id in closed]
    return Passed(tuple(told), tuple(problems))


@contextmanager
def _alone(db: Database, clock: Clock) -> Iterator[bool]:
    """Hold the lease of the pass while it runs; yields whether it was free. A killed pass blocks for 90 s."""
    holder = uuid4().hex

    def take() -> bool:
        now = clock()
        with db.write() as connection:
            return leases.take(connection, "pass", holder, now=now, until=now + LEASE)

    if not take():
        yield False
        return
    over = Event()

    def keep() -> None:
        while not over.wait(LEASE.total_seconds() / 3):
            take()

    keeper = Thread(target=keep, daemon=True)
    keeper.start()
    try:
        yield True
    finally:
        over.set()
        keeper.join()
        with db.write() as connection:
            leases.release(connection, "pass", holder)
