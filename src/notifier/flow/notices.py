"""Draft, edit, approve and cancel the announcements."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from notifier.changes.model import Comparison, Level
from notifier.changes.render import json
from notifier.delivery.states import NoticeState
from notifier.errors import WrongUse
from notifier.notice import overrule
from notifier.notice.texts import MailTexts, Sender, Summary
from notifier.store import notices
from notifier.store.database import Database
from notifier.store.notices import Approval, Notice
from notifier.store.policies import Version

__all__ = [
    "Approval",
    "Notice",
    "any_sent",
    "approve",
    "approved_mails",
    "cancel",
    "check_approved",
    "draft",
    "edit",
    "get",
    "judged",
    "listing",
]

_EDITABLE = frozenset({NoticeState.DRAFT, NoticeState.APPROVED})
_OPEN = frozenset({NoticeState.DRAFT, NoticeState.APPROVED, NoticeState.SENDING})
# The width of the column.
MAX_REASON = 1000
MAX_PERSON = 200


def draft(
    connection: Connection,
    *,
    policy: str,
    old: Version,
    new: Version,
    comparison: Mapping[str, Any],
    summary: Summary,
    window_days: int,
    on_uncertain: str,
    by: str,
    now: datetime,
    override: str | None = None,
    anyway: bool = False,
) -> Notice:
    """Add a draft, within a transaction.

    `comparison` is the document of `changes.render.json`: its verdict and alarms decide.

    Raises WrongUse on alarms unless `override` says why they are wrong; where nothing material changed, or
    the change was announced before, unless `anyway`; and always where another notice of it is still open.
    """
    if not old.policy == new.policy == policy:
        raise WrongUse(f"{old.policy}@{old.number} and {new.policy}@{new.number} are not both of {policy!r}")
    if old.id == new.id:
        raise WrongUse(f"{policy}@{old.number} would be compared with itself", "name two different versions")
    alarms = [f"{alarm['detail']} ({alarm['code']})" for alarm in comparison["alarms"]]
    if alarms and override is None:
        raise WrongUse(
            f"{policy}@{old.number} to @{new.number} raises an alarm: {'; '.join(alarms)}",
            'look at the texts; if they are right, draft with --override "why they are right"',
        )
    verdict = comparison["verdict"]
    if verdict != Level.MATERIAL and not anyway:
        what = (
            "could not be judged"
            if verdict == Level.UNJUDGED
            else f"has no material change (verdict: {verdict})"
        )
        raise WrongUse(
            f"{policy}@{old.number} to @{new.number} {what}",
            "to announce it all the same, use --anyway; `notifier notice overrule` then sets levels",
        )
    _refuse_twice(notices.announcing(connection, old.id, new.id), anyway=anyway)
    notice_id = notices.add(
        connection,
        policy=policy,
        old_version_id=old.id,
        new_version_id=new.id,
        window_days=window_days,
        on_uncertain=on_uncertain,
        summary=summary,
        comparison=comparison,
        override_reason=why(override, "--override") if alarms and override is not None else None,
        by=person(by),
        now=now,
    )
    return reloaded(connection, notice_id)


def get(db: Database, notice_id: int) -> Notice:
    """Load a notice. Raises WrongUse where there is none."""
    with db.read() as connection:
        return reloaded(connection, notice_id)


def listing(db: Database) -> list[Notice]:
    """List all notices, oldest first."""
    with db.read() as connection:
        return list(notices.listing(connection))


def any_sent(db: Database) -> bool:
    """Whether mails of any notice may be out."""
    return any(notice.sending_at is not None for notice in listing(db))


def edit(db: Database, notice_id: int, summary: Summary, now: datetime) -> Notice:
    """Replace the summary. Every approval is void after that, even if the old words are put back later.

    Raises WrongUse once sending has begun.
    """
    with db.write() as connection:
        notice = open_for(connection, notice_id, "edited")
        if summary == notice.summary:
            return notice
        _check_points(notice, summary)
        back_to_draft(connection, notice)
        notices.edit(connection, notice, summary, edited_at=now)
        return reloaded(connection, notice_id)


def judged(notice: Notice) -> Comparison:
    """Give the comparison of a notice, its levels as they were overruled."""
    return overrule.applied(json.load(notice.comparison), notice.overrules)


def _check_points(notice: Notice, summary: Summary) -> None:
    """Without points a mail takes the change for a small one, with no opt-out of it. Raises WrongUse."""
    if not summary.points and judged(notice).at(Level.MATERIAL):
        raise WrongUse(
            "the summary has no points, and the change is material",
            f'write each material change as a line that begins with "- ": notifier notice edit {notice.id}',
        )


def open_for(connection: Connection, notice_id: int, what: str) -> Notice:
    """Lock a notice that may still be `what`: edited, approved. Raises WrongUse once sending has begun."""
    notice = _locked(connection, notice_id)
    if notice.state not in _EDITABLE:
        raise WrongUse(f"notice {notice_id} is {notice.state} and cannot be {what}", "draft a new notice")
    return notice


def approve(
    db: Database,
    notice_id: int,
    *,
    revision: int,
    by: str,
    needed: int,
    content_hash: str,
    mails: Sequence[MailTexts],
    sender: Sender,
    audience: Mapping[str, Any],
    now: datetime,
) -> Notice:
    """Record that `by` approves the notice as it was in `revision`: these mails, sender and audience.

    It is approved once `needed` different people approved the same content; one who approves twice counts
    once. What was approved is kept with it: the hash, the audience, the sender
    and the mails. An approval of other
    content makes an approved notice a draft again. Raises WrongUse where it was edited in the meantime or
    sending has begun.
    """
    by = person(by)
    with db.write() as connection:
        notice = open_for(connection, notice_id, "approved")
        if revision != notice.revision:
            raise WrongUse(
                f"notice {notice_id} was edited while you looked at it", "preview and approve it again"
            )
        _check_points(notice, notice.summary)
        people = {_same(each.by) for each in notice.approvals if each.content_hash == content_hash}
        if _same(by) not in people:
            notices.add_approval(connection, notice, by=by, content_hash=content_hash, now=now)
            people.add(_same(by))
        if notice.content_hash != content_hash:
            notice = back_to_draft(connection, notice)
        if notice.state is NoticeState.DRAFT and len(people) >= needed:
            notices.set_mails(connection, notice_id, mails)
            kept = {
                "content_hash": content_hash,
                "audience": dict(audience),
                "sender": asdict(sender),
            }
            notices.move(connection, notice, NoticeState.APPROVED, **kept)
        return reloaded(connection, notice_id)


def approved_mails(db: Database, notice_id: int) -> list[MailTexts]:
    """List the mails as they were approved, the default locale ("") first; none before the approval."""
    with db.read() as connection:
        return notices.mails(connection, notice_id)


def check_approved(db: Database, notice_id: int, content_hash: str) -> Notice:
    """Make sure that what would be sent is what was approved. Raises WrongUse where it is not."""
    notice = get(db, notice_id)
    check_content(notice, content_hash)
    return notice


def check_content(notice: Notice, content_hash: str) -> None:
    """Make sure that a notice is approved, and with this content. Raises WrongUse."""
    if notice.state not in {NoticeState.APPROVED, NoticeState.SENDING}:
        raise WrongUse(
            f"notice {notice.id} is {notice.state}, not approved", f"notifier notice approve {notice.id}"
        )
    if notice.content_hash != content_hash:
        raise WrongUse(
            f"notice {notice.id} is not as it was approved: the mail, audience or sender changed since",
            f"look at it and approve it again: notifier notice approve {notice.id}",
        )


def cancel(db: Database, notice_id: int, now: datetime) -> Notice:
    """Give a notice up. Raises WrongUse once sending has begun."""
    with db.write() as connection:
        notices.move(connection, _locked(connection, notice_id), NoticeState.CANCELLED, cancelled_at=now)
        return reloaded(connection, notice_id)


def reloaded(connection: Connection, notice_id: int) -> Notice:
    """Load a notice within a transaction. Raises WrongUse where there is none."""
    return _existing(notices.get(connection, notice_id), notice_id)


def _locked(connection: Connection, notice_id: int) -> Notice:
    return _existing(notices.lock(connection, notice_id), notice_id)


def _existing(notice: Notice | None, notice_id: int) -> Notice:
    if notice is None:
        raise WrongUse(f"there is no notice {notice_id}", "see `notifier notice list`")
    return notice


def back_to_draft(connection: Connection, notice: Notice) -> Notice:
    """Take an approval back, with what was approved; a draft stays one."""
    if notice.state is not NoticeState.APPROVED:
        return notice
    notices.move(connection, notice, NoticeState.DRAFT, content_hash=None, audience=None, sender=None)
    notices.set_mails(connection, notice.id, [])
    return reloaded(connection, notice.id)


def _refuse_twice(before: Sequence[Notice], *, anyway: bool) -> None:
    for notice in before:
        if notice.state in _OPEN:
            begun = notice.state is NoticeState.SENDING
            raise WrongUse(
                f"notice {notice.id} ({notice.state}) is about this change already",
                f"go on with it: notifier send {notice.id}"
                if begun
                else f"go on with it, or give it up: notifier notice cancel {notice.id}",
            )
        if not anyway:
            raise WrongUse(
                f"this change was announced before, by notice {notice.id}",
                "to tell everybody a second time, use --anyway",
            )


def why(reason: str, option: str) -> str:
    """Check a reason: one line, with words in it. Raises WrongUse."""
    line = " ".join(reason.split())
    if not line:
        raise WrongUse(f"{option} gives no reason", "say in a line why: it is kept with the notice")
    plain = line.translate(_JOINERS).isprintable()
    if len(line) > MAX_REASON or not plain:
        raise WrongUse(f"{option} is no plain line of text", f"use up to {MAX_REASON} printable characters")
    return line


# Persian and many emoji are written with them.
_JOINERS = dict.fromkeys(map(ord, "\u200c\u200d"))


def person(by: str) -> str:
    """Check a person's name: one line, spaces between words. Raises WrongUse where there is none."""
    name = " ".join(by.split())
    if not name or len(name) > MAX_PERSON or not name.isprintable():
        raise WrongUse(f"{by[:50]!r} names nobody", "say who you are with --by")
    return name


def _same(person: str) -> str:
    """Give what two spellings of one person's name share."""
    return person.casefold()
