"""Pairs the clauses between two places that are known to stand for each other."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq

from notifier.changes.normal import SMALL_WORDS
from notifier.changes.units import Unit

LARGEST = 20_000  # clause pairs compared in one gap
_SIMILAR = 0.42  # share of words two clauses must have in common
_AKIN = 0.2  # the same for two that stand alone between their neighbours and share words of substance
_SHARED = 2  # such words
_SMALL = 36  # clause pairs; in a larger gap what is merely akin pairs up by chance
_COVERED = 0.6  # share of each part's words found in a clause it was split from or merged into
_PARTS = 12  # an enumeration made into a list has many
_PATIENCE = 400_000_000  # word pairs: some 50 ms

Group = tuple[tuple[int, ...], tuple[int, ...]]


def pair(old: Sequence[Unit], new: Sequence[Unit], *, bounded: bool) -> list[Group]:
    """Which units of a gap stand for which, as positions: order kept, most words in common.

    One may stand for several that follow each other, which is a clause split up or merged. Of a gap that is
    `bounded` both ends are known; if it is small too, two clauses in it need only be akin.
    """
    gap = _Gap(old, new, akin=bounded and len(old) * len(new) <= _SMALL)
    rows, columns = len(old), len(new)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    step = [[(0, 0)] * (columns + 1) for _ in range(rows + 1)]
    for r in range(rows + 1):
        for c in range(columns + 1):
            score, taken = 0.0, (0, 0)
            if r:
                score, taken = best[r - 1][c], (1, 0)
            if c and (not r or best[r][c - 1] > score):
                score, taken = best[r][c - 1], (0, 1)
            if r and c:
                for a, b, gain in gap.ending(r, c):
                    if best[r - a][c - b] + gain > score:
                        score, taken = best[r - a][c - b] + gain, (a, b)
            best[r][c], step[r][c] = score, taken
    return _groups(step)


def shared_words(left: str, right: str) -> int:
    """How many words two codes have in common in the same order; of very long ones, in any order."""
    if len(left) * len(right) <= _PATIENCE:
        return LCSseq.similarity(left, right)
    return (Counter(left) & Counter(right)).total()


def _groups(step: Sequence[Sequence[tuple[int, int]]]) -> list[Group]:
    found = []
    r, c = len(step) - 1, len(step[0]) - 1
    while r or c:
        a, b = step[r][c]
        if a and b:
            found.append((tuple(range(r - a, r)), tuple(range(c - b, c))))
        r, c = r - a, c - b
    return found


@dataclass(slots=True)
class _Gap:
    """How much the units on both sides of a gap share."""

    old: Sequence[Unit]
    new: Sequence[Unit]
    akin: bool

    def ending(self, r: int, c: int) -> Iterator[tuple[int, int, float]]:
        """The ways in which the first `r` and the first `c` units may end with each other, and the gain."""
        left, right = self.old[r - 1], self.new[c - 1]
        if left.heading != right.heading:
            return
        shared = shared_words(left.code, right.code)
        if self._alike(left, right, shared):
            yield 1, 1, float(shared)
        if left.heading:
            return
        if c > 1 and shared >= _COVERED * len(right.code):
            yield from ((1, count, gain) for count, gain in _parts(left, self.new[:c]))
        if r > 1 and shared >= _COVERED * len(left.code):
            yield from ((count, 1, gain) for count, gain in _parts(right, self.old[:r]))

    def _alike(self, left: Unit, right: Unit, shared: int) -> bool:
        alike = 2 * shared / (len(left.code) + len(right.code))
        return alike >= _SIMILAR or (self.akin and alike >= _AKIN and _share_substance(left, right))


def _parts(whole: Unit, units: Sequence[Unit]) -> Iterator[tuple[int, float]]:
    """The last two or more units that one may have been split into or merged from: their number, the gain."""
    total = shared_words(units[-1].code, whole.code)
    for count in range(2, min(_PARTS, len(units)) + 1):
        part = units[-count]
        shared = shared_words(part.code, whole.code)
        if part.heading or shared < _COVERED * len(part.code):
            return
        total += shared  # each by itself: the parts may stand in another order
        # A little less than what they share, so that a split is believed only where it explains more.
        yield count, min(total, len(whole.code)) - 1.0


def _share_substance(left: Unit, right: Unit) -> bool:
    return not left.heading and len({*left.words} & {*right.words} - SMALL_WORDS) >= _SHARED
