"""A Maildir, read as it lies there: nothing is renamed, moved or deleted."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from notifier.clock import Clock
from notifier.errors import TryAgain
from notifier.mailbox import (
    BATCH_BYTES,
    BATCH_MAILS,
    MAX_MAIL_BYTES,
    Batch,
    Fetched,
    Known,
    Position,
    headers_only,
)

# A Maildir has no UIDVALIDITY: its names are unique for ever (https://cr.yp.to/proto/maildir.html).
_UIDVALIDITY = 0
# So many names are looked up at once.
_ASK = 500
_RECEIVED = re.compile(rb"^received:", re.IGNORECASE | re.MULTILINE)


class MaildirMailbox:
    """The mails in `new/` and `cur/`; each is named by the part of its file's name that never changes."""

    folder = ""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.account = f"maildir:{path.resolve()}"

    def fetch(self, since: Position | None, known: Known, clock: Clock) -> Iterator[Batch]:  # noqa: ARG002 - it has no order
        """Yield the mails that are not known, by name. Raises TryAgain where the Maildir cannot be read."""
        mails: list[Fetched] = []
        size = 0
        for name, file in self._unknown(known):
            mail = self._read(name, file, clock)
            if mail is None:
                continue
            mails.append(mail)
            size += len(mail.raw)
            if len(mails) >= BATCH_MAILS or size >= BATCH_BYTES:
                yield Batch(tuple(mails), None)
                mails, size = [], 0
        if mails:
            yield Batch(tuple(mails), None)

    def _unknown(self, known: Known) -> Iterator[tuple[str, Path]]:
        files = self._files()
        names = sorted(files)
        for start in range(0, len(names), _ASK):
            asked = names[start : start + _ASK]
            seen = known(_UIDVALIDITY, asked)
            yield from ((name, files[name]) for name in asked if name not in seen)

    def _files(self) -> dict[str, Path]:
        """Every mail's file by its unique name."""
        found: dict[str, Path] = {}
        for folder in (self._path / "new", self._path / "cur"):
            if not folder.is_dir():
                raise TryAgain(
                    f"{self._path} is no Maildir: it has no {folder.name}/", "check the path of the mailbox"
                )
            try:
                found |= {
                    _unique(file.name): file for file in folder.iterdir() if not file.name.startswith(".")
                }
            except OSError as error:
                raise TryAgain(
                    f"{folder} cannot be read: {error.strerror}", "check who may read it"
                ) from error
        return found

    def _read(self, name: str, file: Path, clock: Clock) -> Fetched | None:
        """Read a mail, also one that was moved or renamed since the listing; None where it is gone."""
        try:
            raw, state = _content(file)
        except FileNotFoundError:
            moved = self._files().get(name)
            if moved is None:
                return None
            try:
                raw, state = _content(moved)
            except FileNotFoundError:
                return None  # the next pass finds it
        size, modified = state
        return Fetched(
            account=self.account,
            folder=self.folder,
            uidvalidity=_UIDVALIDITY,
            uid=name,
            raw=raw if size <= MAX_MAIL_BYTES else headers_only(raw, size),
            internaldate=None if _has_receipt(raw) else modified,
            fetched_at=clock(),
        )


def _content(file: Path) -> tuple[bytes, tuple[int, datetime]]:
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_MAIL_BYTES + 1)
        state = file.stat()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise TryAgain(f"{file} cannot be read: {error.strerror}", "check who may read it") from error
    return raw, (state.st_size, datetime.fromtimestamp(state.st_mtime, UTC))


def _has_receipt(raw: bytes) -> bool:
    """Whether a server wrote when the mail came; else the file's time stands in, which copying changes."""
    head = re.split(rb"\r?\n\r?\n", raw[:MAX_MAIL_BYTES], maxsplit=1)[0]
    return bool(_RECEIVED.search(head))


def _unique(filename: str) -> str:
    """The part before the flags, as text every database takes."""
    return filename.partition(":")[0].encode("utf-8", "backslashreplace").decode()
