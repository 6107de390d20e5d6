"""Tables on a page: ruled ones by their lines, others by the white between their columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from notifier.policy.glyphs import Fragment, Page, Rule

Row = Sequence[Fragment]
Span = tuple[float, float]
Cells = list[list[Fragment]]

_CLOSE = 3.0  # points between lines that count as one
_FEWEST_LEVELS = 3  # horizontal lines of a table of two rows
_WHITER = 1.25  # times the usual step from line to line: the next row of a table without lines
_CELL = 3.5  # words; a table's fragments are shorter in the mean, a column's lines longer


@dataclass(frozen=True, slots=True)
class Grid:
    """A ruled table: which of the page's rows it takes, and its own rows."""

    taken: frozenset[int]
    rows: tuple[Cells, ...]

    @property
    def first(self) -> int:
        """The first of the page's rows that it takes."""
        return min(self.taken)

    @property
    def after(self) -> int:
        """The row after the last."""
        return max(self.taken) + 1


def grids(page: Page, rows: Sequence[Row]) -> Iterator[Grid]:
    """The ruled tables among the rows, from above."""
    for levels, bars in _frames(page):
        inside = [
            index
            for index, row in enumerate(rows)
            if levels[0] < row[0].middle < levels[-1] and bars[0] - _CLOSE < row[0].left < bars[-1]
        ]
        if not inside:
            continue
        found = [
            cells for top, bottom in pairwise(levels) if (cells := _band(rows, inside, top, bottom, bars))
        ]
        yield Grid(frozenset(inside), tuple(found))


def _frames(page: Page) -> Iterator[tuple[list[float], list[float]]]:
    """The levels (y) and bars (x) of each table: bars that stand on the same levels belong together."""
    levels: list[float] = []
    for level in _merged(rule.at for rule in page.rules):
        if levels and not _bars_between(page.bars, levels[-1], level):
            yield from _frame(page, levels)
            levels = []
        levels.append(level)
    yield from _frame(page, levels)


def _frame(page: Page, levels: list[float]) -> Iterator[tuple[list[float], list[float]]]:
    if len(levels) < _FEWEST_LEVELS:
        return
    bars = _merged(
        bar.at for bar in page.bars if bar.start < levels[-1] - _CLOSE and bar.end > levels[0] + _CLOSE
    )
    if len(bars) >= _FEWEST_LEVELS:  # two columns and more
        yield levels, bars


def _bars_between(bars: Sequence[Rule], top: float, bottom: float) -> bool:
    spanning = [bar for bar in bars if bar.start <= top + _CLOSE and bar.end >= bottom - _CLOSE]
    return len(_merged(bar.at for bar in spanning)) >= _FEWEST_LEVELS


def _merged(places: Iterator[float]) -> list[float]:
    """Places in order, those that are nearly the same as one."""
    found: list[float] = []
    for place in sorted(places):
        if not found or place - found[-1] > _CLOSE:
            found.append(place)
    return found


def _band(
    rows: Sequence[Row], inside: Sequence[int], top: float, bottom: float, bars: Sequence[float]
) -> Cells:
    """What stands between two levels, by cell; [] where nothing does."""
    cells: Cells = [[] for _ in bars]
    for index in inside:
        for piece in rows[index]:
            if top <= piece.middle < bottom:
                cells[sum(piece.left >= bar - _CLOSE for bar in bars[1:])].append(piece)
    return cells if any(cells) else []


def is_table(rows: Sequence[Row], gutters: Sequence[Span]) -> bool:
    """Whether rows that the same gutters part are a table's rather than lines of two columns."""
    pieces = [piece for row in rows for piece in row]
    mean = sum(len(piece.text.split()) for piece in pieces) / len(pieces)
    first = [len(piece.text.split()) for piece in pieces if piece.right <= gutters[0][0]]
    return min(mean, sum(first) / max(1, len(first))) < _CELL


def by_gutters(rows: Sequence[Row], gutters: Sequence[Span]) -> Iterator[Cells]:
    """The rows of a table without lines; a new one begins after more white, or where all cells do."""
    steps = [row[0].top - before[0].top for before, row in pairwise(rows)]
    usual = min(steps, default=0.0)
    padded = max(steps, default=0.0) > _WHITER * usual
    cells: Cells = [[] for _ in (*gutters, None)]
    for step, row in zip([0.0, *steps], rows, strict=True):
        if any(cells) and (step > _WHITER * usual if padded else len(row) > len(gutters)):
            yield cells
            cells = [[] for _ in (*gutters, None)]
        for piece in row:
            cells[sum(piece.left >= gutter[1] for gutter in gutters)].append(piece)
    yield cells
