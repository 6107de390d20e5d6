"""Who is to be told: the product's own list, or the company's customer table, which is only ever read."""

import sqlite3
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    NullPool,
    Row,
    Select,
    column,
    func,
    inspect,
    literal,
    literal_column,
    select,
)
from sqlalchemy import table as sql_table
from sqlalchemy.exc import DataError, DBAPIError, ProgrammingError, SAWarning
from sqlalchemy.types import NullType

from notifier.audience import address
from notifier.audience.subscriber import MAX_NAME, Subscriber, Unreachable, has_control, locale_tag, one_line
from notifier.errors import WrongUse
from notifier.store import subscribers
from notifier.store.database import BUSY_SECONDS, Database, clear_errors, open_engine, parse_url, shown

# Rows read at a time. Between two pages nothing of the company's is locked.
PAGE = 5_000
# The widths of the ledger's columns.
MAX_REF = 200
MAX_EMAIL = 320


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


class TableSettings(Protocol):
    """The section [audience]: what its keys mean stands in config.example.toml. "" is "not set"."""

    @property
    def url(self) -> str: ...  # noqa: D102
    @property
    def table(self) -> str: ...  # noqa: D102
    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def email(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def locale(self) -> str: ...  # noqa: D102
    @property
    def where(self) -> str: ...  # noqa: D102


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


class CompanyTable:
    """A table or view of the company's own, opened read-only, so that no mistake of ours can write.

    It is checked when it is opened, and read in pages by its id (`id > last`), which therefore has to be
    unique.
    """

    def __init__(self, db: Database, settings: TableSettings) -> None:
        self._settings = settings
        url = parse_url(settings.url, "[audience] url") if settings.url else db.engine.url
        self._engine = _read_only(url)
        self.label = f"the table {settings.table} in {shown(url)}"
        with clear_errors(self._engine), self._engine.connect() as connection:
            schema, name = _find_table(connection, settings.table, self.label)
            self._check_columns(connection, schema, name)
        self._table = sql_table(name, schema=schema)
        self._all(self._query(literal_column("1")).limit(1))

    def describe(self) -> dict[str, object]:
        """The configured keys, and the database without its password."""
        settings = self._settings
        return {
            "database": shown(self._engine.url),
            "table": settings.table,
            "id": settings.id,
            "email": settings.email,
            "name": settings.name,
            "locale": settings.locale,
            "where": settings.where,
        }

    def count(self) -> int:
        """How many rows match `where`."""
        return int(self._all(self._query(func.count()))[0][0])

    def read(self) -> Iterator[Subscriber | Unreachable]:
        """Yield every row that matches `where`.

        Raises WrongUse before the first one where an id is missing or there twice: somebody would be left
        out.
        """
        self._check_ids()
        key: ColumnElement[Any] = column(self._settings.id)
        names = [self._settings.id, self._settings.email, self._settings.name, self._settings.locale]
        # A column that is not set is read as "", so that every row has the same shape.
        columns: list[ColumnElement[Any]] = [column(name) if name else literal_column("''") for name in names]
        page = (
            self._query(*(each.label(f"c{place}") for place, each in enumerate(columns)))
            .order_by(key)
            .limit(PAGE)
        )
        last = None
        rows = self._all(page)
        while rows:
            for row in rows:
                yield self._person(row)
            if rows[-1][0] == last:
                raise WrongUse(
                    f"[audience] id: reading {self.label} by {self._settings.id!r} comes back to {last!r}",
                    "name a column of whole numbers or of text",
                )
            last = rows[-1][0]
            # Without a type, so that the database compares by the column's own, as it sorts: text of another
            # type would be in another order, and pages would leave people out.
            rows = self._all(page.where(key > literal(last, NullType())))

    def _person(self, row: Row[Any]) -> Subscriber | Unreachable:
        ref, email, name, locale = map(_text, row)
        damaged = isinstance(row[0], str) and row[0] != ref  # it has bytes that are no UTF-8
        if not ref or len(ref) > MAX_REF or has_control(ref) or damaged:
            raise WrongUse(
                f"[audience] id: {ref[:50]!r} in {self.label} does not do as an id",
                f"name a column whose values are one line of up to {MAX_REF} characters",
            )
        # A name that would break a header is no reason not to write to its owner.
        known = one_line(name, MAX_NAME)
        tag = locale_tag(locale)
        found = email.strip()
        try:
            return Subscriber(ref, address.parse(found), known, tag)
        except ValueError as error:
            return Unreachable(
                Subscriber(ref, one_line(found, MAX_EMAIL), known, tag), f"the address {error}"
            )

    def _query(self, *columns: ColumnElement[Any]) -> Select[Any]:
        query = select(*columns).select_from(self._table)
        if self._settings.where:
            # The line break ends a trailing "-- comment".
            query = query.where(literal_column(f"({self._settings.where}\n)"))
        return query

    def _all(self, query: Select[Any]) -> Sequence[Row[Any]]:
        """Run one statement on a connection of its own. Raises WrongUse where `where` is no condition."""
        with clear_errors(self._engine), self._engine.connect() as connection:
            try:
                return connection.execute(query).all()
            except (DBAPIError, sqlite3.Warning) as error:
                cause = error.orig if isinstance(error, DBAPIError) else error
                if not (self._settings.where and _is_statement_fault(error)):
                    raise
                what = str(cause).strip().splitlines()[0]
                raise WrongUse(
                    f"[audience] where {self._settings.where!r}: {what}", "mend the condition"
                ) from error

    def _check_columns(self, connection: Connection, schema: str | None, name: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # a column's type may be one of an extension
            there = [each["name"] for each in inspect(connection).get_columns(name, schema)]
        for key in ("id", "email", "name", "locale"):
            wanted = getattr(self._settings, key)
            if wanted not in there and (wanted or key in {"id", "email"}):
                raise WrongUse(
                    f"[audience] {key}: there is no column {wanted!r} in {self.label}",
                    f"its columns are: {_some(there)}",
                )

    def _check_ids(self) -> None:
        key: ColumnElement[Any] = column(self._settings.id)
        remedy = "name a column that tells every row apart"
        if self._all(self._query(literal_column("1")).where(key.is_(None)).limit(1)):
            raise WrongUse(f"[audience] id: {self._settings.id!r} is empty in a row of {self.label}", remedy)
        twice = self._all(self._query(key).group_by(key).having(func.count() > 1).limit(1))
        if twice:
            raise WrongUse(f"[audience] id: {_text(twice[0][0])!r} is there twice in {self.label}", remedy)


def _read_only(url: URL) -> Engine:
    """Open the database so that it refuses to write, and keep no connection when it is not in use."""
    if url.get_backend_name() == "postgresql":
        return open_engine(url, poolclass=NullPool, execution_options={"postgresql_readonly": True})
    path = Path(url.database or "").absolute()
    if not path.exists():
        raise WrongUse(f"[audience] url: there is no database at {path}", "check the path")

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=BUSY_SECONDS)
        # SQLite does not check what it is given as text; one bad byte must not keep all the others from
        # reading.
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        return connection

    return open_engine(url, poolclass=NullPool, creator=connect)


def _find_table(connection: Connection, wanted: str, label: str) -> tuple[str | None, str]:
    """Find "table" or "schema.table": the schema (None is the default) and the name, which may have a dot."""
    there = inspect(connection)
    if there.has_table(wanted):
        return None, wanted
    schema, dot, name = wanted.partition(".")
    if dot and there.has_table(name, schema):
        return schema, name
    names = there.get_table_names() + there.get_view_names()
    raise WrongUse(f"[audience] table: there is no {label}", f"there are: {_some(sorted(names)) or 'none'}")


def _is_statement_fault(error: DBAPIError | sqlite3.Warning) -> bool:
    """Whether the statement itself is wrong, rather than the database out of order."""
    if isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.OperationalError):
        return error.orig.sqlite_errorcode == sqlite3.SQLITE_ERROR
    # sqlite3's Warning: two statements in one; a ProgrammingError from Python 3.12 on.
    return isinstance(error, ProgrammingError | DataError | sqlite3.Warning)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.hex()
    return str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")  # noqa: PLR2004 - what fits on a line or two
