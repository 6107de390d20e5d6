"""Words that every rendering of a comparison uses."""

from collections import Counter
from collections.abc import Sequence

from notifier.changes import topics
from notifier.changes.model import (
    Category,
    Change,
    Comparison,
    Direction,
    Edit,
    Level,
    Operation,
    Side,
)

LEVELS = (Level.MATERIAL, Level.UNJUDGED, Level.MINOR, Level.COSMETIC)

CATEGORIES = {
    Category.COLLECTION: "collection",
    Category.USE_PURPOSE: "use",
    Category.SHARING: "sharing",
    Category.SALE: "sale",
    Category.RETENTION: "retention",
    Category.SECURITY: "security",
    Category.COOKIES_TRACKING: "cookies and tracking",
    Category.USER_RIGHTS_CHOICE: "rights and choices",
    Category.CHILDREN: "children",
    Category.INTERNATIONAL_TRANSFER: "international transfer",
    Category.LEGAL_BASIS: "legal basis",
    Category.CONTROLLER_IDENTITY: "who the controller is",
    Category.CONTACT: "contact",
    Category.POLICY_CHANGE_NOTICE: "notice of policy changes",
    Category.OTHER: "other",
}

# What "wider" and "narrower" for the company are where they would read as the contrary.
_DIRECTIONS = {
    Category.USER_RIGHTS_CHOICE: ("fewer", "more"),
    Category.SECURITY: ("weaker", "stronger"),
    Category.CHILDREN: ("less protected", "more protected"),
    Category.POLICY_CHANGE_NOTICE: ("weaker", "stronger"),
}
# Of these neither can be said: another controller is not a wider one.
_NO_WAY = {Category.CONTROLLER_IDENTITY, Category.CONTACT, Category.LEGAL_BASIS, Category.OTHER}
_NAMED = 5  # topics in the one line; a subject has to stay readable

# What follows from an alarm.
STOPPED = 'No notice is drafted until a person says why this is no reason to stop: draft --override "...".'

_VERDICTS = {
    "material": "Material: it changes what happens to people's data or what they can do.",
    "minor": "Minor: something of substance changed, but nothing customers need to be told.",
    "cosmetic": "Cosmetic: only wording, layout or dates changed.",
    "none": "No change: both texts say the same words.",
    "unjudged": "Not judged: no vocabulary for this language; a person has to read the changes.",
}


def verdict(comparison: Comparison) -> str:
    """The verdict as a sentence."""
    return _VERDICTS[comparison.verdict]


def line(comparison: Comparison) -> str:
    """The verdict in one line, as for the subject of a mail, alarms last.

    As in "material: sharing wider (3), retention (1); 2 minor, 5 cosmetic".
    """
    if comparison.verdict == "none":
        says = ["none: both texts say the same words"]
    else:
        head = Level(comparison.verdict)
        rest = [each for each in LEVELS if each is not head and comparison.at(each)]
        lighter = ", ".join(f"{len(comparison.at(each))} {each.value}" for each in rest)
        says = [f"{head.value}: {_about(comparison.at(head))}", *([lighter] if lighter else [])]
    if comparison.alarms:
        says.append("alarm: " + ", ".join(alarm.code for alarm in comparison.alarms))
    return "; ".join(says)


def _about(changes: Sequence[Change]) -> str:
    """What changes of one level are about, each counted once, the weightiest first."""
    if not any(change.categories for change in changes):
        number = f"{len(changes)} change{'' if len(changes) == 1 else 's'}"
        return f"{number} for a person to judge" if changes[0].level is Level.UNJUDGED else number
    ordered = sorted(changes, key=topics.weight)
    found = Counter(topic(change) for change in ordered)
    named = [f"{name} ({number})" for name, number in list(found.items())[:_NAMED]]
    left_out = sum(list(found.values())[_NAMED:])
    return ", ".join(named) + (f" and {left_out} more" if left_out else "")


def topic(change: Change) -> str:
    """What a change is mainly about and which way it goes, as in "sharing wider"."""
    first = topics.first(change)
    if first in _NO_WAY:
        return CATEGORIES[first]
    wider, narrower = _DIRECTIONS.get(first, ("wider", "narrower"))
    way = {Direction.WIDER: f" {wider}", Direction.NARROWER: f" {narrower}", Direction.OTHER: ""}
    return CATEGORIES[first] + way[change.direction]


def counts(comparison: Comparison) -> str:
    """As in "3 material, 1 minor, 2 cosmetic"; levels without a change are left out."""
    found = [(level, len(comparison.at(level))) for level in LEVELS]
    return ", ".join(f"{number} {level.value}" for level, number in found if number) or "no changes"


def categories(change: Change) -> str:
    """A change's categories for people, the first with its direction."""
    if not change.categories:
        return ""
    return ", ".join([topic(change), *(CATEGORIES[category] for category in change.categories[1:])])


def reason(change: Change) -> str:
    """Why it was judged so; "" where that only repeats the clause that came or went, shown as well."""
    clause = change.new if change.old is None else change.old if change.new is None else None
    quoted = change.reason.removeprefix('"').partition('" was ')[0].removesuffix(" ...")
    repeats = clause is not None and change.reason.startswith('"') and clause.startswith(quoted)
    return "" if repeats else change.reason


def parts(change: Change) -> list[Edit]:
    """The edits, their marks to stand at the words: the spaces around what came and went are kept text."""
    found: list[Edit] = []
    for edit in change.edits:
        bare = edit.text.strip()
        if edit.operation is Operation.EQUAL or not bare:
            found.append(Edit(Operation.EQUAL, edit.text))
            continue
        before, _, after = edit.text.partition(bare)
        around = (Edit(Operation.EQUAL, before), Edit(edit.operation, bare), Edit(Operation.EQUAL, after))
        found += [part for part in around if part.text]
    return found


def overruled(change: Change) -> str:
    """That a person set the level, and why; "" where nobody did. Customers read it: it names nobody."""
    decision = change.overruled
    return f"level set by a person, judged {decision.judged.value}: {decision.reason}" if decision else ""


def by_category(comparison: Comparison) -> list[tuple[str, int]]:
    """How many material changes touch each category, in the order of `Comparison.categories`."""
    material = comparison.at(Level.MATERIAL)
    return [
        (CATEGORIES[category], sum(category in change.categories for change in material))
        for category in comparison.categories
    ]


def named(side: Side) -> str:
    """A side as a person named it, with its date if it has one."""
    return f"{side.source}, dated {side.effective_date}" if side.effective_date else side.source


def section(change: Change) -> str:
    """The heading a change stands under; both where it moved from one to another."""
    old, new = change.section_old, change.section_new
    if change.old and change.new and old and new and old.casefold() != new.casefold():
        return f"{old} -> {new}"
    return new or old or ""


def shown(comparison: Comparison, lowest: Level) -> list[Change]:
    """The changes at or above a level, heaviest first, in reading order within a level."""
    levels = LEVELS[: LEVELS.index(lowest) + 1]
    return [change for level in levels for change in comparison.at(level)]
