"""An IMAP mailbox that people work in: EXAMINE and BODY.PEEK only; nothing is flagged, moved or deleted."""

import imaplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from notifier.clock import Clock
from notifier.errors import TryAgain
from notifier.mailbox import BATCH_MAILS, Batch, Fetched, Known, Position, folder_name
from notifier.mailbox.imap_answers import bodies, groups, listed, number, search

# So many UIDs before the position are looked at again: a server may show a mail later than its UID says.
OVERLAP = 20
_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Where and as whom to log in; `tls` in place of the system's authorities, `timeout` in seconds."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: str
    password: str = field(repr=False)
    timeout: float = _TIMEOUT_SECONDS
    tls: ssl.SSLContext | None = field(default=None, repr=False)


class ImapMailbox:
    """One folder of one account. Each `fetch` logs in, reads and logs out."""

    def __init__(self, server: ImapServer, folder: str = "INBOX") -> None:
        self._server = server
        self.folder = folder
        self.account = f"{server.username}@{server.host}"

    def fetch(self, since: Position | None, known: Known, clock: Clock) -> Iterator[Batch]:
        """Yield what is new; where UIDVALIDITY changed (RFC 9051, 2.3.1.1), the whole folder."""
        with self._open() as client:
            uidvalidity, uidnext = self._examine(client)
            same = since is not None and since.uidvalidity == uidvalidity
            # UIDs that began anew without a new UIDVALIDITY: a folder that was put back from a backup gives
            # known UIDs to new mails. Then nothing is known, and the position moves only at the end.
            rewound = same and since is not None and since.last_uid >= uidnext
            reached = since.last_uid if same and since is not None and not rewound else 0
            looks_known = _none_known if rewound else known
            for uids in search(client, max(1, reached - OVERLAP + 1), uidnext):
                for mails in self._mails(client, uidvalidity, uids, looks_known, clock):
                    reached = max(reached, int(mails[-1].uid))
                    yield Batch(mails, None if rewound else Position(uidvalidity, reached))
            yield Batch((), Position(uidvalidity, uidnext - 1))

    def _mails(
        self,
        client: imaplib.IMAP4,
        uidvalidity: int,
        uids: Sequence[int],
        known: Known,
        clock: Clock,
    ) -> Iterator[tuple[Fetched, ...]]:
        """Fetch the mails that are not known, a batch at a time, in the order of their UIDs."""
        for start in range(0, len(uids), BATCH_MAILS):
            asked = uids[start : start + BATCH_MAILS]
            seen = known(uidvalidity, [str(uid) for uid in asked])
            unseen = [uid for uid in asked if str(uid) not in seen]
            for group in groups(listed(client, unseen)):
                raws = bodies(client, group)
                mails = tuple(
                    Fetched(
                        account=self.account,
                        folder=self.folder,
                        uidvalidity=uidvalidity,
                        uid=str(each.uid),
                        raw=raws[each.uid],
                        internaldate=each.internaldate,
                        fetched_at=clock(),
                    )
                    for each in group
                    if each.uid in raws
                )
                if mails:
                    yield mails

    @contextmanager
    def _open(self) -> Iterator[imaplib.IMAP4]:
        """Connect and log in; every failure until the end says where it was and what to do."""
        server = self._server
        try:
            client = _connect(server)
            try:
                _log_in(client, server)
                yield client
            finally:
                _log_out(client)
        except ssl.SSLCertVerificationError as error:
            raise TryAgain(
                f"the certificate of {server.host}:{server.port} is not trusted: {error.verify_message}",
                "use the name in the certificate as [mailbox] host; for a CA of your own set SSL_CERT_FILE",
            ) from error
        except (OSError, imaplib.IMAP4.error) as error:
            raise TryAgain(
                f"the mailbox at {server.host}:{server.port} does not answer as it should: {_words(error)}",
                "check [mailbox] host, port and security, then run the same command again",
            ) from error

    def _examine(self, client: imaplib.IMAP4) -> tuple[int, int]:
        """Open the folder read-only; gives UIDVALIDITY and the UID that the next mail will get."""
        status, _ = client.select(folder_name.encode(self.folder), readonly=True)
        if status != "OK":
            raise TryAgain(
                f"{self._server.host} has no folder {self.folder!r} that {self._server.username} may read",
                "check [mailbox] folder; the usual one is INBOX",
            )
        uidvalidity = number(client.response("UIDVALIDITY")[1])
        uidnext = number(client.response("UIDNEXT")[1])
        if uidvalidity is None or uidnext is None:
            raise TryAgain(f"{self._server.host} keeps no UIDs in {self.folder!r}", "read another folder")
        return uidvalidity, uidnext


def _connect(server: ImapServer) -> imaplib.IMAP4:
    if server.security == "none":
        return imaplib.IMAP4(server.host, server.port, timeout=server.timeout)
    # imaplib's own context would accept any certificate.
    tls = server.tls or ssl.create_default_context()
    if server.security == "tls":
        return imaplib.IMAP4_SSL(server.host, server.port, ssl_context=tls, timeout=server.timeout)
    client = imaplib.IMAP4(server.host, server.port, timeout=server.timeout)
    try:
        client.starttls(tls)
    except (OSError, imaplib.IMAP4.error):
        with suppress(OSError):
            client.shutdown()
        raise
    return client


def _log_in(client: imaplib.IMAP4, server: ImapServer) -> None:
    try:
        if (server.username + server.password).isascii():
            client.login(server.username, server.password)
        else:
            plain = f"\0{server.username}\0{server.password}".encode()
            client.authenticate("PLAIN", lambda _challenge: plain)
    except imaplib.IMAP4.abort:
        raise  # the connection broke; that says nothing about the password
    except imaplib.IMAP4.error as error:
        raise TryAgain(
            f"{server.host}:{server.port} refuses the login of {server.username}: {_words(error)}",
            "check [mailbox] username and password_file",
        ) from error


def _log_out(client: imaplib.IMAP4) -> None:
    with suppress(OSError, imaplib.IMAP4.error):
        client.logout()
    with suppress(OSError):
        client.shutdown()


def _words(error: Exception) -> str:
    """What an error says, for people."""
    text = error.args[0] if error.args else type(error).__name__
    if isinstance(error, OSError):
        text = error.strerror or str(error) or type(error).__name__
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


def _none_known(_uidvalidity: int, _uids: Sequence[str]) -> set[str]:
    return set()
