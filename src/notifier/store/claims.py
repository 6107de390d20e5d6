"""Claims on rows of the ledger: how several senders share a notice and none mails what another one has.

Whoever sends claims rows first: `claim` writes a fencing token and a lease. What it says about them
afterwards counts only while they still carry that token. When a lease runs out its rows become uncertain.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Text,
    Update,
    bindparam,
    case,
    func,
    select,
    update,
)

from notifier.delivery.states import Outcome, State
from notifier.store.batch import moment, packed, rows
from notifier.store.deliveries import leaving
from notifier.store.tables import deliveries

_row = deliveries.c
_Moment = _row.changed_at.type

# The statements that every mail needs are made once: to make one takes longer than to run it.
_CLAIM = (
    update(deliveries)
    .where(
        _row.id.in_(
            select(_row.id)
            .where(
                _row.notice_id == bindparam("of_notice"),
                leaving(State.PENDING, State.SENDING),
                _row.id > bindparam("after"),
            )
            .order_by(_row.id)
            .limit(bindparam("most"))
            # SQLite has no row locks and needs none: one writer at a time.
            .with_for_update(skip_locked=True)
        )
    )
    .values(
        state=State.SENDING,
        claim=bindparam("holder"),
        lease_until=bindparam("until"),
        composed_at=func.coalesce(_row.composed_at, bindparam("at", type_=_Moment)),
        changed_at=bindparam("at", type_=_Moment),
    )
    .returning(_row.id, _row.email, _row.name, _row.locale, _row.attempts, _row.composed_at)
)

# What an outcome makes of a row that is being sent.
_MOVES = {outcome: State(outcome.value) for outcome in Outcome}


def _recording(new: FromClause) -> Update:
    """Make the statement that records the rows of `new`, where they still carry the token `holder`."""
    return (
        update(deliveries)
        .where(
            _row.id == new.c.id,
            _row.claim == bindparam("holder"),
            *(leaving(State.SENDING, after) for after in _MOVES.values()),
        )
        .values(
            state=new.c.state,
            claim=None,
            lease_until=None,
            attempts=_row.attempts + 1,
            retry_at=new.c.retry_at,
            accepted_at=new.c.accepted_at,
            window_ends_at=new.c.window_ends_at,
            smtp_code=new.c.code,
            smtp_enhanced=new.c.enhanced,
            smtp_text=new.c.text,
            changed_at=new.c.at,
        )
    )


_RECORD = {
    dialect: _recording(
        rows(
            dialect,
            {
                "id": BigInteger(),
                "state": Text(),
                "retry_at": _Moment,
                "accepted_at": _Moment,
                "window_ends_at": _Moment,
                "code": Integer(),
                "enhanced": Text(),
                "text": Text(),
                "at": _Moment,
            },
        )
    )
    for dialect in ("sqlite", "postgresql")
}


class Claimed(NamedTuple):
    """What is needed to compose and send one claimed mail. `attempts` counts the tries before this one."""

    id: int
    email: str
    name: str
    locale: str
    attempts: int
    composed_at: datetime


class Recorded(NamedTuple):
    """What one try came to, ready for the ledger."""

    id: int
    outcome: Outcome
    at: datetime
    code: int | None
    enhanced: str
    text: str
    retry_at: datetime | None
    window_ends_at: datetime | None


def claim(
    connection: Connection,
    notice_id: int,
    limit: int,
    *,
    token: str,
    lease_until: datetime,
    now: datetime,
    after: int = 0,
) -> list[Claimed]:
    """Take up to `limit` pending rows by id; those that another is just taking are passed over.

    From the one after the id `after` on: whoever names the last one it took spares PostgreSQL going over what
    is left of all the rows before.

    The first claim sets `composed_at`, the date of the mail, which every later try keeps.
    """
    found = connection.execute(
        _CLAIM,
        {
            "of_notice": notice_id,
            "after": after,
            "most": limit,
            "holder": token,
            "until": lease_until,
            "at": now,
        },
    )
    return sorted((Claimed(*row) for row in found), key=lambda each: each.id)


def renew(connection: Connection, notice_id: int, *, token: str, lease_until: datetime) -> int:
    """Move the lease of all rows that still carry this token; how many there are."""
    renewal = (
        update(deliveries)
        .where(_row.notice_id == notice_id, _row.state == State.SENDING, _row.claim == token)
        .values(lease_until=lease_until)
    )
    return connection.execute(renewal).rowcount


def release(connection: Connection, ids: Iterable[int], *, token: str, now: datetime) -> int:
    """Give back claimed rows that were never begun; how many were still ours.

    One that was never tried at all forgets its date: nobody has seen it, and it would only be old by then.
    """
    moved = (
        update(deliveries)
        .where(_row.id.in_(list(ids)), _row.claim == token, leaving(State.SENDING, State.PENDING))
        .values(
            state=State.PENDING,
            claim=None,
            lease_until=None,
            composed_at=case((_row.attempts == 0, None), else_=_row.composed_at),
            changed_at=now,
        )
    )
    return connection.execute(moved).rowcount


def record(connection: Connection, outcomes: Sequence[Recorded], *, token: str) -> int:
    """Write what became of claimed rows, where they still carry this token; how many did."""
    if not outcomes:
        return 0
    sent = []
    for each in outcomes:
        at = moment(each.at)
        accepted_at = at if each.outcome is Outcome.ACCEPTED else None
        retry_at, window_ends_at = moment(each.retry_at), moment(each.window_ends_at)
        said = (each.code, each.enhanced, each.text)
        sent.append((each.id, each.outcome, retry_at, accepted_at, window_ends_at, *said, at))
    statement = _RECORD[connection.dialect.name]
    return connection.execute(statement, {"rows": packed(sent), "holder": token}).rowcount


def expire(connection: Connection, notice_id: int, now: datetime) -> int:
    """Make rows whose lease ran out uncertain: whoever had them may have handed them over before it died."""
    moved = (
        update(deliveries)
        .where(_not_locked(notice_id, leaving(State.SENDING, State.UNCERTAIN), _row.lease_until < now))
        .values(
            state=State.UNCERTAIN,
            claim=None,
            lease_until=None,
            attempts=_row.attempts + 1,
            smtp_code=None,
            smtp_enhanced="",
            smtp_text="the sender was cut off before it knew what became of this mail",
            changed_at=now,
        )
    )
    return connection.execute(moved).rowcount


def hold_uncertain(connection: Connection, notice_id: int, now: datetime) -> int:
    """Leave the uncertain rows for a person to look into."""
    return _move(connection, notice_id, State.UNCERTAIN, State.HELD, now)


def retry_due(connection: Connection, notice_id: int, now: datetime) -> int:
    """Make pending again what was put off, or is uncertain, and is due."""
    due = _row.retry_at.is_(None) | (_row.retry_at <= now)
    return sum(
        _move(connection, notice_id, before, State.PENDING, now, due)
        for before in (State.DEFERRED, State.UNCERTAIN)
    )


def give_up(connection: Connection, notice_id: int, now: datetime) -> int:
    """Make failed whatever still waits for another try. For a notice whose time for retries is over."""
    return sum(
        _move(connection, notice_id, before, State.FAILED, now)
        for before in (State.DEFERRED, State.UNCERTAIN)
    )


def _move(
    connection: Connection,
    notice_id: int,
    before: State,
    after: State,
    now: datetime,
    *conditions: ColumnElement[bool],
) -> int:
    moved = (
        update(deliveries)
        .where(_not_locked(notice_id, leaving(before, after), *conditions))
        .values(state=after, retry_at=None, changed_at=now)
    )
    return connection.execute(moved).rowcount


def _not_locked(notice_id: int, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Pass over rows that somebody else is just writing: it may be frozen in the middle of that."""
    ids = select(_row.id).where(_row.notice_id == notice_id, *conditions).with_for_update(skip_locked=True)
    found: ColumnElement[bool] = _row.id.in_(ids)
    return found
