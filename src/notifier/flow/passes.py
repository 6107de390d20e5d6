"""What cron's pass is made of: steps that only one process takes at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from notifier.clock import Clock
from notifier.delivery.states import NoticeState
from notifier.errors import Problem
from notifier.flow import notices, sending
from notifier.flow.heartbeat import beating
from notifier.flow.notices import Notice
from notifier.store import leases
from notifier.store.database import Database

LEASE = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Passed:
    """What a step did: lines worth telling, and what failed and will be tried again by the next pass."""

    told: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def receive(db: Database, take_in: Callable[[], str], clock: Clock) -> Passed:
    """Take in mail; `take_in` returns a line worth telling, or "".

    Nothing happens where another process is at it.
    """
    with _alone(db, "receive", clock) as alone:
        return _attempt([take_in]) if alone else Passed()


def send(db: Database, go_on: Callable[[Notice], str], clock: Clock) -> Passed:
    """Go on with every notice that is being sent, then close those whose windows are over.

    `go_on` sends what is due of one notice and returns a line worth telling, or "". One that fails keeps no
    other from being sent. Nothing happens where another process is at it.
    """
    with _alone(db, "send", clock) as alone:
        if not alone:
            return Passed()
        under_way = [notice for notice in notices.listing(db) if notice.state is NoticeState.SENDING]
        steps = [_step(go_on, notice) for notice in under_way]
        return _attempt([*steps, lambda: _closed(db, clock)])


def _step(go_on: Callable[[Notice], str], notice: Notice) -> Callable[[], str]:
    return lambda: go_on(notice)


def _closed(db: Database, clock: Clock) -> str:
    closed = sending.close_due(db, clock())
    return "\n".join(f"notice {notice_id}: every window is over, closed" for notice_id in closed)


def _attempt(steps: list[Callable[[], str]]) -> Passed:
    told: list[str] = []
    problems: list[Problem] = []
    for step in steps:
        try:
            line = step()
        except Problem as problem:
            problems.append(problem)
        else:
            told += [line] if line else []
    return Passed(tuple(told), tuple(problems))


@contextmanager
def _alone(db: Database, name: str, clock: Clock) -> Iterator[bool]:
    """Hold the lease of a step while it runs; yields whether it was free. A killed process keeps it 90 s."""
    holder = uuid4().hex

    def take() -> bool:
        now = clock()
        with db.write() as connection:
            return leases.take(connection, name, holder, now=now, until=now + LEASE)

    if not take():
        yield False
        return
    try:
        with beating(take, LEASE / 3):
            yield True
    finally:
        with db.write() as connection:
            leases.release(connection, name, holder)
