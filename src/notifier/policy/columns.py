"""The reading order of a page: columns one after the other, tables row by row."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from notifier.policy import tables
from notifier.policy.glyphs import Fragment, Page, join
from notifier.policy.tables import Row, Span

_GUTTER = 0.8  # times the size of the text: the least width of white between columns
_FEWEST = 3  # rows with text on both sides make columns
_MOST_ROWS = 1_000  # on a page; no real one has more, and comparing them all takes long
_MOST_GUTTERS = 10  # more columns than that are a table
_LEADING = 2.2  # times the size: a wider step down from row to row ends a run of columns
_PADDED = 4.0  # ... unless the row has several fragments, as where the cells of a table are padded


@dataclass(frozen=True, slots=True)
class Line:
    """One line of running text with the column it stands in; or one row of a table, `cells` joined."""

    text: str
    page: int
    left: float
    right: float
    top: float
    bottom: float
    size: float
    bold: bool
    column: Span
    cells: int = 1


def lines(page: Page, number: int, rows: Sequence[Row]) -> Iterator[Line]:
    """The lines of a page's rows in reading order; `number` is the page's."""
    if not rows:
        return
    column = min(row[0].left for row in rows), max(row[-1].right for row in rows)
    if len(rows) > _MOST_ROWS:
        yield from (_line(row, number, column) for row in rows)
    else:
        yield from _region(page, number, rows, column)


def _region(page: Page, number: int, rows: Sequence[Row], column: Span) -> Iterator[Line]:
    first = 0
    grids = {grid.first: grid for grid in tables.grids(page, rows)}
    while first < len(rows):
        grid = grids.get(first)
        if grid is not None:
            yield from (_cells(row, number, column) for row in grid.rows)
            beside = (rows[index] for index in range(first, grid.after) if index not in grid.taken)
            yield from (_line(row, number, column) for row in beside)
            first = grid.after
            continue
        run = _run(rows, first, column, stop=min((at for at in grids if at > first), default=len(rows)))
        if run is None:
            yield _line(rows[first], number, column)
            first += 1
            continue
        after, gutters = run
        part = rows[first:after]
        if len(gutters) > _MOST_GUTTERS or tables.is_table(part, gutters):
            yield from (_cells(row, number, column) for row in tables.by_gutters(part, gutters))
        else:
            middle = sum(gutters[0]) / 2
            left = [[piece for piece in row if piece.right <= middle] for row in part]
            right = [[piece for piece in row if piece.right > middle] for row in part]
            for start, end in _bands(left, right):
                for half, span in ((left, (column[0], gutters[0][0])), (right, (gutters[0][1], column[1]))):
                    yield from _region(page, number, [row for row in half[start:end] if row], span)
        first = after


def _bands(left: Sequence[Row], right: Sequence[Row]) -> list[tuple[int, int]]:
    """The parts of two columns to be read one after the other: all, or each heading with what is beside it.

    Headings stand at the side where the left column is bold throughout, and the right one is not.
    """
    if not all(piece.bold for row in left for piece in row) or all(row[0].bold for row in right if row):
        return [(0, len(left))]
    starts = [0, *(at for at in range(1, len(left)) if left[at] and not left[at - 1] and right[at])]
    return list(pairwise([*starts, len(left)]))


def _run(rows: Sequence[Row], first: int, column: Span, stop: int) -> tuple[int, list[Span]] | None:
    """The row after the longest run of rows that the same gutters part, and these; None without any."""
    if len(rows[first]) == 1 and not _beside(rows, first):
        return None
    free = _free(rows[first], column)
    parted = 0
    leftmost, rightmost = math.inf, -math.inf  # where the first text ends and the last begins
    best: tuple[int, list[Span]] | None = None
    for index in range(first, stop):
        row = rows[index]
        if index > first:
            step = row[0].top - rows[index - 1][0].top
            if step > (_PADDED if len(row) > 1 else _LEADING) * row[0].size:
                break
            free = _common(free, _free(row, column), _GUTTER * row[0].size)
        leftmost, rightmost = min(leftmost, row[0].right), max(rightmost, row[-1].left)
        gutters = [(left, right) for left, right in free if leftmost <= left and rightmost >= right]
        if not gutters:
            break
        parted += len(row) > 1
        if parted >= _FEWEST or (parted > 1 and len(gutters) > 1):
            best = index + 1, gutters
    return best


def _beside(rows: Sequence[Row], first: int) -> bool:
    """Whether a row with text in one column only is followed at once by one that has two."""
    following = rows[first + 1] if first + 1 < len(rows) else ()
    return len(following) > 1 and following[0].top - rows[first][0].bottom < rows[first][0].size


def _free(row: Row, column: Span) -> list[Span]:
    edges = [column[0], *(edge for piece in row for edge in (piece.left, piece.right)), column[1]]
    return [(left, right) for left, right in zip(edges[::2], edges[1::2], strict=True) if right > left]


def _common(some: Sequence[Span], others: Sequence[Span], least: float) -> list[Span]:
    both = [(max(left, start), min(right, end)) for left, right in some for start, end in others]
    return [(left, right) for left, right in both if right - left >= least]


def _cells(cells: Sequence[Sequence[Fragment]], number: int, column: Span) -> Line:
    """A row of a table, its cells parted by " | "."""
    pieces = [piece for cell in cells for piece in cell]
    texts = [" ".join(piece.text for piece in cell) for cell in cells if cell]
    return Line(
        text=" | ".join(texts),
        page=number,
        left=min(piece.left for piece in pieces),
        right=max(piece.right for piece in pieces),
        top=min(piece.top for piece in pieces),
        bottom=max(piece.bottom for piece in pieces),
        size=pieces[0].size,
        bold=all(piece.bold for piece in pieces),
        column=column,
        cells=len(cells),
    )


def _line(row: Row, number: int, column: Span) -> Line:
    whole = row[0]
    for piece in row[1:]:
        whole = join(whole, piece)
    return Line(
        whole.text,
        number,
        whole.left,
        whole.right,
        whole.top,
        whole.bottom,
        whole.size,
        whole.bold,
        column,
    )
