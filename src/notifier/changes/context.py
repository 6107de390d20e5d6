"""What both whole texts say, for rules that have to look beyond one clause."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from notifier.changes.normal import words
from notifier.changes.said import Sayings
from notifier.changes.units import Codebook, Unit
from notifier.changes.vocabulary import Vocabulary

_TELLING = 4  # words a phrase needs for its being said elsewhere to mean anything
_THROUGHOUT = 3  # times a name has to stand to be our own, or words to be swapped for a rename


@dataclass(frozen=True, slots=True)
class Text:
    """One side as a whole: every word, all as one string of word codes, and its clauses to be searched."""

    counts: Counter[str]
    code: str
    own_name: str  # in lower case: the name that stands most often, that of the company or its product
    lowered: frozenset[str]  # words that stand somewhere without a capital, so are no names
    sayings: Sayings

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

    def outsider(self, name: str) -> bool:
        """Whether a name is neither the company's own nor a word written large ("the Services")."""
        word = name.casefold()
        own = {self.old.own_name, self.new.own_name}
        known = own | self.old.lowered | self.new.lowered
        calendar = self.vocabulary.calendar
        return word not in known and word not in calendar and not self.vocabulary.things.find(name)

    def still_said(self, text: str) -> bool:
        """Whether the new text says these very words somewhere."""
        return self._in(text, self.new)

    def said_before(self, text: str) -> bool:
        """Whether the old text said these very words somewhere."""
        return self._in(text, self.old)

    def still_meant(self, text: str) -> str | None:
        """The clause of the new text that says this, but for words without meaning; None if none does.

        Stricter than `still_said` about what stands around: the clause must not add a "not", "if" or "only".
        """
        return self.new.sayings.find(text)

    def meant_before(self, text: str) -> str | None:
        """The clause of the old text that said this, as in `still_meant`."""
        return self.old.sayings.find(text)

    def _in(self, text: str, side: Text) -> bool:
        bag = words(text)
        return len(bag) >= _TELLING and self.book.encode(bag) in side.code


def read(
    old: Sequence[Unit],
    new: Sequence[Unit],
    book: Codebook,
    swaps: Sequence[tuple[str, str]],
    vocabulary: Vocabulary,
) -> Context:
    """Both sides for the rules; `swaps` are the normalised runs of words that replaced each other."""
    before, after = (_text(units, book, vocabulary) for units in (old, new))
    return Context(before, after, book, renames(swaps), vocabulary)


def _text(units: Sequence[Unit], book: Codebook, vocabulary: Vocabulary) -> Text:
    names = Counter(name.casefold() for unit in units for name in _NAME.findall(unit.text))
    often = [(count, name) for name, count in names.items() if count >= _THROUGHOUT]
    return Text(
        counts=Counter(word for unit in units for word in unit.words),
        code="".join(unit.code for unit in units),
        own_name=max(often, default=(0, ""))[1],
        lowered=frozenset(word for unit in units for word in _LOWERED.findall(unit.text)),
        sayings=Sayings(units, book, vocabulary),
    )


_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w&]+")
_LOWERED = re.compile(r"\b[a-z]+\b")


def renames(swaps: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Swaps of the same words for the same words that come up again and again."""
    return frozenset(swap for swap, count in Counter(swaps).items() if count >= _THROUGHOUT)
