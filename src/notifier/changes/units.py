"""A document as the comparison sees it: its headings and clauses in a row, each with what it stands under."""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from notifier.changes.normal import words
from notifier.errors import WrongUse
from notifier.policy.document import Clause, ClauseKind, Document

_FIRST_CODE = 0xE000  # private use and beyond: clear of surrogates, room for a million words
_HEADER = 40  # words; a longer first row of a table is no header
# A sentence that is over leads into nothing: "We share your data with:" does, "To keep you safe" may.
_OVER = re.compile(r"[.!?\u2026\u3002\uff01\uff1f]['\"\u2019\u201d)\]]*$")
_COLON = re.compile("[:\uff1a]$")


@dataclass(frozen=True, slots=True)
class Unit:
    """A heading or clause as it is compared; `code` has one character a word, for speed.

    `lead` is what a list item or table row stands under and is understood by: the words that lead into its
    list ("We share your data with:"), the header of its table. `under` is where that stands among the units,
    else where the section's heading stands. `number` counts the sections.
    """

    text: str
    words: tuple[str, ...]
    code: str
    section: str | None
    kind: ClauseKind | None  # None for a heading
    number: int = 0
    lead: str | None = None
    under: int | None = None

    @property
    def heading(self) -> bool:
        """Whether this is a heading."""
        return self.kind is None

    @property
    def listed(self) -> bool:
        """Whether this is one of a set: a list item, a table row."""
        return self.kind in {ClauseKind.ITEM, ClauseKind.ROW}


class Codebook:
    """One character per different word, shared by both texts."""

    def __init__(self) -> None:
        self._codes = _Codes()

    def encode(self, text: Iterable[str]) -> str:
        """The words as one string. Raises WrongUse when the texts have over a million different words."""
        return "".join(map(self._codes.__getitem__, text))


class _Codes(dict[str, str]):
    def __missing__(self, word: str) -> str:
        code = _FIRST_CODE + len(self)
        if code > sys.maxunicode:
            most = sys.maxunicode - _FIRST_CODE + 1
            raise WrongUse(
                f"two texts with more than {most} different words", "name the policies' texts alone"
            )
        self[word] = chr(code)
        return self[word]


def units(document: Document, book: Codebook) -> list[Unit]:
    """Headings and clauses of a document in reading order."""
    found: list[Unit] = []
    for number, section in enumerate(document.sections):
        top = None
        if section.heading is not None:
            top = len(found)
            found.append(_unit(section.heading, None, section.heading, number, book))
        start = len(found)
        for clause, leads in zip(section.clauses, _leads(section.clauses), strict=True):
            lead = " ".join(section.clauses[place].text for place in leads) or None
            under = start + leads[-1] if leads else top
            found.append(
                _unit(clause.text, clause.kind, section.heading, number, book, lead=lead, under=under)
            )
    return found


def _unit(
    text: str,
    kind: ClauseKind | None,
    section: str | None,
    number: int,
    book: Codebook,
    *,
    lead: str | None = None,
    under: int | None = None,
) -> Unit:
    bag = words(text)
    return Unit(text, bag, book.encode(bag or (text,)), section, kind, number, lead, under)


def _leads(clauses: Sequence[Clause]) -> Iterator[tuple[int, ...]]:
    """For each clause of a section which clauses lead into it, the outer first."""
    sentence: tuple[int, ...] = ()
    inner: tuple[int, ...] = ()  # an item that leads into items of its own; where these end is not known
    header: tuple[int, ...] = ()
    previous: ClauseKind | None = None
    for place, clause in enumerate(clauses):
        if clause.kind is ClauseKind.ROW:
            if previous is not ClauseKind.ROW:
                yield sentence
                header = (place,) if 0 < len(words(clause.text)) <= _HEADER else ()
            else:
                yield header
        elif clause.kind is ClauseKind.ITEM:
            yield sentence + inner
            if _COLON.search(clause.text):
                inner = (place,)
        else:
            # In a text without bullets the items are lines of their own, without a stop.
            listed = (
                bool(sentence)
                and previous is ClauseKind.SENTENCE
                and bool(_COLON.search(clauses[sentence[0]].text))
                and not (_OVER.search(clause.text) or _COLON.search(clause.text))
            )
            yield sentence if listed else ()
            if not listed:
                sentence, inner = (() if _OVER.search(clause.text) else (place,)), ()
        previous = clause.kind
