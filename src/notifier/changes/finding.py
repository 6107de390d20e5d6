"""A difference to be judged, and what a rule finds in it."""

import re
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate

from notifier.changes.context import Context
from notifier.changes.facts import Facts, facts
from notifier.changes.meaning import abbreviations
from notifier.changes.model import Category, Direction, Edit, Kind, Level, Operation
from notifier.changes.normal import words
from notifier.changes.rows import columns
from notifier.changes.vocabulary import Vocabulary
from notifier.policy.document import ClauseKind


@dataclass(frozen=True, slots=True)
class Difference:
    """Two clauses that stand for each other, or one that has no counterpart; `unit` is None for headings.

    `lead_old` and `lead_new` are what a list item or a table row stands under and is understood by: the words
    that lead into its list ("We share your data with:"), the header of its table. A moved item whose leads
    differ says something else than before.
    """

    kind: Kind
    section_old: str | None
    section_new: str | None
    old: str | None
    new: str | None
    edits: tuple[Edit, ...]
    unit: ClauseKind | None
    lead_old: str | None = None
    lead_new: str | None = None

    @property
    def lead(self) -> str | None:
        """What the clause stands under, in the new text if it stands there."""
        return self.lead_old if self.new is None else self.lead_new

    @property
    def columns(self) -> tuple[str, ...]:
        """The header's cells over what differs, of a table row whose table has a header: ("Kept for",)."""
        return columns(self.lead, self.old, self.new) if self.unit is ClauseKind.ROW and self.lead else ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of a difference. `words_old` and `words_new` are verbatim from the clauses."""

    rule: str
    level: Level
    reason: str
    categories: tuple[Category, ...] = ()
    direction: Direction = Direction.OTHER
    words_old: str = ""
    words_new: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A difference with everything the rules look at: both clauses taken apart, and both whole texts."""

    difference: Difference
    old: Facts
    new: Facts
    heading: Facts
    lead: Facts  # what an item or a row stands under, "" for a sentence
    context: Context
    gone: tuple[str, ...] = field(default=())  # words taken out, normalised
    come: tuple[str, ...] = field(default=())  # words put in

    @property
    def only(self) -> Facts:
        """The one clause there is, of an addition or a removal."""
        return self.new if self.difference.new else self.old


def case(difference: Difference, context: Context) -> Case:
    """Take a difference apart."""
    vocabulary = context.vocabulary
    old, new = difference.old or "", difference.new or ""
    short = abbreviations(old) | abbreviations(new)
    return Case(
        difference,
        facts(old, vocabulary, short),
        facts(new, vocabulary, short),
        _above(difference.section_new or difference.section_old or "", vocabulary),
        _above(difference.lead or "", vocabulary),
        context,
        edited(difference.edits, Operation.DELETE),
        edited(difference.edits, Operation.INSERT),
    )


@lru_cache(maxsize=1_000)  # many changes stand under one heading
def _above(text: str, vocabulary: Vocabulary) -> Facts:
    return facts(text, vocabulary)


def handed_on(case: Case) -> Category | None:
    """What is done with what an item lists, as its lead says: "We share your data with:" -> sharing.

    A lead may also only name those who get it: "Our subprocessors in Canada:".
    """
    statements = case.lead.reading.statements
    if statements and statements[0].conditional:
        return None
    stated = [said.deed.category for said in statements if said.deed.category in _DONE]
    return Category.SHARING if _names_recipients(case.lead) else stated[0] if stated else None


def _names_recipients(lead: Facts) -> bool:
    recipients = {term.start for term in lead.things if term.category is Category.SHARING}
    return any(term.start <= _SUBJECT and term.start in recipients for term in lead.practices)


_SUBJECT = 12  # characters before what a lead is about: "Our current"
_DONE = frozenset({Category.COLLECTION, Category.SHARING, Category.SALE, Category.RETENTION})


def edited(edits: Sequence[Edit], operation: Operation) -> tuple[str, ...]:
    """The normalised words of all steps of one kind."""
    return tuple(word for edit in edits if edit.operation is operation for word in words(edit.text))


def decisive(case: Case, sign: str = "") -> tuple[str, str]:
    """The words that were taken out and put in, verbatim, where the clause turns.

    That is everything from the first edit to the last if it can be quoted; else the one replacement with a
    sign of the group `sign`, else the longest. A short quote takes in the words that follow: "do not" reads
    "do not sell your data".
    """
    old, new, after = _span(case.difference.edits)
    if max(len(old.split()), len(new.split())) > _QUOTABLE:
        lexis = case.context.vocabulary.signs.get(sign)
        edited = places(case)
        signed = [place for place in edited if lexis and any(lexis.find(text) for text in place[:2])]
        old, new, after = max(signed or edited, key=lambda place: len(place[0]) + len(place[1]))
    if min(len(old.split()), len(new.split())) < _READABLE:
        following = _FOLLOWING.match(after)
        kept = following[0].rstrip(" ,;:.") if following else ""
        old, new = f"{old}{kept}", f"{new}{kept}"
    return old.strip(" ,;"), new.strip(" ,;")


def _span(edits: Sequence[Edit]) -> tuple[str, str, str]:
    """Both clauses from their first edit to their last, and the kept text after it."""
    edited_at = [index for index, edit in enumerate(edits) if edit.operation is not Operation.EQUAL]
    if not edited_at:
        return "", "", ""
    inside, after = edits[edited_at[0] : edited_at[-1] + 1], edits[edited_at[-1] + 1 :]
    old = "".join(edit.text for edit in inside if edit.operation is not Operation.INSERT)
    new = "".join(edit.text for edit in inside if edit.operation is not Operation.DELETE)
    return old, new, "".join(edit.text for edit in after)


_QUOTABLE = 24  # words
_READABLE = 4  # words
_FOLLOWING = re.compile(rf"\s*(?:\S+\s*){{,{_READABLE}}}")


def places(case: Case) -> list[tuple[str, str, str]]:
    """Each place at which the clause was edited: what went, what came, and the kept text after it."""
    return list(_replacements(case.difference.edits))


def _replacements(edits: Sequence[Edit]) -> Iterator[tuple[str, str, str]]:
    """Each run taken out and put in at one place, and the kept text after it."""
    old = new = ""
    for edit in edits:
        if edit.operation is Operation.DELETE:
            old = edit.text
        elif edit.operation is Operation.INSERT:
            new = edit.text
        else:
            if old or new:
                yield old, new, edit.text
            old = new = ""
    if old or new:
        yield old, new, ""


def edited_at(edits: Sequence[Edit], operation: Operation) -> Callable[[int], bool]:
    """Whether a position, of the old clause for DELETE or of the new for INSERT, was edited."""
    other = Operation.INSERT if operation is Operation.DELETE else Operation.DELETE
    kept = [edit for edit in edits if edit.operation is not other]
    ends = list(accumulate(len(edit.text) for edit in kept))

    def within(position: int) -> bool:
        place = bisect(ends, position)
        return place < len(kept) and kept[place].operation is operation

    return within


def replaced(case: Case) -> list[tuple[str, str]]:
    """Runs of words that replace each other; words that only come or go stand against ""."""
    edits = case.difference.edits
    pairs, index = [], 0
    while index < len(edits):
        gone = come = ""
        if edits[index].operation is Operation.DELETE:
            gone = edits[index].text
            index += 1
        if index < len(edits) and edits[index].operation is Operation.INSERT:
            come = edits[index].text
            index += 1
        if gone or come:
            pairs.append((" ".join(words(gone)), " ".join(words(come))))
        else:
            index += 1
    return [(old, new) for old, new in pairs if old != new]


def topics(case: Case) -> tuple[Category, ...]:
    """What the clauses are about, by their own words, then by what they stand under."""
    own = [*case.old.practised(), *case.new.practised(), *case.lead.practised()]
    heading = case.heading.practised()
    return tuple(dict.fromkeys(category for category in [*own, *heading] if category is not Category.CONTACT))


def finding(
    rule: str,
    *,
    words: tuple[str, str],
    direction: Direction,
    categories: Iterable[Category] = (),
) -> Finding:
    """A material finding about the words that decide it, and the categories that the rule itself knows."""
    old, new = words
    if old and new:
        reason = f'"{old}" became "{new}"'
    else:
        reason = f'"{new}" was added' if new else f'"{old}" was removed'
    return Finding(rule, Level.MATERIAL, reason, tuple(dict.fromkeys(categories)), direction, old, new)
