"""Queries on the opt-out log. Rows are added and read, never changed."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Select, case, func, insert, or_, select

from notifier.optout.verdict import Grade, Scope, Timing
from notifier.store.tables import deliveries, optouts

_row = optouts.c
# How the entries of one customer rank: whoever opted out in time once is not late.
_BEST_FIRST = (Timing.IN_WINDOW, Timing.EARLY, Timing.LATE)


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


def first_alike(connection: Connection, entry: OptOut) -> int | None:
    """Find the first entry before this one for the same person, notice and scope; gives its id."""
    query = select(func.min(_row.id)).where(
        _row.id < entry.id,
        _row.email_key == entry.email_key,
        _row.notice_id.is_not_distinct_from(entry.notice_id),
        _row.scope == entry.scope,
    )
    found: int | None = connection.execute(query).scalar()
    return found


def page(connection: Connection, filters: Filters, *, after: int, limit: int) -> list[OptOut]:
    """List the log in its order, from behind the id `after`."""
    query = _filtered(filters).where(_row.id > after).order_by(_row.id).limit(limit)
    return [_optout(found) for found in connection.execute(query).mappings()]


def people(connection: Connection, notice_id: int) -> dict[Timing, int]:
    """How many customers opted out on a notice, by timing; who did it twice counts by the better one."""
    rank = case({timing: rank for rank, timing in enumerate(_BEST_FIRST)}, value=_row.timing)
    best = (
        select(func.min(rank).label("rank"))
        .where(_row.notice_id == notice_id)
        .group_by(_row.email_key)
        .subquery()
    )
    query = select(best.c.rank, func.count()).group_by(best.c.rank)
    return {_BEST_FIRST[rank]: number for rank, number in connection.execute(query)}


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
