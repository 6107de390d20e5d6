"""The embedded way out: every mail becomes a file in a Maildir, for a reader or another program to take."""

import hashlib
import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from notifier.clock import Clock, utc_now
from notifier.delivery.states import Outcome
from notifier.delivery.transport import NO_MAIL_NAP, Mail, Result, TransportDown, always

# So many files are made safe on disk together.
GROUP = 50


class OutboxTransport:
    """Writes mails into the Maildir `folder`, which it creates where it is missing.

    A mail counts as accepted once its file and the file's name are on disk, as uncertain where a reader sees
    it and the disk did not say that it will last. The name follows from the mail's key and content: the same
    mail sent twice is one file.
    """

    def __init__(self, folder: Path, *, clock: Clock = utc_now) -> None:
        self._folder = folder
        self._clock = clock

    def send(
        self, mails: Iterable[Mail | None], may_begin: Callable[[], bool] = always
    ) -> Generator[list[Result]]:
        """Write the mails (see `Transport.send`)."""
        for group in _groups(mails):
            if not may_begin():
                return
            names, problem = self._write(group)
            if names:
                yield self._results(group, names)
            if problem is not None:
                raise TransportDown(
                    f"the outbox {self._folder} cannot be written: {problem.strerror or problem}",
                    "make room or mend its permissions, or set [mail] outbox",
                ) from problem

    def close(self) -> None:
        """Nothing is kept open."""

    def _write(self, mails: Sequence[Mail]) -> tuple[list[str], OSError | None]:
        """Write the files; the names of those that readers see now, and what kept the rest from it."""
        names: list[str] = []
        try:
            for name in ("tmp", "new", "cur"):
                (self._folder / name).mkdir(parents=True, exist_ok=True)
            for mail in mails:
                names.append(self._write_one(mail))  # noqa: PERF401 - what was written before an error counts
        except OSError as error:
            return names, error
        return names, None

    def _write_one(self, mail: Mail) -> str:
        """Write a file under tmp/, then move it to new/, where readers see it whole or not at all."""
        name = _name(mail)
        path = self._folder / "tmp" / name
        try:
            with path.open("wb") as file:
                file.write(mail.data.replace(b"\r\n", b"\n"))  # a Maildir has the system's line ends
                file.flush()
                os.fsync(file.fileno())
            path.replace(self._folder / "new" / name)
        except OSError:
            with suppress(OSError):
                path.unlink()  # it may be what fills the disk
            raise
        return name

    def _results(self, mails: Sequence[Mail], names: Sequence[str]) -> list[Result]:
        """Say what became of the first mails, those with a name."""
        outcome, text = Outcome.ACCEPTED, "written to"
        try:
            _sync_folder(self._folder / "new")
        except OSError as error:
            outcome, text = Outcome.UNCERTAIN, f"{error.strerror or error}, after it was written to"
        now = self._clock()
        return [
            Result(mail.key, outcome, now, text=f"{text} {name}")
            for mail, name in zip(mails, names, strict=False)
        ]


def _groups(mails: Iterable[Mail | None]) -> Iterator[list[Mail]]:
    """Put together what is there at once, up to a whole group."""
    group: list[Mail] = []
    for mail in mails:
        if mail is not None:
            group.append(mail)
        if len(group) == GROUP or (mail is None and group):
            yield group
            group = []
        elif mail is None:
            time.sleep(NO_MAIL_NAP)
    if group:
        yield group


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
