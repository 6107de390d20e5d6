"""The new text from the old one and a comparison, line by line: nothing that differs is left unsaid."""

from collections.abc import Iterator, Sequence

from notifier.changes.model import Comparison, Cut, Kept, Operation
from notifier.policy.document import Document


def lines(document: Document) -> list[str]:
    """The headings and clauses of a document in reading order: the lines that a comparison counts, from 0."""
    return [
        line
        for section in document.sections
        for line in ([section.heading] if section.heading is not None else [])
        + [clause.text for clause in section.clauses]
    ]


def rebuild(old: Sequence[str], comparison: Comparison) -> list[str]:
    """The lines of the new text: those of the old that were kept, and those the edits of a change yield."""
    return list(_lines(old, comparison))


def _lines(old: Sequence[str], comparison: Comparison) -> Iterator[str]:
    changed = [
        "".join(edit.text for edit in change.edits if edit.operation is not Operation.DELETE)
        for change in comparison.changes
    ]
    for piece in comparison.pieces:
        match piece:
            case Kept(first, count):
                yield from old[first : first + count]
            case Cut(change, start, end):
                yield changed[change][start:end]
