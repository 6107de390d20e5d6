"""The bytes of a mail as values: whose, when, what about, what text. Never raises, whatever the bytes.

The email package reads with `policy.compat32`, since `policy.default` raises on real mails; headers are taken
raw and decoded here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32
from email.utils import parsedate_to_datetime

from notifier.optout import charset, markup, sender, written

# What is read of one mail. A person's own words come first; what follows is attachments.
MAX_BYTES = 1_000_000
# More nested parts than any mail program makes; the parser's work grows with depth times lines.
MAX_PARTS = 60
MAX_TEXT = 100_000
# The email package takes its time over every line.
MAX_LINES = 40_000
# A whole header field and all fields together; longer ones cost the email package quadratic time.
MAX_HEADERS = 200_000
MAX_FIELD = 20_000
# What readers of old formats get, whose time may grow with the square of a line. RFC 5322, 2.1.1: 998 a line.
MAX_BEGINNING = 50_000
MAX_BEGINNING_LINES = 1000
MAX_LINE = 998

_DESTINATIONS = (
    "to", "cc", "delivered-to", "x-original-to", "x-delivered-to", "envelope-to", "x-envelope-to",
)  # fmt: skip
_THREAD = ("in-reply-to", "references")
_BOUNDARY = re.compile(rb"boundary|message/", re.IGNORECASE)
# Comments nest (RFC 5322, 3.2.2), but in no mail deeper than this.
_COMMENT = re.compile(r"\([^()]*\)")
_DEEPEST_COMMENT = 5
# Zones with one meaning (RFC 5322, 4.3); the email package reads every other name as UTC.
_ZONE = re.compile(r"[+-]\d{4}|UTC?|GMT|Z|[ECMP][SD]T", re.IGNORECASE)
# Older than mail with time zones, or later than anybody reads this: a broken clock.
_YEARS = range(1990, 2101)


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """One mail as values.

    `headers` maps lower-case names to their raw values in order. `sender` is the one address of From or "",
    then `sender_problem` says why. `received_at` is the topmost Received's time, our own server's;
    `claimed_at` is Date. `text` is what a reader sees, quotes and all; `returned` are the headers and texts
    of mails inside the mail. `note` says what was not read. `message` is for readers of reports, `beginning`
    for readers that take too long over much text.
    """

    headers: dict[str, list[str]]
    sender: str
    sender_problem: str
    subject: str
    received_at: datetime | None
    claimed_at: datetime | None
    text: str
    returned: tuple[str, ...]
    note: str
    message: Message
    beginning: bytes

    def header(self, name: str) -> str:
        """Give the first value of a header, on one line, "" where it is missing."""
        values = self.headers.get(name)
        return charset.header_text(values[0]) if values else ""

    def destinations(self) -> str:
        """Every address the mail says it was sent or delivered to."""
        return " ".join(value for name in _DESTINATIONS for value in self.headers.get(name, ()))

    def thread(self) -> str:
        """Give the Message-IDs it answers, the nearest first."""
        ids = [value for name in _THREAD for value in reversed(" ".join(self.headers.get(name, ())).split())]
        return " ".join(ids)


def parse(raw: bytes) -> ParsedMail:
    """Read a mail; missing, broken and hostile parts become "", None or a note."""
    message, note = _message(raw)
    headers: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        headers.setdefault(name.lower(), []).append(charset.unescape(str(value))[:MAX_FIELD])
    address, problem = _sender(headers.get("from", []))
    text, returned = _texts(message)
    received = headers.get("received", [""])[0]
    return ParsedMail(
        headers=headers,
        sender=address,
        sender_problem=problem,
        subject=charset.header_text(headers.get("subject", [""])[0]),
        received_at=_time(_without_comments(received).rpartition(";")[2]),
        claimed_at=_time(headers.get("date", [""])[0]),
        text=text,
        returned=returned,
        note=note or charset.header_text(headers.get("x-notifier-note", [""])[0]),
        message=message,
        beginning=_beginning(raw),
    )


def _message(raw: bytes) -> tuple[Message, str]:
    """Parse within bounds; what is out of bounds is read only by its headers."""
    note = ""
    end = _header_end(raw)
    if end > MAX_HEADERS:
        return BytesHeaderParser(policy=compat32).parsebytes(
            raw[:MAX_HEADERS]
        ), "the headers are too long to read"
    if len(raw) > MAX_BYTES:
        raw = raw[:MAX_BYTES]
        note = f"only the first {MAX_BYTES} bytes were read"
    if raw.count(b"\n") > MAX_LINES:
        raw = _first_lines(raw, MAX_LINES)
        note = f"only the first {MAX_LINES} lines were read"
    if sum(1 for _ in _BOUNDARY.finditer(raw)) > MAX_PARTS * 2:
        return BytesHeaderParser(policy=compat32).parsebytes(raw[:end]), "there are too many parts to read"
    if _has_long_field(raw):
        return BytesHeaderParser(policy=compat32).parsebytes(raw[:end]), "a field is too long to read"
    return BytesParser(policy=compat32).parsebytes(raw), note


def _first_lines(raw: bytes, most: int) -> bytes:
    return b"\n".join(raw.split(b"\n", most)[:most])


def _beginning(raw: bytes) -> bytes:
    lines = raw[:MAX_BEGINNING].split(b"\n")[:MAX_BEGINNING_LINES]
    return b"\n".join(line[:MAX_LINE] for line in lines)


def _header_end(raw: bytes) -> int:
    ends = [end for end in (raw.find(b"\n\n"), raw.find(b"\r\n\r\n")) if end >= 0]
    return min(ends, default=len(raw))


def _has_long_field(raw: bytes) -> bool:
    """Whether a Content-Type or the like, with its folded lines, is long enough to be an attack."""
    for match in re.finditer(rb"^content-[a-z-]{1,40}:", raw, re.IGNORECASE | re.MULTILINE):
        window = raw[match.end() : match.end() + MAX_FIELD]
        if len(window) == MAX_FIELD and not re.search(rb"\n(?![ \t])", window):
            return True
    return False


def _sender(values: list[str]) -> tuple[str, str]:
    if not values:
        return "", "there is no From"
    if len(values) > 1:
        return "", "there is more than one From"
    try:
        return sender.one_address(" ".join(values[0].split())), ""
    except ValueError as error:
        return "", f"From is not one address: {charset.clean(str(error))}"


def _time(text: str) -> datetime | None:
    """Read an RFC 5322 date as UTC; None where it is none. "-0000" is UTC with the place not said (3.3)."""
    words = _without_comments(text[:200]).split()
    if not words or not _ZONE.fullmatch(words[-1]):
        return None
    try:
        time = parsedate_to_datetime(" ".join(words))
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return time if time.year in _YEARS else None


def _without_comments(text: str) -> str:
    for _ in range(_DEEPEST_COMMENT):
        text = _COMMENT.sub(" ", text)
    return text


def _texts(message: Message) -> tuple[str, tuple[str, ...]]:
    """Give the text of the mail's own parts, and of every mail or report inside it."""
    plain: list[str] = []
    html: list[str] = []
    returned: list[str] = []
    for part, inside in _leaves(message):
        kind = part.get_content_type()
        if inside or kind in {"message/delivery-status", "text/rfc822-headers"}:
            returned.append(_fields(part) + "\n" + _payload(part))
        elif kind == "text/plain" and (part is message or not _is_attached(part)):
            plain.append(_payload(part))
        elif kind == "text/html" and (part is message or not _is_attached(part)):
            html.append(_payload(part))
    text = "\n".join(plain)
    if html and written.is_blank(text):
        text = markup.to_text("\n".join(html)[:MAX_TEXT])
    return text[:MAX_TEXT], tuple(piece[:MAX_TEXT] for piece in returned)


def _leaves(message: Message) -> Iterator[tuple[Message, bool]]:
    """Yield every part that holds no parts, in order, and whether it belongs to a mail inside this one.

    A mail inside is yielded itself too, for its headers.
    """
    todo: list[tuple[Message, bool]] = [(message, False)]
    while todo:
        part, inside = todo.pop()
        if not part.is_multipart():
            yield part, inside
            continue
        nested = inside or part.get_content_maintype() == "message"
        if inside:
            yield part, True
        children = [child for child in part.get_payload() if isinstance(child, Message)]
        todo.extend((child, nested) for child in reversed(children))


def _is_attached(part: Message) -> bool:
    disposition = str(part.get("content-disposition", ""))
    return disposition.strip().lower().startswith("attachment") or part.get_filename() is not None


def _fields(part: Message) -> str:
    lines = (f"{name}: {charset.unescape(str(value))}" for name, value in part.raw_items())
    return charset.clean("\n".join(lines))


def _payload(part: Message) -> str:
    if part.is_multipart():
        return ""
    data = part.get_payload(decode=True)
    return charset.decode(data, _claimed_charset(part)) if isinstance(data, bytes) else ""


def _claimed_charset(part: Message) -> str:
    try:
        return part.get_content_charset("utf-8")
    except (ValueError, LookupError):  # an RFC 2231 value in an unknown charset
        return "utf-8"
