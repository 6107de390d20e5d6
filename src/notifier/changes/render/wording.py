"""Words that every rendering of a comparison uses."""

from collections import Counter

from notifier.changes.model import Category, Change, Comparison, Level, Side

LEVELS = (Level.MATERIAL, Level.UNJUDGED, Level.MINOR, Level.COSMETIC)

CATEGORIES = {
    Category.COLLECTION: "collection of data",
    Category.USE_PURPOSE: "use and purpose",
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


def counts(comparison: Comparison) -> str:
    """As in "3 material, 1 minor, 2 cosmetic"; levels without a change are left out."""
    found = [(level, len(comparison.at(level))) for level in LEVELS]
    return ", ".join(f"{number} {level.value}" for level, number in found if number) or "no changes"


def categories(change: Change) -> str:
    """A change's categories for people."""
    return ", ".join(CATEGORIES[category] for category in change.categories)


def by_category(comparison: Comparison) -> list[tuple[str, int]]:
    """How many material changes touch each category, most first."""
    found = Counter(
        CATEGORIES[category] for change in comparison.at(Level.MATERIAL) for category in change.categories
    )
    return found.most_common()


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
