"""The rate limit: places are handed out evenly, once each, and are remembered."""

import threading
from datetime import datetime, timedelta

import pytest

from notifier.store import pace
from notifier.store.database import Database

SECOND = timedelta(seconds=1)


def reserve(db: Database, mails: int, rate: float, now: datetime) -> datetime:
    first = None
    with db.quick_writes() as write:
        while first is None:
            with write() as connection:
                first = pace.reserve(connection, mails, rate, now)
    return first


@pytest.mark.parametrize("rate", [0.1, 3, 150, 10_000])
def test_places_follow_each_other_without_gap_or_overlap(db: Database, now: datetime, rate: float) -> None:
    first = reserve(db, 7, rate, now)
    assert first == now
    second = reserve(db, 1, rate, now)
    assert abs(second - (now + 7 / rate * SECOND)) <= timedelta(microseconds=1)
    assert abs(reserve(db, 1, rate, now) - (now + 8 / rate * SECOND)) <= timedelta(microseconds=2)


def test_time_without_mail_is_not_made_up_for(db: Database, now: datetime) -> None:
    reserve(db, 10, 10, now)
    assert reserve(db, 10, 10, now + 60 * SECOND) == now + 60 * SECOND


def test_senders_share_one_rate(db: Database, now: datetime) -> None:
    """Four of them at once: what each one gets is nobody else's."""
    starts: list[datetime] = []

    def sender() -> None:
        starts.extend(reserve(db, 5, 100, now) for _ in range(10))

    senders = [threading.Thread(target=sender) for _ in range(4)]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    assert sorted(starts) == [now + place * 0.05 * SECOND for place in range(40)]


def test_what_was_reserved_at_another_rate_holds_nobody_up(db: Database, now: datetime) -> None:
    reserve(db, 1, 0.001, now)
    assert reserve(db, 1, 100, now) == now + 60 * SECOND
