"""What `notifier optouts show` prints of one entry of the log, or of one mail."""

from collections.abc import Iterator
from datetime import datetime

from notifier.cli.show import printable
from notifier.flow.optouts import Inbound, OptOut, StoredMail
from notifier.optout.verdict import Grade, Timing

_COLUMN = 24
_TIMINGS = {
    Timing.IN_WINDOW: "received before this customer's window ended",
    Timing.LATE: "received after this customer's window had ended",
    Timing.EARLY: "received before our mail to this customer was accepted",
}
_GRADES = {
    Grade.CONFIRMED: "it answers our mail to this address and comes from it",
    Grade.TOKEN_ONLY: "it answers our mail but comes from another address",
    Grade.SENDER_ONLY: "it comes from this address, without our reference",
    Grade.UNKNOWN: "nothing in it leads to a mail of ours",
}


def entry_page(entry: OptOut, source: StoredMail | None) -> Iterator[str]:
    """Give the lines about an entry and the mail that it came from; None where it came without one."""
    by_hand = source is None
    yield printable(f"entry {entry.id}: {entry.email} opts out of {entry.scope}")
    yield from _field("notice", entry.notice_id)
    yield from _field("timing", f"{entry.timing}: {_timing(entry)}")
    yield from _field(
        "grade", f"{entry.grade}: {'a person vouches for it' if by_hand else _GRADES[entry.grade]}"
    )
    yield from _field("mail", None if source is None else source.entry.id)
    yield from _field("entered by", entry.entered_by)
    yield from _field("note", entry.note)
    yield ""
    yield from _clocks(entry, by_hand=by_hand)
    yield from _field("logged", _moment(entry.logged_at))
    if source is not None:
        yield from _written(source, f"notifier optouts show {entry.id} --raw")


def mail_page(source: StoredMail) -> Iterator[str]:
    """Give the lines about a mail that came in, whether it waits for a person or not."""
    mail = source.entry
    yield f"mail {mail.id}: {mail.kind or 'not read yet'}{', waits for a person' if mail.waiting else ''}"
    if source.delivery is not None:
        yield from _field("notice", source.delivery.notice_id)
        yield from _field("our mail went to", source.delivery.email)
    yield from _field("grade", None if mail.grade is None else f"{mail.grade}: {_GRADES[mail.grade]}")
    if mail.resolved_at is not None:
        yield from _field("decided", f"{_moment(mail.resolved_at)} by {mail.resolved_by}: {mail.resolution}")
    yield ""
    yield from _clocks(mail, by_hand=False)
    yield from _written(source, f"notifier optouts show {mail.id} --mail --raw")


def _clocks(of: OptOut | Inbound, *, by_hand: bool) -> Iterator[str]:
    """Give the four clocks; of an entry, mark the one that counted."""
    counted = of.counted_at if isinstance(of, OptOut) else None
    for name, at in (
        ("received" if by_hand else "received by our server", of.received_at),
        ("put into the mailbox", of.internaldate_at),
        ("fetched", of.fetched_at),
    ):
        yield from _field(name, _moment(at) + ("  <- this one counts" if counted and at == counted else ""))
        if at == counted:
            counted = None  # two clocks may agree
    yield from _field("claimed by the sender", _moment(of.claimed_at))


def _written(source: StoredMail, raw: str) -> Iterator[str]:
    """Give why the mail was read as it was, and what its writer wrote."""
    mail = source.shown()
    yield ""
    yield "why:"
    yield from (f"- {printable(reason)}" for reason in source.entry.reasons)
    yield ""
    yield from _field("from", mail.sender)
    yield from _field("subject", mail.subject)
    yield ""
    words = mail.words.split("\n") if mail.words else ["(no words of their own)"]
    yield from (f"  {printable(line)}".rstrip() for line in words)
    yield ""
    yield f"The whole mail, with what it quotes: {raw}"


def _timing(entry: OptOut) -> str:
    return (
        _TIMINGS[entry.timing] if entry.notice_id is not None else "it is about no notice, so none was missed"
    )


def _field(name: str, value: object) -> Iterator[str]:
    """Give a line for what is there."""
    if value is not None and value != "":
        yield f"{name:<{_COLUMN}}{printable(str(value))}"


def _moment(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"
