"""What a mail that came in may mean: a closed set of values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What the mail is. Only `OPT_OUT` ever changes anyone's choice."""

    OPT_OUT = "opt-out"
    DATA_CHANGE = "data change"
    COPY_REQUEST = "copy request"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto-reply"
    BOUNCE = "bounce"
    UNCLEAR = "unclear"


class Scope(StrEnum):
    """What is opted out of."""

    THIS_CHANGE = "this change"
    ALL = "all communications"


class Grade(StrEnum):
    """How sure we are who wrote: the token proves the message, the sender's address the person."""

    CONFIRMED = "confirmed"
    TOKEN_ONLY = "token only"  # noqa: S105 - a grade, not a password
    SENDER_ONLY = "sender only"
    UNKNOWN = "unknown"


class Timing(StrEnum):
    """When an opt-out was received, against that customer's own window."""

    IN_WINDOW = "in window"
    LATE = "late"
    EARLY = "early"


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery that failed after the mail server had accepted it.

    `permanent` is None where the report does not say; `address` is the one that failed, "" where not named;
    `status` is the RFC 3463 code ("5.1.1") or "".
    """

    permanent: bool | None
    address: str
    status: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one mail means, and why.

    `scopes` are the opt-outs asked for, empty for every other kind; `also` are further wishes in the same
    mail, which need a person. `delivery` is the id in the first token that verifies, None without one;
    `sender` is the one address of From, "" where there is none or more than one. `received_at` is our own
    server's receipt (topmost Received), `claimed_at` is Date, both None where missing or unreadable.
    `to_person` says that somebody has to look; `reasons` are lines for that person. `foreign_token` says
    that no token verifies although there is something of that shape.
    """

    kind: Kind
    scopes: tuple[Scope, ...]
    also: tuple[Kind, ...]
    delivery: int | None
    sender: str
    subject: str
    received_at: datetime | None
    claimed_at: datetime | None
    to_person: bool
    reasons: tuple[str, ...]
    bounce: Bounce | None = None
    foreign_token: bool = False
