"""From two texts of a policy to a draft: read, compare, summarise, keep; all of it or nothing."""

from dataclasses import dataclass, replace
from datetime import datetime

from notifier.changes.compare import compare, side
from notifier.changes.render import json
from notifier.changes.vocabulary import SHIPPED, Vocabularies
from notifier.delivery.states import NoticeState
from notifier.errors import WrongUse
from notifier.flow import notices, policies
from notifier.flow.notices import Notice
from notifier.flow.policies import Text
from notifier.notice import summary
from notifier.policy.read import Original, read_versions
from notifier.store.database import Database
from notifier.store.notices import announcing

_UNDER_WAY = frozenset({NoticeState.DRAFT, NoticeState.APPROVED, NoticeState.SENDING})


@dataclass(frozen=True, slots=True)
class StoredText:
    """A stored version as a text to compare."""

    data: bytes
    label: str
    media_type: str


def due(db: Database, policy: str) -> tuple[StoredText, StoredText]:
    """Give what customers were last told of and what they have to be told: two stored versions of a policy.

    The newer one is the newest. The older one is the version that was last announced; where none was, there
    may only be one other. Raises WrongUse where it is not clear which two.
    """
    stored = policies.versions(db, policy)
    if len(stored) < 2:  # noqa: PLR2004 - old and new
        raise WrongUse(
            f"{len(stored)} version{'' if len(stored) == 1 else 's'} of {policy!r} stored",
            f"add two with `notifier policy add {policy} FILE`, or name OLD and NEW",
        )
    told = [
        notice.new_number for notice in notices.listing(db) if notice.policy == policy and notice.sending_at
    ]
    newest = stored[-1].number
    if told and told[-1] == newest:
        raise WrongUse(
            f"{policy}@{newest} was announced by a notice", "add the next version, or name OLD and NEW"
        )
    if not told and len(stored) > 2:  # noqa: PLR2004
        raise WrongUse(
            f"{policy}@1 to {policy}@{newest} are stored and none was announced",
            f"name what customers know and what is new: notifier notice draft {policy}@1 {policy}@{newest}",
        )
    old, new = (
        policies.load(db, policy, number) for number in (told[-1] if told else stored[0].number, newest)
    )
    return (
        StoredText(old.raw, f"{policy}@{old.number}", old.media_type),
        StoredText(new.raw, f"{policy}@{new.number}", new.media_type),
    )


def draft(
    db: Database,
    policy: str,
    old: Text,
    new: Text,
    *,
    policy_title: str,
    company: str,
    window_days: int,
    on_uncertain: str,
    by: str,
    now: datetime,
    vocabularies: Vocabularies = SHIPPED,
    override: str | None = None,
    anyway: bool = False,
    go_on: bool = False,
) -> Notice:
    """Draft a notice with a summary of the material changes; both texts are stored as versions with it.

    With `go_on` a notice of the same change that is under way is given back as it is. Raises WrongUse on an
    alarm unless `override` says why it is wrong, where nothing material changed unless `anyway`, and where
    the change was announced before.
    """
    old_document, new_document = read_versions(
        *(Original(text.data, text.label, text.media_type) for text in (old, new))
    )
    found = compare(
        old_document,
        new_document,
        side(old_document, old.label, old.data),
        side(new_document, new.label, new.data),
        vocabularies,
    )
    with db.write() as connection:
        old_version, _ = policies.put(connection, policy, old, old_document, now)
        new_version, _ = policies.put(connection, policy, new, new_document, now)
        if go_on:
            before = announcing(connection, old_version.id, new_version.id)
            under_way = [notice for notice in before if notice.state in _UNDER_WAY]
            if under_way:
                return under_way[-1]
        named = replace(
            found,
            old=replace(found.old, source=f"{policy}@{old_version.number}"),
            new=replace(found.new, source=f"{policy}@{new_version.number}"),
        )
        return notices.draft(
            connection,
            policy=policy,
            old=old_version,
            new=new_version,
            comparison=json.document(named),
            summary=summary.draft(found, policy_title, company),
            window_days=window_days,
            on_uncertain=on_uncertain,
            by=by,
            now=now,
            override=override,
            anyway=anyway,
        )
