"""A person's decisions about the levels of a comparison's changes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from notifier.changes.model import Change, Comparison, Level, Overruling


@dataclass(frozen=True, slots=True)
class Overrule:
    """One decision: from which level to which, why, by whom and when (UTC)."""

    change_id: str
    from_level: Level
    to_level: Level
    reason: str
    by: str
    at: datetime


def applied(comparison: Comparison, overrules: Iterable[Overrule]) -> Comparison:
    """Give the comparison with the levels as decided. Of several decisions about a change the last holds.

    A decision for the level that was judged undoes those before it: the change is as if never overruled.
    """
    last = {one.change_id: one for one in overrules}
    changes = tuple(_decided(change, last.get(change.id)) for change in comparison.changes)
    return replace(comparison, changes=changes)


def _decided(change: Change, decision: Overrule | None) -> Change:
    if decision is None or decision.to_level is change.level:
        return change
    overruled = Overruling(change.level, decision.by, decision.at, decision.reason)
    return replace(change, level=decision.to_level, overruled=overruled)
