"""A TCP proxy that makes loopback as far away as one likes: `python delay_proxy.py PORT RTT_MS`.

It prints the port on which it takes connections, and hands them on to PORT of this machine. Every byte
arrives half the round trip later in either direction, in order, without a limit to how many are on their
way. Opening a connection takes as long as it would over such a line.
"""

import asyncio
import selectors
import sys
from collections import deque
from collections.abc import Callable
from contextlib import closing

HOST = "127.0.0.1"
_BACKLOG = 1000
# How much of what is known of the lateness each waking changes, and the most that is made up for, in seconds.
_LEARNT = 0.05
_MOST_LATE = 0.001


class _Alarm:
    """Wakes in time: a machine wakes us some of a millisecond late, so it is asked that much earlier."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._late = 0.0

    def now(self) -> float:
        """What the time will be when it gets out."""
        return self._loop.time() + self._late

    def set(self, moment: float, act: Callable[[], None]) -> None:
        """Act at a moment of `loop.time()`."""
        asked = moment - self._late
        self._loop.call_at(asked, self._wake, asked, act)

    def _wake(self, asked: float, act: Callable[[], None]) -> None:
        late = min(self._loop.time() - asked, _MOST_LATE)
        self._late += (late - self._late) * _LEARNT
        act()


class _Line:
    """One direction: what is put in comes out `delay` seconds later at `exit`, once that is there."""

    def __init__(self, loop: asyncio.AbstractEventLoop, alarm: _Alarm, delay: float) -> None:
        self._loop = loop
        self._alarm = alarm
        self._delay = delay
        self._on_the_way: deque[tuple[float, bytes]] = deque()  # b"" is the end
        self._waiting = False
        self._exit: asyncio.Transport | None = None

    def put(self, data: bytes) -> None:
        self._on_the_way.append((self._loop.time() + self._delay, data))
        self._wait()

    def open(self, way_out: asyncio.Transport) -> None:
        self._exit = way_out
        self._wait()

    def _wait(self) -> None:
        if not self._waiting and self._exit is not None and self._on_the_way:
            self._waiting = True
            self._alarm.set(self._on_the_way[0][0], self._deliver)

    def _deliver(self) -> None:
        assert self._exit is not None
        self._waiting = False
        now = max(self._alarm.now(), self._on_the_way[0][0])
        due = []
        while self._on_the_way and self._on_the_way[0][0] <= now:
            due.append(self._on_the_way.popleft()[1])
        if not self._exit.is_closing():
            if data := b"".join(due):
                self._exit.write(data)
            if not due[-1]:
                self._exit.close()
                return
        self._wait()


class _End(asyncio.Protocol):
    """One end of a connection: what is read from it goes into `away`, what comes out of `here` to it."""

    def __init__(self, away: _Line, here: _Line) -> None:
        self._away = away
        self._here = here

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._here.open(transport)

    def data_received(self, data: bytes) -> None:
        self._away.put(data)

    def connection_lost(self, _error: Exception | None) -> None:
        self._away.put(b"")


class _Proxy:
    """Makes the two ends of each connection."""

    def __init__(self, port: int, round_trip: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._alarm = _Alarm(self._loop)
        self._port = port
        self._round_trip = round_trip
        self._opening: set[asyncio.Task[None]] = set()

    def accept(self) -> _End:
        """The near end of a new connection; the far one is on its way."""
        out, back = (_Line(self._loop, self._alarm, self._round_trip / 2) for _ in range(2))
        opening = self._loop.create_task(self._open(out, back))
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)
        return _End(out, back)

    async def _open(self, out: _Line, back: _Line) -> None:
        # SYN, SYN and ACK, ACK: the server speaks first a round trip and a half after the client called.
        await asyncio.sleep(self._round_trip * 1.5)
        try:
            await self._loop.create_connection(lambda: _End(back, out), HOST, self._port)
        except OSError:
            back.put(b"")


async def serve(port: int, round_trip: float) -> None:
    """Take connections for ever."""
    loop = asyncio.get_running_loop()
    proxy = _Proxy(port, round_trip)
    server = await loop.create_server(proxy.accept, HOST, 0, backlog=_BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Read the command line."""
    port, milliseconds = sys.argv[1:]
    # select waits by the microsecond, epoll by the millisecond; it takes 500 connections, which is enough.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    with closing(loop):
        loop.run_until_complete(serve(int(port), float(milliseconds) / 1000))


if __name__ == "__main__":
    main()
