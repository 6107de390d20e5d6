"""The mail's bytes: compiled once per notice and locale, then spliced per person.

Building a MIME message per person would be most of the work of sending. So everything is encoded once, and
what differs per person stands between soft line breaks in the quoted-printable bodies, where it can be put in
encoded by itself.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from typing import NamedTuple

from notifier.delivery.encoding import (
    SOFT_BREAK,
    clean_line,
    header_text,
    mailbox,
    quoted_printable,
    quoted_printable_value,
)
from notifier.errors import WrongUse
from notifier.notice import slots
from notifier.notice.slots import SLOTS, Slot, slot
from notifier.notice.texts import MailTexts, Sender
from notifier.notice.wording import moment

__all__ = ["SLOTS", "MailTemplate", "Person", "compile_mail", "fill_texts", "slot"]

# "=_" cannot come up in a quoted-printable body (RFC 2045 sec. 6.7), so these need not differ per mail.
_ALTERNATIVE = "=_notifier_alternative"
_MIXED = "=_notifier_mixed"


class Person(NamedTuple):
    """Whom one mail is for. `name` is "" where unknown; `composed_at` is aware: the mail's Date."""

    name: str
    email: str
    token: str
    composed_at: datetime


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """A compiled mail: `frame[0]`, the value of `holes[0]`, `frame[1]`, ... `frame[-1]`."""

    frame: tuple[bytes, ...] = field(repr=False)
    holes: tuple[str, ...]
    locale: str
    window_days: int

    def fill(self, person: Person) -> bytes:
        """Give the mail's bytes: a function of the template and the person alone.

        They are ASCII, with CRLF line ends and no line that begins with a dot, so that they are the same on
        the wire (RFC 5321 sec. 4.5.2). Raises ValueError where the person's address is not a bare ASCII one.
        """
        values = {
            **_encoded_dates(person.composed_at, self.locale, self.window_days),
            **_encoded_person(person),
        }
        parts = [self.frame[0]]
        for hole, fixed in zip(self.holes, self.frame[1:], strict=True):
            parts += (values[hole], fixed)
        return b"".join(parts)


def compile_mail(texts: MailTexts, sender: Sender, window_days: int, *, mark: str = "") -> MailTemplate:
    """Encode all that is the same for everyone; `mark` sets the Message-IDs apart, for test mails.

    Raises WrongUse where a slot in the texts is damaged.
    """
    alternative = _multipart(
        "alternative",
        _ALTERNATIVE,
        [_body("plain", texts.text), _body("html", texts.html)],
    )
    if texts.redline is None:
        content = alternative
    else:
        content = _multipart("mixed", _MIXED, [alternative, _attachment("changes.html", texts.redline)])
    frame, holes = [b""], []
    for piece in [*_header(texts.subject, sender, mark), *content]:
        if isinstance(piece, bytes):
            frame[-1] += piece
        else:
            holes.append(piece)
            frame.append(b"")
    return MailTemplate(tuple(frame), tuple(holes), texts.locale, window_days)


def fill_texts(texts: MailTexts, person: Person, window_days: int) -> MailTexts:
    """Fill the texts themselves, as a person reads them: for a preview."""
    values = _values(person, texts.locale, window_days)
    in_html = {name: escape(value) for name, value in values.items()}
    return replace(texts, text=slots.fill(texts.text, values), html=slots.fill(texts.html, in_html))


def _values(person: Person, locale: str, window_days: int) -> dict[Slot, str]:
    return {**_personal(person), **_dates(person.composed_at, locale, window_days)}


def _personal(person: Person) -> dict[Slot, str]:
    name = clean_line(person.name)
    return {
        Slot.NAME: f" {name}" if name else "",
        Slot.EMAIL: clean_line(person.email),
        Slot.TOKEN: person.token,
    }


def _encoded_person(person: Person) -> dict[str, bytes]:
    return {
        "header to": mailbox(person.name, person.email).encode("ascii"),
        "header token": person.token.encode("ascii"),
        **_encoded_slots(_personal(person)),
    }


def _dates(composed_at: datetime, locale: str, window_days: int) -> dict[Slot, str]:
    return {
        Slot.SENT_ON: moment(composed_at, locale),
        Slot.UNTIL: moment(composed_at + timedelta(days=window_days), locale),
    }


@lru_cache(maxsize=64)  # those who are claimed together have the same date
def _encoded_dates(composed_at: datetime, locale: str, window_days: int) -> dict[str, bytes]:
    date = format_datetime(composed_at.astimezone(UTC)).encode("ascii")
    return {"header date": date, **_encoded_slots(_dates(composed_at, locale, window_days))}


def _encoded_slots(values: dict[Slot, str]) -> dict[str, bytes]:
    """Encode values for the bodies. A hole is named by where it is and what comes in."""
    encoded = {}
    for name, value in values.items():
        in_html = escape(value)
        encoded["plain " + name] = quoted = quoted_printable_value(value)
        encoded["html " + name] = quoted if in_html == value else quoted_printable_value(in_html)
    return encoded


# What a mail is compiled from: encoded bytes, and the names of holes.
_Pieces = list[bytes | str]


def _header(subject: str, sender: Sender, mark: str) -> _Pieces:
    """Write every field but Content-Type (Auto-Submitted: RFC 3834; List-Unsubscribe: RFC 2369)."""
    token = slot(Slot.TOKEN)
    mailbox("", sender.reply_to)  # refuses what could add a field
    reply_to = sender.reply_to.replace("{token}", token)
    domain = sender.address.rpartition("@")[2]
    lines = [
        f"From: {mailbox(sender.name, sender.address)}",
        f"Subject: {header_text(subject)}",
        f"Message-ID: <{token}@{mark}{domain}>",
        f"Reply-To: {reply_to}",
        f"List-Unsubscribe: <{slots.mailto(reply_to, f'opt out {token}')}>",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
    ]
    fixed, names = slots.split("\r\n".join(["", *lines, ""]))
    pieces: _Pieces = [b"To: ", "header to", b"\r\nDate: ", "header date"]
    for piece, name in zip(fixed, names, strict=False):
        pieces += [piece.encode("ascii"), f"header {name}"]
    return [*pieces, fixed[-1].encode("ascii")]


def _multipart(subtype: str, boundary: str, parts: list[_Pieces]) -> _Pieces:
    """Put parts together (RFC 2046 sec. 5.1): the CRLF before a boundary belongs to the boundary."""
    pieces: _Pieces = [f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n'.encode("ascii")]
    for part in parts:
        pieces += [f"\r\n--{boundary}\r\n".encode("ascii"), *part]
    return [*pieces, f"\r\n--{boundary}--\r\n".encode("ascii")]


def _body(subtype: str, text: str) -> _Pieces:
    try:
        fixed, names = slots.split(_unix_lines(text))
    except ValueError as error:
        raise WrongUse(f"the mail's {subtype} text: {error}", "look at its template") from error
    pieces: _Pieces = [_part_header(subtype)]
    for piece, name in zip(fixed, names, strict=False):
        pieces += [quoted_printable(piece) + SOFT_BREAK, f"{subtype} {name}"]
    return [*pieces, quoted_printable(fixed[-1])]


def _attachment(filename: str, html: str) -> _Pieces:
    return [
        _part_header("html", f'Content-Disposition: attachment; filename="{filename}"\r\n'),
        quoted_printable(_unix_lines(html)),
    ]


def _part_header(subtype: str, more: str = "") -> bytes:
    return (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        f"Content-Transfer-Encoding: quoted-printable\r\n{more}\r\n"
    ).encode("ascii")


def _unix_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
