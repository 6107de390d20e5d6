"""The SMTP transport: a few connections at a time, each mail's fate told apart as the ledger wants it."""

import asyncio
import math
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from functools import cached_property

from notifier.clock import Clock, utc_now
from notifier.delivery.smtp.background import Background
from notifier.delivery.smtp.conversation import Conversation
from notifier.delivery.smtp.exchange import Exchange
from notifier.delivery.smtp.session import Session, SmtpServer, Timeouts, open_session
from notifier.delivery.transport import Mail, Result, TransportDown, always

# How long a server may take to say goodbye.
QUIT_SECONDS = 2
# A connection that cannot be had is tried again after a second, then after longer pauses: so often, and as
# long as others do the work. Who waits looks up so often whether there is any.
MOST_FAILURES = 2
LONGEST_PAUSE = 30.0
LOOK_UP = 0.05


class SmtpTransport:
    """Hands mails to one server over up to `connections` connections, which stay open from `send` to `send`.

    `send` ends early, with the rest of the mails unbegun, when the server says 421: it wants to be left alone
    for a while. It ends with TransportDown when no connection can be had any more, or the sender is refused.
    A connection is given up after `mails_per_connection` mails, 0 for no limit.
    """

    def __init__(
        self,
        server: SmtpServer,
        *,
        connections: int = 4,
        mails_per_connection: int = 0,
        timeouts: Timeouts | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._server = server
        self._timeouts = timeouts or Timeouts()
        self._clock = clock
        self._mails_per_connection = mails_per_connection or math.inf
        self._sessions: list[Session | None] = [None] * connections
        self._work: asyncio.Task[None] | None = None

    def send(
        self, mails: Iterable[Mail | None], may_begin: Callable[[], bool] = always
    ) -> Generator[list[Result]]:
        """Hand the mails over (see `Transport.send`)."""
        waiting = iter(mails)
        exchange = Exchange(self._background.loop, len(self._sessions), may_begin)
        if not exchange.offer(waiting):
            return
        self._work = self._background.run(self._start(exchange))
        try:
            while True:
                over = exchange.over.is_set()  # asked first: then nothing more can come in
                if results := exchange.gather():
                    yield results
                    exchange.recorded()
                elif over:
                    break
                exchange.offer(waiting)
        finally:
            self._stop_working()
        exchange.raise_if_down()

    def close(self) -> None:
        """Say goodbye to the server; what is under way is cut short."""
        if "_background" in self.__dict__:
            try:
                self._stop_working()
                self._background.run(self._quit())
            finally:
                self._background.close()

    def _stop_working(self) -> None:
        if self._work is not None:
            work, self._work = self._work, None
            self._background.run(_ended(work))

    @cached_property
    def _background(self) -> Background:
        return Background()

    async def _start(self, exchange: Exchange) -> asyncio.Task[None]:
        work = asyncio.create_task(self._work_through(exchange))
        work.add_done_callback(lambda _: exchange.end())
        return work

    async def _work_through(self, exchange: Exchange) -> None:
        """Put the connections to work once the first one stands, so that a wrong password is tried once."""
        try:
            if not any(session and session.usable for session in self._sessions):
                await self._session(0)
            async with asyncio.TaskGroup() as group:
                for place in range(len(self._sessions)):
                    group.create_task(self._keep_busy(exchange, place))
        except TransportDown as down:
            exchange.down = down

    async def _keep_busy(self, exchange: Exchange, place: int) -> None:
        """Send mails over one connection until there are none left, or it cannot go on."""
        failures = 0
        while mail := await exchange.next():
            try:
                session = await self._session(place)
            except TransportDown as down:
                exchange.give_back(mail, blamed=False)
                exchange.down = down
                failures += 1
                if not await self._sit_out(exchange, failures):
                    return
                continue
            exchange.down, failures = None, 0
            conversation = Conversation(session, self._server, self._timeouts, exchange, self._clock)
            try:
                await conversation.deliver(mail)
            except TransportDown as down:
                exchange.down = down
                return
            except asyncio.CancelledError:
                session.wire.abort()  # in the middle of a mail
                raise

    async def _sit_out(self, exchange: Exchange, failures: int) -> bool:
        """Wait before trying to connect again; False where that is of no use.

        Longer each time, and after some failures only while other connections do the work.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + min(2 ** (failures - 1), LONGEST_PAUSE)
        while loop.time() < until:
            standing = any(session and session.wire.open for session in self._sessions)
            if exchange.finished or (failures > MOST_FAILURES and not standing):
                return False
            await asyncio.sleep(LOOK_UP)
        return True

    async def _session(self, place: int) -> Session:
        """Give this place's connection: a new one where there is none, or it is of no more use."""
        session = self._sessions[place]
        if session is None or not session.usable:
            self._sessions[place] = None
            if session is not None:
                await session.quit(QUIT_SECONDS)
            self._sessions[place] = session = await self._open()
        return session

    async def _open(self) -> Session:
        session = await open_session(self._server, self._timeouts)
        session.mails_left = self._mails_per_connection
        return session

    async def _quit(self) -> None:
        sessions = [session for session in self._sessions if session]
        await asyncio.gather(*(session.quit(QUIT_SECONDS) for session in sessions))


async def _ended(work: asyncio.Task[None]) -> None:
    """Stop the connections where they are still at work, and raise what went wrong."""
    if not work.done():
        work.cancel()
    with suppress(asyncio.CancelledError):
        await work
