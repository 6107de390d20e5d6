"""A database of an earlier release is brought up to date with what stands in it."""

from datetime import UTC, datetime

import pytest
from alembic import command
from sqlalchemy import JSON, Boolean, bindparam, text

from notifier.flow import notices
from notifier.notice.texts import Group, Summary
from notifier.store import database

SUMMARY = {"intro": "We change it.", "points": ["Sale of your data: we sell it.", "Children: we like them."]}
NOTHING = {"intro": "Small things only.", "points": []}
COMPARISON = {"verdict": "material", "alarms": [], "changes": []}

VERSION = text(
    "INSERT INTO policy_versions (id, policy, number, sha256, source, media_type, raw, added_at)"
    " VALUES (:id, 'privacy', :id, :sha256, 'p.md', 'text/markdown', :raw, :at)"
)
NOTICE = text(
    "INSERT INTO notices (id, policy, old_version_id, new_version_id, state, window_days, on_uncertain,"
    " summary, comparison, revision, alarms_overridden, drafted_by, drafted_at)"
    " VALUES (:id, 'privacy', 1, 2, 'draft', 7, 'resend', :summary, :comparison, 1, :overridden, 'ana', :at)"
).bindparams(
    bindparam("summary", type_=JSON),
    bindparam("comparison", type_=JSON),
    bindparam("overridden", type_=Boolean),
)
APPROVAL = text(
    "INSERT INTO approvals (notice_id, revision, content_hash, approved_by, approved_at)"
    " VALUES (1, 1, :hash, 'ana', :at)"
)


@pytest.fixture
def url_of_0001(blank_url: str) -> str:
    """A database as the first release left it, with two notices."""
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    engine = database._engine(blank_url)
    with database._writing(engine) as connection:
        config = database._alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        if engine.dialect.name == "sqlite":
            at = at.replace(tzinfo=None)
        for number in (1, 2):
            connection.execute(
                VERSION, {"id": number, "sha256": f"{number:064}", "raw": b"...", "at": str(at)}
            )
        for number, summary, overridden in ((1, SUMMARY, True), (2, NOTHING, False)):
            row = {"id": number, "summary": summary, "comparison": COMPARISON, "overridden": overridden}
            connection.execute(NOTICE, {**row, "at": str(at)})
        connection.execute(APPROVAL, {"hash": "a" * 64, "at": str(at)})
    engine.dispose()
    return blank_url


def test_notices_of_the_first_release_are_kept(url_of_0001: str) -> None:
    db = database.create(url_of_0001)
    first, second = notices.listing(db)
    assert first.summary == Summary("We change it.", (Group("", tuple(SUMMARY["points"])),))
    assert second.summary == Summary("Small things only.", ())
    assert first.comparison == COMPARISON
    assert (first.alarms_overridden, first.override_reason) == (True, None)
    assert (first.overrules, second.overrules) == ((), ())
    assert [each.by for each in first.approvals] == ["ana"]
    db.close()


def test_an_upgrade_twice_is_an_upgrade_once(url_of_0001: str) -> None:
    database.create(url_of_0001).close()
    db = database.create(url_of_0001)
    assert len(notices.listing(db)) == 2
    db.close()
