"""A real SMTP server on loopback that keeps what it accepts and misbehaves as it is told.

with SmtpServer(Trouble("RCPT", Say("451 4.3.0 later"), recipient="ana@example.com")) as server:
    ... send to server.host, server.port ...
    assert [mail.recipient for mail in server.received] == [...]
"""

import asyncio
import base64
import re
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Self

import trustme

# The moments at which trouble may be made: BODY is after the first bytes of a message, DOT after its end.
Stage = Literal["CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BODY", "DOT", "RSET"]


@dataclass(frozen=True, slots=True)
class Say:
    """Answer this instead of what would be right. A 421 ends the connection."""

    reply: str


@dataclass(frozen=True, slots=True)
class Drop:
    """Close the connection without an answer. With `keep`, at DOT, the mail is accepted first."""

    keep: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """Never answer again. With `keep`, at DOT, the mail is accepted first."""

    keep: bool = False


@dataclass(slots=True)
class Trouble:
    """What to do at a stage, from the n-th time on; with `recipient` (from RCPT on) only with that one."""

    stage: Stage
    act: Say | Drop | Hang
    recipient: str | None = None
    nth: int = 1
    times: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Received:
    """A mail that the server took, with its envelope."""

    sender: str
    recipient: str
    data: bytes
    login: str | None
    encrypted: bool

    @property
    def message_id(self) -> str:
        found = re.search(rb"^Message-ID: (\S+)", self.data, re.MULTILINE | re.IGNORECASE)
        assert found is not None
        return found[1].decode()


class SmtpServer:
    """Runs in a thread of its own while its `with` block does.

    With `certificate` it offers STARTTLS, or with `tls` talks TLS from the first byte. With `logins` it
    offers AUTH, and takes no mail without. `delay` is how long it thinks before it accepts a mail.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        *troubles: Trouble,
        certificate: trustme.LeafCert | None = None,
        tls: bool = False,
        logins: dict[str, str] | None = None,
        mechanisms: str = "PLAIN LOGIN",
        extensions: tuple[str, ...] = (),
        delay: float = 0,
    ) -> None:
        self.troubles = list(troubles)
        self.received: list[Received] = []
        self.commands: list[str] = []
        self.connections = 0
        self.port = 0
        self.tls = tls
        self.logins = logins
        self.mechanisms = mechanisms
        self.extensions = extensions
        self.delay = delay
        self.context: ssl.SSLContext | None = None
        if certificate is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(self.context)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._started = threading.Event()
        self._stopping = asyncio.Event()
        self._seen: dict[int, int] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def trouble(self, stage: Stage, recipient: str | None = None) -> Say | Drop | Hang | None:
        """Find what to do now, and count it."""
        for number, trouble in enumerate(self.troubles):
            if trouble.stage != stage or trouble.recipient not in {None, recipient}:
                continue
            seen = self._seen[number] = self._seen.get(number, 0) + 1
            if trouble.nth <= seen < trouble.nth + trouble.times:
                return trouble.act
        return None

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        context = self.context if self.tls else None
        conversations: set[asyncio.Task[None]] = set()

        async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            conversations.add(task)
            self.connections += 1
            try:
                with suppress(_Over, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                    await _Conversation(self, reader, writer).run()
            finally:
                conversations.discard(task)
                writer.transport.abort()

        server = await asyncio.start_server(converse, self.host, 0, ssl=context, limit=2**20)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stopping.wait()
        server.close()
        for task in list(conversations):
            task.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        await asyncio.sleep(0)


class _Over(Exception):
    """The conversation is over."""


class _Conversation:
    """One connection."""

    def __init__(
        self, server: SmtpServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer
        self.login: str | None = None
        self.encrypted = server.tls
        self.sender: str | None = None
        self.recipient: str | None = None

    async def run(self) -> None:
        await self.answer("CONNECT", "220 test.example ESMTP")
        while line := await self.reader.readline():
            command = line.decode().rstrip("\r\n")
            verb = command.split(" ", 1)[0].upper()
            self.server.commands.append(command)
            match verb:
                case "EHLO":
                    await self.answer("EHLO", *self.greeting())
                case "STARTTLS":
                    await self.start_tls()
                case "AUTH":
                    await self.authenticate(command.split(" ")[1:])
                case "MAIL":
                    await self.mail(command)
                case "RCPT":
                    await self.rcpt(command)
                case "DATA":
                    await self.data()
                case "RSET":
                    self.sender = self.recipient = None
                    await self.answer("RSET", "250 2.0.0 forgotten")
                case "QUIT":
                    await self.say("221 2.0.0 bye")
                    return
                case _:
                    await self.say("500 5.5.2 what?")

    async def say(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self.writer.drain()
        if lines[-1].startswith("421"):
            raise _Over

    async def answer(self, stage: Stage, *lines: str) -> bool:
        """Answer as is right, or make the trouble that is due; whether it was as is right."""
        match self.server.trouble(stage, self.recipient):
            case None:
                await self.say(*lines)
                return True
            case Say(reply):
                await self.say(reply)
                return False
            case Drop():
                raise _Over
            case Hang():
                await asyncio.Event().wait()
        raise AssertionError

    def greeting(self) -> list[str]:
        words = [*self.server.extensions]
        if self.server.context is not None and not self.encrypted:
            words.append("STARTTLS")
        if self.server.logins is not None:
            words.append(f"AUTH {self.server.mechanisms}")
        lines = ["test.example", *words]
        return [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]

    async def start_tls(self) -> None:
        assert self.server.context is not None
        if await self.answer("STARTTLS", "220 2.0.0 go"):
            await self.writer.start_tls(self.server.context)
            self.encrypted = True
        else:
            await self.reader.read()  # whatever the client does now, TLS is not begun

    async def authenticate(self, words: list[str]) -> None:
        if words[0].upper() == "PLAIN":
            _, user, password = base64.b64decode(words[1]).decode().split("\0")
        else:
            user = await self.ask("Username:")
            password = await self.ask("Password:")
        if (self.server.logins or {}).get(user) != password:
            await self.say(f"535 5.7.8 not {password}")
        elif await self.answer("AUTH", "235 2.7.0 welcome"):
            self.login = user

    async def ask(self, question: str) -> str:
        await self.say("334 " + base64.b64encode(question.encode()).decode())
        return base64.b64decode(await self.reader.readline()).decode()

    async def mail(self, command: str) -> None:
        if self.sender is not None:
            await self.say("503 5.5.1 nested MAIL")
        elif self.server.logins is not None and self.login is None:
            await self.say("530 5.7.0 log in first")
        elif await self.answer("MAIL", "250 2.1.0 ok"):
            self.sender = _path(command)

    async def rcpt(self, command: str) -> None:
        if self.sender is None:
            await self.say("503 5.5.1 MAIL first")
            return
        self.recipient = _path(command)
        if not await self.answer("RCPT", "250 2.1.5 ok"):
            self.recipient = None

    async def data(self) -> None:
        if self.sender is None or self.recipient is None:
            await self.say("503 5.5.1 RCPT first")
            return
        if not await self.answer("DATA", "354 go"):
            return
        message = await self.message()
        if message is None:
            self.sender = self.recipient = None
            return
        act = self.server.trouble("DOT", self.recipient)
        if act is None or (isinstance(act, Drop | Hang) and act.keep):
            if self.server.delay:
                await asyncio.sleep(self.server.delay)
            self.server.received.append(
                Received(self.sender, self.recipient, message, self.login, self.encrypted),
            )
        self.sender = self.recipient = None
        match act:
            case None:
                await self.say("250 2.0.0 queued")
            case Say(reply):
                await self.say(reply)
            case Drop():
                raise _Over
            case Hang():
                await asyncio.Event().wait()

    async def message(self) -> bytes | None:
        """Read a message to its end; None where the answer was given before that."""
        lines: list[bytes] = []
        answered = False
        while (line := await self.reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line.removeprefix(b"."))
            if len(lines) == 1:
                match self.server.trouble("BODY", self.recipient):
                    case Say(reply):
                        await self.say(reply)
                        answered = True
                    case Drop():
                        raise _Over
                    case Hang():
                        await asyncio.Event().wait()
        return None if answered else b"".join(lines)


def _path(command: str) -> str:
    found = re.search(r"<(.*)>", command)
    assert found is not None, command
    return found[1]
