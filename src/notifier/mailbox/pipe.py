"""One mail on standard input, as a mail server's pipe gives it."""

from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO

from notifier.clock import Clock
from notifier.errors import WrongUse
from notifier.mailbox import MAX_MAIL_BYTES, Batch, Fetched, Known, Position, headers_only

_CHUNK = 1 << 16


class PipeMailbox:
    """Yields the one mail. It is named by its digest, so a pipe that is run again stores nothing twice."""

    account = "pipe"
    folder = ""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def fetch(self, since: Position | None, known: Known, clock: Clock) -> Iterator[Batch]:  # noqa: ARG002 - a mail server gives each mail once
        """Yield the mail. Raises WrongUse where there is none."""
        kept = self._stream.read(MAX_MAIL_BYTES + 1)
        size = len(kept)
        digest = sha256(kept)
        while piece := self._stream.read(_CHUNK):
            size += len(piece)
            digest.update(piece)
        if not kept.strip():
            raise WrongUse("there is no mail on standard input", "pipe one mail into `notifier receive -`")
        mail = Fetched(
            account=self.account,
            folder=self.folder,
            uidvalidity=0,
            uid=digest.hexdigest(),
            raw=kept if size <= MAX_MAIL_BYTES else headers_only(kept, size),
            internaldate=None,
            fetched_at=clock(),
        )
        yield Batch((mail,), None)
