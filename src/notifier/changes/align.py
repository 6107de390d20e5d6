"""Which clause of the new text stands for which of the old.

Four passes, each over what the one before left: the same words in order, the same words elsewhere (moved),
similar words between the same neighbours (one to one, or split and merged), similar words anywhere.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import Indel, LCSseq

from notifier.changes.normal import SMALL_WORDS, words
from notifier.policy.document import ClauseKind, Document

_SIMILAR_HERE = 0.42  # share of words two clauses between the same neighbours must have in common
_AKIN = 0.2  # the same for two that stand alone between their neighbours and share words of substance
_SHARED = 2  # such words
_SMALL_GAP = 36  # clause pairs; in a larger gap what is merely akin pairs up by chance
_SIMILAR_ELSEWHERE = 0.62  # and two that stand anywhere
_COVERED = 0.6  # share of each part's words found in a clause it was split from or merged into
_LARGEST_GAP = 20_000  # clause pairs compared in one gap; a larger gap is left to the search by rare words
_RARE = 12  # clauses a word may stand in and still point at one of them
_CANDIDATES = 4
_TELLING = 5  # words; a shorter clause says too little to be found again by its words
_FIRST_CODE = 0xE000  # private use and beyond: clear of surrogates, room for a million words


@dataclass(frozen=True, slots=True)
class Unit:
    """A heading or clause as it is compared; `code` has one character a word, for speed."""

    text: str
    words: tuple[str, ...]
    code: str
    section: str | None
    kind: ClauseKind | None  # None for a heading

    @property
    def heading(self) -> bool:
        """Whether this is a heading."""
        return self.kind is None


@dataclass(frozen=True, slots=True)
class Match:
    """Positions of units that stand for each other; one side is empty for what was added or removed."""

    old: tuple[int, ...]
    new: tuple[int, ...]
    moved: bool = False


class Codebook:
    """One character per different word, shared by both texts."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}

    def encode(self, text: Iterable[str]) -> str:
        """The words as one string."""
        codes = self._codes
        return "".join([codes.setdefault(word, chr(_FIRST_CODE + len(codes))) for word in text])


def units(document: Document, book: Codebook) -> list[Unit]:
    """Headings and clauses of a document in reading order."""
    found: list[Unit] = []
    for section in document.sections:
        lines: list[tuple[str, ClauseKind | None]] = [
            (clause.text, clause.kind) for clause in section.clauses
        ]
        if section.heading is not None:
            lines.insert(0, (section.heading, None))
        for text, kind in lines:
            bag = words(text)
            found.append(Unit(text, bag, book.encode(bag) if bag else text, section.heading, kind))
    return found


def align(old: Sequence[Unit], new: Sequence[Unit]) -> list[Match]:
    """Match every unit of both texts, in the order of the new; what was removed follows its old neighbour."""
    anchors = _same_in_order(old, new)
    used_old, used_new = {i for i, _ in anchors}, {j for _, j in anchors}
    moved = _same_elsewhere(old, new, used_old, used_new)
    used_old |= {i for i, _ in moved}
    used_new |= {j for _, j in moved}
    matches = [Match((i,), (j,)) for i, j in anchors] + [Match((i,), (j,), moved=True) for i, j in moved]
    bounds = [(-1, -1), *anchors, (len(old), len(new))]
    for (old_start, new_start), (old_end, new_end) in pairwise(bounds):
        rows = [i for i in range(old_start + 1, old_end) if i not in used_old]
        columns = [j for j in range(new_start + 1, new_end) if j not in used_new]
        if rows and columns and len(rows) * len(columns) <= _LARGEST_GAP:
            matches += _in_gap(old, new, rows, columns)
    used_old |= {i for match in matches for i in match.old}
    used_new |= {j for match in matches for j in match.new}
    near = _similar_elsewhere(old, new, used_old, used_new)
    matches += near
    used_old |= {i for match in near for i in match.old}
    used_new |= {j for match in near for j in match.new}
    matches += [Match((i,), ()) for i in range(len(old)) if i not in used_old]
    matches += [Match((), (j,)) for j in range(len(new)) if j not in used_new]
    return _in_reading_order(matches, anchors)


def _same_in_order(old: Sequence[Unit], new: Sequence[Unit]) -> list[tuple[int, int]]:
    book = Codebook()
    left, right = book.encode(unit.code for unit in old), book.encode(unit.code for unit in new)
    return [
        (block.a + step, block.b + step)
        for block in Indel.opcodes(left, right).as_matching_blocks()
        for step in range(block.size)
    ]


def _same_elsewhere(
    old: Sequence[Unit], new: Sequence[Unit], used_old: set[int], used_new: set[int]
) -> list[tuple[int, int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for i in reversed(range(len(old))):
        if i not in used_old:
            places[old[i].code].append(i)
    return [
        (places[new[j].code].pop(), j)
        for j in range(len(new))
        if j not in used_new and places.get(new[j].code)
    ]


def _in_gap(old: Sequence[Unit], new: Sequence[Unit], rows: list[int], columns: list[int]) -> list[Match]:
    """The pairing of a gap that keeps most words in common, order kept; two may stand for one."""
    width = len(columns) + 1
    akin = len(rows) * len(columns) <= _SMALL_GAP
    best = [[0.0] * width for _ in range(len(rows) + 1)]
    step: list[list[tuple[int, int]]] = [[(0, 0)] * width for _ in range(len(rows) + 1)]
    for r in range(len(rows) + 1):
        for c in range(width):
            options = []
            if r:
                options.append((best[r - 1][c], (1, 0)))
            if c:
                options.append((best[r][c - 1], (0, 1)))
            if r and c:
                options += [
                    (best[r - a][c - b] + gain, (a, b))
                    for a, b in ((1, 1), (1, 2), (2, 1))
                    if a <= r
                    and b <= c
                    and (
                        gain := _gain(
                            [old[i] for i in rows[r - a : r]], [new[j] for j in columns[c - b : c]], akin=akin
                        )
                    )
                ]
            if options:
                best[r][c], step[r][c] = max(options, key=lambda option: option[0])
    found, r, c = [], len(rows), len(columns)
    while r or c:
        a, b = step[r][c]
        if a and b:
            found.append(Match(tuple(rows[r - a : r]), tuple(columns[c - b : c])))
        r, c = r - a, c - b
    return found


def _gain(old: Sequence[Unit], new: Sequence[Unit], *, akin: bool) -> float:
    """Words that a clause and its counterpart, or the two it was split into, share; 0 if not alike."""
    if len({unit.heading for unit in (*old, *new)}) > 1:
        return 0
    if len(old) == len(new) == 1:
        left, right = old[0], new[0]
        alike = Indel.normalized_similarity(left.code, right.code)
        if alike < _SIMILAR_HERE and not (akin and alike >= _AKIN and _share_substance(left, right)):
            return 0
        return float(LCSseq.similarity(left.code, right.code))
    whole, parts = (old[0], new) if len(old) == 1 else (new[0], old)
    if whole.heading:
        return 0
    if any(LCSseq.similarity(part.code, whole.code) < _COVERED * len(part.code) for part in parts):
        return 0
    # A little less than what they share, so that a split is believed only where it explains more.
    return LCSseq.similarity("".join(part.code for part in parts), whole.code) - 1.0


def _share_substance(left: Unit, right: Unit) -> bool:
    return not left.heading and len({*left.words} & {*right.words} - SMALL_WORDS) >= _SHARED


def _similar_elsewhere(
    old: Sequence[Unit], new: Sequence[Unit], used_old: set[int], used_new: set[int]
) -> list[Match]:
    index: dict[str, list[int]] = defaultdict(list)
    for i, unit in enumerate(old):
        if i not in used_old and not unit.heading and len(unit.words) >= _TELLING:
            for letter in set(unit.code):
                index[letter].append(i)
    scored: list[tuple[float, int, int]] = []
    for j, unit in enumerate(new):
        if j in used_new or unit.heading or len(unit.words) < _TELLING:
            continue
        votes = Counter(
            i
            for letter in set(unit.code)
            if len(index.get(letter, ())) <= _RARE
            for i in index.get(letter, ())
        )
        for i, _ in votes.most_common(_CANDIDATES):
            score = Indel.normalized_similarity(old[i].code, unit.code, score_cutoff=_SIMILAR_ELSEWHERE)
            if score:
                scored.append((score, i, j))
    found: list[Match] = []
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    for _, i, j in sorted(scored, key=lambda item: (-item[0], item[1], item[2])):
        if i not in taken_old and j not in taken_new:
            found.append(Match((i,), (j,), moved=True))
            taken_old.add(i)
            taken_new.add(j)
    return found


def _in_reading_order(matches: list[Match], anchors: list[tuple[int, int]]) -> list[Match]:
    places = dict(anchors) | {
        match.old[0]: match.new[0] for match in matches if match.old and match.new and not match.moved
    }

    def place(match: Match) -> tuple[float, int]:
        if match.new:
            return (match.new[0], 0)
        before = match.old[0] - 1
        while before >= 0 and before not in places:
            before -= 1
        return (places.get(before, -1), match.old[0] + 1)

    return sorted(matches, key=place)


def runs(matches: Iterable[Match]) -> Iterator[list[Match]]:
    """Put moved units that went together side by side, so that a moved section is one change."""
    run: list[Match] = []
    for match in matches:
        goes_on = (
            run
            and match.moved
            and run[-1].moved
            and match.old[0] == run[-1].old[-1] + 1
            and match.new[0] == run[-1].new[-1] + 1
        )
        if run and not goes_on:
            yield run
            run = []
        run.append(match)
    if run:
        yield run
