"""Looking into databases that are not ours."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, inspect

from notifier.errors import WrongUse
from notifier.store import plain
from notifier.store.database import BUSY_SECONDS, open_engine


def open_read_only(url: URL) -> Engine:
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
        plain.prepare(connection)
        return connection

    return open_engine(url, poolclass=NullPool, creator=connect)


def find_table(connection: Connection, wanted: str, label: str) -> tuple[str | None, str]:
    """Find "table" or "schema.table": the schema (None is the default) and the name, which may have a dot."""
    there = inspect(connection)
    if there.has_table(wanted):
        return None, wanted
    schema, dot, name = wanted.partition(".")
    if dot and there.has_table(name, schema):
        return schema, name
    names = there.get_table_names() + there.get_view_names()
    raise WrongUse(f"[audience] table: there is no {label}", f"there are: {some(sorted(names)) or 'none'}")


def some(names: Sequence[str]) -> str:
    """List names, but not endlessly many."""
    return ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")  # noqa: PLR2004 - what fits on a line or two
