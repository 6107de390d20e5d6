"""Two documents become a comparison: clauses aligned, words compared, each difference judged."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

from notifier.changes import context
from notifier.changes.alarms import alarms
from notifier.changes.context import Context
from notifier.changes.differences import differences
from notifier.changes.finding import Difference, Finding
from notifier.changes.judge import judge
from notifier.changes.model import Change, Comparison, Edit, Kind, Level, Operation, Side
from notifier.changes.normal import SMALL_WORDS, words
from notifier.changes.units import Codebook, Unit, units
from notifier.changes.vocabulary import SHIPPED, Vocabularies
from notifier.policy.document import Document

_LONGEST = 20_000  # words; what has more is no clause, and to read it as one would take minutes
_LONGEST_WORD = 1_000  # characters without a space; what has more is no prose
_FALLBACK = "en"  # a text without a sentence, such as a bare list of names, is read with this vocabulary
_SENTENCE = 4  # words
_ENGLISH = (
    0.03  # share of small English words in them, at least: lists of nouns have few, other languages none
)


def side(document: Document, source: str, raw: bytes) -> Side:
    """What a comparison records of a text: `source` as the person named it, `raw` as it was read."""
    digest, length = hashlib.sha256(raw).hexdigest(), len(document.text.split())
    return Side(source, digest, document.effective_date, document.language, length)


def compare(
    old: Document, new: Document, old_side: Side, new_side: Side, vocabularies: Vocabularies = SHIPPED
) -> Comparison:
    """Everything that differs, judged, in the order of the new text; ids count from "c1"."""
    book = Codebook()
    old_units, new_units = units(old, book), units(new, book)
    found, pieces = differences(old_units, new_units)
    swaps = [swap for difference in found for swap in _swaps(difference.edits)]
    language = new.language or old.language or _guessed((*old_units, *new_units))
    vocabulary = vocabularies.of(language) if language and old.language in {None, language} else None
    both = context.read(old_units, new_units, book, swaps, vocabulary) if vocabulary else None
    changes = tuple(
        _change(f"c{number}", difference, both) for number, difference in enumerate(found, start=1)
    )
    return Comparison(old_side, new_side, changes, alarms(old, new), pieces)


def _guessed(both: Sequence[Unit]) -> str | None:
    """The language of a text that is too short to tell, or in none that is told apart: None is not judged."""
    said = [word for unit in both if len(unit.words) >= _SENTENCE for word in unit.words]
    small = sum(word in SMALL_WORDS for word in said)
    return _FALLBACK if small >= _ENGLISH * len(said) else None


def _swaps(steps: Sequence[Edit]) -> Iterator[tuple[str, str]]:
    for gone, come in pairwise(steps):
        if gone.operation is Operation.DELETE and come.operation is Operation.INSERT:
            old, new = " ".join(words(gone.text)), " ".join(words(come.text))
            if old and new:
                yield old, new


def _judged(difference: Difference, both: Context | None) -> Finding:
    texts = (difference.old, difference.new)
    if difference.kind is not Kind.MOVED and any(_endless(text) for text in texts if text):
        return Finding("too-long", Level.UNJUDGED, "too long to be one clause: look at it yourself")
    return judge(difference, both)


def _endless(text: str) -> bool:
    return text.count(" ") >= _LONGEST or any(len(word) > _LONGEST_WORD for word in text.split())


def _change(identity: str, difference: Difference, both: Context | None) -> Change:
    finding = _judged(difference, both)
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
