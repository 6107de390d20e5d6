"""The bytes of one connection: commands and messages out, replies in, their shape but not their meaning."""

import asyncio
import re
from collections import deque
from typing import NamedTuple, cast

# What a server may send before we stop believing that it speaks SMTP (RFC 5321 4.5.3.1.5: 512 octets a line).
LONGEST_LINE = 8192
MOST_LINES = 256
# We never wait for more answers at once than to a message and the commands sent along with it.
MOST_UNREAD = 64
# How much of a server's words is kept.
LONGEST_TEXT = 500

_REPLY_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: |$)")
_BARE_LINE_END = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class WireError(Exception):
    """The connection was lost, nothing came in time, or what came is not SMTP. It is of no more use."""


class Reply(NamedTuple):
    """A server's answer: its code and its lines without the code."""

    code: int
    lines: tuple[str, ...]

    @property
    def kind(self) -> int:
        """The first digit: 2 done, 3 go on, 4 not now, 5 no."""
        return self.code // 100

    @property
    def enhanced(self) -> str:
        """The RFC 3463 code that the text begins with ("5.1.1"), or ""."""
        found = _ENHANCED.match(self.lines[0])
        return found[1] if found else ""

    @property
    def text(self) -> str:
        """The words on one line, without control characters and without the enhanced code."""
        words = " ".join([_ENHANCED.sub("", line, count=1).strip() for line in self.lines])
        if not words.isprintable():
            words = "".join(char if char.isprintable() else "?" for char in words)
        return words[:LONGEST_TEXT]

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced, self.text) if part)


class Wire(asyncio.Protocol):
    """One connection. After a WireError, or a timeout, only `abort` makes sense."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._incoming = b""  # the beginning of a line
        self._lines: list[str] = []
        self._replies: deque[Reply] = deque()
        self._lost: WireError | None = None
        self._wanted: asyncio.Future[None] | None = None
        self._wanted_for = ("", 0.0)  # what the wanted reply answers, and the seconds it may take
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    @property
    def open(self) -> bool:
        """Whether nothing is known to be wrong with the connection."""
        return self._lost is None

    @property
    def unasked(self) -> bool:
        """Whether the server said something that nobody has read yet."""
        return bool(self._replies or self._incoming)

    def write(self, data: bytes) -> None:
        """Send bytes. Raises WireError where the connection is known to be lost: then none went out."""
        if self._lost is not None:
            raise self._lost
        assert self.transport is not None
        self.transport.write(data)

    async def flushed(self, seconds: float) -> None:
        """Wait until the server has taken most of what was written."""
        if not self._writable.is_set():
            try:
                async with asyncio.timeout(seconds):
                    await self._writable.wait()
            except TimeoutError:
                raise WireError(f"the server took no data for {seconds:g} s") from None
        assert self.transport is not None
        if self.transport.is_closing():
            await asyncio.sleep(0)  # the last write failed: `connection_lost` is on its way
        if self._lost is not None:
            raise self._lost

    async def reply(self, to: str, seconds: float) -> Reply:
        """Read the next reply; `to` names what it answers."""
        if not self._replies and self._lost is None:
            loop = asyncio.get_running_loop()
            self._wanted = loop.create_future()
            self._wanted_for = (to, seconds)
            self._deadline = loop.time() + seconds
            if self._timer is None or self._timer.when() > self._deadline:
                self._set_timer(loop)
            try:
                await self._wanted
            finally:
                self._wanted = None
        if self._replies:
            return self._replies.popleft()
        assert self._lost is not None
        raise self._lost

    def _set_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        """See to the deadline. A timer for each reply would cost more than all the rest of reading it."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(self._deadline, self._look_at_the_clock, loop)

    def _look_at_the_clock(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        if self._wanted is None:
            return
        if loop.time() < self._deadline:
            self._set_timer(loop)
            return
        to, seconds = self._wanted_for
        self._lose(f"no answer to {to} in {seconds:g} s")

    def abort(self) -> None:
        """Close at once."""
        self._break_off("closed by us")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; asyncio calls this, and what follows down to `resume_writing`."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        """Take what came, and cut it into replies."""
        *lines, self._incoming = (self._incoming + data).split(b"\n")
        for line in lines:
            if self._lost is not None:
                return
            self._take_line(line.removesuffix(b"\r"))
        if len(self._incoming) > LONGEST_LINE:
            self._garbage(self._incoming)
        elif len(self._replies) > MOST_UNREAD:
            self._break_off("the server answers more than it was asked")

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end."""
        why = (getattr(exc, "strerror", None) or str(exc)) if exc else "closed by the server"
        self._lose(f"the connection was lost: {why}")

    def pause_writing(self) -> None:
        """Note that the server is slower than we are."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Note that it has caught up."""
        self._writable.set()

    def _take_line(self, line: bytes) -> None:
        found = _REPLY_LINE.fullmatch(line)
        if found is None or len(self._lines) > MOST_LINES:
            self._garbage(line)
            return
        code, separator, words = found.groups()
        self._lines.append((words or b"").decode("utf-8", "replace"))
        if separator != b"-":
            self._replies.append(Reply(int(code), tuple(self._lines)))
            self._lines.clear()
            self._wake()

    def _garbage(self, line: bytes) -> None:
        shown = "".join(char if char.isprintable() else "?" for char in line[:60].decode("ascii", "replace"))
        self._break_off(f"the server's answer is not SMTP: {shown!r}")

    def _break_off(self, why: str) -> None:
        self._lose(why)
        if self.transport is not None:
            self.transport.abort()

    def _lose(self, why: str) -> None:
        if self._lost is None:
            self._lost = WireError(why)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._wake()
        self._writable.set()

    def _wake(self) -> None:
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_result(None)


def on_the_wire(data: bytes) -> bytes:
    """Give a message the form it has after DATA, without the final dot: CRLF line ends, dots doubled.

    A bare CR or LF would let a server see an end of the message where we see none (RFC 5321 2.3.8, 4.5.2).
    """
    if not data.count(b"\r") == data.count(b"\n") == data.count(b"\r\n"):
        data = _BARE_LINE_END.sub(b"\r\n", data)
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    if data.startswith(b".") or b"\n." in data:
        data = _LEADING_DOT.sub(b"..", data)
    return data
