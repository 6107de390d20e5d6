"""A person decides the level of a change; what follows from it for the summary and the approvals."""

from collections.abc import Sequence
from datetime import datetime

from notifier.changes.model import Change, Comparison, Level
from notifier.errors import WrongUse
from notifier.flow import notices
from notifier.flow.notices import Notice
from notifier.notice import summary
from notifier.notice.overrule import Overrule
from notifier.store import notices as queries
from notifier.store.database import Database


def overrule(
    db: Database,
    notice_id: int,
    change_ids: Sequence[str],
    level: Level | None,
    *,
    reason: str,
    by: str,
    policy_title: str,
    company: str,
    now: datetime,
) -> Notice:
    """Set the level of changes, or with None undo what was set; without ids, of all that wait for a person.

    Those are the unjudged changes, and for an undo the overruled ones. The decision is added to those before
    it. The summary is drafted anew unless a person edited it, and every approval is void. Raises WrongUse for
    a change that is not in the notice, where nothing would change, and once sending has begun.
    """
    by, reason = notices.person(by), notices.why(reason, "--reason")
    with db.write() as connection:
        notice = notices.open_for(connection, notice_id, "overruled")
        comparison = notices.judged(notice)
        names = list(dict.fromkeys(change_ids))
        found = _named(comparison, names, notice_id) if names else _waiting(comparison, level)
        decisions = [
            Overrule(change.id, change.level, to, reason, by, now)
            for change in found
            if (to := level or _judged(change)) is not change.level
        ]
        if not decisions:
            raise WrongUse(
                f"nothing changes: {_already(names, level)}",
                f"see what the levels are: notifier notice changes {notice_id}",
            )
        notices.back_to_draft(connection, notice)
        queries.add_overrules(connection, notice, decisions)
        decided = notices.reloaded(connection, notice_id)
        said = notice.summary
        if notice.edited_at is None:
            said = summary.draft(notices.judged(decided), policy_title, company)
        # A new revision even where the words stay: who approved saw other levels.
        queries.edit(connection, decided, said, edited_at=notice.edited_at)
        return notices.reloaded(connection, notice_id)


def redraft(db: Database, notice_id: int, *, policy_title: str, company: str) -> Notice:
    """Write the summary anew, as the levels now are; what a person made of it is lost, approvals are void.

    Raises WrongUse once sending has begun.
    """
    with db.write() as connection:
        notice = notices.open_for(connection, notice_id, "edited")
        notices.back_to_draft(connection, notice)
        said = summary.draft(notices.judged(notice), policy_title, company)
        queries.edit(connection, notice, said, edited_at=None)
        return notices.reloaded(connection, notice_id)


def _named(comparison: Comparison, change_ids: Sequence[str], notice_id: int) -> list[Change]:
    by_id = {change.id: change for change in comparison.changes}
    unknown = next((name for name in change_ids if name not in by_id), None)
    if unknown is not None:
        raise WrongUse(
            f"notice {notice_id} has no change {unknown!r}",
            f"see which it has: notifier notice changes {notice_id}",
        )
    return [by_id[name] for name in change_ids]


def _waiting(comparison: Comparison, level: Level | None) -> list[Change]:
    if level is None:
        return [change for change in comparison.changes if change.overruled]
    return list(comparison.at(Level.UNJUDGED))


def _judged(change: Change) -> Level:
    return change.overruled.judged if change.overruled else change.level


def _already(change_ids: Sequence[str], level: Level | None) -> str:
    if not change_ids:
        return "no change is overruled" if level is None else "no change is unjudged"
    names = f"{', '.join(change_ids)} {'is' if len(change_ids) == 1 else 'are'}"
    return f"{names} not overruled" if level is None else f"{names} {level} already"
