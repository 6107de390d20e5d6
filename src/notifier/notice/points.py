"""Changes become points: what belongs together is told together, the most important first."""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from notifier.changes import rows, topics
from notifier.changes.model import Category, Change, Comparison, Kind, Level, Operation
from notifier.notice.quote import ends, is_row, one_line

# A sentence that begins so says nothing without the one before it.
_LEANS = re.compile(
    r"(?:also|although|and|but|however|if (?:so|that)|in (?:that|this|such)|it|otherwise|such|that|then|there"
    r"|therefore|these|they|this|those|thus)\b|that[\u2019']s|for example|e\.g\.",
    re.IGNORECASE,
)
_LONGEST_ENTRY = 8  # words of an item in a list of names; a longer one is a statement
_LONGEST_PASSAGE = 280  # characters of clauses that are told together
_KEPT = 0.7  # of both texts' words: where less is left of either, the policy was written anew
_MANY = 12  # points; a rewrite that has fewer is told change by change
_IN_A_ROW = 3  # points of one topic before those of others have their turn


class Shape(StrEnum):
    """What happened to the clauses of a point, and so how it is told."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"
    MOVED = "moved"
    LISTED = "listed"  # items added to a list
    UNLISTED = "unlisted"
    ALL_NEW = "all new"  # everything a rewritten policy newly says about a topic
    ALL_GONE = "all gone"


@dataclass(frozen=True, slots=True)
class Point:
    """Changes that one sentence tells; of CHANGED and MOVED the same words changed in all of them."""

    topic: Category
    shape: Shape
    changes: tuple[Change, ...]

    @property
    def section(self) -> str:
        """The heading in the policy under which the first of the changes stands, "" where there is none."""
        return one_line(self.changes[0].section_new or self.changes[0].section_old or "")


def points(comparison: Comparison) -> list[Point]:
    """Gather what customers have to be told, the most important first: material and unjudged changes."""
    weighty = [change for change in comparison.changes if change.level in (Level.MATERIAL, Level.UNJUDGED)]
    weighty = list({(change.old, change.new): change for change in reversed(weighty)}.values())[::-1]
    found = _gathered(weighty)
    if len(found) > _MANY and rewritten(comparison):
        found = [_heaviest_first(point) for point in _together(map(_whole, found), _by_topic)]
    return _in_turn(sorted(found, key=_weight))


def rewritten(comparison: Comparison) -> bool:
    """Tell whether much of the old wording is gone, and much of the new was not there before."""
    gone = _words(comparison, Operation.DELETE)
    come = _words(comparison, Operation.INSERT)
    old, new = comparison.old.words, comparison.new.words
    if not (old and new):
        return False
    return old - gone < _KEPT * old and new - come < _KEPT * new


def _in_turn(found: Sequence[Point]) -> list[Point]:
    """Let no topic have all the first places: the first few of each come before the next few of any."""
    seen: Counter[Category] = Counter()
    turns: list[list[Point]] = []
    for point in found:
        turn = seen[point.topic] // _IN_A_ROW
        turns += [[]] * (turn == len(turns))
        turns[turn] = [*turns[turn], point]
        seen[point.topic] += 1
    return [point for turn in turns for point in turn]


def _words(comparison: Comparison, operation: Operation) -> int:
    edits = (edit for change in comparison.changes for edit in change.edits)
    return sum(len(edit.text.split()) for edit in edits if edit.operation is operation)


def _gathered(changes: Sequence[Change]) -> list[Point]:
    found: list[Point] = []
    for change in changes:
        one = Point(topics.first(change), _shape(change), (change,))
        if found and _goes_on(found[-1], one):
            title = _is_title(found[-1].changes[-1])
            one = Point(one.topic if title else found[-1].topic, one.shape, (*found.pop().changes, change))
        found.append(one)
    return _together(found, _alike)


def _goes_on(before: Point, point: Point) -> bool:
    """Tell whether a clause that came or went reads on from the one before it."""
    last, clause = before.changes[-1], point.changes[0]
    if point.shape not in _ALL or (last.section_old, last.section_new) != (
        clause.section_old,
        clause.section_new,
    ):
        return False
    together = sum(len(_text(change)) for change in (*before.changes, clause))
    belongs = before.topic is point.topic or leans(_text(clause)) or _is_title(last)
    return (
        (point.shape is before.shape or _is_title(last))
        and _number(clause) == _number(last) + 1
        and belongs
        and together <= _LONGEST_PASSAGE
    )


def leans(clause: str) -> bool:
    """Tell whether a sentence says little without the one before it."""
    return bool(_LEANS.match(clause))


def _text(change: Change) -> str:
    return change.new or change.old or ""


def _is_title(change: Change) -> bool:
    """A heading that came or went."""
    return one_line(_text(change)) == one_line(change.section_new or change.section_old or "")


def _number(change: Change) -> int:
    """A change's place among all: "c7" is the seventh."""
    return int(change.id[1:])


def _together(found: Iterable[Point], key: Callable[[Point], Hashable]) -> list[Point]:
    """Make one point of those whose key is the same; None is nobody's."""
    kept: dict[Hashable, Point] = {}
    for number, point in enumerate(found):
        mark = key(point)
        mark = number if mark is None else mark
        before = kept[mark].changes if mark in kept else ()
        kept[mark] = Point(point.topic, point.shape, (*before, *point.changes))
    return list(kept.values())


def _alike(point: Point) -> Hashable:
    """Items of one list, and the same words replaced by the same."""
    change = point.changes[0]
    if point.shape in {Shape.LISTED, Shape.UNLISTED}:
        return point.topic, point.shape, point.section
    if point.shape is Shape.CHANGED and change.words_old and change.words_new:
        return point.topic, change.words_old.casefold(), change.words_new.casefold()
    return None


_ALL = {Shape.NEW: Shape.ALL_NEW, Shape.GONE: Shape.ALL_GONE}


def _by_topic(point: Point) -> Hashable:
    return (point.topic, point.shape) if point.shape in _ALL.values() else None


def _whole(point: Point) -> Point:
    return Point(point.topic, _ALL.get(point.shape, point.shape), point.changes)


def _heaviest_first(point: Point) -> Point:
    """Order what is quoted as samples: what says little is not among them if it can be helped."""
    if point.shape not in _ALL.values():
        return point
    changes = sorted(point.changes, key=lambda one: (_says_little(one), topics.weight(one)))
    return Point(point.topic, point.shape, tuple(changes))


def _says_little(change: Change) -> bool:
    return _is_title(change) or _text(change).rstrip().endswith(("?", ":")) or leans(_text(change))


def _shape(change: Change) -> Shape:
    if change.kind is Kind.MOVED and one_line(change.old or "") == one_line(change.new or ""):
        return Shape.MOVED
    if change.old and change.new:
        return Shape.CHANGED
    listed = _is_entry(_text(change))
    if change.new:
        return Shape.LISTED if listed else Shape.NEW
    return Shape.UNLISTED if listed else Shape.GONE


def _is_entry(clause: str) -> bool:
    """A row of a table, or words without an end that are few or labelled: only a list has such items."""
    short = len(clause.split()) <= _LONGEST_ENTRY
    return is_row(clause) or ((short or bool(rows.label(clause))) and not ends(clause.rstrip()))


def _weight(point: Point) -> tuple[int, int]:
    return min(topics.weight(change, point.topic) for change in point.changes)
