"""From two stored versions to a draft: read, compare, summarise, keep."""

from datetime import datetime

from notifier.changes.compare import compare, side
from notifier.changes.model import Comparison
from notifier.changes.render import json
from notifier.flow import notices
from notifier.flow.notices import Notice
from notifier.flow.policies import Version
from notifier.notice import summary
from notifier.policy.read import read
from notifier.store.database import Database


def compare_versions(old: Version, new: Version) -> Comparison:
    """Compare two stored versions of a policy. Raises WrongUse where one cannot be read."""
    sides = []
    documents = []
    for version in (old, new):
        document = read(version.raw, version.source, version.media_type)
        documents.append(document)
        sides.append(side(document, f"{version.policy}@{version.number}", version.raw))
    return compare(documents[0], documents[1], sides[0], sides[1])


def draft(
    db: Database,
    old: Version,
    new: Version,
    *,
    policy_title: str,
    company: str,
    window_days: int,
    on_uncertain: str,
    by: str,
    now: datetime,
    override: bool = False,
    anyway: bool = False,
) -> Notice:
    """Draft a notice with a summary of the material changes.

    Raises WrongUse on an alarm unless `override`, and where nothing material changed unless `anyway`.
    """
    comparison = compare_versions(old, new)
    return notices.draft(
        db,
        policy=new.policy,
        old=old,
        new=new,
        comparison=json.document(comparison),
        summary=summary.draft(comparison, policy_title, company),
        window_days=window_days,
        on_uncertain=on_uncertain,
        by=by,
        now=now,
        override=override,
        anyway=anyway,
    )
