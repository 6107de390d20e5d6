from datetime import UTC, datetime, timedelta

import pytest

from notifier.optout.clocks import SKEW, count, timing
from notifier.optout.verdict import Timing

WRITTEN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FETCHED = WRITTEN + 10 * DAY


@pytest.mark.parametrize(
    ("received", "internaldate", "counted", "reasons"),
    [
        (DAY, 2 * HOUR, 2 * HOUR, 0),
        (HOUR, 2 * HOUR, HOUR, 0),
        (HOUR, 9 * DAY, HOUR, 1),  # a queue or a migrated mailbox: in the customer's favour, and said
        (None, HOUR, HOUR, 0),
        (HOUR, None, HOUR, 0),
        (None, None, 10 * DAY, 0),
        (-400 * DAY, 9 * DAY, 9 * DAY, 1),  # before the mail that is answered
        (-HOUR / 60, 9 * DAY, -HOUR / 60, 1),  # two clocks that differ by a minute
        (400 * DAY, 9 * DAY, 9 * DAY, 1),
        (400 * DAY, 400 * DAY, 10 * DAY, 2),
        (10 * DAY + SKEW, None, 10 * DAY, 0),  # never later than it was fetched
    ],
)
def test_the_time_that_counts(
    received: timedelta | None, internaldate: timedelta | None, counted: timedelta, reasons: int
) -> None:
    result = count(
        received=None if received is None else WRITTEN + received,
        internaldate=None if internaldate is None else WRITTEN + internaldate,
        fetched=FETCHED,
        answers=WRITTEN,
    )
    assert result.at == WRITTEN + counted
    assert len(result.reasons) == reasons


def test_without_a_mail_that_is_answered_an_old_receipt_is_believed() -> None:
    assert count(received=WRITTEN - 400 * DAY, internaldate=None, fetched=FETCHED).at == WRITTEN - 400 * DAY


@pytest.mark.parametrize(
    ("at", "accepted", "ends", "expected"),
    [
        (WRITTEN, None, None, Timing.EARLY),
        (WRITTEN - HOUR, WRITTEN, WRITTEN + 7 * DAY, Timing.EARLY),
        (WRITTEN, WRITTEN + timedelta(milliseconds=900), WRITTEN + 7 * DAY, Timing.IN_WINDOW),
        (WRITTEN + 7 * DAY, WRITTEN, WRITTEN + 7 * DAY, Timing.IN_WINDOW),
        (WRITTEN + 7 * DAY + timedelta(seconds=1), WRITTEN, WRITTEN + 7 * DAY, Timing.LATE),
        (WRITTEN + 90 * DAY, WRITTEN, None, Timing.IN_WINDOW),
    ],
)
def test_the_window(at: datetime, accepted: datetime | None, ends: datetime | None, expected: Timing) -> None:
    assert timing(at, accepted=accepted, window_ends=ends, answered=False) is expected


@pytest.mark.parametrize(
    ("at", "accepted", "ends", "expected"),
    [
        (WRITTEN, None, None, Timing.IN_WINDOW),
        (WRITTEN, WRITTEN + HOUR, WRITTEN + 7 * DAY, Timing.IN_WINDOW),  # it was sent twice
        (WRITTEN + 8 * DAY, WRITTEN, WRITTEN + 7 * DAY, Timing.LATE),
    ],
)
def test_an_answer_proves_that_the_mail_was_there(
    at: datetime, accepted: datetime | None, ends: datetime | None, expected: Timing
) -> None:
    assert timing(at, accepted=accepted, window_ends=ends, answered=True) is expected
