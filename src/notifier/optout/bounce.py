"""Mail that comes back: delivery reports (RFC 3464), then the formats of old mail servers by flufl.bounce.

Only what a mail server wrote is a bounce. A person may write of mail that could not be delivered, too.
"""

import logging
import re
from collections.abc import Iterator
from email.message import Message

from flufl.bounce import all_failures

from notifier.audience import address
from notifier.optout import automatic, charset, parse, programs
from notifier.optout.parse import ParsedMail
from notifier.optout.verdict import Bounce

_TEXT_BEGINNING = 1500
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_FAILED = ("fail", "error")  # RFC 3464, 2.3.3; "error" is opensmtpd's
_SUCCEEDED = ("delivered", "relayed", "expanded")
# A bounce that says so in words only: what became of which address, it does not say.
UNCERTAIN = Bounce(permanent=None, address="", status="")

# flufl.bounce writes a traceback to its log for mail it stumbles over; here that is an answer like any other.
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())
logging.getLogger("flufl.bounce").propagate = False


def read(mail: ParsedMail) -> Bounce | None:
    """Read a bounce; None where the mail is none. A report of success or of relaying is no bounce either."""
    reported = list(_reported(mail.message))
    if reported:
        failed = [bounce for bounce in reported if bounce.permanent]
        return (failed or reported)[0]
    if not _is_from_server(mail) or _report_says_otherwise(mail):
        return None
    return _old_format(mail) or (UNCERTAIN if sounds_like_one(mail) else None)


def _reported(message: Message) -> Iterator[Bounce]:
    """Yield a bounce per recipient of a delivery report that failed or is delayed (RFC 3464, 2.3)."""
    for part in _status_parts(message):
        for block in _blocks(part):
            action = _field(block, "action").lower()
            if not action.startswith((*_FAILED, "delayed")):
                continue
            recipient = _field(block, "original-recipient") or _field(block, "final-recipient")
            status = _STATUS.search(_field(block, "status") + " " + _field(block, "diagnostic-code"))
            # "failed" is the end, whatever the status says: 4.x.x then means that retrying was given up.
            yield Bounce(
                permanent=action.startswith(_FAILED),
                address=_address(recipient.rpartition(";")[2]),
                status=status[0] if status else "",
            )


def _status_parts(message: Message) -> Iterator[Message]:
    """Yield the delivery reports of this mail itself, not of a mail that it returns."""
    if message.get_content_type() == "message/delivery-status":
        yield message
    elif message.get_content_maintype() == "multipart":
        for part in _blocks(message):
            yield from _status_parts(part)


def _blocks(part: Message) -> list[Message]:
    """The groups of fields in a delivery report: one about the mail, then one per recipient."""
    payload = part.get_payload() if part.is_multipart() else []
    return [block for block in payload if isinstance(block, Message)]


def sounds_like_one(mail: ParsedMail) -> bool:
    """Whether a mail that answers nothing speaks of mail that did not arrive, whoever wrote it."""
    says_so = programs.BOUNCE_SUBJECT.search(mail.subject) or programs.BOUNCE_TEXT.search(
        mail.text[:_TEXT_BEGINNING]
    )
    return bool(says_so) and not mail.thread()


def _is_from_server(mail: ParsedMail) -> bool:
    return (
        automatic.is_from_system(mail)
        or automatic.report_type(mail) != ""
        or "x-failed-recipients" in mail.headers
    )


def _report_says_otherwise(mail: ParsedMail) -> bool:
    """Whether it reports a reading, a complaint or a success."""
    kind = automatic.report_type(mail)
    if kind not in {"", "delivery-status"}:
        # Dovecot reports a full mailbox as a receipt for a mail that was deleted (RFC 8098, 3.2.6).
        return not (
            kind == "disposition-notification" and programs.BOUNCE_TEXT.search(mail.text[:_TEXT_BEGINNING])
        )
    actions = [
        _field(block, "action").lower()
        for part in _status_parts(mail.message)
        for block in _blocks(part)
        if "action" in block
    ]
    return bool(actions) and all(action.startswith(_SUCCEEDED) for action in actions)


def _old_format(mail: ParsedMail) -> Bounce | None:
    try:
        temporary, permanent = all_failures(_well_formed(parse.parse(mail.beginning).message))
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError):
        return None  # its heuristics trust the mail to be well formed
    found = sorted(permanent) or sorted(temporary)
    if not found:
        return None
    status = _STATUS.search(mail.text[:_TEXT_BEGINNING])
    return Bounce(bool(permanent), _address(found[0].decode("ascii", "replace")), status[0] if status else "")


def _well_formed(message: Message) -> Message:
    """Give the mail with a From and in ASCII: flufl.bounce raises on what the email package makes of more."""
    copy = Message()
    for name, value in message.raw_items():
        copy[name] = charset.unescape(str(value)).encode("ascii", "replace").decode("ascii")
    if "from" not in copy:
        copy["From"] = "unknown@invalid"
    # Reading a text part without decoding it raises where its charset is odd.
    data = None if message.is_multipart() else message.get_payload(decode=True)
    copy.set_payload(data.decode("ascii", "replace") if isinstance(data, bytes) else message.get_payload())
    del copy["Content-Transfer-Encoding"]
    return copy


def _field(block: Message, name: str) -> str:
    return charset.header_text(str(block.get(name, "")))


def _address(text: str) -> str:
    try:
        return address.parse(text.strip().strip("<>"))
    except ValueError:
        return ""
