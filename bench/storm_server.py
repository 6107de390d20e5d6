"""A quick mail server that misbehaves as planned, and writes down what it did with every mail.

    python bench/storm_server.py RECEIPTS --seed 1

It listens on a free port of 127.0.0.1, prints the port, and appends to the file RECEIPTS before the client
can know: see `receipts`. It offers PIPELINING, 8BITMIME, SIZE, with `--certificate` STARTTLS.
"""

import argparse
import asyncio
import hashlib
import os
import re
import ssl
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import storm_plan
from notifier.delivery.states import Outcome
from storm_plan import KIND_ENOUGH, Act, Headless, Kind, Stage

HOST = "127.0.0.1"
# The kinds of trouble that are a reply and no more.
_SAID = {
    Kind.LATER: b"451 4.3.0 not now, try again later\r\n",
    Kind.NEVER: b"550 5.7.1 not for you\r\n",
    Kind.LEAVE: b"421 4.3.2 leave me alone\r\n",
}
_GARBAGE = (
    b"\x00\xff\r\n",
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"2500 ok\r\n",
    b"ok\r\n",
    b"250-" + b"x" * 100_000,
)
# What a reply in pieces is cut into, and the seconds between two of them.
_PIECE, _PAUSE = 5, 0.001
# How long a connection is left open after the last word, so that the word arrives.
_LAST_WORD = 0.2
_PATH = re.compile(rb"<([^>]*)>")
_MESSAGE_ID = re.compile(rb"^Message-ID: (\S+)", re.MULTILINE | re.IGNORECASE)


class Server:
    """What the connections share."""

    def __init__(
        self,
        receipts: Path,
        *,
        seed: int,
        calm: bool,
        delay: float,
        good: ssl.SSLContext | None,
        bad: ssl.SSLContext | None,
    ) -> None:
        self.seed = seed
        self.calm = calm
        self.delay = delay
        self.good = good
        self.bad = bad
        self.connections = 0
        self.tries: Counter[str] = Counter()
        self._file = os.open(receipts, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, *words: object) -> None:
        """Append one line."""
        os.write(self._file, ("\t".join(map(str, words)) + "\n").encode())


class Connection(asyncio.Protocol):
    """One connection: `heed` what came, command by command, unless it waits for something itself."""

    def __init__(self, server: Server) -> None:
        self.server = server
        server.connections += 1
        self.number = server.connections
        self.opening = Act(Stage.DOT) if server.calm else storm_plan.for_connection(server.seed, self.number)
        self.act = self.opening
        self.incoming = bytearray()
        self.encrypted = False
        self.busy = False
        self.deaf = False
        self.reading: Callable[[], bool] = self.command
        self.sender = ""
        self.recipient = ""
        self.attempt = 0

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.note("open", self.number)
        self.reply(Stage.CONNECT, b"220 storm.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        if not self.deaf:
            self.incoming += data
            self.heed()

    def eof_received(self) -> bool:
        """Close; what was begun is lost."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Note it: from now on nothing is taken over this connection."""
        self.deaf = True
        self.server.note("close", self.number)

    # Reading

    def heed(self) -> None:
        """Read as much as there is, and as it is time for."""
        while not (self.busy or self.deaf) and self.reading():
            pass

    def command(self) -> bool:
        """Read a command; whether there was one."""
        end = self.incoming.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self.incoming[:end])
        del self.incoming[: end + 2]
        match line[:4].upper():
            case b"EHLO":
                self.greet()
            case b"MAIL":
                self.mail(line)
            case b"RCPT":
                self.rcpt(line)
            case b"DATA":
                self.data()
            case b"STAR":
                self.start_tls()
            case b"RSET":
                self.forget()
                self.say(b"250 2.0.0 forgotten\r\n")
            case b"QUIT":
                self.say(b"221 2.0.0 bye\r\n")
                self.hang_up()
            case _:
                self.complain(f"no command: {line[:40]!r}")
                self.say(b"500 5.5.2 what?\r\n")
        return True

    def message(self) -> bool:
        """Read a message; whether it came to its end, or to an early one."""
        if self.act.stage is Stage.BODY and self.act.kind is not Kind.FINE:
            if not self.incoming:
                return False
            self.trouble(Stage.BODY)
            if self.act.kind in (Kind.LATER, Kind.NEVER):  # said before the message is over
                self.reading = self.rest_of_message
                if not self.act.kept:
                    self.deaf = True
                    self.later(self.hang_up)
            return True
        whole = self.upto_dot()
        if whole is None:
            return False
        self.reading = self.command
        self.ended(whole)
        return True

    def rest_of_message(self) -> bool:
        """Read to the end of a message that was answered already."""
        if self.upto_dot() is None:
            return False
        self.reading = self.command
        self.forget()
        return True

    def no_message(self) -> bool:
        """Read what comes after a 354 that nobody should have got: a lone dot (RFC 2920 3.1)."""
        whole = self.upto_dot()
        if whole is None:
            return False
        if whole:
            self.complain("a message without a recipient")
        self.reading = self.command
        self.forget()
        self.say(b"554 5.5.1 no valid recipients\r\n")
        return True

    def upto_dot(self) -> bytes | None:
        """Cut off a message, without its final dot; None where that has not come yet."""
        if self.incoming.startswith(b".\r\n"):
            del self.incoming[:3]
            return b""
        end = self.incoming.find(b"\r\n.\r\n")
        if end < 0:
            return None
        whole = bytes(self.incoming[: end + 2])
        del self.incoming[: end + 5]
        return whole

    # Answering

    def greet(self) -> None:
        """Answer EHLO."""
        words = ["storm.example", "PIPELINING", "8BITMIME", "SIZE 10240000"]
        if self.server.good is not None and not self.encrypted:
            words.append("STARTTLS")
        lines = [f"250-{word}\r\n" for word in words[:-1]] + [f"250 {words[-1]}\r\n"]
        self.reply(Stage.EHLO, "".join(lines).encode())

    def start_tls(self) -> None:
        """Answer STARTTLS, and do it, or fail to."""
        if not self.reply(Stage.STARTTLS, b"220 2.0.0 go\r\n"):
            return
        handshake = self.act if self.act.stage is Stage.HANDSHAKE else Act(Stage.DOT)
        match handshake.kind:
            case Kind.DROP:
                self.drop()
            case Kind.GARBAGE:
                self.say(b"no TLS here\r\n")
                self.hang_up()
            case Kind.STALL:
                self.deaf = True
            case kind:
                context = self.server.bad if kind is Kind.UNTRUSTED else self.server.good
                self.busy = True
                self.encrypting = asyncio.ensure_future(self.encrypt(context))

    async def encrypt(self, context: ssl.SSLContext | None) -> None:
        """Go on under TLS; where the client does not, it is gone."""
        assert context is not None
        loop = asyncio.get_running_loop()
        self.incoming.clear()  # what was said in clear is void (RFC 3207 4.2)
        try:
            secured = await loop.start_tls(self.transport, self, context, server_side=True)
        except OSError:  # ssl.SSLError is one
            self.drop()
            return
        if secured is None:  # it left in the middle
            return
        self.transport = secured
        self.encrypted = True
        self.busy = False
        self.heed()

    def mail(self, line: bytes) -> None:
        """Answer MAIL, and look up what is to become of this mail."""
        if self.sender:
            self.complain("MAIL within a mail")
            self.say(b"503 5.5.1 nested MAIL\r\n")
            return
        self.sender = _path(line)
        self.attempt = self.server.tries[self.sender] = self.server.tries[self.sender] + 1
        # Behind a reply that nobody asked for, no client that pipelines can tell which reply is whose: it has
        # to notice that, and what more went wrong there it cannot know.
        behind_extra = self.act.stage is Stage.DOT and self.act.kind is Kind.EXTRA
        self.act = Act(Stage.DOT)
        if not (self.server.calm or behind_extra):
            self.act = storm_plan.for_mail(self.server.seed, self.sender, self.attempt)
        self.server.note("begin", self.number, self.sender, self.attempt)
        if not self.reply(Stage.MAIL, b"250 2.1.0 ok\r\n"):
            self.sender = ""

    def rcpt(self, line: bytes) -> None:
        """Answer RCPT."""
        if not self.sender:
            self.say(b"503 5.5.1 MAIL first\r\n")
        elif self.reply(Stage.RCPT, b"250 2.1.5 ok\r\n"):
            self.recipient = _path(line)

    def data(self) -> None:
        """Answer DATA; one that was pipelined behind a refused RCPT too."""
        if self.recipient:
            if self.reply(Stage.DATA, b"354 go on\r\n"):
                self.reading = self.message
        elif not self.sender or self.act.headless is Headless.BAD_SEQUENCE:
            self.say(b"503 5.5.1 RCPT first\r\n")
        elif self.act.headless is Headless.NO_RECIPIENTS:
            self.say(b"554 5.5.1 no valid recipients\r\n")
        else:
            self.say(b"354 go on, whoever it is for\r\n")
            self.reading = self.no_message

    def ended(self, whole: bytes) -> None:
        """Answer the final dot."""
        if self.server.delay:
            self.busy = True
            self.later(lambda: self.decide(whole), self.server.delay)
        else:
            self.decide(whole)

    def decide(self, whole: bytes) -> None:
        """Take the message, or not."""
        self.busy = False
        if self.deaf:
            return
        content = whole[1:] if whole.startswith(b".") else whole
        content = content.replace(b"\r\n..", b"\r\n.")
        self.reply(Stage.DOT, b"250 2.0.0 taken\r\n", content)
        self.forget()
        self.heed()

    def reply(self, stage: Stage, fine: bytes, content: bytes = b"") -> bool:
        """Answer, or make the trouble that is due; whether the answer was yes."""
        here = self.act.stage is stage
        if not here or self.act.kind in KIND_ENOUGH:
            if stage is Stage.DOT:
                self.receipt(stage, Outcome.ACCEPTED, fine, content)
            self.say_fine(fine, self.act.kind if here else Kind.FINE)
            return True
        self.trouble(stage, content)
        return False

    def trouble(self, stage: Stage, content: bytes = b"") -> None:
        """Do what is planned for this stage."""
        act = self.act
        reply = _SAID.get(act.kind, b"")
        if stage in (Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY, Stage.DOT):
            kept = content if act.kept and act.kind not in _SAID else b""
            self.receipt(stage, storm_plan.outcome(act, stage), reply, kept)
        match act.kind:
            case Kind.LATER | Kind.NEVER:
                self.say(reply)
            case Kind.LEAVE:
                self.say(reply)
                self.deaf = True
                self.later(self.hang_up)
            case Kind.DROP:
                self.drop()
            case Kind.HALF:
                self.say(b"250-first\r\n25" if act.kept else b"2")
                self.hang_up()
            case Kind.STALL:
                self.deaf = True
            case Kind.GARBAGE:
                self.say(_GARBAGE[(self.number + self.attempt) % len(_GARBAGE)])
                self.deaf = True
            case Kind.WRONG:
                self.say(b"250 2.0.0 what was it\r\n" if stage is Stage.DATA else b"354 go on\r\n")
                self.deaf = True
            case _:
                raise AssertionError(act)

    def say_fine(self, reply: bytes, kind: Kind) -> None:
        """Say yes, in one of the ways there are."""
        match kind:
            case Kind.LINES:
                code, rest = reply[:3], reply
                self.say(b"".join(code + b"-" + word + b"\r\n" for word in (b"well", b"", b"yes")) + rest)
            case Kind.PIECES:
                self.busy = True
                self.say_on(reply)
            case Kind.EXTRA:
                self.say(reply + b"250 2.0.0 by the way\r\n")
            case Kind.GOODBYE:
                self.say(reply + b"421 4.4.2 so long\r\n")
                self.deaf = True
                self.later(self.hang_up)
            case Kind.HANG_UP:
                self.say(reply)
                self.hang_up()
            case _:
                self.say(reply)

    def say_on(self, rest: bytes) -> None:
        """Say the next piece, then go on reading."""
        if self.deaf:
            return
        self.say(rest[:_PIECE])
        if rest[_PIECE:]:
            self.later(lambda: self.say_on(rest[_PIECE:]), _PAUSE)
        else:
            self.busy = False
            self.heed()

    def say(self, reply: bytes) -> None:
        """Write it."""
        self.transport.write(reply)

    # Ending

    def forget(self) -> None:
        """Be ready for the next mail."""
        self.sender = self.recipient = ""

    def hang_up(self) -> None:
        """Close, after what was said."""
        self.deaf = True
        self.transport.close()

    def drop(self) -> None:
        """Close at once."""
        self.deaf = True
        self.transport.abort()

    def later(self, what: Callable[[], None], seconds: float = _LAST_WORD) -> None:
        """Do it in so many seconds."""
        asyncio.get_running_loop().call_later(seconds, what)

    # Writing down

    def receipt(self, stage: Stage, told: Outcome, reply: bytes, content: bytes) -> None:
        """Write down how a try ended; `content` is what was taken, b"" for nothing."""
        code = reply[:3].decode() or "0"
        digest = hashlib.sha256(content).hexdigest() if content else "-"
        found = _MESSAGE_ID.search(content)
        message_id = found[1].decode() if found else "-"
        self.server.note(
            "end",
            self.number,
            self.sender,
            self.attempt,
            self.recipient or "-",
            stage,
            self.act.kind if self.act.stage is stage else Kind.FINE,
            told,
            code,
            digest,
            message_id,
        )

    def complain(self, why: str) -> None:
        """Write down that the client broke the rules."""
        self.server.note("wrong", self.number, self.sender or "-", self.attempt, why)


def _path(line: bytes) -> str:
    found = _PATH.search(line)
    return found[1].decode() if found else ""


def _context(folder: Path | None, name: str) -> ssl.SSLContext | None:
    if folder is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / name)
    return context


async def _serve(options: argparse.Namespace) -> None:
    server = Server(
        options.receipts,
        seed=options.seed,
        calm=options.calm,
        delay=options.delay,
        good=_context(options.certificates, "good.pem"),
        bad=_context(options.certificates, "bad.pem"),
    )
    listening = await asyncio.get_running_loop().create_server(lambda: Connection(server), HOST, 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("receipts", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--calm", action="store_true", help="misbehave in nothing")
    parser.add_argument("--delay", type=float, default=0, help="seconds before a mail is taken")
    parser.add_argument("--certificates", type=Path, help="folder of good.pem and bad.pem: offers STARTTLS")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(_serve(_options()))
