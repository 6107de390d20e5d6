"""What a comparison is mainly about."""

from collections import defaultdict
from collections.abc import Sequence
from math import sqrt

from notifier.changes.model import Category, Change, Direction, Level, Operation

# The most important first: what decides between topics that as many changes are about.
IMPORTANCE = (
    Category.SALE,
    Category.SHARING,
    Category.USER_RIGHTS_CHOICE,
    Category.COLLECTION,
    Category.USE_PURPOSE,
    Category.RETENTION,
    Category.COOKIES_TRACKING,
    Category.INTERNATIONAL_TRANSFER,
    Category.CHILDREN,
    Category.LEGAL_BASIS,
    Category.SECURITY,
    Category.CONTROLLER_IDENTITY,
    Category.POLICY_CHANGE_NOTICE,
    Category.CONTACT,
    Category.OTHER,
)
RANK = {category: rank for rank, category in enumerate(IMPORTANCE)}


_SHARE = 0.28  # of the weight of the first that a further topic needs
_MANY = 40  # words; a longer change weighs no more
_LEAST = 3  # words that the shortest change counts as, more than it has


def main(changes: Sequence[Change]) -> tuple[Category, ...]:
    """List what the material changes are mainly about, the weightiest first, without what is by the way."""
    found: defaultdict[Category, float] = defaultdict(float)
    for change in changes:
        if change.level is Level.MATERIAL:
            for place, category in enumerate(change.categories, start=1):
                found[category] += _size(change) / place
    if len(found) > 1:
        found.pop(Category.OTHER, None)
    ranked = sorted(found, key=lambda category: (-found[category], RANK[category]))
    return tuple(category for category in ranked if found[category] >= _SHARE * found[ranked[0]])


def _size(change: Change) -> float:
    edited = sum(len(edit.text.split()) for edit in change.edits if edit.operation is not Operation.EQUAL)
    return sqrt(min(edited, _MANY) + _LEAST)


def weight(change: Change, topic: Category | None = None) -> tuple[int, int]:
    """How soon a change is to be told, the least first: worse for people before better, then by its topic."""
    return _DIRECTIONS.index(change.direction), RANK[topic or first(change)]


_DIRECTIONS = (Direction.WIDER, Direction.NARROWER, Direction.OTHER)


def first(change: Change) -> Category:
    """Give the category that decided; OTHER where a change has none."""
    return change.categories[0] if change.categories else Category.OTHER
