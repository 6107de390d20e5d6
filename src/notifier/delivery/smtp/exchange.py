"""Between the caller, who has the mails and a database, and the connections, which never wait for it.

Two threads share an Exchange. Each name is changed by one of them only, and the two queues are deques, which
both may use.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Event

from notifier.delivery.transport import NO_MAIL_NAP, Mail, Result, TransportDown

# So many results may wait to be recorded before no further message goes out: a crash would send them twice.
MOST_UNRECORDED = 50
# The caller gets its results when so many are there; it records them while the next ones come in.
MOST_RESULTS = MOST_UNRECORDED // 2
# Or so many seconds after the first of them at the latest; sooner where the caller was quick with the last
# group, after so many times what it took. To commit each one by itself would take all the time.
LONGEST_LINGER = 0.05
LINGER_FACTOR = 4
# So many mails are kept ready, so that no connection has to wait for the caller.
AHEAD = 50


class Exchange:
    """The mails of one `send` on their way out, and what became of them on the way back."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, connections: int, may_begin: Callable[[], bool]
    ) -> None:
        self.down: TransportDown | None = None  # why a connection could not be had, the last time
        self.over = Event()  # no connection is at work any more
        self._loop = loop
        self._may_begin = may_begin
        self._ready: deque[Mail] = deque()
        self._results: deque[Result] = deque()
        self._enough = Event()
        # The caller's.
        self._exhausted = False
        self._asked_again = False
        self._linger = 0.0
        self._handed_over = 0.0
        self._group = 0
        self._recorded = 0
        # The loop's.
        self._most_unrecorded = MOST_UNRECORDED + connections
        self._closed = False
        self._begun = 0
        self._second_try: set[int] = set()
        self._idle: list[asyncio.Future[None]] = []

    # The caller's side.

    def offer(self, mails: Iterator[Mail | None]) -> bool:
        """Take mails ahead of time; whether there are any."""
        self._asked_again = False
        while not self._exhausted and len(self._ready) < AHEAD:
            try:
                mail = next(mails)
            except StopIteration:
                self._exhausted = True
                break
            if mail is None:
                self._asked_again = True
                break
            self._ready.append(mail)
        self._loop.call_soon_threadsafe(self._wake)
        return bool(self._ready) or self._asked_again

    def gather(self) -> list[Result]:
        """Wait for results; [] when there are none for the moment, or the connections have come to an end."""
        if not self.over.is_set():  # `end` sets it first: what is cleared here cannot be its last word
            self._enough.wait(NO_MAIL_NAP if self._asked_again else None)
        self._enough.clear()
        group: list[Result] = []
        with suppress(IndexError):
            while True:
                group.append(self._results.popleft())
        self._handed_over = time.monotonic()
        self._group = len(group)
        return group

    def recorded(self) -> None:
        """Note that the caller has written down what it got last."""
        self._recorded += self._group
        self._group = 0
        self._linger = min((time.monotonic() - self._handed_over) * LINGER_FACTOR, LONGEST_LINGER)

    def raise_if_down(self) -> None:
        """Raise what made the connections end, where mails are left that nobody began."""
        if self.down is not None and not self._closed and (self._ready or not self._exhausted):
            raise self.down

    # The loop's side.

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to begin."""
        return self._closed or (self._exhausted and not self._ready)

    async def next(self) -> Mail | None:
        """Begin a mail, after waiting for one; None when there will be none."""
        while not self._ready:
            if self._exhausted or self._closed:
                return None
            await self._wait()
        return self.next_now()

    def next_now(self) -> Mail | None:
        """Begin the next mail; None where there is none for the moment, or none may be begun."""
        if self._closed or not self._ready:
            return None
        if not self._may_begin():
            self.close()
            return None
        return self._ready.popleft()

    def give_back(self, mail: Mail, *, blamed: bool) -> bool:
        """Leave a mail whose message did not go out to another connection.

        One that is `blamed` gets a second chance and no third: False.
        """
        if blamed:
            if mail.key in self._second_try:
                return False
            self._second_try.add(mail.key)
        self._ready.appendleft(mail)
        self._wake()
        return True

    async def may_go_out(self) -> bool:
        """Whether a message may go out, after waiting until few enough are unrecorded; counts it."""
        while self._begun - self._recorded >= self._most_unrecorded:
            await self._wait()
        if not self._may_begin():
            self.close()
            return False
        self._begun += 1
        return True

    def put(self, result: Result, *, went_out: bool) -> None:
        """Note what became of a mail; `went_out` tells whether `may_go_out` counted it."""
        if not went_out:
            self._begun += 1  # `recorded` will count it too
        self._second_try.discard(result.key)
        self._results.append(result)
        waiting = len(self._results)
        if waiting >= MOST_RESULTS:
            self._enough.set()
        elif waiting == 1:
            self._loop.call_later(self._linger, self._enough.set)

    def close(self) -> None:
        """Begin no further mail."""
        self._closed = True
        self._wake()

    def end(self) -> None:
        """Let the caller know that no more results will come."""
        self.over.set()
        self._enough.set()

    async def _wait(self) -> None:
        self._idle.append(self._loop.create_future())
        await self._idle[-1]

    def _wake(self) -> None:
        idle, self._idle = self._idle, []
        for each in idle:
            if not each.done():
                each.set_result(None)
