"""Which clause of the new text stands for which of the old.

Passes, each over what the ones before left: the same words in order, the same words elsewhere (moved), rows
of a table by their first cell, similar words between the same neighbours (one to one, or split and merged),
similar words anywhere, headings by what stands under them.
"""

from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import itemgetter

from rapidfuzz.distance import Indel

from notifier.changes import gap
from notifier.changes.rows import label
from notifier.changes.sequence import stretches
from notifier.changes.units import Codebook, Unit

TELLING = 4  # words; a shorter item says nothing without the list it stands in
_SIMILAR = 0.62  # share of words two clauses that stand anywhere must have in common
_LONG_ENOUGH = 5  # words; a shorter clause says too little to be found again by similar ones
_RARE = 12  # clauses a word may stand in and still point at one of them
_ROOT = 4  # letters
_ROOTS = 4  # different ones a clause needs to be found by them
_SAME_ROOTS = 0.7  # share of them in common
_CANDIDATES = 4
_MOST_PAIRS = 400_000  # compared in all gaps together; the largest gaps are left to the search by rare words
_HALF = 0.5  # of a section's words, found in another one, make it the same section


@dataclass(frozen=True, slots=True)
class Match:
    """Positions of units that stand for each other; one side is empty for what was added or removed."""

    old: tuple[int, ...]
    new: tuple[int, ...]
    moved: bool = False


def align(old: Sequence[Unit], new: Sequence[Unit]) -> list[Match]:
    """Match every unit of both texts, in the order of the new; what was removed follows its old neighbour."""
    return _Alignment(old, new).matches()


class _Alignment:
    """Two texts while they are being matched: what is paired already, and with what."""

    def __init__(self, old: Sequence[Unit], new: Sequence[Unit]) -> None:
        self.old, self.new = old, new
        self.found: list[Match] = []
        self.old_to_new: dict[int, int] = {}
        self.new_to_old: dict[int, int] = {}
        self.anchors: list[tuple[int, int]] = []  # what kept its words and its order

    def matches(self) -> list[Match]:
        self.anchors = list(_same_in_order(self.old, self.new))
        for i, j in self.anchors:
            self._match((i,), (j,))
        self._same_elsewhere()
        self._rows()
        self._in_gaps()
        self._beside_moved()
        self._similar_elsewhere()
        self._beside_moved()
        self._turned_about()
        self._headings()
        self._relocate()
        self.found += [Match((i,), ()) for i in range(len(self.old)) if i not in self.old_to_new]
        self.found += [Match((), (j,)) for j in range(len(self.new)) if j not in self.new_to_old]
        return _in_reading_order(self.found)

    def _match(self, old: tuple[int, ...], new: tuple[int, ...], *, moved: bool = False) -> None:
        self.found.append(Match(old, new, moved))
        for i in old:
            self.old_to_new[i] = new[0]
        for j in new:
            self.new_to_old[j] = old[0]

    def _same_elsewhere(self) -> None:
        places: dict[str, list[int]] = defaultdict(list)
        for i in reversed(range(len(self.old))):
            if i not in self.old_to_new:
                places[self.old[i].code].append(i)
        for j, unit in enumerate(self.new):
            if j not in self.new_to_old and places.get(unit.code):
                self._match((places[unit.code].pop(),), (j,), moved=True)

    def _rows(self) -> None:
        """Pair what is left of lists and tables by what names each row, where that stands once in both."""
        ours, theirs = self._labels(self.old, self.old_to_new), self._labels(self.new, self.new_to_old)
        for name, i in ours.items():
            j = theirs.get(name, -1)
            if i >= 0 and j >= 0:
                self._match((i,), (j,), moved=not self._between_same(i, j))

    @staticmethod
    def _labels(units: Sequence[Unit], used: Mapping[int, int]) -> dict[tuple[str, ...], int]:
        """The place of each label among the rows that are left, -1 where several have it."""
        places: dict[tuple[str, ...], int] = {}
        for place, unit in enumerate(units):
            if unit.listed and place not in used and (name := label(unit.text)):
                places[name] = -1 if name in places else place
        return places

    def _between_same(self, i: int, j: int) -> bool:
        """Whether both stand between the same two anchors."""
        after = bisect(self.anchors, i, key=itemgetter(0))
        return after == bisect(self.anchors, j, key=itemgetter(1))

    def _in_gaps(self) -> None:
        bounds = [(-1, -1), *self.anchors, (len(self.old), len(self.new))]
        between = (
            (range(old_start + 1, old_end), range(new_start + 1, new_end))
            for (old_start, new_start), (old_end, new_end) in pairwise(bounds)
        )
        self._fill(between, bounded=True)

    def _beside_moved(self) -> None:
        """Pair what is left before and after units that moved: their neighbours went along."""
        moved = [(match.old[-1], match.new[-1]) for match in self.found if match.moved]
        beside = (
            (_run(self.old_to_new, i, step, len(self.old)), _run(self.new_to_old, j, step, len(self.new)))
            for i, j in moved
            for step in (1, -1)
        )
        self._fill(beside, bounded=False)

    def _fill(self, gaps: Iterable[tuple[Sequence[int], Sequence[int]]], *, bounded: bool) -> None:
        """Pair what is left in each gap, small ones first: what large ones cost is bounded."""
        left = []
        for old_places, new_places in gaps:
            rows = [i for i in old_places if i not in self.old_to_new]
            columns = [j for j in new_places if j not in self.new_to_old]
            if rows and columns:
                left.append((rows, columns))
        spent = 0
        for rows, columns in sorted(left, key=lambda both: len(both[0]) * len(both[1])):
            spent += len(rows) * len(columns)
            if len(rows) * len(columns) > gap.LARGEST or spent > _MOST_PAIRS:
                return
            if any(i in self.old_to_new for i in rows) or any(j in self.new_to_old for j in columns):
                continue  # it lies on both sides of a moved unit, and was filled from the other
            ours, theirs = [self.old[i] for i in rows], [self.new[j] for j in columns]
            for old, new in gap.pair(ours, theirs, bounded=bounded):
                self._match(tuple(rows[r] for r in old), tuple(columns[c] for c in new), moved=not bounded)

    def _similar_elsewhere(self) -> None:
        scored = sorted(self._candidates(), key=lambda item: (-item[0], item[1], item[2]))
        for _, i, j in scored:
            if i not in self.old_to_new and j not in self.new_to_old:
                self._match((i,), (j,), moved=True)

    def _candidates(self) -> Iterator[tuple[float, int, int]]:
        """Pairs of what is left that share rare words, with how similar they are."""
        index: dict[str, list[int]] = defaultdict(list)
        for i, unit in enumerate(self.old):
            if i not in self.old_to_new and _telling(unit):
                for letter in set(unit.code):
                    index[letter].append(i)
        for j, unit in enumerate(self.new):
            if j in self.new_to_old or not _telling(unit):
                continue
            standing = (index.get(letter, ()) for letter in set(unit.code))
            votes = Counter(i for places in standing if len(places) <= _RARE for i in places)
            for i, _ in votes.most_common(_CANDIDATES):
                score = _similarity(self.old[i].code, unit.code)
                if score >= _SIMILAR:
                    yield score, i, j

    def _turned_about(self) -> None:
        """Pair what is left of one section and shares its roots, in any order and inflection.

        "Collection of data is explained here" and "here we explain how data is collected".
        """
        index: dict[str, list[int]] = defaultdict(list)
        for i, unit in enumerate(self.old):
            if i not in self.old_to_new and _telling(unit):
                for root in _roots(unit):
                    index[root].append(i)
        for j, unit in enumerate(self.new):
            if j in self.new_to_old or not _telling(unit) or len(roots := _roots(unit)) < _ROOTS:
                continue
            standing = (index.get(root, ()) for root in roots)
            votes = Counter(i for places in standing if len(places) <= _RARE for i in places)
            for i, _ in votes.most_common(_CANDIDATES):
                theirs = _roots(self.old[i])
                if i not in self.old_to_new and len(roots & theirs) >= _SAME_ROOTS * len(roots | theirs):
                    self._match((i,), (j,), moved=not self._between_same(i, j))
                    break

    def _headings(self) -> None:
        """A heading stands for another when most of what stood under it now stands under that one."""
        shared: Counter[tuple[int, int]] = Counter()
        for match in self.found:
            left, right = self.old[match.old[0]], self.new[match.new[0]]
            if not left.heading:
                shared[left.number, right.number] += len(right.words)
        ours, theirs = _sizes(self.old), _sizes(self.new)
        tops = {unit.number: place for place, unit in enumerate(self.new) if unit.heading}
        best = {old: (old, new) for (old, new), _ in reversed(shared.most_common())}
        for i, unit in enumerate(self.old):
            pair = best.get(unit.number)
            if not unit.heading or i in self.old_to_new or pair is None:
                continue
            j = tops.get(pair[1], -1)
            enough = shared[pair] >= _HALF * max(ours[pair[0]], theirs[pair[1]])
            if enough and j >= 0 and j not in self.new_to_old:
                self._match((i,), (j,))

    def _relocate(self) -> None:
        """Find items that kept their words but stand in another list now, even if they kept their place.

        "Name" under "We share:" is not the "name" under "We keep:": what is that short came and went.
        """
        for place, match in enumerate(self.found):
            left, right = self.old[match.old[0]], self.new[match.new[0]]
            if not left.listed or left.code != right.code or not self._in_another_list(left, right):
                continue
            self.found[place] = replace(match, moved=True)
            if len(left.words) < TELLING and _introduced(left) and _introduced(right):
                self.found[place] = Match((), ())
                del self.old_to_new[match.old[0]], self.new_to_old[match.new[0]]
        self.found = [match for match in self.found if match.old]

    def _in_another_list(self, left: Unit, right: Unit) -> bool:
        """Whether what one of two items stands under is in both texts, but is not what the other has."""
        if left.under is None or right.under is None or self.old_to_new.get(left.under) == right.under:
            return False
        return left.under in self.old_to_new or right.under in self.new_to_old


def _roots(unit: Unit) -> set[str]:
    """The beginnings of the longer words: a stemmer for any language, good enough to find a candidate."""
    return {word[:_ROOT] for word in unit.words if len(word) >= _ROOT}


def _similarity(left: str, right: str) -> float:
    """The share of words in common; quickly 0 where the lengths alone rule out what is asked for."""
    if 2 * min(len(left), len(right)) < _SIMILAR * (len(left) + len(right)):
        return 0.0
    return 2 * gap.shared_words(left, right) / (len(left) + len(right))


def _run(used: Mapping[int, int], start: int, step: int, length: int) -> Sequence[int]:
    """The places that are left next to one, in one direction."""
    end = start + step
    while 0 <= end < length and end not in used:
        end += step
    return sorted(range(start + step, end, step))


def _sizes(units: Sequence[Unit]) -> Counter[int]:
    """How many words stand under each heading."""
    sizes: Counter[int] = Counter()
    for unit in units:
        if not unit.heading:
            sizes[unit.number] += len(unit.words)
    return sizes


def _introduced(item: Unit) -> bool:
    return item.lead is not None and item.lead.endswith(":")


def _telling(unit: Unit) -> bool:
    return not unit.heading and len(unit.words) >= _LONG_ENOUGH


def _same_in_order(old: Sequence[Unit], new: Sequence[Unit]) -> Iterator[tuple[int, int]]:
    book = Codebook()
    left, right = book.encode(unit.code for unit in old), book.encode(unit.code for unit in new)
    for part in stretches(left, right):
        ours, theirs = left[part.old_start : part.old_end], right[part.new_start : part.new_end]
        for block in Indel.opcodes(ours, theirs).as_matching_blocks():
            for step in range(block.size):
                yield part.old_start + block.a + step, part.new_start + block.b + step


def _in_reading_order(matches: Sequence[Match]) -> list[Match]:
    """In the order of the new text; what was removed follows what its old neighbour became."""
    places = {match.old[0]: match.new[0] for match in matches if match.old and match.new and not match.moved}
    stayed = sorted(places)

    def place(match: Match) -> tuple[float, int]:
        if match.new:
            return match.new[0], 0
        before = bisect(stayed, match.old[0])
        return (places[stayed[before - 1]] if before else -1), match.old[0] + 1

    return sorted(matches, key=place)
