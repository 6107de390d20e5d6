"""From lines on pages to blocks: running titles and page numbers gone, paragraphs and words put together."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from statistics import median

from notifier.policy import columns, tables
from notifier.policy.blocks import LONGEST_HEADING, Block, BlockKind
from notifier.policy.columns import Line
from notifier.policy.glyphs import MARKER, Page
from notifier.policy.plain import BULLET, is_capitals
from notifier.policy.tables import Row

_EDGE = 3  # rows from the top or the bottom in which running titles stand
_SHARE = 0.4  # of the pages
_PLACE = 4.0  # points by which a running title's place may differ
_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:page|seite|página|pagina|p\.)\s*)?(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:of|/|von|de|di|sur|van)\s*\d{1,4})?\W*",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
_LARGER = 1.08  # times the size of the running text: a heading
_SMALL = 0.85  # times the size of the running text: a footnote
_NOTE = re.compile(r"(?:\d{1,2}|[*†‡])\s?(?=\D)")
_LOOSER = 1.35  # times the usual step from line to line: a new paragraph
_MARKED = re.compile(rf"{MARKER.pattern}\s+(?=\S)")
_INLINE = re.compile(r"\s\((?:i{1,3}|iv|v|[a-z1-9])\)\s")
_ENDS = re.compile(r"""[.!?:;]["'”\u2019)\]]*$""")
_HYPHENATED = re.compile(r"(\w+)[-\u00ad\u2010]$")
_IN_ADDRESS = re.compile(r"\S*(?:://|www\.|@)\S*[-/.]$|\S*/\S*[-/]$")
_WORD = re.compile(r"\w+(?:-\w+)*")
_LONG = 5  # letters; a part of a broken word that long and known is rarely a mere syllable
_NO_HEADING = (".", ",", ";", ":")


def blocks(pages: Sequence[Page]) -> Iterator[Block]:
    """The blocks of a document in reading order."""
    running = _running(pages)
    lines = [
        line
        for number, page in enumerate(pages)
        for line in columns.lines(page, number, _without(page, running))
    ]
    sizes = Counter[float]()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    body = max(sizes, key=lambda size: sizes[size], default=0.0)
    lines = _notes_last(lines, body)
    step = _step(lines)
    known = _words(lines)
    group: list[Line] = []
    for line in lines:
        if group and _begins(group, line, step, body):
            yield _block(group, body, known)
            group = []
        group.append(line)
    if group:
        yield _block(group, body, known)


def _notes_last(lines: Sequence[Line], body: float) -> list[Line]:
    """The lines with the footnotes after all others, so that none parts a paragraph that goes on overleaf."""
    text: list[Line] = []
    notes: list[Line] = []
    for _, page in groupby(lines, key=lambda line: line.page):
        found = list(page)
        small = len(found)
        while small and found[small - 1].cells == 1 and found[small - 1].size < _SMALL * body:
            small -= 1
        while small < len(found) and not _NOTE.match(found[small].text):
            small += 1
        text += found[:small]
        notes += found[small:]
    return text + notes


def _words(lines: Sequence[Line]) -> frozenset[str]:
    """The document's own words, in lower case, without the halves of those broken at a line's end."""
    known: set[str] = set()
    broken = False
    for line in lines:
        found = _WORD.findall(line.text.lower())
        rest = found[1:] if broken else found
        broken = bool(_HYPHENATED.search(line.text))
        known.update(rest[:-1] if broken else rest)
    return frozenset(known)


def _running(pages: Sequence[Page]) -> set[tuple[str, int]]:
    """What stands at the same place at the edge of many pages: of the left or the right ones, at least."""
    seen: Counter[tuple[str, int]] = Counter()
    for page in pages:
        within = _within_tables(page)
        edge = (*page.rows[:_EDGE], *page.rows[-_EDGE:])
        seen.update({_title(row) for row in edge if row not in within})
    return {title for title, count in seen.items() if count > 1 and count >= _SHARE * len(pages)}


def _within_tables(page: Page) -> set[Row]:
    """The rows of a ruled table but its first, which may be repeated on each page: no running titles."""
    grids = tables.grids(page, page.rows)
    return {page.rows[index] for grid in grids for index in grid.taken if index > grid.first}


def _title(row: Row) -> tuple[str, int]:
    """A row's text, its digits as #, and its place from above."""
    return _DIGITS.sub("#", " ".join(piece.text for piece in row)), round(row[0].middle / _PLACE)


def _without(page: Page, running: set[tuple[str, int]]) -> list[Row]:
    rows: list[Row] = list(page.rows)
    within = _within_tables(page)
    for end in (0, -1):
        for _ in range(_EDGE):
            if not rows or rows[end] in within:
                break
            text = " ".join(piece.text for piece in rows[end])
            if _title(rows[end]) in running or _PAGE_NUMBER.fullmatch(text):
                rows.pop(end)
            else:
                break
    return rows


def _step(lines: Sequence[Line]) -> float:
    """The usual distance from line to line, in sizes of the text."""
    steps = [
        (line.top - before.top) / line.size
        for before, line in pairwise(lines)
        if before.page == line.page and 0 < line.top - before.top < 3 * line.size and line.cells == 1
    ]
    return median(steps) if steps else 1.2


def _begins(group: Sequence[Line], line: Line, step: float, body: float) -> bool:
    """Whether a line begins a new paragraph, heading, item or row."""
    before = group[-1]
    if line.cells > 1 or before.cells > 1:
        return True
    near = line.page == before.page and 0 < line.top - before.top <= _LOOSER * step * line.size
    same_size = 1 / _LARGER < line.size / before.size < _LARGER
    if not same_size or (
        _is_heading(group, body) != _heads(line, body) and not (near and line.text[0].islower())
    ):
        return True
    marker = _MARKED.match(line.text)
    if BULLET.match(line.text) or (marker and _meant(before, line) and not _goes_on(group, marker[0])):
        return True
    if line.page != before.page or line.top < before.top:  # the next page or column
        return bool(_ENDS.search(before.text)) or _heads(line, body)
    if not near:
        return True
    indented = line.left - before.left > line.size / 2 and len(group) > 1
    ended = bool(_ENDS.search(before.text))
    return (indented and ended) or (
        _room(before, line) and (ended or (line.text[0].isupper() and not before.text.endswith(",")))
    )


def _meant(before: Line, line: Line) -> bool:
    """Whether the break before a number was meant, so that it begins an item."""
    return bool(_ENDS.search(before.text)) or _room(before, line)


def _room(before: Line, line: Line) -> bool:
    """Whether the next line's first word would have fitted."""
    first = line.text.split(maxsplit=1)[0]
    width = (line.right - line.left) / max(1, len(line.text)) * (len(first) + 1)
    return before.right + width < before.column[1] - line.size


def _goes_on(group: Sequence[Line], marker: str) -> bool:
    """Whether "(iii)" goes on counting what the paragraph counts in its text: "for (i) ... and (ii) ..."."""
    text = " ".join(line.text for line in group)
    return marker.startswith("(") and bool(_INLINE.search(text, 1))


def _is_heading(group: Sequence[Line], body: float) -> bool:
    return all(_heads(line, body) for line in group)


def _heads(line: Line, body: float) -> bool:
    if line.cells > 1 or len(line.text.split()) > LONGEST_HEADING:
        return False
    if line.size > _LARGER * body:
        return True
    bare = _MARKED.sub("", line.text)
    return line.size > 0.9 * body and (line.bold or is_capitals(bare)) and not line.text.endswith(_NO_HEADING)


def _block(group: Sequence[Line], body: float, known: frozenset[str]) -> Block:
    text = _joined([line.text for line in group], known)
    if group[0].cells > 1:
        return Block(BlockKind.ROW, text)
    if _is_heading(group, body) and len(text.split()) <= LONGEST_HEADING:
        return Block(BlockKind.HEADING, text)
    marker = BULLET.match(text) or _MARKED.match(text)
    if marker:
        # "2.5" may be a clause's number or a figure; it stays.
        figure = marker[0].strip()[-1:].isdigit()
        return Block(BlockKind.ITEM, text if figure else text[marker.end() :])
    return Block(BlockKind.PARAGRAPH, text)


def _joined(lines: Sequence[str], known: frozenset[str]) -> str:
    """Lines as one, with the words whole that were broken at their ends."""
    text = lines[0]
    for line in lines[1:]:
        broken = _HYPHENATED.search(text)
        following = _WORD.match(line)
        if _IN_ADDRESS.search(text):
            text += line
        elif broken and following and line[0].islower():
            hyphen = "-" if _keeps_hyphen(broken[1].lower(), following[0].lower(), known) else ""
            text = text[: broken.end(1)] + hyphen + line
        else:
            text = f"{text} {line}"
    return text


def _keeps_hyphen(first: str, second: str, known: frozenset[str]) -> bool:
    """Whether a word broken at its hyphen is written with one, as far as the document's own words tell."""
    if first + second in known:
        return False
    return f"{first}-{second}" in known or (first in known and (second in known or len(first) >= _LONG))
