"""Two documents become a comparison: clauses aligned, words compared, each difference judged."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from notifier.changes import align, context
from notifier.changes.alarms import alarms
from notifier.changes.context import Context
from notifier.changes.judge import Difference, judge
from notifier.changes.model import Change, Comparison, Edit, Kind, Operation, Side
from notifier.changes.normal import words
from notifier.changes.vocabulary import load
from notifier.changes.words import edits
from notifier.policy.document import Document

_FALLBACK = "en"  # a text too short to tell, such as a bare list of names, is read with this vocabulary
_TELLING = 4  # words; a shorter clause that only changed its place is not worth a line


def side(document: Document, source: str, raw: bytes) -> Side:
    """What a comparison records of a text: `source` as the person named it, `raw` as it was read."""
    return Side(source, hashlib.sha256(raw).hexdigest(), document.effective_date, document.language)


def compare(old: Document, new: Document, old_side: Side, new_side: Side) -> Comparison:
    """Everything that differs, judged, in the order of the new text; ids count from "c1"."""
    book = align.Codebook()
    old_units, new_units = align.units(old, book), align.units(new, book)
    differences = list(_differences(old_units, new_units))
    swaps = [swap for difference in differences for swap in _swaps(difference.edits)]
    language = new.language or old.language or _FALLBACK
    vocabulary = load(language) if old.language in {None, language} else None
    both = (
        Context(context.whole(old_units), context.whole(new_units), book, context.renames(swaps), vocabulary)
        if vocabulary
        else None
    )
    changes = tuple(
        _change(f"c{number}", difference, both) for number, difference in enumerate(differences, start=1)
    )
    return Comparison(old_side, new_side, changes, alarms(old, new))


def _differences(old: Sequence[align.Unit], new: Sequence[align.Unit]) -> Iterator[Difference]:
    for run in align.runs(align.align(old, new)):
        match = run[0]
        if len(run) > 1 or match.moved:
            yield from _moved(run, old, new)
            continue
        before, after = _joined(old, match.old), _joined(new, match.new)
        if before == after:
            continue
        kind = Kind.CHANGED if match.old and match.new else Kind.REMOVED if match.old else Kind.ADDED
        yield _difference(kind, [old[i] for i in match.old], [new[j] for j in match.new])


def _moved(
    run: Sequence[align.Match], old: Sequence[align.Unit], new: Sequence[align.Unit]
) -> Iterator[Difference]:
    """A run that went together is one move; a clause that also changed on the way is a change of its own."""
    exact: list[tuple[align.Unit, align.Unit]] = []
    for match in run:
        left, right = old[match.old[0]], new[match.new[0]]
        if left.code != right.code:
            yield _difference(Kind.CHANGED, [left], [right])
        elif not left.heading:  # a heading that went along is named as the section
            exact.append((left, right))
    if sum(len(left.words) for left, _ in exact) >= _TELLING:
        yield _difference(Kind.MOVED, [left for left, _ in exact], [right for _, right in exact])


def _difference(kind: Kind, old: Sequence[align.Unit], new: Sequence[align.Unit]) -> Difference:
    before, after = _text(old), _text(new)
    first = (new or old)[0]
    return Difference(
        kind=kind,
        section_old=old[0].section if old else None,
        section_new=new[0].section if new else None,
        old=before,
        new=after,
        edits=edits(before, after),
        unit=first.kind,
    )


def _joined(units: Sequence[align.Unit], positions: Iterable[int]) -> str:
    return " ".join(units[position].text for position in positions)


def _text(units: Sequence[align.Unit]) -> str | None:
    return " ".join(unit.text for unit in units) or None


def _swaps(steps: Sequence[Edit]) -> Iterator[tuple[str, str]]:
    for gone, come in pairwise(steps):
        if gone.operation is Operation.DELETE and come.operation is Operation.INSERT:
            yield " ".join(words(gone.text)), " ".join(words(come.text))


def _change(identity: str, difference: Difference, both: Context | None) -> Change:
    finding = judge(difference, both)
    return Change(
        id=identity,
        kind=difference.kind,
        section_old=difference.section_old,
        section_new=difference.section_new,
        old=difference.old,
        new=difference.new,
        edits=difference.edits,
        level=finding.level,
        categories=finding.categories,
        direction=finding.direction,
        reason=finding.reason,
        rule=finding.rule,
        words_old=finding.words_old,
        words_new=finding.words_new,
    )
