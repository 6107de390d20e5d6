"""The SMTP transport: a few connections at a time, each mail's fate told apart as the ledger wants it."""

import asyncio
import time
from collections import deque
from collections.abc import Coroutine, Generator, Iterable, Iterator
from contextlib import suppress

from notifier.clock import Clock, utc_now
from notifier.delivery.smtp.session import Session, SmtpServer, Timeouts, open_session
from notifier.delivery.smtp.transaction import SERVICE_NOT_AVAILABLE, StaleSessionError, hand_over
from notifier.delivery.transport import Mail, Result, TransportDown

# Results are passed on when so many are known, or so many seconds after the first of them at the latest;
# sooner where the caller was quick with the last group, after so many times what it took. A crash sends twice
# what is known but not yet in the ledger; yet to commit each one by itself would take all the time.
MOST_RESULTS = 50
LONGEST_LINGER = 0.05
LINGER_FACTOR = 4
# How long a server may take to say goodbye.
QUIT_SECONDS = 2


class SmtpTransport:
    """Hands mails to one server over up to `connections` connections, which stay open between batches.

    A batch ends early, with the rest of it unbegun, when the server says 421: it wants to be left alone for
    a while. It ends with TransportDown when no connection can be had any more, or the sender is refused.
    """

    def __init__(
        self,
        server: SmtpServer,
        *,
        connections: int = 4,
        timeouts: Timeouts | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._server = server
        self._timeouts = timeouts or Timeouts()
        self._clock = clock
        self._sessions: list[Session | None] = [None] * connections
        self._runner = asyncio.Runner()
        self._batch: _Batch | None = None

    def send(self, mails: Iterable[Mail]) -> Generator[list[Result]]:
        """Hand the mails over (see `Transport.send`)."""
        batch = self._batch = _Batch(iter(mails))
        try:
            self._runner.run(self._start(batch))
            linger = 0.0
            while results := self._runner.run(batch.gather(linger)):
                handed_over = time.monotonic()
                yield results
                linger = min((time.monotonic() - handed_over) * LINGER_FACTOR, LONGEST_LINGER)
        finally:
            self._abandon(batch)
        batch.raise_if_down()

    def close(self) -> None:
        """Say goodbye to the server; a batch that is under way is cut short."""
        if self._batch is not None:
            self._abandon(self._batch)
        self._runner.run(self._quit())
        self._runner.close()

    def _abandon(self, batch: "_Batch") -> None:
        if batch.at_work:
            self._runner.run(batch.abandon())

    async def _start(self, batch: "_Batch") -> None:
        """Put the connections to work once the first one stands, so that a wrong password is tried once."""
        mail = batch.take()
        if mail is None:
            return
        batch.give_back(mail)
        if not any(session and session.usable for session in self._sessions):
            self._sessions[0] = await open_session(self._server, self._timeouts)
        for place in range(len(self._sessions)):
            batch.employ(self._work(batch, place))

    async def _work(self, batch: "_Batch", place: int) -> None:
        """Send mails over one connection until there are none left, or it cannot go on."""
        while mail := batch.take():
            try:
                result = await self._deliver(place, mail)
            except TransportDown as down:
                batch.give_back(mail)
                batch.down = down
                return
            except asyncio.CancelledError:
                if session := self._sessions[place]:
                    session.wire.abort()  # in the middle of a mail
                raise
            batch.put(result)
            if result.code == SERVICE_NOT_AVAILABLE:
                batch.close()

    async def _deliver(self, place: int, mail: Mail) -> Result:
        """Send one mail over this place's connection: a new one where there is none, or it went stale."""
        session = self._sessions[place]
        if session and session.usable:
            with suppress(StaleSessionError):
                return await hand_over(session, mail, self._server, self._timeouts, self._clock)
        if session:
            session.wire.abort()
        self._sessions[place] = None
        self._sessions[place] = session = await open_session(self._server, self._timeouts)
        return await hand_over(session, mail, self._server, self._timeouts, self._clock)

    async def _quit(self) -> None:
        sessions = [session for session in self._sessions if session]
        await asyncio.gather(*(session.quit(QUIT_SECONDS) for session in sessions))


class _Batch:
    """The mails of one `send`, shared by the connections, and what is known of them so far."""

    def __init__(self, mails: Iterator[Mail]) -> None:
        self.down: TransportDown | None = None
        self._mails = mails
        self._returned: deque[Mail] = deque()
        self._exhausted = False
        self._closed = False
        self._crash: BaseException | None = None
        self._results: list[Result] = []
        self._workers: set[asyncio.Task[None]] = set()
        self._some = asyncio.Event()
        self._enough = asyncio.Event()

    @property
    def at_work(self) -> bool:
        """Whether a connection may still be busy with a mail of it."""
        return bool(self._workers)

    def take(self) -> Mail | None:
        """Begin the next mail; None where there is none, or none is to be begun any more."""
        if self._closed:
            return None
        if self._returned:
            return self._returned.popleft()
        mail = next(self._mails, None)
        self._exhausted = mail is None
        return mail

    def give_back(self, mail: Mail) -> None:
        """Leave a mail that came to nothing to another connection."""
        self._returned.append(mail)

    def close(self) -> None:
        """Begin no further mail."""
        self._closed = True

    def put(self, result: Result) -> None:
        """Note what became of a mail."""
        self._results.append(result)
        self._some.set()
        if len(self._results) >= MOST_RESULTS:
            self._enough.set()

    def employ(self, work: Coroutine[None, None, None]) -> None:
        """Let one connection work for this batch."""
        worker = asyncio.create_task(work)
        self._workers.add(worker)
        worker.add_done_callback(self._dismiss)

    def _dismiss(self, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)
        if not worker.cancelled():
            self._crash = self._crash or worker.exception()
        if not self._workers:
            self._some.set()
            self._enough.set()

    async def gather(self, linger: float) -> list[Result]:
        """Wait for a result, and for more up to `linger` seconds after it; [] when all is done."""
        if self._workers:
            await self._some.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(linger):
                    await self._enough.wait()
        if self._crash is not None:
            raise self._crash
        gathered, self._results = self._results, []
        if self._workers:
            self._some.clear()
            self._enough.clear()
        return gathered

    async def abandon(self) -> None:
        """Stop whoever is still at work."""
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    def raise_if_down(self) -> None:
        """Raise what made the connections end, where mails are left that nobody began."""
        if self.down is not None and (self._returned or not self._exhausted):
            raise self.down
