"""What both whole texts say, for rules that have to look beyond one clause."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from notifier.changes.align import Codebook, Unit
from notifier.changes.normal import words
from notifier.changes.vocabulary import Vocabulary

_TELLING = 4  # words a phrase needs for its being said elsewhere to mean anything
_THROUGHOUT = 3  # times the same words have to be swapped for a rename


@dataclass(frozen=True, slots=True)
class Text:
    """One side as a whole: every word, and all of it as one string of word codes."""

    counts: Counter[str]
    code: str

    def has(self, word: str) -> bool:
        """Whether the word stands anywhere in the text."""
        return word in self.counts


@dataclass(frozen=True, slots=True)
class Context:
    """Both sides, what was renamed throughout, and the vocabulary to judge with."""

    old: Text
    new: Text
    book: Codebook
    renames: frozenset[tuple[str, str]]
    vocabulary: Vocabulary

    def still_said(self, text: str) -> bool:
        """Whether the new text says these very words somewhere."""
        return self._in(text, self.new)

    def said_before(self, text: str) -> bool:
        """Whether the old text said these very words somewhere."""
        return self._in(text, self.old)

    def _in(self, text: str, side: Text) -> bool:
        bag = words(text)
        return len(bag) >= _TELLING and self.book.encode(bag) in side.code


def whole(units: Sequence[Unit]) -> Text:
    """A side's text for the context."""
    return Text(Counter(word for unit in units for word in unit.words), "".join(unit.code for unit in units))


def renames(swaps: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Swaps of the same words for the same words that come up again and again."""
    return frozenset(swap for swap, count in Counter(swaps).items() if count >= _THROUGHOUT)
