"""How fast the mail server's answers let us go: rounds of mails, and pauses between them. Pure: no clock."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from notifier.delivery.states import Outcome
from notifier.delivery.transport import COME_BACK_LATER, Result

# How many answers it takes to see whether the server puts off too much.
SAMPLE = 50
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=1)


class Pace:
    """Goes on without end as long as the server keeps up; slower where it does not, and faster again."""

    def __init__(self) -> None:
        self._round = math.inf
        self._pause = timedelta(0)
        self._next: datetime | None = None  # when the next round may begin
        self._answers = self._put_off = 0
        self._asked_to_wait = False

    @property
    def slowed(self) -> bool:
        """Whether the server has us go slower than we would."""
        return self._round < math.inf

    @property
    def at_the_end(self) -> bool:
        """Whether slowing down any further is of no use."""
        return self._pause >= LONGEST_PAUSE

    @property
    def round(self) -> float:
        """How many mails to begin before looking at the answers again; infinite at full speed."""
        return self._round

    @property
    def too_fast(self) -> bool:
        """Whether the answers to the present round call for its end."""
        return self._asked_to_wait or (self._answers >= SAMPLE and self._mostly_put_off)

    def note(self, results: Sequence[Result]) -> None:
        """Take in answers to the present round."""
        if self._answers >= SAMPLE and not self.too_fast:
            self._answers = self._put_off = 0
        self._answers += len(results)
        self._put_off += sum(result.outcome is Outcome.DEFERRED for result in results)
        self._asked_to_wait = self._asked_to_wait or any(result.code == COME_BACK_LATER for result in results)

    def end_round(self, now: datetime) -> None:
        """Go slower or faster by the answers to a round."""
        if self._asked_to_wait or self._mostly_put_off:
            self._pause = min(max(FIRST_PAUSE, self._pause * 2), LONGEST_PAUSE)
            self._round = max(1, min(self._round, SAMPLE) // 2)
            self._next = now + self._pause
        elif self._answers:
            self._pause = self._pause / 2 if self._pause > FIRST_PAUSE else timedelta(0)
            self._round = self._round * 2 if self._round < SAMPLE else math.inf
        self._answers = self._put_off = 0
        self._asked_to_wait = False

    def delay(self, now: datetime) -> float:
        """Seconds until a round may begin."""
        return 0 if self._next is None else max(0, (self._next - now).total_seconds())

    @property
    def _mostly_put_off(self) -> bool:
        return self._put_off * 2 > self._answers
