"""Enrolling an audience: by SQL where it lies in the ledger's own database, else person by person."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Insert, Select, insert, literal
from sqlalchemy.exc import IntegrityError

from notifier.delivery.states import State
from notifier.store import deliveries
from notifier.store.audience import AudienceSource, TableSource
from notifier.store.company import SLICE
from notifier.store.tables import deliveries as ledger

# People per statement, where they come one by one.
BATCH = 1_000
# In KiB. The index by address takes them in no order: with SQLite's 2 MB each would be read from the file and
# written back, again and again.
CACHE = 48_000

_Each = TypeVar("_Each")


def enrol(
    connection: Connection,
    notice_id: int,
    audience: AudienceSource,
    now: datetime,
    progress: Callable[[int], None],
) -> int:
    """Give everybody in the audience a delivery; how many people were read.

    That is more than are enrolled where two of them have the same id. `progress` is told how many are done.
    Raises WrongUse where the audience cannot be read.
    """
    with _room_for_indexes(connection):
        if isinstance(audience, TableSource) and audience.lies_in(connection.engine):
            try:
                with connection.begin_nested():
                    return _by_table(connection, notice_id, audience, now, progress)
            except IntegrityError:
                pass  # some ids are the same as text: how many is counted person by person
        return _by_person(connection, notice_id, audience, now, progress)


def _by_table(
    connection: Connection,
    notice_id: int,
    audience: TableSource,
    now: datetime,
    progress: Callable[[int], None],
) -> int:
    for number, people in enumerate(audience.enrol(connection, partial(_insert, notice_id, now))):
        if number:
            progress(number * SLICE)
        for batch in _batched(people):
            connection.execute(insert(ledger), [deliveries.new(notice_id, each, now) for each in batch])
    done = sum(deliveries.counts(connection, notice_id).values())
    progress(done)
    return done


def _by_person(
    connection: Connection,
    notice_id: int,
    audience: AudienceSource,
    now: datetime,
    progress: Callable[[int], None],
) -> int:
    done = 0
    for batch in _batched(audience.read()):
        deliveries.enrol(connection, notice_id, batch, now)
        done += len(batch)
        progress(done)
    return done


def _insert(notice_id: int, now: datetime, people: Select[Any]) -> Insert:
    """Make the statement that enrols whom a query finds: ids, addresses, their keys, names and locales."""
    same = {
        ledger.c.notice_id: notice_id,
        ledger.c.state: State.PENDING,
        ledger.c.attempts: 0,
        ledger.c.smtp_enhanced: "",
        ledger.c.smtp_text: "",
        ledger.c.changed_at: now,
    }
    per_person = ["subscriber_ref", "email", "email_key", "name", "locale"]
    values = [literal(value, column.type) for column, value in same.items()]
    return insert(ledger).from_select(
        [*per_person, *(column.name for column in same)], people.add_columns(*values)
    )


@contextmanager
def _room_for_indexes(connection: Connection) -> Iterator[None]:
    if connection.dialect.name != "sqlite":
        yield
        return
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size=-{CACHE}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size={before}")


def _batched(people: Iterable[_Each]) -> Iterator[Sequence[_Each]]:
    waiting = iter(people)
    while batch := list(islice(waiting, BATCH)):
        yield batch
