"""The product's own list of people to be told."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, String, cast, func, select
from sqlalchemy.dialects import postgresql, sqlite

from notifier.audience.subscriber import Subscriber
from notifier.store.tables import subscribers

_row = subscribers.c


def by_keys(connection: Connection, keys: Iterable[str]) -> dict[str, Subscriber]:
    """Find those of these look-up keys (`audience.address.key`) that are on the list."""
    rows = connection.execute(
        select(_row.email_key, _row.id, _row.email, _row.name, _row.locale).where(
            _row.email_key.in_(list(keys))
        ),
    )
    return {row.email_key: Subscriber(str(row.id), row.email, row.name, row.locale) for row in rows}


def put(connection: Connection, people: Mapping[str, Subscriber], now: datetime) -> None:
    """Add people by their look-up keys; who is on the list gets the address, name and locale given here."""
    if not people:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(subscribers)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["email_key"],
            set_={name: new.excluded[name] for name in ("email", "name", "locale")},
        ),
        [
            {"email": each.email, "email_key": key, "name": each.name, "locale": each.locale, "added_at": now}
            # In one order, so that two imports never wait for each other's rows crosswise.
            for key, each in sorted(people.items())
        ],
    )


def count(connection: Connection) -> int:
    """How many are on the list."""
    return connection.scalar(select(func.count()).select_from(subscribers)) or 0


def listing(connection: Connection, after_id: int = 0, limit: int = 1000) -> Iterator[Subscriber]:
    """Yield up to `limit` people in the order of their ids, those after `after_id`; `ref` is the id."""
    rows = connection.execute(
        select(_row.id, _row.email, _row.name, _row.locale)
        .where(_row.id > after_id)
        .order_by(_row.id)
        .limit(limit),
    )
    for row in rows:
        yield Subscriber(str(row.id), row.email, row.name, row.locale)


def end_of(connection: Connection, after_id: int, size: int) -> int | None:
    """Find the id of the last of the `size` people after `after_id`; None where there are fewer."""
    cut = select(_row.id).where(_row.id > after_id).order_by(_row.id).offset(size - 1).limit(1)
    return connection.execute(cut).scalar()


def as_enrolled(after_id: int, to_id: int | None) -> Select[Any]:
    """Select people in the order of their ids as the ledger has them: ref, email, its key, name, locale.

    Those from behind `after_id` up to `to_id`; None: up to the last.
    """
    ref = cast(_row.id, String)
    people = select(ref, _row.email, _row.email_key, _row.name, _row.locale).where(_row.id > after_id)
    return (people if to_id is None else people.where(_row.id <= to_id)).order_by(_row.id)
