"""What both whole texts say, for rules that have to look beyond one clause."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from notifier.changes.meaning import MAIL, URL
from notifier.changes.normal import words
from notifier.changes.said import Sayings
from notifier.changes.units import Codebook, Unit
from notifier.changes.vocabulary import Vocabulary

_TELLING = 4  # words a phrase needs for its being said elsewhere to mean anything
_HALF = 0.5  # as often as the one that stands most often, to be our own as well
_THROUGHOUT = 3  # times a name has to stand to be our own, or words to be swapped for a rename


@dataclass(frozen=True, slots=True)
class Text:
    """One side as a whole: every word, all as one string of word codes, and its clauses to be searched."""

    counts: Counter[str]
    code: str
    own_names: frozenset[str]  # in lower case: those that stand most often, of the company and its product
    lowered: frozenset[str]  # words that stand somewhere without a capital, so are no names
    sayings: Sayings
    headings: frozenset[tuple[str, ...]]  # in their words, normalised

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

    @property
    def own_names(self) -> frozenset[str]:
        """What the company and its product are called in either text, in lower case."""
        return self.old.own_names | self.new.own_names

    def outsider(self, name: str) -> bool:
        """Whether a name is neither the company's own nor a word written large ("the Services")."""
        word = name.casefold()
        written_small = word in self.old.lowered or word in self.new.lowered
        return word not in self.own_names and not written_small and not _common(word, self.vocabulary)

    def named(self, text: str) -> list[range]:
        """Where a text names the company or a product of its, with the version: "Acme", "Acme 4"."""
        own = self.own_names
        return [range(*name.span()) for name in _VERSION.finditer(text) if name[1].casefold() in own]

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
    names: Counter[str] = Counter()
    lowered: set[str] = set()
    for unit in units:
        named, small = _capitals(unit.text)
        names.update(named)
        lowered |= small
    often = {
        name: count
        for name, count in names.items()
        if count >= _THROUGHOUT and name not in lowered and not _common(name, vocabulary)
    }
    most = max(often.values(), default=0)
    return Text(
        counts=Counter(chain.from_iterable(unit.words for unit in units)),
        code="".join(unit.code for unit in units),
        own_names=frozenset(name for name, count in often.items() if count >= _HALF * most),
        lowered=frozenset(lowered),
        sayings=Sayings(units, book, vocabulary),
        headings=frozenset(unit.words for unit in units if unit.heading),
    )


def _common(word: str, vocabulary: Vocabulary) -> bool:
    """Whether a word that is written large is a day, a country, a law or the like, and nobody's name."""
    if word in vocabulary.calendar or word in vocabulary.ordinary:
        return True
    return vocabulary.stem(word) in vocabulary.light or bool(vocabulary.things.find(word))


@lru_cache(maxsize=20_000)  # most clauses stand in both versions
def _capitals(text: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """The words written large inside of a clause, in lower case, and those written small."""
    bare = MAIL.sub(" ", URL.sub(" ", text))  # "acme.example" does not make "Acme" a common word
    return tuple(map(str.casefold, _NAME.findall(bare))), frozenset(_LOWERED.findall(bare))


_NAME = re.compile(r"\b[A-Z][\w&]+")
_VERSION = re.compile(r"\b([A-Z][\w&]+)(?: \d+\b)?")
_LOWERED = re.compile(r"\b[a-z]+\b")


def renames(swaps: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Swaps of the same words for the same words that come up again and again."""
    return frozenset(swap for swap, count in Counter(swaps).items() if count >= _THROUGHOUT)
