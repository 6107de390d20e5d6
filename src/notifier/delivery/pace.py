"""How fast to send: the rate that is set, and what the server's answers call for. Pure: no clock."""

from datetime import datetime, timedelta

# With a rate set, mails go in parcels of this many seconds' worth, so that every second is about alike.
PARCEL = 0.1
# How late a parcel may be without losing its place: longer delays are not made up for.
CATCH_UP = timedelta(seconds=0.02)
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=1)


class Pace:
    """Says how many mails may be begun at a moment, and how long to wait where none may.

    `rate` is in mails a second, 0 for no limit; `batch` is the most that are begun at once.
    """

    def __init__(self, rate: float, batch: int) -> None:
        self._rate = rate
        self._full = batch if rate == 0 else max(1, min(batch, int(rate * PARCEL)))
        self._batch = self._full
        self._pause = timedelta(0)
        self._next: datetime | None = None  # when the next mail may be begun

    @property
    def slowed(self) -> bool:
        """Whether the server has us go slower than we would."""
        return self._batch < self._full or bool(self._pause)

    @property
    def at_the_end(self) -> bool:
        """Whether slowing down any further is of no use."""
        return self._pause >= LONGEST_PAUSE

    def allowed(self, now: datetime) -> int:
        """How many mails may be begun now."""
        return self._batch if self._next is None or now >= self._next else 0

    def delay(self, now: datetime) -> float:
        """Seconds until a mail may be begun."""
        return 0 if self._next is None else max(0, (self._next - now).total_seconds())

    def begin(self, mails: int, now: datetime) -> None:
        """Count mails that are begun now."""
        if self._rate:
            start = now if self._next is None else max(self._next, now - CATCH_UP)
            self._next = start + timedelta(seconds=mails / self._rate)

    def ease(self) -> None:
        """Go faster again, step by step: the server took a batch well."""
        self._batch = min(self._full, self._batch * 2)
        self._pause = self._pause / 2 if self._pause > FIRST_PAUSE else timedelta(0)

    def slow_down(self, now: datetime) -> None:
        """Go slower: the server put off much of a batch, or asked to be left alone (421)."""
        self._batch = max(1, self._batch // 2)
        self._pause = min(max(FIRST_PAUSE, self._pause * 2), LONGEST_PAUSE)
        self._next = max(self._next or now, now + self._pause)
