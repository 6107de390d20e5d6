"""The states of a delivery and the legal moves between them: one table, used by code and tests alike."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where one person's mail stands."""

    PENDING = "pending"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    BOUNCED = "bounced"
    SKIPPED = "skipped"
    HELD = "held"


class Outcome(StrEnum):
    """What handing one mail over came to; never a bare exception."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


# Every legal move. `sending -> pending` gives back a mail that was claimed and never begun.
MOVES: frozenset[tuple[State, State]] = frozenset(
    {
        (State.PENDING, State.SENDING),
        (State.SENDING, State.PENDING),
        (State.SENDING, State.ACCEPTED),
        (State.SENDING, State.DEFERRED),
        (State.SENDING, State.REFUSED),
        (State.SENDING, State.UNCERTAIN),
        (State.DEFERRED, State.PENDING),
        (State.DEFERRED, State.FAILED),
        (State.UNCERTAIN, State.PENDING),
        (State.UNCERTAIN, State.HELD),
        (State.UNCERTAIN, State.FAILED),
        (State.ACCEPTED, State.BOUNCED),
    },
)

# A notice is sent when every delivery is in one of these (DESIGN: accepted + refused + failed + bounced +
# skipped + held = enrolled).
SETTLED = frozenset(
    {State.ACCEPTED, State.REFUSED, State.FAILED, State.BOUNCED, State.SKIPPED, State.HELD},
)


def settled(counts: Mapping[State, int]) -> int:
    """How many deliveries nothing more will be done about."""
    return sum(number for state, number in counts.items() if state in SETTLED)


class NoticeState(StrEnum):
    """Where a notice stands: draft -> approved -> sending -> sent -> closed, or cancelled before sending."""

    DRAFT = "draft"
    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"
    CLOSED = "closed"
    CANCELLED = "cancelled"


# Every legal move of a notice. An edit makes an approved one a draft again.
NOTICE_MOVES: frozenset[tuple[NoticeState, NoticeState]] = frozenset(
    {
        (NoticeState.DRAFT, NoticeState.APPROVED),
        (NoticeState.DRAFT, NoticeState.CANCELLED),
        (NoticeState.APPROVED, NoticeState.DRAFT),
        (NoticeState.APPROVED, NoticeState.SENDING),
        (NoticeState.APPROVED, NoticeState.CANCELLED),
        (NoticeState.SENDING, NoticeState.SENT),
        (NoticeState.SENT, NoticeState.CLOSED),
    },
)
