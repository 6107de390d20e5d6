"""A PostgreSQL server that lives as long as the test run, with a fresh database for whoever asks."""

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql

from servers import require, server_folder

USER = "postgres"
START_SECONDS = 30
# Speed over safety: what is in it dies with the test run. UTC would hide mistakes with time zones.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "timezone": "Pacific/Auckland",
}


class Server:
    """Reached through a unix socket in `folder` only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names = (f"test_{number}" for number in count(1))

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of one of its databases, in the short form people write."""
        return f"postgresql://{USER}@/{database}?host={self.folder}"

    def execute(self, statement: LiteralString, **names: str) -> None:
        """Run a statement outside any transaction; `{name}` in it stands for a quoted identifier."""
        with psycopg.connect(host=str(self.folder), user=USER, dbname=USER, autocommit=True) as connection:
            quoted = {key: sql.Identifier(name) for key, name in names.items()}
            connection.execute(sql.SQL(statement).format(**quoted))

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Give the name of a fresh copy of the template."""
        name = next(self._names)
        self.execute("CREATE DATABASE {name} TEMPLATE {template}", name=name, template=template)
        yield name
        self.execute("DROP DATABASE {name} WITH (FORCE)", name=name)


@contextmanager
def running() -> Iterator[Server]:
    """Make a cluster in a temporary folder and run its server; skips where PostgreSQL is not installed."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    initdb = require("initdb", "postgresql", *debian)
    postgres = require("postgres", "postgresql", initdb.resolve().parent)
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        owner = _owner()
        as_user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    with server_folder(USER) as folder:
        data = folder / "data"
        subprocess.run(
            [initdb, "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=folder,
            **as_user,
        )
        options = [word for key, value in SETTINGS.items() for word in ("-c", f"{key}={value}")]
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [postgres, "-D", data, "-k", folder, *options],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                **as_user,
            )
        try:
            _wait(folder, process, log)
            yield Server(folder)
        finally:
            process.send_signal(signal.SIGINT)  # "fast": do not wait for clients
            process.wait(START_SECONDS)


def _owner() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        pytest.skip(f"wants the user {USER}, since PostgreSQL refuses root: apt-get install postgresql")


def _wait(folder: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            psycopg.connect(host=str(folder), user=USER, dbname=USER).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"PostgreSQL does not start:\n{log.read_text(errors='replace')}")
