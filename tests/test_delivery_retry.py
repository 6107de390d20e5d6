"""The schedule of tries, and the pace of sending."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.delivery.pace import LONGEST_PAUSE, Pace
from notifier.delivery.retry import FIRST_DELAY, JITTER, LONGEST_DELAY, retry_at

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 240), (8, 240), (500, 240)],
)
def test_delays_double_up_to_four_hours(attempts: int, minutes: int) -> None:
    delay = retry_at(1, attempts, NOW) - NOW
    assert timedelta(minutes=minutes) <= delay <= timedelta(minutes=minutes) * (1 + JITTER)


@given(st.integers(1, 2**40), st.integers(1, 10_000))
def test_the_schedule_follows_from_the_row_alone(delivery_id: int, attempts: int) -> None:
    at = retry_at(delivery_id, attempts, NOW)
    assert at == retry_at(delivery_id, attempts, NOW)
    assert FIRST_DELAY <= at - NOW <= LONGEST_DELAY * (1 + JITTER)


def test_mails_put_off_together_come_back_apart() -> None:
    first = sorted(retry_at(each, 1, NOW) for each in range(1000))
    assert first[-1] - first[0] > FIRST_DELAY * JITTER * 0.9
    assert len(set(first)) == 1000


def simulate(pace: Pace, seconds: float) -> list[datetime]:
    """Begin whatever may be begun, in steps of 3 ms; when each mail was begun."""
    begun: list[datetime] = []
    now = NOW
    while now < NOW + seconds * SECOND:
        if allowed := pace.allowed(now):
            pace.begin(allowed, now)
            begun += [now] * allowed
        now += timedelta(milliseconds=3)
    return begun


@pytest.mark.parametrize("rate", [0.5, 1, 3, 20, 150, 450])
def test_a_rate_is_kept_in_every_stretch_of_seconds(rate: float) -> None:
    begun = simulate(Pace(rate, 50), 20)
    assert abs(len(begun) - rate * 20) <= max(1, rate * 20 * 0.03)
    for second in range(18):
        start = NOW + second * SECOND
        inside = sum(start <= each < start + 2 * SECOND for each in begun)
        assert inside <= rate * 2 * 1.05 + max(1, rate * 0.1)


def test_a_pause_is_not_made_up_for() -> None:
    pace = Pace(10, 50)
    pace.begin(1, NOW)
    late = NOW + timedelta(minutes=1)
    assert pace.allowed(late) == 1
    pace.begin(1, late)
    assert pace.allowed(late) == 0
    assert 0.05 < pace.delay(late) <= 0.1


def test_without_a_rate_only_the_batch_limits() -> None:
    pace = Pace(0, 50)
    pace.begin(50, NOW)
    assert pace.allowed(NOW) == 50
    assert not pace.slowed


def test_trouble_slows_down_and_its_end_speeds_up() -> None:
    pace = Pace(0, 48)
    pauses, now = [], NOW
    while not pace.at_the_end:
        pace.slow_down(now)
        assert pace.allowed(now) == 0
        pauses.append(pace.delay(now))
        now += pace.delay(now) * SECOND
    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE.total_seconds()]
    assert pace.slowed
    batches = []
    for _ in range(7):
        batches.append(pace.allowed(now))
        pace.ease()
    assert batches == [1, 2, 4, 8, 16, 32, 48]
    assert pace.delay(now) == 0
    assert not pace.slowed
