"""Queries on the opt-out log. Rows are added and read, never changed."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Select, func, insert, or_, select

from notifier.optout.verdict import Grade, Scope, Timing
from notifier.store.tables import deliveries, optouts

_row = optouts.c


@dataclass(frozen=True, slots=True)
class NewOptOut:
    """One opt-out to be logged. `counted_at` is the time that decides; the four before it are what is known.

    `notice_id` and `delivery_id` are None where it belongs to no notice we know of.
    """

    notice_id: int | None
    delivery_id: int | None
    email: str
    email_key: str
    scope: Scope
    timing: Timing
    grade: Grade
    via: str
    received_at: datetime | None
    internaldate_at: datetime | None
    fetched_at: datetime | None
    claimed_at: datetime | None
    counted_at: datetime
    inbound_id: int | None
    entered_by: str
    note: str
    logged_at: datetime


@dataclass(frozen=True, slots=True)
class OptOut(NewOptOut):
    """One opt-out in the log."""

    id: int


@dataclass(frozen=True, slots=True)
class Filters:
    """Which opt-outs to list; what is None does not filter.

    `since` (inclusive) and `until` (exclusive) are about the time that counts; `text` is looked for in the
    address and the note, in any case.
    """

    notice: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    timing: str | None = None
    scope: str | None = None
    text: str | None = None


_COLUMNS = [optouts.c[field.name] for field in fields(OptOut)]


def add(connection: Connection, new: NewOptOut) -> int:
    """Append an opt-out; gives its id."""
    result = connection.execute(insert(optouts).values(**asdict(new)).returning(_row.id))
    added: int = result.scalar_one()
    return added


def get(connection: Connection, optout_id: int) -> OptOut | None:
    """Find one opt-out."""
    found = connection.execute(select(*_COLUMNS).where(_row.id == optout_id)).mappings().one_or_none()
    return _optout(found) if found else None


def page(connection: Connection, filters: Filters, *, after: int, limit: int) -> list[OptOut]:
    """List the log in its order, from behind the id `after`."""
    query = _filtered(filters).where(_row.id > after).order_by(_row.id).limit(limit)
    return [_optout(found) for found in connection.execute(query).mappings()]


def people(connection: Connection, notice_id: int) -> dict[Timing, int]:
    """How many customers opted out on a notice, by timing; who did it twice counts by the first time."""
    first = (
        select(func.min(_row.id).label("id"))
        .where(_row.notice_id == notice_id)
        .group_by(_row.email_key)
        .subquery()
    )
    query = select(_row.timing, func.count()).join(first, first.c.id == _row.id).group_by(_row.timing)
    return {Timing(timing): number for timing, number in connection.execute(query)}


def _filtered(filters: Filters) -> Select[tuple[object, ...]]:
    query: Select[tuple[object, ...]] = select(*_COLUMNS)
    if filters.notice is not None:
        query = query.where(_row.notice_id == filters.notice)
    if filters.since is not None:
        query = query.where(_row.counted_at >= filters.since)
    if filters.until is not None:
        query = query.where(_row.counted_at < filters.until)
    if filters.timing is not None:
        query = query.where(_row.timing == filters.timing)
    if filters.scope is not None:
        query = query.where(_row.scope == filters.scope)
    if filters.text:
        found = (column.icontains(filters.text, autoescape=True) for column in (_row.email, _row.note))
        query = query.where(or_(*found))
    return query


def _optout(found: RowMapping) -> OptOut:
    values = dict(found)
    values["scope"] = Scope(found["scope"])
    values["timing"] = Timing(found["timing"])
    values["grade"] = Grade(found["grade"])
    return OptOut(**values)


def pages(connection: Connection, filters: Filters, *, size: int) -> Iterator[list[OptOut]]:
    """List the log page by page, so that a long one need not fit into memory."""
    after = 0
    while found := page(connection, filters, after=after, limit=size):
        yield found
        after = found[-1].id


def delivery_of(connection: Connection, notice_id: int, email_key: str) -> int | None:
    """Find the delivery of a notice to an address, by its key."""
    query = select(deliveries.c.id).where(
        deliveries.c.notice_id == notice_id,
        deliveries.c.email_key == email_key,
    )
    return connection.execute(query.order_by(deliveries.c.id.desc()).limit(1)).scalar()
