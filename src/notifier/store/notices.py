"""The announcements, with their approvals and mails; moved only along `states.NOTICE_MOVES`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, insert, select, update

from notifier.changes.model import Level
from notifier.delivery.states import NOTICE_MOVES, NoticeState
from notifier.errors import WrongUse
from notifier.notice.overrule import Overrule
from notifier.notice.texts import Group, MailTexts, Sender, Summary
from notifier.store.tables import approvals, notice_mails, notices, overrules, policy_versions

_row = notices.c
_old = policy_versions.alias("old_version")
_new = policy_versions.alias("new_version")


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved what, and when; it holds for this revision and this content."""

    by: str
    content_hash: str
    revision: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """The announcement of the changes from one stored version of a policy to another.

    `comparison` is the document that `changes.render.json` writes. `revision` counts the edits, from 1.
    `content_hash`, `audience` and `sender` are what was approved, None before. `edited_at` is None as long as
    the summary is as it was drafted. `override_reason` says why alarms were overridden, None where there were
    none. `overrules` are all decisions about levels, oldest first; `approvals` are those of this revision.
    """

    id: int
    policy: str
    old_version_id: int
    old_number: int
    old_sha256: str
    new_version_id: int
    new_number: int
    new_sha256: str
    state: NoticeState
    window_days: int
    on_uncertain: str
    summary: Summary
    comparison: Mapping[str, Any]
    revision: int
    alarms_overridden: bool
    override_reason: str | None
    content_hash: str | None
    audience: Mapping[str, Any] | None
    sender: Sender | None
    drafted_by: str
    drafted_at: datetime
    edited_at: datetime | None
    sending_at: datetime | None
    retry_until: datetime | None
    sent_at: datetime | None
    closed_at: datetime | None
    cancelled_at: datetime | None
    overrules: tuple[Overrule, ...]
    approvals: tuple[Approval, ...]


def add(
    connection: Connection,
    *,
    policy: str,
    old_version_id: int,
    new_version_id: int,
    window_days: int,
    on_uncertain: str,
    summary: Summary,
    comparison: Mapping[str, Any],
    override_reason: str | None,
    by: str,
    now: datetime,
) -> int:
    """Add a draft; its id."""
    added = connection.execute(
        insert(notices).values(
            policy=policy,
            old_version_id=old_version_id,
            new_version_id=new_version_id,
            state=NoticeState.DRAFT,
            window_days=window_days,
            on_uncertain=on_uncertain,
            summary=_summary_json(summary),
            comparison=dict(comparison),
            revision=1,
            alarms_overridden=override_reason is not None,
            override_reason=override_reason,
            drafted_by=by,
            drafted_at=now,
        ),
    )
    (notice_id,) = added.inserted_primary_key or (None,)
    assert isinstance(notice_id, int)
    return notice_id


def get(connection: Connection, notice_id: int) -> Notice | None:
    """Find one notice."""
    return next(_notices(connection, _row.id == notice_id), None)


def lock(connection: Connection, notice_id: int) -> Notice | None:
    """Find one notice and keep other transactions from changing it until this one ends."""
    connection.execute(select(_row.id).where(_row.id == notice_id).with_for_update())
    return get(connection, notice_id)


def listing(connection: Connection) -> Iterator[Notice]:
    """Yield all notices, oldest first."""
    yield from _notices(connection)


def announcing(connection: Connection, old_version_id: int, new_version_id: int) -> list[Notice]:
    """List the notices, but for cancelled ones, of the change from one version to another, oldest first.

    Until this transaction ends no other one can ask the same: two drafts of one change at once cannot both be
    first.
    """
    versions = policy_versions.c.id
    connection.execute(select(versions).where(versions == new_version_id).with_for_update())
    of_both = (_row.old_version_id == old_version_id) & (_row.new_version_id == new_version_id)
    return list(_notices(connection, of_both, _row.state != NoticeState.CANCELLED))


def move(connection: Connection, notice: Notice, to: NoticeState, **columns: object) -> None:
    """Move a locked notice to another state and set `columns`. Raises WrongUse where that is not legal."""
    if (notice.state, to) not in NOTICE_MOVES:
        raise WrongUse(f"notice {notice.id} is {notice.state} and cannot become {to}", _remedy(notice.state))
    connection.execute(update(notices).where(_row.id == notice.id).values(state=to, **columns))


def edit(connection: Connection, notice: Notice, summary: Summary, *, edited_at: datetime | None) -> None:
    """Replace a locked notice's summary, as a new revision; `edited_at` is None where it was drafted anew."""
    connection.execute(
        update(notices)
        .where(_row.id == notice.id)
        .values(summary=_summary_json(summary), revision=notice.revision + 1, edited_at=edited_at),
    )


def add_overrules(connection: Connection, notice: Notice, decisions: Sequence[Overrule]) -> None:
    """Add decisions about the levels of a locked notice's changes."""
    rows = [
        {
            "notice_id": notice.id,
            "change_id": one.change_id,
            "from_level": one.from_level,
            "to_level": one.to_level,
            "reason": one.reason,
            "decided_by": one.by,
            "decided_at": one.at,
        }
        for one in decisions
    ]
    connection.execute(insert(overrules), rows)


def add_approval(
    connection: Connection, notice: Notice, *, by: str, content_hash: str, now: datetime
) -> None:
    """Add a person's approval of a locked notice."""
    connection.execute(
        insert(approvals).values(
            notice_id=notice.id,
            revision=notice.revision,
            content_hash=content_hash,
            approved_by=by,
            approved_at=now,
        ),
    )


def set_mails(connection: Connection, notice_id: int, mails: Sequence[MailTexts]) -> None:
    """Keep the mails as approved, in place of any before."""
    connection.execute(delete(notice_mails).where(notice_mails.c.notice_id == notice_id))
    if mails:
        connection.execute(
            insert(notice_mails),
            [
                {
                    "notice_id": notice_id,
                    "locale": mail.locale,
                    "subject": mail.subject,
                    "text": mail.text,
                    "html": mail.html,
                    "redline": mail.redline,
                }
                for mail in mails
            ],
        )


def mails(connection: Connection, notice_id: int) -> list[MailTexts]:
    """List the mails as approved, the default locale first."""
    columns = notice_mails.c
    rows = connection.execute(
        select(columns.locale, columns.subject, columns.text, columns.html, columns.redline)
        .where(columns.notice_id == notice_id)
        .order_by(columns.locale),
    )
    return [MailTexts(*row) for row in rows]


def _notices(connection: Connection, *conditions: ColumnElement[bool]) -> Iterator[Notice]:
    rows = connection.execute(_all_columns().where(*conditions).order_by(_row.id)).mappings().all()
    ids = [row["id"] for row in rows]
    approved, decided = _approvals(connection, ids), _overrules(connection, ids)
    for row in rows:
        values = dict(row)
        values["state"] = NoticeState(row["state"])
        values["summary"] = _summary(row["summary"])
        values["sender"] = Sender(**row["sender"]) if row["sender"] else None
        values["overrules"] = tuple(decided.get(row["id"], []))
        ours = approved.get(row["id"], [])
        values["approvals"] = tuple(each for each in ours if each.revision == row["revision"])
        yield Notice(**values)


def _all_columns() -> Select[Any]:
    versions = {
        "old_number": _old.c.number,
        "old_sha256": _old.c.sha256,
        "new_number": _new.c.number,
        "new_sha256": _new.c.sha256,
    }
    names = [field.name for field in fields(Notice) if field.name not in {"approvals", "overrules"}]
    columns = [versions[name].label(name) if name in versions else notices.c[name] for name in names]
    return (
        select(*columns)
        .join_from(notices, _old, _row.old_version_id == _old.c.id)
        .join(_new, _row.new_version_id == _new.c.id)
    )


def _approvals(connection: Connection, notice_ids: Sequence[int]) -> dict[int, list[Approval]]:
    columns = approvals.c
    rows = connection.execute(
        select(approvals).where(columns.notice_id.in_(notice_ids)).order_by(columns.id),
    )
    found: dict[int, list[Approval]] = {}
    for row in rows:
        approval = Approval(row.approved_by, row.content_hash, row.revision, row.approved_at)
        found.setdefault(row.notice_id, []).append(approval)
    return found


def _overrules(connection: Connection, notice_ids: Sequence[int]) -> dict[int, list[Overrule]]:
    columns = overrules.c
    rows = connection.execute(
        select(overrules).where(columns.notice_id.in_(notice_ids)).order_by(columns.id),
    )
    found: dict[int, list[Overrule]] = {}
    for row in rows:
        decision = Overrule(
            change_id=row.change_id,
            from_level=Level(row.from_level),
            to_level=Level(row.to_level),
            reason=row.reason,
            by=row.decided_by,
            at=row.decided_at,
        )
        found.setdefault(row.notice_id, []).append(decision)
    return found


def _summary_json(summary: Summary) -> dict[str, object]:
    groups = [{"heading": group.heading, "points": list(group.points)} for group in summary.groups]
    return {"intro": summary.intro, "groups": groups, "closing": summary.closing}


def _summary(data: Mapping[str, Any]) -> Summary:
    groups = (Group(group["heading"], tuple(group["points"])) for group in data["groups"])
    return Summary(data["intro"], tuple(groups), data["closing"])


def _remedy(state: NoticeState) -> str:
    match state:
        case NoticeState.DRAFT:
            return "approve it first"
        case NoticeState.APPROVED | NoticeState.SENDING:
            return "send it first"
        case NoticeState.SENT | NoticeState.CLOSED | NoticeState.CANCELLED:
            return "draft a new notice"
