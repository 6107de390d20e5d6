"""Claims on rows of the ledger: how several senders share a notice and none mails what another one has.

Whoever sends claims rows first: `claim` writes a fencing token and a lease. What it says about them
afterwards counts only while they still carry that token. When a lease runs out its rows become uncertain.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, select, update

from notifier.delivery.states import Outcome, State
from notifier.store.deliveries import leaving
from notifier.store.tables import deliveries

_row = deliveries.c


@dataclass(frozen=True, slots=True)
class Claimed:
    """What is needed to compose and send one claimed mail. `attempts` counts the tries before this one."""

    id: int
    email: str
    name: str
    locale: str
    attempts: int
    composed_at: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
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
) -> list[Claimed]:
    """Take up to `limit` pending rows by id; those that another is just taking are passed over.

    The first claim sets `composed_at`, the date of the mail, which every later try keeps.
    """
    rows = connection.execute(
        select(_row.id, _row.email, _row.name, _row.locale, _row.attempts, _row.composed_at)
        .where(_row.notice_id == notice_id, leaving(State.PENDING, State.SENDING))
        .order_by(_row.id)
        .limit(limit)
        .with_for_update(skip_locked=True),  # SQLite has no row locks and needs none: one writer at a time
    ).all()
    if rows:
        connection.execute(
            update(deliveries)
            .where(_row.id.in_([row.id for row in rows]))
            .values(
                state=State.SENDING,
                claim=token,
                lease_until=lease_until,
                composed_at=func.coalesce(_row.composed_at, bindparam("now", now, _row.composed_at.type)),
                changed_at=now,
            ),
        )
    return [
        Claimed(row.id, row.email, row.name, row.locale, row.attempts, row.composed_at or now) for row in rows
    ]


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
    moves = {outcome: State(outcome.value) for outcome in {each.outcome for each in outcomes}}
    starts = [leaving(State.SENDING, after) for after in moves.values()]
    moved = (
        update(deliveries)
        .where(_row.id == bindparam("this_id"), _row.claim == token, and_(*starts))
        .values(
            state=bindparam("outcome"),
            claim=None,
            lease_until=None,
            attempts=_row.attempts + 1,
            retry_at=bindparam("next_try"),
            accepted_at=bindparam("accepted"),
            window_ends_at=bindparam("window"),
            smtp_code=bindparam("code"),
            smtp_enhanced=bindparam("enhanced"),
            smtp_text=bindparam("text"),
            changed_at=bindparam("at"),
        )
    )
    # Always in the order of ids, so that two workers never wait for each other's rows crosswise.
    parameters = [
        {
            "this_id": each.id,
            "outcome": moves[each.outcome],
            "next_try": each.retry_at,
            "accepted": each.at if each.outcome is Outcome.ACCEPTED else None,
            "window": each.window_ends_at,
            "code": each.code,
            "enhanced": each.enhanced,
            "text": each.text,
            "at": each.at,
        }
        for each in sorted(outcomes, key=lambda each: each.id)
    ]
    return connection.execute(moved, parameters).rowcount if parameters else 0


def expire(connection: Connection, notice_id: int, now: datetime) -> int:
    """Make rows whose lease ran out uncertain: whoever had them may have handed them over before it died."""
    moved = (
        update(deliveries)
        .where(
            _row.notice_id == notice_id,
            leaving(State.SENDING, State.UNCERTAIN),
            _row.lease_until < now,
        )
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
        .where(_row.notice_id == notice_id, leaving(before, after), *conditions)
        .values(state=after, retry_at=None, changed_at=now)
    )
    return connection.execute(moved).rowcount
