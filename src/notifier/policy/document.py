"""A policy as a value: sections of clauses. What every reader yields and every comparison takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class ClauseKind(StrEnum):
    """What a clause was in its document; lists and tables are compared as sets of rows."""

    SENTENCE = "sentence"
    ITEM = "item"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Clause:
    """The smallest unit compared: a sentence, a list item, a table row.

    `text` is what a person reads, white space collapsed, without markup: emphasis, bullets and link
    targets are gone, masked addresses are spelled out ("sales@example•com" -> "sales@example.com").
    """

    text: str
    kind: ClauseKind = ClauseKind.SENTENCE


@dataclass(frozen=True, slots=True)
class Section:
    """A heading (None before the first one) with the clauses that stand under it."""

    heading: str | None
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One policy text, read. `language` is an ISO 639-1 code, None where it cannot be told."""

    title: str | None
    sections: tuple[Section, ...]
    effective_date: date | None
    language: str | None

    def clauses(self) -> Iterator[Clause]:
        """All clauses in reading order, headings left out."""
        for section in self.sections:
            yield from section.clauses

    @property
    def text(self) -> str:
        """The whole text, a line a clause or heading, a blank line before each heading."""
        lines: list[str] = []
        for section in self.sections:
            if section.heading is not None:
                lines += ["", section.heading]
            lines += [clause.text for clause in section.clauses]
        return "\n".join(lines).strip()
