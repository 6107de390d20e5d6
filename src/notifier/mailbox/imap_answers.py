"""Asking an IMAP server about mails by their UIDs, and reading its answers (RFC 9051). Changes nothing."""

import imaplib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from notifier.errors import TryAgain
from notifier.mailbox import BATCH_BYTES, MAX_MAIL_BYTES, headers_only

# UIDs are asked for in windows of this width; it grows over stretches without mails.
_WINDOW = 20_000
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_INTERNALDATE = re.compile(
    rb'\bINTERNALDATE "([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"',
)
_MONTHS = b"jan feb mar apr may jun jul aug sep oct nov dec".split()


@dataclass(frozen=True, slots=True)
class Listed:
    """What the server says about a mail before its bytes are fetched."""

    uid: int
    size: int
    internaldate: datetime | None


def search(client: imaplib.IMAP4, start: int, end: int) -> Iterator[list[int]]:
    """Yield the UIDs from `start` up to before `end` that there are, in order, some thousands at a time."""
    width = _WINDOW
    while start < end:
        last = min(start + width, end) - 1
        found = _numbers(_answer(client.uid("SEARCH", f"UID {start}:{last}")))
        if uids := sorted(uid for uid in found if start <= uid <= last):
            yield uids
        width = _WINDOW if uids else width * 10
        start = last + 1


def listed(client: imaplib.IMAP4, uids: Sequence[int]) -> list[Listed]:
    """Ask for the size and INTERNALDATE of mails; raises TryAgain as `bodies` does."""
    found: dict[int, Listed] = {}
    for item in _fetch(client, uids, "(UID RFC822.SIZE INTERNALDATE)"):
        uid, size = _UID.search(item[0]), _SIZE.search(item[0])
        if uid and size:
            found[int(uid[1])] = Listed(int(uid[1]), int(size[1]), _internaldate(item[0]))
    _insist(client, [uid for uid in uids if uid not in found])
    return [found[uid] for uid in uids if uid in found]


def groups(mails: Sequence[Listed]) -> Iterator[list[Listed]]:
    """Cut a list so that what is fetched at once stays within BATCH_BYTES, or is one mail."""
    group: list[Listed] = []
    size = 0
    for mail in mails:
        kept = mail.size if mail.size <= MAX_MAIL_BYTES else 0
        if group and size + kept > BATCH_BYTES:
            yield group
            group, size = [], 0
        group.append(mail)
        size += kept
    if group:
        yield group


def bodies(client: imaplib.IMAP4, group: Sequence[Listed]) -> dict[int, bytes]:
    """Fetch the bytes of some mails; one that was deleted meanwhile is left out.

    Raises TryAgain where the server has a mail and does not give it: moving on would lose it.
    """
    whole = [mail.uid for mail in group if mail.size <= MAX_MAIL_BYTES]
    large = {mail.uid: mail.size for mail in group if mail.size > MAX_MAIL_BYTES}
    raws = _literals(client, whole, "(UID BODY.PEEK[])")
    heads = _literals(client, list(large), "(UID BODY.PEEK[HEADER])")
    raws |= {uid: headers_only(head, large[uid]) for uid, head in heads.items()}
    _insist(client, [mail.uid for mail in group if mail.uid not in raws])
    return raws


def _insist(client: imaplib.IMAP4, missing: Sequence[int]) -> None:
    """Make sure that what the server did not give is not there any more."""
    if missing and (there := _numbers(_answer(client.uid("SEARCH", f"UID {','.join(map(str, missing))}")))):
        raise TryAgain(f"the mailbox has mail {there[0]} and does not give it", "run the same command again")


def _literals(client: imaplib.IMAP4, uids: Sequence[int], parts: str) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for head, literal, tail in _fetch(client, uids, parts):
        uid = _UID.search(head) or _UID.search(tail)
        if uid and literal is not None:
            found[int(uid[1])] = literal
    return found


def _fetch(client: imaplib.IMAP4, uids: Sequence[int], parts: str) -> list[tuple[bytes, bytes | None, bytes]]:
    """Fetch parts of mails; gives for each what stands before its literal, the literal, what stands after."""
    if not uids:
        return []
    items: list[tuple[bytes, bytes | None, bytes]] = []
    for piece in _answer(client.uid("FETCH", ",".join(map(str, uids)), parts)):
        if isinstance(piece, tuple):
            items.append((piece[0], piece[1], b""))
        elif isinstance(piece, bytes):
            if items and items[-1][1] is not None and not items[-1][2]:
                items[-1] = (*items[-1][:2], piece)
            else:
                items.append((piece, None, b""))
    return items


def _answer(answer: tuple[str, list[Any]]) -> list[Any]:
    """Give the data of an OK; anything else ends the session."""
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"{status} {data!r}"[:200])
    return data


def _numbers(data: Sequence[Any]) -> list[int]:
    return [int(number) for line in data if isinstance(line, bytes) for number in line.split()]


def number(data: Sequence[Any]) -> int | None:
    """Give the last number in an answer; None without one."""
    numbers = _numbers(data)
    return numbers[-1] if numbers else None


def _internaldate(item: bytes) -> datetime | None:
    """Read INTERNALDATE as UTC (RFC 9051, 6.4.5); `imaplib.Internaldate2tuple` would give local time."""
    match = _INTERNALDATE.search(item)
    if match is None or match[2].lower() not in _MONTHS:
        return None
    day, year, hour, minute, second, off_hours, off_minutes = map(int, match.group(1, 3, 4, 5, 6, 8, 9))
    offset = timedelta(hours=off_hours, minutes=off_minutes) * (-1 if match[7] == b"-" else 1)
    try:
        local = datetime(year, _MONTHS.index(match[2].lower()) + 1, day, hour, minute, second, tzinfo=UTC)
        return local - offset
    except (ValueError, OverflowError):
        return None
