"""What every test may ask for: a database of each kind, real samples, the time; and the rule on skips."""

import os
import shutil
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import postgres
from notifier.store import database
from notifier.store.database import Database

SHARED = Path(__file__).resolve().parents[2] / "shared"
ENGINES = ("sqlite", "postgresql")
TEMPLATE = "notifier_template"


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real policies and mails; tests that ask for them carry the mark `shared`."""
    if not SHARED.is_dir():
        pytest.skip(f"wants the samples in {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """One server a test run (with pytest-xdist: one a worker)."""
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy, which is quicker than to migrate one for each test."""
    path = tmp_path_factory.mktemp("template") / "notifier.db"
    database.create(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Server) -> str:
    """The name of a migrated database to copy."""
    postgres_server.execute("CREATE DATABASE {name}", name=TEMPLATE)
    database.create(postgres_server.url(TEMPLATE)).close()
    return TEMPLATE


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database with the tables in it, of each kind in turn."""
    if request.param == "sqlite":
        path = tmp_path / "notifier.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    template: str = request.getfixturevalue("postgres_template")
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with server.database(template) as name:
        yield server.url(name)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """The same database, open."""
    opened = database.connect(database_url)
    yield opened
    opened.close()


@pytest.fixture(params=ENGINES)
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table, of each kind in turn (SQLite: without a file)."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.db'}"
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with server.database() as name:
        yield server.url(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where NOTIFIER_NO_SKIPS=1, a skipped test fails: every server is promised to be there.

    The samples are not part of the project, so tests marked `shared` may still be skipped where they are
    missing.
    """
    report = yield
    excused = hasattr(report, "wasxfail") or (item.get_closest_marker("shared") and not SHARED.is_dir())
    if report.skipped and not excused and os.environ.get("NOTIFIER_NO_SKIPS") == "1":
        report.outcome = "failed"
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.longrepr = f"skipped where NOTIFIER_NO_SKIPS=1 allows no skip: {reason}"
    return report
