"""How well verdicts agree with a reader's labels."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel

from notifier.changes.compare import compare, side
from notifier.changes.model import Alarm, Category, Change, Comparison, Level
from notifier.errors import Problem
from notifier.policy.read import Original, read_versions
from pairs import Pair, Text

MANY_WORDS = 13  # the simple way to tell: so many changed words are material
_WORD = re.compile(r"\w+")
_TARGET = re.compile(r"\]\([^)]*\)")  # of a Markdown link


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the comparison said of one pair, beside what the reader did."""

    pair: Pair
    verdict: str
    categories: frozenset[Category]
    changes: tuple[Change, ...]
    alarms: tuple[Alarm, ...]
    changed_words: int

    @property
    def called(self) -> Level:
        """The verdict as a level: no difference at all is what a reader calls cosmetic."""
        return Level.COSMETIC if self.verdict == "none" else Level(self.verdict)

    @property
    def right(self) -> bool:
        """Whether both say material, or both do not."""
        return (self.called is Level.MATERIAL) == (self.pair.label is Level.MATERIAL)


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one kind of answer: found rightly, found wrongly, not found."""

    hit: int
    false: int
    missed: int

    @property
    def precision(self) -> float | None:
        """How much of what was found is right; None where nothing was."""
        return _share(self.hit, self.hit + self.false)

    @property
    def recall(self) -> float | None:
        """How much of what is there was found; None where nothing is."""
        return _share(self.hit, self.hit + self.missed)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both; None where there was nothing to find and nothing was."""
        return _share(2 * self.hit, 2 * self.hit + self.false + self.missed)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def judged(pair: Pair) -> Outcome:
    """Compare one pair. A text that cannot be read leaves it unjudged, with an alarm that says why."""
    old, new = pair.texts()
    changed = changed_words(old, new)
    try:
        comparison = _compared(old, new)
    except Problem as problem:
        unread = (Alarm("unreadable", str(problem)),)
        return Outcome(pair, Level.UNJUDGED.value, frozenset(), (), unread, changed)
    except Exception as crash:
        crash.add_note(f"while comparing {pair.name}")
        raise
    said = categories(comparison)
    return Outcome(pair, comparison.verdict, said, comparison.changes, comparison.alarms, changed)


def _compared(old: Text, new: Text) -> Comparison:
    left, right = read_versions(Original(old.data, old.name), Original(new.data, new.name))
    return compare(left, right, side(left, "old", old.data), side(right, "new", new.data))


def categories(comparison: Comparison) -> frozenset[Category]:
    """What the pair is about; of a minor verdict the categories of the minor changes, without `other`."""
    if comparison.verdict != Level.MINOR:
        return frozenset(comparison.categories)
    minor = {category for change in comparison.at(Level.MINOR) for category in change.categories}
    return frozenset(minor - {Category.OTHER})


def changed_words(old: Text, new: Text) -> int:
    """How many words came or went; link targets, capitals and what stands between words do not count."""
    return int(Indel.distance(_words(old), _words(new)))


def _words(text: Text) -> list[str]:
    return _WORD.findall(_TARGET.sub("]", text.data.decode("utf-8", "replace").casefold()))


def material(outcomes: Iterable[Outcome], says: Callable[[Outcome], bool]) -> Score:
    """Material against the rest, for a way to tell."""
    marks = [(says(outcome), outcome.pair.label is Level.MATERIAL) for outcome in outcomes]
    return Score(marks.count((True, True)), marks.count((True, False)), marks.count((False, True)))


def ours(outcome: Outcome) -> bool:
    """Material by the comparison's verdict."""
    return outcome.called is Level.MATERIAL


def by_counting(outcome: Outcome) -> bool:
    """Material by the number of changed words alone."""
    return outcome.changed_words >= MANY_WORDS


def of_categories(outcomes: Iterable[Outcome]) -> Score:
    """Categories found, each counted once a pair (micro)."""
    found = [(outcome.categories, outcome.pair.categories) for outcome in outcomes]
    return Score(
        sum(len(said & true) for said, true in found),
        sum(len(said - true) for said, true in found),
        sum(len(true - said) for said, true in found),
    )


def both_material(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The pairs that reader and comparison call material."""
    return [one for one in outcomes if one.pair.label is Level.MATERIAL and ours(one)]


def called_material(outcomes: Iterable[Outcome], label: Level) -> tuple[int, int]:
    """How many pairs with this label we call material, and how many there are."""
    calls = [ours(outcome) for outcome in outcomes if outcome.pair.label is label]
    return sum(calls), len(calls)


def right_on_hard(outcomes: Iterable[Outcome], says: Callable[[Outcome], bool]) -> tuple[int, int]:
    """How many hard pairs a way to tell has right, and how many there are."""
    rights = [
        says(outcome) == (outcome.pair.label is Level.MATERIAL) for outcome in outcomes if outcome.pair.hard
    ]
    return sum(rights), len(rights)


def worst(outcomes: Collection[Outcome]) -> Sequence[Outcome]:
    """The pairs told wrongly: material called cosmetic or the other way round first, then by name."""
    return sorted(
        (one for one in outcomes if not one.right), key=lambda one: (-_distance(one), one.pair.name)
    )


def _distance(outcome: Outcome) -> int:
    return 1 if Level.MINOR in (outcome.called, outcome.pair.label) else 2


def directions(outcomes: Iterable[Outcome]) -> tuple[int, int]:
    """How many directions we tell as the reader did, of the pairs both call material that have one told."""
    rights = [
        {change.direction.value for change in one.changes if change.level is Level.MATERIAL}
        == {one.pair.direction}
        for one in both_material(outcomes)
        if one.pair.direction
    ]
    return sum(rights), len(rights)
