"""A Maildir, read as it lies there: nothing is renamed, moved or deleted."""

import os
import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
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

# A Maildir has no UIDVALIDITY: its names ought to be unique for ever (https://cr.yp.to/proto/maildir.html).
_UIDVALIDITY = 0
# So much of a name is kept as it is; with what is added to it, it fits into the database's column.
_LONGEST_NAME = 200
# So many names are looked up at once.
_ASK = 500
_RECEIVED = re.compile(rb"^received:", re.IGNORECASE | re.MULTILINE)


class MaildirMailbox:
    """The mails in `new/` and `cur/`.

    Each is named by the part of its file's name that never changes, its size and its time: some programs give
    a name again to another mail. What is no regular file is no mail.
    """

    folder = ""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.account = f"maildir:{path.resolve()}"

    def fetch(self, since: Position | None, known: Known, clock: Clock) -> Iterator[Batch]:  # noqa: ARG002 - it has no order
        """Yield the mails that are not known, by name.

        Raises TryAgain where the Maildir cannot be read; where a single mail cannot, after all the others.
        """
        unread: list[str] = []
        mails: list[Fetched] = []
        size = 0
        for uid, file in self._unknown(known):
            try:
                mail = self._read(uid, file, clock)
            except OSError as error:
                unread.append(f"{file}: {error.strerror}")
                continue
            if mail is None:
                continue
            mails.append(mail)
            size += len(mail.raw)
            if len(mails) >= BATCH_MAILS or size >= BATCH_BYTES:
                yield Batch(tuple(mails), None)
                mails, size = [], 0
        if mails:
            yield Batch(tuple(mails), None)
        if unread:
            more = f" (and {len(unread) - 1} more)" if len(unread) > 1 else ""
            raise TryAgain(f"a mail cannot be read: {unread[0]}{more}", "check who may read it")

    def _unknown(self, known: Known) -> Iterator[tuple[str, Path]]:
        files = self._files()
        uids = sorted(files)
        for start in range(0, len(uids), _ASK):
            asked = uids[start : start + _ASK]
            seen = known(_UIDVALIDITY, asked)
            yield from ((uid, files[uid]) for uid in asked if uid not in seen)

    def _files(self) -> dict[str, Path]:
        """Every mail's file by its UID."""
        found: dict[str, Path] = {}
        for folder in (self._path / "new", self._path / "cur"):
            if not folder.is_dir():
                raise TryAgain(
                    f"{self._path} is no Maildir: it has no {folder.name}/", "check the path of the mailbox"
                )
            try:
                for file in folder.iterdir():
                    uid = _uid(file)
                    if uid is not None:
                        found[uid] = file
            except OSError as error:
                raise TryAgain(
                    f"{folder} cannot be read: {error.strerror}", "check who may read it"
                ) from error
        return found

    def _read(self, uid: str, file: Path, clock: Clock) -> Fetched | None:
        """Read a mail, also one that was moved or renamed since the listing; None where it is gone."""
        try:
            raw, state = _content(file)
        except FileNotFoundError:
            moved = self._files().get(uid)
            if moved is None:
                return None
            try:
                raw, state = _content(moved)
            except FileNotFoundError:
                return None  # the next pass finds it
        size = state.st_size
        return Fetched(
            account=self.account,
            folder=self.folder,
            uidvalidity=_UIDVALIDITY,
            uid=uid,
            raw=raw if size <= MAX_MAIL_BYTES else headers_only(raw, size),
            internaldate=None if _has_receipt(raw) else datetime.fromtimestamp(state.st_mtime, UTC),
            fetched_at=clock(),
        )


def _content(file: Path) -> tuple[bytes, os.stat_result]:
    with file.open("rb") as stream:
        return stream.read(MAX_MAIL_BYTES + 1), os.fstat(stream.fileno())


def _has_receipt(raw: bytes) -> bool:
    """Whether a server wrote when the mail came; else the file's time stands in, which copying changes."""
    head = re.split(rb"\r?\n\r?\n", raw[:MAX_MAIL_BYTES], maxsplit=1)[0]
    return bool(_RECEIVED.search(head))


def _uid(file: Path) -> str | None:
    """Name a mail by what stays when it is moved or flagged; None for what is no mail, or is gone."""
    if file.name.startswith("."):
        return None
    # The part before the flags, as text every database takes.
    name = file.name.partition(":")[0].encode("utf-8", "backslashreplace").decode()
    if len(name) > _LONGEST_NAME:
        name = name[:_LONGEST_NAME] + sha256(name.encode()).hexdigest()[:16]
    try:
        state = file.stat()
    except FileNotFoundError:  # moved since the folder was listed, or a link to nowhere
        return None
    except OSError:
        return name  # whoever reads it gets the same error, and can say so
    return f"{name};{state.st_size};{state.st_mtime_ns}" if stat.S_ISREG(state.st_mode) else None
