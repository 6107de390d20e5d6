"""The customers' mail server: SMTP on loopback; it refuses one address and puts off another."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

if TYPE_CHECKING:
    from email.message import EmailMessage

HOST = "127.0.0.1"


class Server:
    """Keeps what it accepted, by recipient."""

    def __init__(self, *, refuses: str, puts_off: str) -> None:
        self.refuses = refuses
        self.puts_off = puts_off
        self.port = _free_port()
        self.mails: dict[str, EmailMessage] = {}

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Answer RCPT TO."""
        if address == self.refuses:
            return "550 5.1.1 no such mailbox here"
        if address == self.puts_off:
            self.puts_off = ""
            return "451 4.7.1 greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the mail."""
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails[envelope.rcpt_tos[0]] = message_from_bytes(content, policy=policy.default)
        return "250 2.0.0 taken"


@contextmanager
def running(*, refuses: str, puts_off: str) -> Iterator[Server]:
    """Run the server in a thread of its own."""
    server = Server(refuses=refuses, puts_off=puts_off)
    controller = Controller(server, hostname=HOST, port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
