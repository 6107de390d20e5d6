"""Where mail comes in: an IMAP mailbox, a Maildir, standard input. Reads only; knows nothing of the store."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from notifier.clock import Clock

# Which of these UIDs, under this UIDVALIDITY, were taken in before.
Known = Callable[[int, Sequence[str]], set[str]]

# A batch is taken in within one transaction.
BATCH_MAILS = 50
BATCH_BYTES = 16_000_000
# What is kept of one mail. Of a larger one the headers are kept, and a header that says so.
MAX_MAIL_BYTES = 30_000_000


@dataclass(frozen=True, slots=True)
class Fetched:
    """One mail as it lies in a mailbox.

    `account`, `folder`, `uidvalidity` and `uid` name it (RFC 9051, 2.3.1.1); `internaldate` is when the
    mailbox got it, UTC, None where that is not known.
    """

    account: str
    folder: str
    uidvalidity: int
    uid: str
    raw: bytes
    internaldate: datetime | None
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Position:
    """How far a mailbox was read: nothing up to `last_uid` is new while `uidvalidity` stays the same."""

    uidvalidity: int
    last_uid: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Some mails, and how far the mailbox is read once they are stored (None: it has no such order)."""

    mails: tuple[Fetched, ...]
    position: Position | None


class Mailbox(Protocol):
    """`ImapMailbox`, `MaildirMailbox` and `PipeMailbox` are the three."""

    @property
    def account(self) -> str:
        """Names the mailbox's owner and place, the same in every run."""
        ...

    @property
    def folder(self) -> str:
        """The folder in the account, "" where there is only one."""
        ...

    def fetch(self, since: Position | None, known: Known, clock: Clock) -> Iterator[Batch]:
        """Yield what is new since a position, and again a few mails before it that are not known.

        Raises TryAgain where the mailbox cannot be read (any further); what was yielded so far stands.
        """
        ...


def headers_only(raw: bytes, size: int) -> bytes:
    """Give what is kept of a mail of `size` bytes that is too large: its headers, and a line that says so.

    `raw` begins with the mail's headers.
    """
    ends = [end + len(gap) for gap in (b"\r\n\r\n", b"\n\n") if (end := raw.find(gap)) >= 0]
    head = raw[: min(ends, default=len(raw))]
    return b"X-Notifier-Note: only the headers were kept, the mail has %d bytes\r\n%s" % (size, head)
