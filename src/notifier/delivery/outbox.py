"""The embedded way out: every mail becomes a file in a Maildir, for a reader or another program to take."""

import hashlib
import os
from collections.abc import Generator, Iterable
from itertools import islice
from pathlib import Path

from notifier.clock import Clock, utc_now
from notifier.delivery.states import Outcome
from notifier.delivery.transport import Mail, Result, TransportDown

# So many files are made safe on disk together.
GROUP = 50


class OutboxTransport:
    """Writes mails into the Maildir `folder`, which it creates where it is missing.

    A mail counts as accepted once its file and the file's name are on disk. The name follows from the mail's
    key and content: the same mail sent twice is one file.
    """

    def __init__(self, folder: Path, *, clock: Clock = utc_now) -> None:
        self._folder = folder
        self._clock = clock

    def send(self, mails: Iterable[Mail]) -> Generator[list[Result]]:
        """Write the mails (see `Transport.send`)."""
        waiting = iter(mails)
        while group := list(islice(waiting, GROUP)):
            try:
                names = self._write(group)
            except OSError as error:
                raise TransportDown(
                    f"the outbox {self._folder} cannot be written: {error.strerror or error}",
                    "make room or mend its permissions, or set [mail] outbox",
                ) from error
            now = self._clock()
            yield [
                Result(mail.key, Outcome.ACCEPTED, now, text=f"written to {name}")
                for mail, name in zip(group, names, strict=True)
            ]

    def close(self) -> None:
        """Nothing is kept open."""

    def _write(self, mails: list[Mail]) -> list[str]:
        """Write each file under tmp/, then move it to new/, where readers see it whole or not at all."""
        for name in ("tmp", "new", "cur"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        names = [_name(mail) for mail in mails]
        for mail, name in zip(mails, names, strict=True):
            path = self._folder / "tmp" / name
            with path.open("wb") as file:
                file.write(mail.data.replace(b"\r\n", b"\n"))  # a Maildir has the system's line ends
                file.flush()
                os.fsync(file.fileno())
            path.replace(self._folder / "new" / name)
        _sync_folder(self._folder / "new")
        return names


def _name(mail: Mail) -> str:
    content = hashlib.sha256(mail.recipient.encode() + b"\0" + mail.data).hexdigest()
    return f"{mail.key}.{content[:16]}.notifier"


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
