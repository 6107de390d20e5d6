"""The company's own customer table, which is only ever read."""

import sqlite3
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Engine,
    Executable,
    Insert,
    Row,
    Select,
    case,
    column,
    func,
    inspect,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy import table as sql_table
from sqlalchemy.exc import DataError, DBAPIError, ProgrammingError, SAWarning
from sqlalchemy.types import NullType

from notifier.audience import address
from notifier.audience.subscriber import MAX_NAME, Subscriber, Unreachable, has_control, locale_tag, one_line
from notifier.errors import WrongUse
from notifier.store import plain
from notifier.store.database import Database, clear_errors, parse_url, shown
from notifier.store.foreign import find_table, open_read_only, some
from notifier.store.plain import MAX_REF, Plain

# Rows read at a time. Between two pages nothing of the company's is locked.
PAGE = 5_000
# Rows enrolled by one statement where the table lies in the ledger's database.
SLICE = 50_000
# The width of the ledger's column.
MAX_EMAIL = 320


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


class CompanyTable:
    """A table or view of the company's own, opened read-only, so that no mistake of ours can write.

    It is checked when it is opened, and read in pages by its id (`id > last`), which therefore has to be
    unique.
    """

    def __init__(self, db: Database, settings: TableSettings) -> None:
        self._settings = settings
        url = parse_url(settings.url, "[audience] url") if settings.url else db.engine.url
        self._engine = open_read_only(url)
        self.label = f"the table {settings.table} in {shown(url)}"
        with clear_errors(self._engine), self._engine.connect() as connection:
            schema, name = find_table(connection, settings.table, self.label)
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
        key = self._key
        page = self._query(*self._columns()).order_by(key).limit(PAGE)
        last = None
        rows = self._all(page)
        while rows:
            for row in rows:
                yield self._person(row)
            last = self._moved_on(last, rows[-1][0])
            rows = self._all(page.where(key > _as_it_is(last)))

    def lies_in(self, engine: Engine) -> bool:
        """Whether it is in this very database, opened by the same user, in a form that SQL can enrol."""
        ours, theirs = engine.url, self._engine.url
        if ours.get_backend_name() == theirs.get_backend_name() == "sqlite":
            return Path(ours.database or "").resolve() == Path(theirs.database or "").resolve()
        return ours == theirs and self._fits()

    def enrol(
        self, connection: Connection, into: Callable[[Select[Any]], Insert]
    ) -> Iterator[list[Subscriber | Unreachable]]:
        """Enrol the plain rows by SQL, slice by slice; yield the other people of each slice.

        Raises WrongUse as `read` does.
        """
        self._check_ids()
        columns = self._columns()
        form = self._plain(connection)
        values = (form.ref, form.email, form.email_key, form.name, form.locale)
        # The condition may be NULL. In a CASE, but not in IS TRUE, SQLite stops at the first part that tells.
        is_other = case((form.condition, 0), else_=1) == 1
        for within in self._ranges():
            people = self._query(*values).where(*within).order_by(self._key)
            rest = self._query(*columns).where(*within, is_other).order_by(self._key)
            if connection.dialect.name == "postgresql":
                # One statement sees one state of the table: no row is in neither, whoever writes meanwhile.
                new = into(people.where(form.condition)).cte("enrolled")
                others = self._run(connection, rest.add_cte(new)).all()
            else:
                enrolled = self._run(connection, into(people.where(form.condition))).rowcount
                # Nobody else writes to this file while we may.
                others = [] if enrolled == SLICE else self._all(rest)
            yield [self._person(row) for row in others]

    def _ranges(self) -> Iterator[list[ColumnElement[bool]]]:
        """Cut the table by its ids into slices; each is given by its conditions."""
        beyond: list[ColumnElement[bool]] = []
        last = None
        cut = self._query(self._key).order_by(self._key).offset(SLICE - 1).limit(1)
        while end := self._all(cut.where(*beyond)):
            self._ref(end[0][0])
            last = self._moved_on(last, end[0][0])
            yield [*beyond, self._key <= _as_it_is(last)]
            beyond = [self._key > _as_it_is(last)]
        yield beyond

    def _plain(self, connection: Connection) -> Plain:
        if connection.dialect.name == "postgresql":
            return plain.postgresql(self._columns())
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        plain.prepare(raw)
        return plain.sqlite(self._columns())

    def _fits(self) -> bool:
        """Look at PostgreSQL's encoding, and at the types the driver goes by: of a domain its base."""
        with clear_errors(self._engine), self._engine.connect() as connection:
            if connection.scalar(select(func.getdatabaseencoding())) != "UTF8":
                return False
            cursor = self._run(connection, self._query(*self._columns()).limit(0)).cursor
            assert cursor is not None
            oids = [each[1] for each in cursor.description]
            known = connection.execute(text("SELECT oid, typname FROM pg_type"))
            names = {oid: name for oid, name in known}  # noqa: C416 - rows are typed so
        return plain.fits([names[oid] for oid in oids])

    @property
    def _key(self) -> ColumnElement[Any]:
        return column(self._settings.id)

    def _columns(self) -> list[ColumnElement[Any]]:
        """Give id, email, name, locale; one that is not set as "", so that every row has the same shape."""
        names = [self._settings.id, self._settings.email, self._settings.name, self._settings.locale]
        return [column(name) if name else literal_column("''") for name in names]

    def _moved_on(self, last: object, found: object) -> object:
        """Give the id that was found. Raises WrongUse where it is the last one again."""
        if found == last:
            raise WrongUse(
                f"[audience] id: reading {self.label} by {self._settings.id!r} comes back to {last!r}",
                "name a column of whole numbers or of text",
            )
        return found

    def _ref(self, value: object) -> str:
        """Give an id as the ledger has it. Raises WrongUse where it does not do as one."""
        ref = _text(value)
        damaged = isinstance(value, str) and value != ref  # it has bytes that are no UTF-8
        if not ref or len(ref) > MAX_REF or has_control(ref) or damaged:
            raise WrongUse(
                f"[audience] id: {ref[:50]!r} in {self.label} does not do as an id",
                f"name a column whose values are one line of up to {MAX_REF} characters",
            )
        return ref

    def _person(self, row: Row[Any]) -> Subscriber | Unreachable:
        ref = self._ref(row[0])
        _, email, name, locale = map(_text, row)
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
            return self._run(connection, query).all()

    def _run(self, connection: Connection, statement: Executable) -> CursorResult[Any]:
        try:
            return connection.execute(statement)
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
                    f"its columns are: {some(there)}",
                )

    def _check_ids(self) -> None:
        key = self._key
        remedy = "name a column that tells every row apart"
        if self._all(self._query(literal_column("1")).where(key.is_(None)).limit(1)):
            raise WrongUse(f"[audience] id: {self._settings.id!r} is empty in a row of {self.label}", remedy)
        twice = self._all(self._query(key).group_by(key).having(func.count() > 1).limit(1))
        if twice:
            raise WrongUse(f"[audience] id: {_text(twice[0][0])!r} is there twice in {self.label}", remedy)


def _is_statement_fault(error: DBAPIError | sqlite3.Warning) -> bool:
    """Whether the statement itself is wrong, rather than the database out of order."""
    if isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.OperationalError):
        return error.orig.sqlite_errorcode == sqlite3.SQLITE_ERROR
    # sqlite3's Warning: two statements in one; a ProgrammingError from Python 3.12 on.
    return isinstance(error, ProgrammingError | DataError | sqlite3.Warning)


def _as_it_is(value: object) -> ColumnElement[Any]:
    """Give a value without a type, so that the database compares by the column's own, as it sorts.

    Text of another type would be in another order, and pages would leave people out.
    """
    return literal(value, NullType())


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.hex()
    found = str(value)
    return found if found.isascii() else found.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
