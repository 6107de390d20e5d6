"""What every test may ask for: a database of each kind, real samples, the time; and the rule on skips."""

import os
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real policies and mails; tests that ask for them carry the mark `shared`."""
    if not SHARED.is_dir():
        pytest.skip(f"wants the samples in {SHARED}")
    return SHARED


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
