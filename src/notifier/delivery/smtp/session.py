"""From nothing to a server that waits for MAIL: connect, encrypt, greet, log in.

Whatever goes wrong here is nobody's mail's fault: it is a TransportDown that names the server and the remedy.
"""

import asyncio
import base64
import ipaddress
import math
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from notifier.delivery.smtp.wire import Reply, Wire, WireError
from notifier.delivery.transport import TransportDown
from notifier.errors import WrongUse

Security = Literal["starttls", "tls", "none"]

_LOGIN_OK = 235
_LOGIN_GO_ON = 334


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Which server takes our mail, and how. Certificates are always checked, against the system's list.

    Raises WrongUse where a login would go over the network in clear text.
    """

    host: str
    port: int
    security: Security
    username: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.username and self.security == "none" and not _is_loopback(self.host):
            raise WrongUse(
                f'[mail] username with security = "none" would show the password on the way to {self}',
                'set security = "starttls" or "tls"',
            )

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait for what, in seconds (RFC 5321 4.5.3.2).

    `opening` holds for each step until the server waits for MAIL. The RFC allows 5 minutes for the greeting;
    but a company's own relay that says nothing for half a minute is better reported than waited for.
    """

    opening: float = 30
    command: float = 300
    data: float = 120
    block: float = 180
    final: float = 600


class Session:
    """A connection that is greeted, encrypted and logged in."""

    def __init__(self, wire: Wire, extensions: dict[str, str]) -> None:
        self.wire = wire
        self.mails_left = math.inf  # how many more are to go over it
        self.extensions = extensions  # as EHLO gave them, e.g. {"SIZE": "10240000", "PIPELINING": ""}
        self.fresh = True  # no mail was begun over it yet
        self.unfinished = False  # a mail was begun and not ended: RSET has to come before the next

    @property
    def usable(self) -> bool:
        """Whether it can take a mail, as far as is known. A server that spoke unasked said goodbye."""
        return self.wire.open and not self.wire.unasked and self.mails_left > 0

    async def command(self, line: str, seconds: float) -> Reply:
        """Send a command and read its reply. Raises WireError."""
        if self.wire.unasked:
            # A reply to something else would be taken for this one's.
            unasked = await self.wire.reply("nothing", seconds)
            self.wire.abort()
            raise WireError(f"the server said unasked: {unasked}")
        self.wire.write(line.encode() + b"\r\n")
        return await self.wire.reply(line.split(" ", 1)[0], seconds)

    async def quit(self, seconds: float) -> None:
        """Say goodbye and close."""
        try:
            await self.command("QUIT", seconds)
        except WireError:
            pass  # it is closed then, which is what we want
        finally:
            self.wire.abort()


async def open_session(server: SmtpServer, timeouts: Timeouts) -> Session:
    """Connect, encrypt, greet and log in. Raises TransportDown."""
    wire = Wire()
    try:
        with _clear_errors(server, timeouts):
            return await _open(wire, server, timeouts.opening)
    except BaseException:
        wire.abort()
        raise


async def _open(wire: Wire, server: SmtpServer, seconds: float) -> Session:
    context = None if server.security == "none" else ssl.create_default_context()
    async with asyncio.timeout(seconds):
        await asyncio.get_running_loop().create_connection(
            lambda: wire,
            server.host,
            server.port,
            ssl=context if server.security == "tls" else None,
        )
    _expect(server, 2, await wire.reply("the connection", seconds), "turns us away")
    session = Session(wire, {})
    await _greet(session, server, seconds)
    if server.security == "starttls":
        assert context is not None
        await _start_tls(session, server, context, seconds)
        await _greet(session, server, seconds)  # what was said before is void (RFC 3207 4.2)
    if server.username:
        await _log_in(session, server, seconds)
    return session


async def _greet(session: Session, server: SmtpServer, seconds: float) -> None:
    reply = await session.command(f"EHLO {_own_name(session.wire)}", seconds)
    _expect(server, 2, reply, "refuses our greeting")
    words = [line.upper().split(" ", 1) for line in reply.lines[1:]]
    session.extensions = {word[0]: "".join(word[1:]) for word in words}


async def _start_tls(session: Session, server: SmtpServer, context: ssl.SSLContext, seconds: float) -> None:
    if "STARTTLS" not in session.extensions:
        raise TransportDown(
            f"mail server {server} offers no STARTTLS",
            'check [mail] port, or set security = "tls" (usually port 465)',
        )
    _expect(server, 2, await session.command("STARTTLS", seconds), "refuses STARTTLS")
    wire = session.wire
    if wire.unasked:  # put there by someone in between, to be believed once encrypted
        raise TransportDown(
            f"mail server {server} sent data in clear text after STARTTLS", "somebody may be listening in"
        )
    await wire.flushed(seconds)  # it may have closed by now
    assert wire.transport is not None
    async with asyncio.timeout(seconds):
        wire.transport = await asyncio.get_running_loop().start_tls(
            wire.transport,
            wire,
            context,
            server_hostname=server.host,
        )
    if wire.transport is None:
        raise WireError("the connection was lost")


async def _log_in(session: Session, server: SmtpServer, seconds: float) -> None:
    offered = session.extensions.get("AUTH", "").split()
    if "PLAIN" in offered:
        steps = ["AUTH PLAIN " + _base64(f"\0{server.username}\0{server.password}")]
    elif "LOGIN" in offered:
        steps = ["AUTH LOGIN", _base64(server.username), _base64(server.password)]
    else:
        found = f"only {', '.join(offered)}" if offered else "none"
        raise TransportDown(
            f"mail server {server} offers no login we can use (PLAIN or LOGIN), {found}",
            "check [mail] port and security, or leave username empty where no login is wanted",
        )
    for step in steps[:-1]:
        reply = await session.command(step, seconds)
        if reply.code != _LOGIN_GO_ON:
            raise _login_refused(server, reply)
    reply = await session.command(steps[-1], seconds)
    if reply.code != _LOGIN_OK:
        raise _login_refused(server, reply)


def _login_refused(server: SmtpServer, reply: Reply) -> TransportDown:
    # Only codes are shown: a server may repeat in its text what it was sent.
    said = f"{reply.code} {reply.enhanced}".strip()
    return TransportDown(
        f"mail server {server} refuses the login of {server.username!r} ({said})",
        "check [mail] username and password_file",
    )


def _expect(server: SmtpServer, kind: int, reply: Reply, otherwise: str) -> None:
    if reply.kind != kind:
        remedy = "try again later" if reply.kind == 4 else "ask whoever runs it"  # noqa: PLR2004 - 4xx: not now
        raise TransportDown(f"mail server {server} {otherwise}: {reply}", remedy)


@contextmanager
def _clear_errors(server: SmtpServer, timeouts: Timeouts) -> Iterator[None]:
    """Turn what may go wrong on the way to a session into one line each."""
    try:
        yield
    except TimeoutError as error:
        raise TransportDown(
            f"mail server {server} gave no answer in {timeouts.opening:g} s",
            "check [mail] host and port, and the firewall",
        ) from error
    except ssl.SSLCertVerificationError as error:
        raise TransportDown(
            f"mail server {server} has a certificate that cannot be trusted: {error.verify_message}",
            "use the name in the certificate as [mail] host; for a CA of your own set SSL_CERT_FILE",
        ) from error
    except ssl.SSLError as error:
        other = 'security = "starttls"' if server.security == "tls" else 'security = "tls"'
        raise TransportDown(
            f"mail server {server} does not agree on TLS: {error.reason or error}",
            f"check [mail] port, or set {other}",
        ) from error
    except socket.gaierror as error:
        raise TransportDown(
            f"mail server {server} is not found: {error.strerror}", "check [mail] host"
        ) from error
    except OSError as error:
        raise TransportDown(
            f"mail server {server} cannot be reached: {error.strerror or str(error) or 'it hung up'}",
            "check [mail] host and port, and that it runs",
        ) from error
    except WireError as error:
        raise TransportDown(
            f"mail server {server} does not let us begin: {error}",
            'check [mail] port and security (port 465 wants "tls", 587 "starttls")',
        ) from error


def _own_name(wire: Wire) -> str:
    """The name to greet with: ours where it is a full one, else our address (RFC 5321 4.1.3)."""
    name = socket.gethostname()
    if "." in name and name.isascii():
        return name
    assert wire.transport is not None
    own = ipaddress.ip_address(wire.transport.get_extra_info("sockname")[0].partition("%")[0])
    return f"[{own}]" if own.version == 4 else f"[IPv6:{own}]"  # noqa: PLR2004 - IPv4


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
