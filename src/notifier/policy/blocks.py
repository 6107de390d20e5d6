"""What every format is first read into: a flat run of headings, paragraphs, list items and table rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from notifier.policy.clauses import clean, sentences
from notifier.policy.document import Clause, ClauseKind, Section

LONGEST_CELL = 200  # words; a table with longer cells lays out a page
LONGEST_HEADING = 16  # words; anything longer is a sentence, whatever its markup says


class BlockKind(StrEnum):
    """What a block of text was in its document."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Block:
    """A block of text as it was found; white space and masked addresses are not yet cleaned."""

    kind: BlockKind
    text: str


def sections(blocks: Iterable[Block]) -> tuple[Section, ...]:
    """Group blocks under their headings; paragraphs and items become one clause a sentence."""
    found: list[Section] = []
    heading: str | None = None
    clauses: list[Clause] = []
    for block in blocks:
        text = clean(block.text)
        if not text:
            continue
        if block.kind is BlockKind.HEADING:
            if heading is not None or clauses:
                found.append(Section(heading, tuple(clauses)))
            heading, clauses = text, []
        elif block.kind is BlockKind.ROW:
            clauses.append(Clause(text, ClauseKind.ROW))
        else:
            kind = ClauseKind.ITEM if block.kind is BlockKind.ITEM else ClauseKind.SENTENCE
            clauses += [Clause(sentence, kind) for sentence in sentences(text)]
    if heading is not None or clauses:
        found.append(Section(heading, tuple(clauses)))
    return tuple(found)
