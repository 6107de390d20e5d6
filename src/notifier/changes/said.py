"""Whether a text says elsewhere what a clause says: in these words, but for those that carry no meaning."""

from bisect import bisect
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

from notifier.changes.normal import words
from notifier.changes.units import Codebook, Unit
from notifier.changes.vocabulary import Index, Vocabulary, tokens

_TELLING = 4  # words a clause needs for its being said elsewhere to mean anything
_MEANT = 3  # and how many of them that may not differ
_PLACES = 20  # looked at; what stands in more says little
# What the clause around the words must not add to them: "if you agree, we share it" is not "we share it".
_TURNING = ("negation", "condition", "limit")


class Sayings:
    """One text's clauses, to be searched for what another one says."""

    def __init__(self, units: Sequence[Unit], book: Codebook, vocabulary: Vocabulary) -> None:
        self._units, self._book, self._idle = units, book, _Idle(vocabulary)

    @cached_property
    def _codes(self) -> list[str]:
        """The words that have to be the same, clause by clause; made when something is looked up."""
        return [self._code(unit.words) for unit in self._units]

    @cached_property
    def _text(self) -> str:
        return "".join(self._codes)

    @cached_property
    def _starts(self) -> list[int]:
        """Where each clause begins in `_text`."""
        return list(accumulate(map(len, self._codes), initial=0))[:-1]

    def find(self, text: str) -> str | None:
        """The clause or clauses that say what `text` says, None if there are none or it says too little."""
        bag = words(text)
        code = self._code(bag)
        if len(bag) < _TELLING or len(code) < _MEANT:
            return None
        place = -1
        for _ in range(_PLACES):
            place = self._text.find(code, place + 1)
            if place < 0:
                break
            first, last = self._unit_at(place), self._unit_at(place + len(code) - 1)
            said = " ".join(unit.text for unit in self._units[first : last + 1])
            if self._turns(said) == self._turns(text):
                return said
        return None

    def _code(self, text: Sequence[str]) -> str:
        return self._book.encode([word for word in text if not self._idle[word]])

    def _unit_at(self, place: int) -> int:
        return bisect(self._starts, place) - 1

    def _turns(self, text: str) -> list[list[str]]:
        signs, found = self._idle.vocabulary.signs, tokens(text)
        return [sorted(term.name for term in signs[group].find_in(found, text)) for group in _TURNING]


class _Idle(dict[str, bool]):
    """Which words may differ between two clauses that say the same: "the", "also", "such".

    Of the ordinary words none that tells who does it, how firmly, or what part the words after it play.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        grammar = vocabulary.grammar
        self._telling = frozenset[str]().union(*grammar.parties.values())
        self._telling_signs = Index(
            [grammar.must, grammar.may, *grammar.cues.values(), *vocabulary.signs.values()]
        )

    def __missing__(self, word: str) -> bool:
        ordinary = word in self.vocabulary.ordinary and word not in self._telling
        self[word] = ordinary and not self._telling_signs.find(tokens(word), word)
        return self[word]
