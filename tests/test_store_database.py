"""The database handle: transactions that hold, tables of every age, databases that are not right."""

import multiprocessing
import os
import pwd
import shutil
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

import postgres
from notifier.errors import Broken, Problem, TryAgain, WrongUse
from notifier.store import database
from notifier.store.database import Database
from notifier.store.tables import leases, metadata, notice_mails, subscribers
from servers import server_folder

ROOT = Path(__file__).parents[1]


def lease(name: str, until: datetime) -> dict[str, object]:
    return {"name": name, "holder": "test", "until": until}


def names(db: Database) -> list[str]:
    with db.read() as connection:
        return list(connection.scalars(select(leases.c.name).order_by(leases.c.name)))


def set_schema(url: str, version: str) -> None:
    db = database.create(url)
    with db.write() as connection:
        connection.execute(text(f"UPDATE {database.VERSION_TABLE} SET version_num = '{version}'"))
    db.close()


def delete_everybody(url: str) -> None:
    db = database.connect(url)
    try:
        with db.write() as connection:
            connection.execute(subscribers.delete())
    finally:
        db.close()


@contextmanager
def as_nobody() -> Iterator[None]:
    """Run as somebody whom permissions stop; root is not."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        os.seteuid(before)


# What stands in the tables


def test_the_migrations_make_what_tables_says(db: Database) -> None:
    options = {"version_table": database.VERSION_TABLE, "compare_type": True, "compare_server_default": True}
    with db.read() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_on_sqlite_no_id_is_given_twice(sqlite_template: Path) -> None:
    with sqlite3.connect(sqlite_template) as connection:
        made = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())
    connection.close()
    for table in metadata.tables.values():
        assert ("AUTOINCREMENT" in made[table.name]) == ("id" in table.c), table.name


def test_connect_knows_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(database._alembic()).get_heads() == [database.SCHEMA]


def test_times_come_back_as_utc(db: Database, now: datetime) -> None:
    elsewhere = now.astimezone(timezone(timedelta(hours=-7)))
    with db.write() as connection:
        connection.execute(insert(leases), lease("x", elsewhere))
    with db.read() as connection:
        found = connection.scalar(select(leases.c.until))
        assert found == now
        assert found is not None
        assert found.tzinfo is UTC
        assert connection.scalar(select(leases.c.name).where(leases.c.until <= now)) == "x"


def test_a_naive_time_is_refused(db: Database) -> None:
    with pytest.raises(StatementError, match="naive"), db.write() as connection:
        connection.execute(insert(leases), lease("x", datetime(2026, 3, 2)))  # noqa: DTZ001 - that is the point


# Transactions


def test_writing_commits_at_the_end_and_rolls_back_on_an_error(db: Database, now: datetime) -> None:
    with db.write() as connection:
        connection.execute(insert(leases), lease("kept", now))
    with pytest.raises(IntegrityError), db.write() as connection:
        connection.execute(insert(leases), [lease("gone", now), lease("kept", now)])
    assert names(db) == ["kept"]


def test_writing_while_reading_is_an_error_and_does_not_stick(db: Database, now: datetime) -> None:
    with pytest.raises((Problem, DBAPIError)), db.read() as connection:
        connection.execute(insert(leases), lease("gone", now))
    for number in range(3):  # the pool hands out the same connection again
        with db.write() as connection:
            connection.execute(insert(leases), lease(str(number), now))
        with pytest.raises((Problem, DBAPIError)), db.read() as connection:
            connection.execute(insert(leases), lease("gone", now))
    assert names(db) == ["0", "1", "2"]


def test_reading_sees_one_state_throughout(db: Database, now: datetime) -> None:
    with db.read() as reading:
        assert reading.scalars(select(leases.c.name)).all() == []
        with db.write() as connection:
            connection.execute(insert(leases), lease("new", now))
        assert reading.scalars(select(leases.c.name)).all() == []
    assert names(db) == ["new"]


def test_foreign_keys_hold(db: Database) -> None:
    mail = {"notice_id": 99, "locale": "", "subject": "s", "text": "t", "html": "h"}
    with pytest.raises(IntegrityError), db.write() as connection:
        connection.execute(insert(notice_mails), mail)


def test_sqlite_takes_the_write_lock_at_once_and_keeps_wal(tmp_path: Path) -> None:
    path = tmp_path / "n.db"
    db = database.create(f"sqlite:///{path}")
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with db.write():
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.execute("SELECT count(*) FROM leases")
    with db.read() as connection:
        connection.execute(select(leases.c.name))
        other.execute("BEGIN IMMEDIATE")  # a reader is in nobody's way
        other.execute("ROLLBACK")
    with db.read() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("busy_timeout", "synchronous")
        ]
    assert pragmas == [60_000, 2]
    other.close()
    db.close()


def test_threads_that_read_and_then_write_lose_nothing(db: Database, now: datetime) -> None:
    with db.write() as connection:
        connection.execute(insert(leases), lease("counter", now))

    def add_one() -> None:
        for _ in range(10):
            with db.write() as connection:
                row = leases.c.name == "counter"
                until = connection.scalar(select(leases.c.until).where(row).with_for_update())
                assert until is not None
                connection.execute(leases.update().where(row).values(until=until + timedelta(seconds=1)))

    threads = [threading.Thread(target=add_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.read() as connection:
        assert connection.scalar(select(leases.c.until)) == now + timedelta(seconds=40)


def _write_many(url: str, mark: str, now: datetime) -> None:
    db = database.connect(url)
    for number in range(50):
        with db.write() as connection:
            connection.execute(select(leases.c.name)).all()
            connection.execute(insert(leases), lease(f"{mark}{number}", now))
    db.close()


def test_processes_that_write_at_once_all_succeed(database_url: str, now: datetime) -> None:
    run = multiprocessing.get_context("spawn").Process
    writers = [run(target=_write_many, args=(database_url, mark, now)) for mark in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    db = database.connect(database_url)
    assert len(names(db)) == 150
    db.close()


# Making, opening, and what may be wrong


def test_create_makes_and_connect_opens(blank_url: str, now: datetime) -> None:
    made = database.create(blank_url)
    with made.write() as connection:
        connection.execute(insert(leases), lease("x", now))
    made.close()
    again = database.create(blank_url)  # nothing to do, nothing lost
    assert names(again) == ["x"]
    again.close()
    opened = database.connect(blank_url)
    assert names(opened) == ["x"]
    opened.close()


def test_two_that_create_at_once_take_turns(blank_url: str) -> None:
    failed: list[BaseException] = []

    def create() -> None:
        try:
            database.create(blank_url).close()
        except Problem as error:
            failed.append(error)

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    database.connect(blank_url).close()


def test_connect_to_nothing_says_init(blank_url: str) -> None:
    with pytest.raises(WrongUse, match="notifier init"):
        database.connect(blank_url)
    if blank_url.startswith("sqlite"):
        assert not Path(blank_url.removeprefix("sqlite:///")).exists()


@pytest.mark.parametrize("open_", [database.connect, database.create])
def test_a_newer_database_is_left_alone(blank_url: str, open_: Callable[[str], Database]) -> None:
    set_schema(blank_url, "9999")
    with pytest.raises(WrongUse, match=r"newer notifier.*9999.*upgrade"):
        open_(blank_url)


def test_an_older_database_wants_init(blank_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database.create(blank_url).close()
    found = database.SCHEMA
    monkeypatch.setattr(database, "SCHEMA", "9998")  # as a later release will have it
    with pytest.raises(WrongUse, match=rf"older schema.*{found}.*notifier init"):
        database.connect(blank_url)


def test_an_application_of_the_companys_may_share_the_database(blank_url: str) -> None:
    engine = database._engine(blank_url)
    with database._writing(engine) as connection:
        connection.execute(text("CREATE TABLE customer (id integer)"))
        connection.execute(text("CREATE TABLE alembic_version (version_num varchar(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('their-own')"))
    db = database.create(blank_url)
    with db.read() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "their-own"
        assert inspect(connection).has_table("customer")
    engine.dispose()
    db.close()


def test_tables_of_our_names_that_are_not_ours_stop_create(blank_url: str) -> None:
    engine = database._engine(blank_url)
    with database._writing(engine) as connection:
        connection.execute(text("CREATE TABLE subscribers (id integer)"))
    with pytest.raises(WrongUse, match="not ours: subscribers"):
        database.create(blank_url)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["subscribers"]
    engine.dispose()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Call Bob about the privacy policy.\n" * 100)
    for open_ in (database.connect, database.create):
        with pytest.raises(WrongUse, match=r"notes\.txt.*not a database.*no SQLite file"):
            open_(f"sqlite:///{path}")
    assert path.read_text().startswith("Call Bob")


def test_an_empty_file_wants_init(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    with pytest.raises(WrongUse, match="no notifier tables"):
        database.connect(f"sqlite:///{path}")
    database.create(f"sqlite:///{path}").close()


def test_a_damaged_database_is_broken(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    shutil.copyfile(sqlite_template, path)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 8192))
    with pytest.raises(Broken, match=r"damaged.*restore a backup"):
        delete_everybody(f"sqlite:///{path}")


def test_a_folder_that_is_missing_or_in_the_way(tmp_path: Path) -> None:
    for path in (tmp_path / "no" / "such" / "n.db", tmp_path):
        with pytest.raises(WrongUse, match=r"unable to open database file.*check that the folder exists"):
            database.create(f"sqlite:///{path}")


def test_a_file_that_may_not_be_written(sqlite_template: Path) -> None:
    with server_folder() as folder:
        path = folder / "n.db"
        shutil.copyfile(sqlite_template, path)
        path.chmod(0o444)
        folder.chmod(0o555)
        with as_nobody(), pytest.raises(WrongUse, match="may be written to"):
            delete_everybody(f"sqlite:///{path}")
        folder.chmod(0o755)  # so that it can be removed


def test_a_lock_that_is_never_given_back_is_worth_trying_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    path = tmp_path / "n.db"
    db = database.create(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TryAgain, match="database is locked"), db.write():
        pass
    other.close()
    db.close()


def test_no_server() -> None:
    with pytest.raises(TryAgain, match=r"postgresql.*u:\*\*\*@127\.0\.0\.1.*(refused|failed)") as caught:
        database.connect("postgresql://u:geheim@127.0.0.1:1/n")
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_server_without_the_database_or_the_user(postgres_server: postgres.Server) -> None:
    with pytest.raises(WrongUse, match=r'"nowhere" does not exist.*check the name'):
        database.connect(postgres_server.url("nowhere"))
    with pytest.raises(WrongUse, match=r'"nobody" does not exist.*check the name'):
        database.connect(postgres_server.url("postgres").replace("postgres@", "nobody@"))


def test_a_user_who_may_not_create_tables(postgres_server: postgres.Server) -> None:
    with postgres_server.database() as name:
        postgres_server.execute("DROP ROLE IF EXISTS {role}", role="guest")
        postgres_server.execute("CREATE ROLE {role} LOGIN", role="guest")
        with pytest.raises(WrongUse, match=r"permission denied.*let the database's user do this"):
            database.create(postgres_server.url(name).replace("postgres@", "guest@"))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "not understood"),
        ("notifier.db", "not understood"),
        ("postgresql//u:geheim@host/n", "not understood"),
        ("postgresql://u:geheim@host:port/n", "not understood"),
        ("postgresql://u:geheim@x@host/n", "%40"),
        ("mysql://u:geheim@host/n", "'mysql', which is not supported"),
        ("oracle+nonsense://u:geheim@host/n", "not supported"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
    ],
)
def test_a_url_that_is_none(url: str, words: str) -> None:
    for open_ in (database.connect, database.create):
        with pytest.raises(WrongUse) as caught:
            open_(url)
        assert words in str(caught.value)
        assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:///notifier.db", "sqlite:///notifier.db"),
        ("postgresql://ana@host/n", "postgresql://ana@host/n"),
        ("postgresql://ana:s3@host:5432/n", "postgresql://ana:***@host:5432/n"),
        ("postgresql://ana:s@3:x@host/n", "postgresql://ana:***@host/n"),
        ("postgresql://ana@host/n?password=s3&x=1", "postgresql://ana@host/n?password=***&x=1"),
        ("postgresql//ana:s3@host/n", "postgresql//ana:***@host/n"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert database.shown(url) == shown


def test_the_driver_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        sys.modules, "psycopg", None
    )  # what Python itself does for a module that may not be imported
    with pytest.raises(WrongUse, match=r"psycopg is not installed.*notifier\[postgresql\]"):
        database.connect("postgresql://ana@host/n")


def test_the_migrations_are_in_the_wheel(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    subprocess.run([*pip, "--wheel-dir", str(tmp_path), str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    inside = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(inside)
    url = f"sqlite:///{tmp_path / 'fresh.db'}"
    script = f"from notifier.store import database; database.create({url!r}); print(database.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(inside)},
    )
    assert done.stdout.startswith(str(inside))
    database.connect(url).close()
