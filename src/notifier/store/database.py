"""The database handle: SQLite (WAL) embedded, PostgreSQL to grow; one code for both."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    IntegrityError,
    InternalError,
    OperationalError,
    ProgrammingError,
)

from notifier.errors import Broken, Problem, TryAgain, WrongUse
from notifier.store.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

# The newest migration.
SCHEMA = "0003"
# Ours, so that an application in the same database may keep its own alembic_version.
VERSION_TABLE = "notifier_schema"
# Any number, as long as nobody else's: two `create` at once on PostgreSQL take turns.
MIGRATION_LOCK = 7_305_826_114

# How long one writer waits for another on SQLite before giving up, in seconds.
BUSY_SECONDS = 60
# How long to wait for an answer from a PostgreSQL server, in seconds.
CONNECT_SECONDS = 10
# How long a PostgreSQL server waits for us within a transaction before it gives up on us, in seconds.
IDLE_SECONDS = 120
# UTC, so that no time a mail claims leaves the range of Python's years on its way back. And a process that is
# frozen within a transaction must not keep its rows locked for ever.
_SESSION = f"-c timezone=UTC -c idle_in_transaction_session_timeout={IDLE_SECONDS}s"
_QUICK: dict[str, Any] = {
    "connect_args": {"options": f"{_SESSION} -c synchronous_commit=off"},
    "isolation_level": "AUTOCOMMIT",
}

_EXAMPLES = "use sqlite:///notifier.db or postgresql://user@host/name"

# What a database says that will not do -> what to do about it. Everything else is worth trying again.
_REMEDIES = {
    "unable to open database file": "check that the folder exists and that both may be written to",
    "readonly database": "check that the file and its folder may be written to",
    "authentication failed": "check user and password in the database's url",
    "no password supplied": "add the password to the database's url",
    "does not exist": "check the name in the database's url, or create it",
    "could not translate host name": "check the host in the database's url",
    "failed to resolve host": "check the host in the database's url",
    "not a database": "check the path in the database's url: this is no SQLite file",
    "permission denied": "let the database's user do this",
}


QuickWrite = Callable[[], AbstractContextManager[Connection]]


class Database:
    """Hands out connections inside a transaction. Only `flow` calls `write` and `read`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose transaction commits at the end, or rolls back on an exception.

        On SQLite the write lock is taken at once (BEGIN IMMEDIATE): a transaction that read first and wrote
        later would fail where another writer came between.
        """
        with clear_errors(self.engine), _writing(self.engine) as connection:
            yield connection

    @contextmanager
    def quick_writes(self) -> Iterator[QuickWrite]:
        """Give a way to make many small transactions over a connection of their own.

        Such a transaction outlives the process, but a power cut only from the next one of `write` on: it is
        for what can be found out again, and saves waiting for the disk. On PostgreSQL each of its statements
        is a transaction by itself: more round trips would take longer than the work.
        """
        with clear_errors(self.engine), self._quick.connect() as connection:
            connection.execution_options(sqlite_begin="IMMEDIATE")

            @contextmanager
            def write() -> Iterator[Connection]:
                with clear_errors(self.engine), connection.begin():
                    yield connection

            yield write

    @cached_property
    def _quick(self) -> Engine:
        return _engine(self.engine.url.render_as_string(hide_password=False), durable=False)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one consistent state, and on which writing is an error."""
        with clear_errors(self.engine), self.engine.connect() as connection:
            if self.engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
        if "_quick" in self.__dict__:
            self._quick.dispose()


def create(url: str) -> Database:
    """Create the tables, or bring older ones up to date, and open the database.

    Raises WrongUse where it was made by a newer notifier, or holds tables of these names that are not ours.
    """
    from alembic import command  # noqa: PLC0415 - takes as long to import as half of the rest

    with _opening(url) as engine:
        with _writing(engine) as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            found = _schema(connection)
            config = _alembic()
            if found is None:
                _refuse_foreign_tables(connection)
            elif found not in _known_schemas(config):
                raise _newer(engine, found)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        return _opened(engine)


def connect(url: str) -> Database:
    """Open an existing database. Raises WrongUse where its tables are missing, older or newer than ours."""
    with _opening(url) as engine:
        where = shown(engine.url)
        if engine.dialect.name == "sqlite" and not _is_there(Path(engine.url.database or "")):
            raise WrongUse(f"no database at {where}", "create it with `notifier init`")
        with engine.connect() as connection:
            found = _schema(connection)
        if found is None:
            raise WrongUse(f"the database {where} has no notifier tables", "create them with `notifier init`")
        if found != SCHEMA:
            if found > SCHEMA:  # revisions are numbered
                raise _newer(engine, found)
            raise WrongUse(
                f"the database {where} has an older schema ({found}; this is {SCHEMA})",
                "bring it up to date with `notifier init`, after a backup",
            )
        return _opened(engine)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise WrongUse(f"{path}: {error.strerror}", "check the permissions of its folders") from error


def shown(url: str | URL) -> str:
    """Give the URL for people, whatever it looks like: without its password."""
    if isinstance(url, URL):
        url = url.render_as_string(hide_password=False)
    scheme, slashes, rest = url.partition("//")
    if not slashes:
        scheme, rest = "", url
    hidden = scheme + slashes + re.sub(r"^([^:/?#]*):.*@", r"\1:***@", rest)
    return re.sub(r"([?&](?:ssl)?password=)[^&]*", r"\1***", hidden, flags=re.IGNORECASE)


def parse_url(url: str, key: str = "[database] url") -> URL:
    """Read a URL; `key` is where the user wrote it. Raises WrongUse for what is not supported."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError) as error:
        raise WrongUse(f"{key} {shown(url)!r} is not understood", _EXAMPLES) from error
    if backend not in {"sqlite", "postgresql"}:
        raise WrongUse(f"{key} names {backend!r}, which is not supported", _EXAMPLES)
    if "@" in (parsed.host or ""):
        raise WrongUse(f"{key} has more than one @", "write an @ in the password as %40")
    if backend == "sqlite" and (not parsed.database or parsed.database == ":memory:"):
        raise WrongUse(f"{key} names no file", _EXAMPLES)
    return parsed.set(drivername="sqlite" if backend == "sqlite" else "postgresql+psycopg")


def open_engine(url: URL, **options: Any) -> Engine:  # noqa: ANN401 - create_engine's own
    """Make an engine; raises WrongUse where the driver is not installed."""
    if url.get_backend_name() == "postgresql":
        arguments: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "options": _SESSION}
        arguments |= options.pop("connect_args", {})
        options = {"pool_pre_ping": True, "connect_args": arguments} | options
    try:
        # Without hide_parameters an error would show the row it is about: a customer's data.
        return create_engine(url, hide_parameters=True, **options)
    except ImportError as error:
        raise WrongUse("psycopg is not installed", "pip install 'notifier[postgresql]'") from error


@contextmanager
def clear_errors(engine: Engine) -> Iterator[None]:
    """Turn what the database itself refuses into one clear line."""
    try:
        yield
    except Problem:
        raise
    except DatabaseError as error:
        problem = _problem(shown(engine.url), error)
        if problem is None:
            raise
        raise problem from error


def _problem(where: str, error: DatabaseError) -> Problem | None:
    """Say what a person can do about an error; None where it is a mistake of this program's."""
    what = next(iter(str(error.orig).strip().splitlines()), "no answer")
    if isinstance(error, IntegrityError | DataError | ProgrammingError) and "permission denied" not in what:
        return None
    for sign, remedy in _REMEDIES.items():
        if sign in what.lower():
            return WrongUse(f"the database {where} does not work: {what}", remedy)
    if "malformed" in what:
        return Broken(f"the database {where} is damaged: {what}", "restore a backup")
    if isinstance(error, OperationalError | InternalError):
        return TryAgain(
            f"the database {where} does not work: {what}", "mend it and run the same command again"
        )
    return None


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        # An option of this Connection object: what the pool keeps does not know of it.
        connection.execution_options(sqlite_begin="IMMEDIATE")
        with connection.begin():
            yield connection


def _engine(url: str, *, durable: bool = True) -> Engine:
    parsed = parse_url(url)
    if parsed.get_backend_name() == "postgresql":
        return open_engine(parsed) if durable else open_engine(parsed, **_QUICK)
    engine = open_engine(parsed)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    if not durable:
        event.listen(engine, "connect", lambda made, _: made.execute("PRAGMA synchronous=NORMAL"))
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
    # SQLAlchemy begins transactions itself (below); the driver would begin them late.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "synchronous=FULL",  # what is committed stays so after a power cut
        "foreign_keys=ON",
        # Every checkpoint waits for the disk; at full speed the usual 1,000 pages make six a second.
        "wal_autocheckpoint=8000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin")
    # Without query_only, what is written on a reading connection would be rolled back without a word.
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if mode else 'ON'}")
    connection.exec_driver_sql(f"BEGIN {mode or 'DEFERRED'}")


@contextmanager
def _opening(url: str) -> Iterator[Engine]:
    """Make the engine, and give its connections back where the database turns out not to be usable."""
    engine = _engine(url)
    try:
        with clear_errors(engine):
            yield engine
    except BaseException:
        engine.dispose()
        raise


def _opened(engine: Engine) -> Database:
    """Last step: readers and a writer do not wait for each other in WAL mode, which the file remembers."""
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA query_only=OFF")
            raw.cursor().execute("PRAGMA journal_mode=WAL")
        finally:
            raw.close()
    return Database(engine)


def _alembic() -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(files("notifier.store") / "migrations").replace("%", "%%"))
    config.attributes["version_table"] = VERSION_TABLE
    return config


def _known_schemas(config: "Config") -> set[str]:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    return {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}


def _schema(connection: Connection) -> str | None:
    """Find the migration the database is at; None where it has none of ours."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def _newer(engine: Engine, found: str) -> WrongUse:
    return WrongUse(
        f"the database {shown(engine.url)} was made by a newer notifier (schema {found}; this is {SCHEMA})",
        "upgrade this installation",
    )


def _refuse_foreign_tables(connection: Connection) -> None:
    taken = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
    if taken:
        raise WrongUse(
            f"the database {shown(connection.engine.url)} has tables that are not ours: {', '.join(taken)}",
            "give notifier a database of its own in [database] url",
        )
