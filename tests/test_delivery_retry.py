"""The schedule of tries, and the pace of sending."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.delivery.pace import LONGEST_PAUSE, SAMPLE, Pace
from notifier.delivery.retry import FIRST_DELAY, JITTER, LONGEST_DELAY, retry_at
from notifier.delivery.states import Outcome
from notifier.delivery.transport import Result

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


def results(outcome: Outcome, number: int, code: int = 250) -> list[Result]:
    return [Result(key, outcome, NOW, code) for key in range(number)]


def test_a_server_that_keeps_up_is_never_slowed_down() -> None:
    pace = Pace()
    for _ in range(100):
        pace.note(results(Outcome.ACCEPTED, 20) + results(Outcome.DEFERRED, 9) + results(Outcome.REFUSED, 9))
        assert not pace.too_fast
    pace.end_round(NOW)
    assert (pace.slowed, pace.round, pace.delay(NOW)) == (False, math.inf, 0)


def test_a_server_that_puts_off_most_ends_the_round() -> None:
    pace = Pace()
    pace.note(results(Outcome.ACCEPTED, SAMPLE))
    pace.note(results(Outcome.DEFERRED, SAMPLE - 1))
    few = pace.too_fast  # what was before does not outweigh it, but a few answers are no sample
    pace.note(results(Outcome.DEFERRED, 1))
    assert not few
    assert (pace.slowed, pace.too_fast) == (False, True)
    pace.end_round(NOW)
    assert (pace.slowed, pace.too_fast, pace.delay(NOW)) == (True, False, 1)


def test_a_421_ends_the_round_at_once() -> None:
    pace = Pace()
    pace.note(results(Outcome.ACCEPTED, 40) + results(Outcome.DEFERRED, 1, code=421))
    assert pace.too_fast


def test_trouble_slows_down_and_its_end_speeds_up() -> None:
    pace = Pace()
    pauses, now = [], NOW
    while not pace.at_the_end:
        pace.note(results(Outcome.DEFERRED, 3))
        pace.end_round(now)
        pauses.append(pace.delay(now))
        now += pace.delay(now) * SECOND
    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE.total_seconds()]
    rounds = []
    while pace.slowed:
        rounds.append(pace.round)
        pace.note(results(Outcome.ACCEPTED, 1))
        pace.end_round(now)
    assert rounds == [1, 2, 4, 8, 16, 32, 64]
    assert pace.delay(now) == 0
