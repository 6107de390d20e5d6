"""Writing opt-outs into the log, within the transaction of whoever found them."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection

from notifier.audience import address
from notifier.optout import clocks
from notifier.optout.verdict import Grade, Scope, Timing
from notifier.store import optouts as log
from notifier.store.deliveries import Delivery
from notifier.store.inbound import Inbound
from notifier.store.optouts import NewOptOut, OptOut

# The grades of a mail with a token that verifies: its writer has read ours.
_ANSWERS = frozenset({Grade.CONFIRMED, Grade.TOKEN_ONLY})


def append(
    connection: Connection,
    mail: Inbound,
    delivery: Delivery | None,
    *,
    scope: Scope,
    grade: Grade,
    counted_at: datetime,
    now: datetime,
    by: str = "",
    note: str = "",
) -> OptOut:
    """Append the opt-out that a mail asks for: that of the customer of `delivery`, else of the sender."""
    new = _entry(
        delivery,
        email=delivery.email if delivery else mail.sender,
        scope=scope,
        grade=grade,
        via="mail",
        counted_at=counted_at,
        by=by,
        note=note,
        now=now,
        mail=mail,
    )
    return _added(connection, new)


def enter(
    connection: Connection,
    delivery: Delivery | None,
    *,
    email: str,
    scope: Scope,
    received_at: datetime,
    by: str,
    note: str,
    now: datetime,
) -> OptOut:
    """Append an opt-out that came by other means than mail; a person vouches for it."""
    new = _entry(
        delivery,
        email=delivery.email if delivery else email,
        scope=scope,
        grade=Grade.CONFIRMED,
        via="admin",
        counted_at=received_at,
        by=by,
        note=note,
        now=now,
    )
    return _added(connection, new)


def _entry(
    delivery: Delivery | None,
    *,
    email: str,
    scope: Scope,
    grade: Grade,
    via: str,
    counted_at: datetime,
    by: str,
    note: str,
    now: datetime,
    mail: Inbound | None = None,
) -> NewOptOut:
    return NewOptOut(
        notice_id=delivery.notice_id if delivery else None,
        delivery_id=delivery.id if delivery else None,
        email=email,
        email_key=address.key(email),
        scope=scope,
        timing=_timing(delivery, counted_at, answered=mail is not None and grade in _ANSWERS),
        grade=grade,
        via=via,
        received_at=mail.received_at if mail else counted_at,
        internaldate_at=mail.internaldate_at if mail else None,
        fetched_at=mail.fetched_at if mail else None,
        claimed_at=mail.claimed_at if mail else None,
        counted_at=counted_at,
        inbound_id=mail.id if mail else None,
        entered_by=by,
        note=note,
        logged_at=now,
    )


def _timing(delivery: Delivery | None, at: datetime, *, answered: bool) -> Timing:
    """Place an opt-out in its window; without a notice (all communications only) there is none to miss."""
    if delivery is None:
        return Timing.IN_WINDOW
    return clocks.timing(
        at, accepted=delivery.accepted_at, window_ends=delivery.window_ends_at, answered=answered
    )


def _added(connection: Connection, new: NewOptOut) -> OptOut:
    return OptOut(**asdict(new), id=log.add(connection, new))
