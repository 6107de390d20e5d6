"""What a page of print is made of: glyphs that run on become fragments, fragments on one line a row."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import NamedTuple

from notifier.policy.plain import BULLET

# "1.", "2.2.1", "(iv)", "b)": what a clause is numbered with.
MARKER = re.compile(
    r"(?:\d{1,3}(?:\.\d{1,3})+|\d{1,3}(?:\.\d{1,3})*[.)]|\((?:[a-z]{1,2}|[ivx]{1,5}|\d{1,3})\)|(?:[a-z]|[ivx]{1,5}|[A-Z])[.)])"
)
_GAP = 1.0  # a gap wider than this times the size may be one between columns or cells
_RAISED = 0.5  # glyphs whose middles differ by less than this share of their size stand on one line


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character; x to the right and y downwards, in points, `size` of the font. `bold` as the font is."""

    char: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    bold: bool


@dataclass(frozen=True, slots=True)
class Fragment:
    """Text without a wide gap on one line."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    bold: bool

    @property
    def middle(self) -> float:
        """Where on the page, from above."""
        return (self.top + self.bottom) / 2


class Rule(NamedTuple):
    """A line on the page: a horizontal one `at` this y from `start` to `end`, or a vertical one at this x."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its fragments by row from above, and its horizontal and vertical rules."""

    rows: tuple[tuple[Fragment, ...], ...]
    rules: tuple[Rule, ...] = ()
    bars: tuple[Rule, ...] = ()


def rows(glyphs: Iterable[Glyph], bars: Sequence[Rule] = ()) -> tuple[tuple[Fragment, ...], ...]:
    """Glyphs in the order they were drawn, as rows from above, each with its fragments from the left.

    No fragment crosses one of the vertical `bars`, which come from left to right.
    """
    found: list[list[Fragment]] = []
    for fragment in sorted(_fragments(glyphs, bars), key=lambda piece: piece.middle):
        last = found[-1] if found else []
        if last and abs(fragment.middle - last[-1].middle) < _RAISED * min(fragment.size, last[-1].size):
            last.append(fragment)
        else:
            found.append([fragment])
    return tuple(tuple(_merged(sorted(row, key=lambda piece: piece.left), bars)) for row in found)


def _fragments(glyphs: Iterable[Glyph], bars: Sequence[Rule]) -> Iterator[Fragment]:
    run: list[Glyph] = []
    for glyph in glyphs:
        if run and (not _runs_on(run[-1], glyph) or _barred(run[-1], glyph, bars)):
            yield from _fragment(run)
            run = []
        run.append(glyph)
    yield from _fragment(run)


def _runs_on(before: Glyph, glyph: Glyph) -> bool:
    size = max(before.size, glyph.size)
    apart = abs((before.top + before.bottom) - (glyph.top + glyph.bottom)) / 2
    return (
        apart < _RAISED * size
        and glyph.left > before.left - size / 2  # the letters of a ligature share a box
        and glyph.left - before.right < _GAP * size
    )


def _fragment(run: Sequence[Glyph]) -> Iterator[Fragment]:
    inked = [glyph for glyph in run if not glyph.char.isspace()]
    if not inked:
        return
    parts: list[str] = []
    for before, glyph in zip([None, *run], run, strict=False):
        if before is not None and glyph.left - before.right > glyph.size / 5 and not before.char.isspace():
            parts.append(" ")
        parts.append(glyph.char)
    letters = [glyph for glyph in inked if glyph.char.isalnum()] or inked
    yield Fragment(
        text=" ".join("".join(parts).split()),
        left=inked[0].left,
        right=inked[-1].right,
        top=min(glyph.top for glyph in inked),
        bottom=max(glyph.bottom for glyph in inked),
        size=median(glyph.size for glyph in inked),
        bold=all(glyph.bold for glyph in letters),
    )


def _merged(row: Sequence[Fragment], bars: Sequence[Rule]) -> Iterator[Fragment]:
    """Put together what is near, and a bullet or number with what it stands before."""
    held: Fragment | None = None
    for fragment in row:
        if held is not None:
            near = fragment.left - held.right < _GAP * max(held.size, fragment.size)
            marks = MARKER.fullmatch(held.text) or BULLET.match(f"{held.text} x")
            if (near or marks) and not _barred(held, fragment, bars):
                held = join(held, fragment)
                continue
            yield held
        held = fragment
    if held is not None:
        yield held


def _barred(left: Glyph | Fragment, right: Glyph | Fragment, bars: Sequence[Rule]) -> bool:
    """Whether a bar stands between two pieces of a row."""
    start = max(left.left, left.right - left.size / 4)
    end = min(right.right, right.left + right.size / 4)
    between = bars[bisect_right(bars, start, key=_at) : bisect_left(bars, end, key=_at)]
    return any(bar.start < left.bottom and bar.end > left.top for bar in between)


def _at(bar: Rule) -> float:
    return bar.at


def join(left: Fragment, right: Fragment) -> Fragment:
    """Two fragments of a row as one."""
    larger = max(left, right, key=lambda piece: len(piece.text))
    glued = right.left - left.right < right.size / 5
    return replace(
        larger,
        text=left.text + ("" if glued else " ") + right.text,
        left=left.left,
        right=max(left.right, right.right),
        top=min(left.top, right.top),
        bottom=max(left.bottom, right.bottom),
        bold=left.bold and right.bold,
    )
