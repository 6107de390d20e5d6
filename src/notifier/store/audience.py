"""Who is to be told: the product's own list, or the company's customer table."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import Connection, Engine, Insert, Select

from notifier.audience.subscriber import Subscriber, Unreachable
from notifier.store import subscribers
from notifier.store.company import PAGE, SLICE, CompanyTable, TableSettings
from notifier.store.database import Database


class AudienceSource(Protocol):
    """A list of people that can be counted, and read from the beginning as often as needed."""

    @property
    def label(self) -> str:
        """What to call it in a line for people."""
        ...

    def describe(self) -> dict[str, object]:
        """Say where it is read from, as JSON values without any secret; an approval is bound to this."""
        ...

    def count(self) -> int:
        """How many people there are now."""
        ...

    def read(self) -> Iterator[Subscriber | Unreachable]:
        """Yield everybody once, in the order of the ids, also those who cannot be mailed."""
        ...


@runtime_checkable
class TableSource(AudienceSource, Protocol):
    """An audience that is a table, which may lie where the ledger does."""

    def lies_in(self, engine: Engine) -> bool:
        """Whether it is in this very database."""
        ...

    def enrol(
        self, connection: Connection, into: Callable[[Select[Any]], Insert]
    ) -> Iterator[list[Subscriber | Unreachable]]:
        """Enrol by SQL whom it can, in slices of up to `SLICE` people; yield all others of each slice.

        `into` makes the statement for a query of ids, addresses, their keys, names and locales. An
        IntegrityError where two ids are the same as text.
        """
        ...


def open_audience(db: Database, settings: TableSettings) -> AudienceSource:
    """Give the company's table where one is set, else the product's own list.

    Raises WrongUse where the database, the table or a column is not there, and names the key to mend.
    """
    if not settings.table:
        return OwnList(db)
    return CompanyTable(db, settings)


class OwnList:
    """The list that `subscribers import` fills."""

    label = "the imported list"

    def __init__(self, db: Database) -> None:
        self._db = db

    def describe(self) -> dict[str, object]:
        """There is only one."""
        return {"source": self.label}

    def count(self) -> int:
        """How many people are on the list."""
        with self._db.read() as connection:
            return subscribers.count(connection)

    def read(self) -> Iterator[Subscriber]:
        """Yield everybody by id; each page in a transaction of its own."""
        last = 0
        while True:
            with self._db.read() as connection:
                page = list(subscribers.listing(connection, last, PAGE))
            if not page:
                return
            yield from page
            last = int(page[-1].ref)

    def lies_in(self, engine: Engine) -> bool:
        """It is in our database, and there is only one."""
        return self._db.engine.url == engine.url

    def enrol(
        self, connection: Connection, into: Callable[[Select[Any]], Insert]
    ) -> Iterator[list[Subscriber | Unreachable]]:
        """Enrol everybody: what is on the list was parsed when it was imported."""
        last: int | None = 0
        while last is not None:
            end = subscribers.end_of(connection, last, SLICE)
            connection.execute(into(subscribers.as_enrolled(last, end)))
            last = end
            yield []
