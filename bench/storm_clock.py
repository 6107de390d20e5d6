"""A time that can be set forward, and that hurries while nothing comes of the mails.

A sender pauses for up to a minute when the server asks for it. In a storm that is most of the time.
"""

import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta

from notifier.clock import utc_now
from notifier.delivery.transport import Mail, Result, Transport, always

# Seconds without a result after which the time hurries, and how many times as quick it is then: a server that
# stalls for a second or two must not outlast a sender's lease of a minute.
IDLE = 0.03
HURRY = 15
TICK = 0.01


class Clock:
    """The time, ahead of the real one."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        """The time now, aware, in UTC."""
        return utc_now() + self._ahead

    def forward(self, by: timedelta) -> None:
        """Set it forward."""
        self._ahead += by

    def until(self, moment: datetime) -> None:
        """Set it forward to a moment, unless that is over."""
        self._ahead += max(timedelta(0), moment - self())


class Watched:
    """A transport that knows when its last results came (by `time.monotonic`)."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.heard = time.monotonic()

    def send(
        self, mails: Iterable[Mail | None], may_begin: Callable[[], bool] = always
    ) -> Generator[Sequence[Result]]:
        """Hand the mails over (see `Transport.send`)."""
        with closing(self._transport.send(mails, may_begin)) as groups:
            for group in groups:
                if group:
                    self.heard = time.monotonic()
                yield group

    def close(self) -> None:
        """Say goodbye to the server."""
        self._transport.close()


@contextmanager
def hurrying(clock: Clock, transport: Watched) -> Iterator[None]:
    """Let the clock hurry whenever nothing comes of the mails."""
    over = threading.Event()

    def tick() -> None:
        while not over.wait(TICK):
            if time.monotonic() - transport.heard > IDLE:
                clock.forward(timedelta(seconds=TICK * HURRY))

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
