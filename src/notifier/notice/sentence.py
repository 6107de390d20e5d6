"""A point becomes one plain sentence, with the words that changed in quotation marks."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from notifier.changes import rows
from notifier.changes.model import Category, Change, Edit, Operation
from notifier.notice.points import Point, Shape, leans
from notifier.notice.quote import (
    Passage,
    excerpt,
    excerpts,
    in_words,
    inside_quotes,
    is_row,
    one_line,
    passage,
)

# Characters of a quote: of one that stands alone, of two side by side, of one among several, of a few words.
_ALONE, _BESIDE, _AMONG, _SHORT = 280, 200, 110, 70
_NAMED = 8  # items of a list that are named
_SAMPLES = 3  # clauses that are quoted of all that a rewritten policy newly says about a topic
_FEW = 4  # places in a clause where words were added, or taken out
_CELLS = 2  # cells of a row that changed and are told apart
_UNLIKE = 1  # words by which two that stand for each other may differ in number
_COUNTED = 3  # words of a number with what it counts or belongs to

_JOINING = frozenset({"and", "and/or", "or", "but", "nor"})
_ANYWHERE = " in the policy"
_PARTED = re.compile(r"[,:;]|\band\b")  # what has parts itself is quoted, or its end could not be seen
_WORD = re.compile(r"\w+")
_IN_NAMES = frozenset({"and", "de", "for", "of", "the"})  # small in a name


def sentence(point: Point) -> str:
    """Tell a point in one sentence."""
    clauses = [in_words(change.new or change.old or "") for change in point.changes]
    match point.shape:
        case Shape.NEW:
            told = f"New{_place(point, clauses)}: {_passage(clauses)}"
        case Shape.GONE:
            told = f"No longer{_place(point, clauses) or _ANYWHERE}: {_passage(clauses)}"
        case Shape.ALL_NEW:
            told = f"New: {_samples(clauses)}"
        case Shape.ALL_GONE:
            told = f"No longer{_ANYWHERE}: {_samples(clauses)}"
        case Shape.LISTED:
            told = f"Added to {_list(point)}: {_items(point, clauses)}"
        case Shape.UNLISTED:
            told = f"Taken out of {_list(point)}: {_items(point, clauses)}"
        case Shape.MOVED:
            where = f"under {_title(point)}" if point.section else "in another place"
            told = f"{_passage(clauses[:1])} now stands {where}"
        case Shape.CHANGED:
            told = f"{_changed(point.changes[0])}{_elsewhere(len(point.changes) - 1)}"
    return f"{told}."


def _passage(clauses: Sequence[str]) -> str:
    return _quoted(excerpt(Passage(" ".join(clauses)), _ALONE))


def _place(point: Point, clauses: Sequence[str]) -> str:
    """Where a sentence stands that says little by itself."""
    return f" under {_title(point)}" if leans(clauses[0]) and point.section else ""


def _title(point: Point) -> str:
    return _quoted(excerpt(Passage(point.section), _SHORT))


def _elsewhere(places: int) -> str:
    if not places:
        return ""
    return f" (and likewise in {places} other place{'' if places == 1 else 's'})"


def _list(point: Point) -> str:
    where = f" under {_title(point)}" if point.section else ""
    if _has_rows(point):
        return f"the table{where}" if where else "a table"
    if point.topic is Category.SHARING and all(_is_name(change) for change in point.changes):
        return "who receives your data" + (f" ({_title(point)})" if where else "")
    return f"the list{where}" if where else "a list"


def _has_rows(point: Point) -> bool:
    return any(is_row(change.new or change.old or "") for change in point.changes)


def _is_name(change: Change) -> bool:
    """Only names are recipients for certain: "Mail Fox Ltd", not "Access to your data"."""
    found = _WORD.findall(change.new or change.old or "")
    return bool(found) and not any(word[0].islower() for word in found if word not in _IN_NAMES)


def _items(point: Point, clauses: Sequence[str]) -> str:
    short = [excerpt(Passage(clause), _AMONG) for clause in clauses]
    bare = not _has_rows(point)
    items = [item if bare and not _PARTED.search(item) else _quoted(item) for item in dict.fromkeys(short)]
    return _joined(items, _NAMED)


def _samples(clauses: Sequence[str]) -> str:
    return _joined([_quoted(excerpt(Passage(clause), _AMONG)) for clause in dict.fromkeys(clauses)], _SAMPLES)


def _joined(items: Sequence[str], most: int) -> str:
    """Write "A, B and C", or "A, B and 5 more"; a single one more is named as well."""
    if len(items) > most + 1:
        items = [*items[:most], f"{len(items) - most} more"]
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else items[0]


@dataclass(frozen=True, slots=True)
class _Swap:
    """Words that were replaced at one place of a clause; one of both may be ""."""

    old: str
    new: str


def _changed(change: Change) -> str:
    """Tell a changed clause by the words that were replaced where they are few, else by both texts."""
    old, new = in_words(change.old or ""), in_words(change.new or "")
    row = any(is_row(text) for text in (change.old or "", change.new or ""))
    if row and (cells := _cells(change.old or "", change.new or "")):
        return cells
    swaps = _swaps(change.edits)
    gone, come = [swap.old for swap in swaps if swap.old], [swap.new for swap in swaps if swap.new]
    few = 0 < len(swaps) <= _FEW and not row
    if few and not gone and _are_short(come, new):
        return f"{_all_quoted(come)} {_was(come)} added: {_quoted(_around(new, come))}"
    if few and not come and _are_short(gone, old):
        return f"{_all_quoted(gone)} {_was(gone)} taken out of {_quoted(_around(old, gone))}"
    if len(swaps) == 1 and few and _are_short([*gone, *come], new) and _is_like(*gone, *come):
        before, after = _with_unit(change, swaps[0])
        return f"{_quoted(before)} became {_quoted(after)}: {_quoted(_around(new, [after]))}"
    span_old, span_new = _spans(change.edits)
    said, says = excerpts(
        passage(old, in_words(change.words_old), span_old),
        passage(new, in_words(change.words_new), span_new),
        _BESIDE,
    )
    return f"Where the policy said {_quoted(said)}, it now says {_quoted(says)}"


def _cells(old: str, new: str) -> str:
    """Tell a row by the cells that changed, after the one that names it; "" where that, or much, changed."""
    before, after = (rows.cells(one_line(row)) for row in (old, new))
    if len(before) != len(after) or before[0] != after[0] or not before[0]:
        return ""
    pairs = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    if not pairs or len(pairs) > _CELLS or not all(len(cell) <= _AMONG for pair in pairs for cell in pair):
        return ""
    return f"{_quoted(before[0])}: {', and '.join(_cell(*pair) for pair in pairs)}"


def _cell(old: str, new: str) -> str:
    if old and new:
        return f"{_quoted(old)} became {_quoted(new)}"
    return f"{_quoted(new)} was added" if new else f"{_quoted(old)} was taken out"


def _is_like(old: str, new: str) -> bool:
    """Tell whether words stand for each other in a way that shows without the clause around them."""
    return abs(len(old.split()) - len(new.split())) <= _UNLIKE


def _with_unit(change: Change, swap: _Swap) -> tuple[str, str]:
    """Take in what belongs to a number: "two years" for "two", where the judgement names it."""
    old, new = in_words(change.words_old), in_words(change.words_new)
    swapped = re.sub(rf"(?<!\w){re.escape(swap.old)}(?!\w)", lambda _: swap.new, old, count=1)
    short = max(len(old.split()), len(new.split())) <= _COUNTED
    return (old, new) if old and short and swapped == new else (swap.old, swap.new)


def _are_short(words: Iterable[str], clause: str) -> bool:
    """Tell whether words can be named apart from a clause of which they are a small part."""
    lengths = [len(each) for each in words]
    return max(lengths) <= _SHORT and sum(lengths) * 2 < len(clause)


def _around(clause: str, words: Sequence[str]) -> str:
    """Quote a clause from the first to the last of the words, and what is around them."""
    first, last = passage(clause, words[0]), passage(clause, words[-1])
    return excerpt(Passage(clause, first.start, max(first.end, last.end)), _ALONE)


def _was(words: Sequence[str]) -> str:
    return "was" if len(set(words)) == 1 else "were"


def _all_quoted(words: Sequence[str]) -> str:
    """Quote each of the words once; what is part of a longer one is not said twice."""
    kept = [
        each for each in dict.fromkeys(words) if not any(each in other and each != other for other in words)
    ]
    return _joined([_quoted(_bare(each)) for each in kept], _FEW)


def _quoted(shown: str) -> str:
    return f"“{inside_quotes(shown)}”"


def _swaps(edits: Sequence[Edit]) -> list[_Swap]:
    """List the places where words differ, but for case and punctuation."""
    found = []
    for equal, run in groupby(edits, key=_is_equal):
        if not equal:
            steps = list(run)
            old, new = (
                " ".join("".join(edit.text for edit in steps if edit.operation is operation).split())
                for operation in (Operation.DELETE, Operation.INSERT)
            )
            if _letters(old) != _letters(new):
                found.append(_Swap(_bare(old), _bare(new)))
    return found


def _is_equal(edit: Edit) -> bool:
    return edit.operation is Operation.EQUAL


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def _bare(text: str) -> str:
    """Take off what only joins words to those beside them: punctuation, and a first or last "and"."""
    words = text.strip(" ,;:.-\u2013\u2014").split(" ")
    while len(words) > 1 and words[0].casefold() in _JOINING:
        words = words[1:]
    while len(words) > 1 and words[-1].casefold() in _JOINING:
        words = words[:-1]
    bare = " ".join(words).strip(" ,;:.")
    return bare if bare.count("(") == bare.count(")") else bare.strip(" ()")


def _spans(edits: Sequence[Edit]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where the old and where the new clause differ: from the first to the last edit, as (start, end)."""
    changed = [number for number, edit in enumerate(edits) if not _is_equal(edit)]
    if not changed:
        return (0, 0), (0, 0)
    before, inside = edits[: changed[0]], edits[changed[0] : changed[-1] + 1]
    old = [edit.text for edit in (*before, *inside) if edit.operation is not Operation.INSERT]
    new = [edit.text for edit in (*before, *inside) if edit.operation is not Operation.DELETE]
    start = _length(edit.text for edit in before)
    return (start, max(start, _length(old))), (start, max(start, _length(new)))


def _length(texts: Iterable[str]) -> int:
    return len(in_words("".join(texts)))
