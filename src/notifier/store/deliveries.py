"""The ledger: one row per notice and subscriber. `claims` has the queries of those who send.

A row moves only along `states.MOVES`, here as there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from notifier.audience import address
from notifier.audience.subscriber import Subscriber, Unreachable
from notifier.delivery.states import MOVES, State
from notifier.store.tables import deliveries

_row = deliveries.c
# The width of the column: what stands in for an address may grow when it is case-folded.
MAX_KEY = 320
# In these a mail has reached its reader, or may have.
MAYBE_DELIVERED = (State.SENDING, State.ACCEPTED, State.UNCERTAIN, State.HELD, State.BOUNCED)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One person's mail of one notice, as the ledger has it."""

    id: int
    notice_id: int
    subscriber_ref: str
    email: str
    email_key: str
    name: str
    locale: str
    state: State
    attempts: int
    retry_at: datetime | None
    composed_at: datetime | None
    accepted_at: datetime | None
    window_ends_at: datetime | None
    smtp_code: int | None
    smtp_enhanced: str
    smtp_text: str
    changed_at: datetime


def get(connection: Connection, delivery_id: int) -> Delivery | None:
    """Find one delivery by its id."""
    return _one(connection, _row.id == delivery_id)


def latest_by_email(connection: Connection, email_key: str) -> Delivery | None:
    """Find the newest delivery that may have reached an address (as `audience.address.key` gives it).

    What somebody writes is not about a mail that surely did not arrive yet. One that waits for its next try,
    or has had its last, counts where no server has said what it did with it.
    """
    untold = _row.state.in_([State.PENDING, State.FAILED]) & (_row.attempts > 0) & _row.smtp_code.is_(None)
    return _one(connection, (_row.email_key == email_key) & (_row.state.in_(MAYBE_DELIVERED) | untold))


def mark_bounced(connection: Connection, delivery_id: int, code_text: str, now: datetime) -> bool:
    """Move an accepted mail to bounced, which voids its window; False where it is not.

    `code_text` is what the report said, for people: "5.1.1 no such user".
    """
    move = (
        update(deliveries)
        .where(_row.id == delivery_id, leaving(State.ACCEPTED, State.BOUNCED))
        .values(state=State.BOUNCED, smtp_text=code_text, window_ends_at=None, changed_at=now)
    )
    return connection.execute(move).rowcount == 1


def enrol(
    connection: Connection, notice_id: int, people: Sequence[Subscriber | Unreachable], now: datetime
) -> None:
    """Give each of them a delivery (see `new`); whoever has one of this notice keeps it as it is."""
    if not people:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    rows = [new(notice_id, each, now) for each in people]
    connection.execute(dialect.insert(deliveries).on_conflict_do_nothing(), rows)


def refresh_statistics(connection: Connection) -> None:
    """Have PostgreSQL look at what came in: until then it reads the whole table to find a few rows."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE deliveries")


def new(notice_id: int, each: Subscriber | Unreachable, now: datetime) -> dict[str, Any]:
    """Give the row of a new delivery: pending, or skipped with the reason where nobody can be mailed."""
    person = each.person if isinstance(each, Unreachable) else each
    return {
        "notice_id": notice_id,
        "subscriber_ref": person.ref,
        "email": person.email,
        "email_key": address.key(person.email)[:MAX_KEY],
        "name": person.name,
        "locale": person.locale,
        "state": State.SKIPPED if isinstance(each, Unreachable) else State.PENDING,
        "attempts": 0,
        "smtp_enhanced": "",
        "smtp_text": each.reason if isinstance(each, Unreachable) else "",
        "changed_at": now,
    }


def counts(connection: Connection, notice_id: int) -> dict[State, int]:
    """How many deliveries of a notice are in each state; states that none is in are left out."""
    rows = connection.execute(
        select(_row.state, func.count()).where(_row.notice_id == notice_id).group_by(_row.state),
    )
    found = {State(state): number for state, number in rows}
    return {state: found[state] for state in State if state in found}


def page(
    connection: Connection, notice_id: int, state: State | None, *, after: int, limit: int
) -> list[Delivery]:
    """List deliveries of a notice by id, from the one after `after` on."""
    query = _select().where(_row.notice_id == notice_id, _row.id > after).order_by(_row.id).limit(limit)
    if state is not None:
        query = query.where(_row.state == state)
    return [_delivery(row) for row in connection.execute(query).mappings()]


def next_retry_at(connection: Connection, notice_id: int) -> datetime | None:
    """When the first delivery that was put off is due again."""
    waiting = _row.state.in_([State.DEFERRED, State.UNCERTAIN])
    return _moment(connection, select(func.min(_row.retry_at)).where(_row.notice_id == notice_id, waiting))


def next_lease_end(connection: Connection, notice_id: int) -> datetime | None:
    """When the first of the leases that somebody holds will run out, unless it is renewed."""
    held = _row.state == State.SENDING
    return _moment(connection, select(func.min(_row.lease_until)).where(_row.notice_id == notice_id, held))


def window_open_until(connection: Connection, notice_id: int) -> datetime | None:
    """When the last customer's window ends; None where no mail was accepted."""
    accepted = _row.state == State.ACCEPTED
    return _moment(
        connection, select(func.max(_row.window_ends_at)).where(_row.notice_id == notice_id, accepted)
    )


def leaving(before: State, after: State) -> ColumnElement[bool]:
    """Give the condition for a move: that the row is in the state it starts from.

    Raises ValueError where there is no such move, which would be a mistake in the query.
    """
    if (before, after) not in MOVES:
        raise ValueError(f"no delivery moves from {before} to {after}")
    condition: ColumnElement[bool] = _row.state == before
    return condition


def _one(connection: Connection, condition: ColumnElement[bool]) -> Delivery | None:
    newest = _select().where(condition).order_by(_row.id.desc()).limit(1)
    row = connection.execute(newest).mappings().one_or_none()
    return None if row is None else _delivery(row)


def _select() -> Select[Any]:
    return select(*(deliveries.c[field.name] for field in fields(Delivery)))


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(**{**row, "state": State(row["state"])})


def _moment(connection: Connection, query: Select[Any]) -> datetime | None:
    moment: datetime | None = connection.execute(query).scalar()
    return moment
