"""Cuts two long sequences into stretches that stand for each other, so that comparing them costs little.

Comparing word by word takes time and memory with the product of both lengths. That is nothing for a clause,
but minutes for two lines of a hundred thousand words: these are first cut where the same run of words
stands once in each.
"""

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

_LARGEST = 60_000_000  # pairs in one stretch: some 10 ms, 10 MB
_RUNS = (12, 3, 1)  # lengths of the runs that are looked for, the surest first


@dataclass(frozen=True, slots=True)
class Stretch:
    """Items `old_start` to `old_end` of the one sequence stand for `new_start` to `new_end` of the other."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int

    @property
    def pairs(self) -> int:
        """How many items could be compared with each other."""
        return (self.old_end - self.old_start) * (self.new_end - self.new_start)


def stretches(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[Stretch]:
    """Both sequences from end to end, in order, as stretches of a bounded size."""
    yield from _cut(old, new, Stretch(0, len(old), 0, len(new)), _RUNS)


def _cut(
    old: Sequence[Hashable], new: Sequence[Hashable], whole: Stretch, lengths: tuple[int, ...]
) -> Iterator[Stretch]:
    if whole.pairs <= _LARGEST:
        yield whole
        return
    if not lengths:
        yield from _evenly(whole)
        return
    start = (whole.old_start, whole.new_start)
    places = [*_shared_once(old, new, whole, lengths[0]), (whole.old_end, whole.new_end)]
    for index, (old_end, new_end) in enumerate(places):
        stretch = Stretch(start[0], old_end, start[1], new_end)
        if index + 1 < len(places):
            further = Stretch(start[0], places[index + 1][0], start[1], places[index + 1][1])
            if further.pairs <= _LARGEST:
                continue  # many small neighbours make one stretch: each of them costs a call
        yield from _cut(old, new, stretch, lengths[1:])
        start = (old_end, new_end)


def _shared_once(
    old: Sequence[Hashable], new: Sequence[Hashable], whole: Stretch, length: int
) -> list[tuple[int, int]]:
    """Where a run stands once in each and in the same order as the others: the longest such series."""
    ours = _once(old, whole.old_start, whole.old_end, length)
    theirs = _once(new, whole.new_start, whole.new_end, length)
    pairs = [
        (place, theirs[run])
        for run, place in ours.items()
        if run in theirs and old[place : place + length] == new[theirs[run] : theirs[run] + length]
    ]
    return _rising(sorted(pairs))


def _once(items: Sequence[Hashable], start: int, end: int, length: int) -> dict[int, int]:
    """The runs that stand once, by their hash: the place of each."""
    places: dict[int, int] = {}
    for place in range(start, end - length + 1):
        run = hash(tuple(items[place : place + length]))
        places[run] = -1 if run in places else place
    return {run: place for run, place in places.items() if place >= 0}


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest series of pairs in which both places rise."""
    ends: list[int] = []  # the lowest second place in which a series of each length can end
    last: list[int] = []  # the pair it ends with
    before: list[int] = []
    for index, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else -1)
        if length == len(ends):
            ends.append(place)
            last.append(index)
        else:
            ends[length], last[length] = place, index
    series = []
    index = last[-1] if last else -1
    while index >= 0:
        series.append(pairs[index])
        index = before[index]
    return series[::-1]


def _evenly(whole: Stretch) -> Iterator[Stretch]:
    """Nothing to cut by: as many equal stretches as it takes."""
    count = int((whole.pairs / _LARGEST) ** 0.5) + 1
    old_length, new_length = whole.old_end - whole.old_start, whole.new_end - whole.new_start
    for step in range(count):
        yield Stretch(
            whole.old_start + old_length * step // count,
            whole.old_start + old_length * (step + 1) // count,
            whole.new_start + new_length * step // count,
            whole.new_start + new_length * (step + 1) // count,
        )
