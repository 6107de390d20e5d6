"""Finding meanings in a text by the words that say them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from notifier.changes.model import Category
from notifier.changes.normal import plain

_KNOWN = 20_000  # words whose meanings are kept in mind; a language has few, a hostile text may have many


@dataclass(frozen=True, slots=True)
class Term:
    """A meaning found in a clause: its name, what it is about, and the words that say it, verbatim."""

    name: str
    category: Category
    text: str
    start: int
    weight: float = 1.0  # how much it says about what its clause is about


class Token(NamedTuple):
    """A word in lower case and where it stands; `joined` when nothing but a space or hyphen is before it."""

    word: str
    start: int
    end: int
    joined: bool


def tokens(text: str) -> list[Token]:
    """The words of a text for look-ups; "opt-out" is two."""
    flat = plain_same_length(text)
    found, end = [], 0
    for match in _TOKEN.finditer(flat):
        start = match.start()
        joined = not flat[end:start].strip(" -./'\xa0")
        end = match.end()
        found.append(Token(match[0].lower(), start, end, joined))
    return found


# "don't" is one word, "we'll" are two.
_TOKEN = re.compile(r"\w+(?:'(?!(?:ll|ve|re|d|m)\b)\w+)?")


def plain_same_length(text: str) -> str:
    """`text` with plain quotes and dashes, character by character, so that positions stay what they were."""
    swapped = plain(text)
    return swapped if len(swapped) == len(text) else text


class _Form(NamedTuple):
    """One way of saying a meaning: its words, each with whether it may go on ("disclos*")."""

    words: tuple[tuple[str, bool], ...]
    name: str
    category: Category
    weight: float

    def goes_on(self, found: Sequence[Token], index: int) -> bool:
        """Whether the words after the first, which stands at `index`, stand there too."""
        if index + len(self.words) > len(found):
            return False
        following = zip(found[index + 1 : index + len(self.words)], self.words[1:], strict=True)
        return all(
            token.joined and (token.word.startswith(word) if open_ended else token.word == word)
            for token, (word, open_ended) in following
        )

    def term(self, found: Sequence[Token], index: int, text: str) -> Term:
        """The meaning as it stands at `index`."""
        start, end = found[index].start, found[index + len(self.words) - 1].end
        return Term(self.name, self.category, text[start:end], start, self.weight)


class Lexis:
    """A group of meanings, found in a text by their first word; the longest form that fits wins.

    A meaning is a line of forms between "|", its category, and its weight if that is not 1.
    """

    def __init__(self, meanings: Iterable[tuple[str, Category] | tuple[str, Category, float]]) -> None:
        self.exact: dict[str, list[_Form]] = {}  # by the first word
        self.stems: dict[str, list[_Form]] = {}  # by how the first word begins
        for line, category, *weight in meanings:
            forms = [form.strip() for form in line.split("|")]
            for text in forms:
                form = _Form(tuple(_form_words(text)), forms[0].rstrip("*"), category, *(weight or [1.0]))
                first, open_ended = form.words[0]
                (self.stems if open_ended else self.exact).setdefault(first, []).append(form)
        self._index = Index([self])

    def find(self, text: str) -> Sequence[Term]:
        """Every meaning in `text`, in order; overlapping ones once."""
        return self.find_in(tokens(text), text)

    def find_in(self, found: Sequence[Token], text: str) -> Sequence[Term]:
        """As `find`, for a text whose tokens are known."""
        return self._index.find(found, text)[self]

    def beginning(self, word: str) -> tuple[_Form, ...]:
        """The forms whose first word this is, longest first."""
        forms = list(self.exact.get(word, ()))
        for prefix in _prefixes(word):
            forms += self.stems.get(prefix, ())
        return tuple(sorted(forms, key=lambda form: (len(form.words), len(form.words[0][0])), reverse=True))


class Found(dict[Lexis, list[Term]]):
    """The meanings of a text by their group; none where there are none."""

    def __missing__(self, lexis: Lexis) -> list[Term]:
        return []


class Index:
    """Several groups of meanings, found in one go through a text."""

    def __init__(self, groups: Iterable[Lexis]) -> None:
        self._exact: dict[str, list[Lexis]] = {}
        self._stems: dict[str, list[Lexis]] = {}
        for lexis in groups:
            for known, first_words in ((self._exact, lexis.exact), (self._stems, lexis.stems)):
                for first in first_words:
                    known.setdefault(first, []).append(lexis)
        self._known: dict[str, tuple[tuple[Lexis, tuple[_Form, ...]], ...]] = {}

    def find(self, found: Sequence[Token], text: str) -> Found:
        """What each group finds in a text by itself, as if it were alone."""
        terms = Found()
        free: dict[Lexis, int] = {}  # the word from which on a group may find its next meaning
        for index, token in enumerate(found):
            for lexis, forms in self._beginning(token.word):
                if index < free.get(lexis, 0):
                    continue
                for form in forms:
                    if len(form.words) == 1 or form.goes_on(found, index):
                        terms.setdefault(lexis, []).append(form.term(found, index, text))
                        free[lexis] = index + len(form.words)
                        break
        return terms

    def _beginning(self, word: str) -> tuple[tuple[Lexis, tuple[_Form, ...]], ...]:
        known = self._known.get(word)
        if known is None:
            groups = dict.fromkeys(self._exact.get(word, ()))
            for prefix in _prefixes(word):
                groups |= dict.fromkeys(self._stems.get(prefix, ()))
            known = tuple((lexis, lexis.beginning(word)) for lexis in groups)
            if len(self._known) < _KNOWN:
                self._known[word] = known
        return known


_LONGEST = 40  # letters; no form begins with a longer word


def _prefixes(word: str) -> Iterator[str]:
    return (word[:length] for length in range(2, min(len(word), _LONGEST) + 1))


def _form_words(text: str) -> Iterator[tuple[str, bool]]:
    for part in re.split(r"[\s.-]+", text.strip(".")):
        yield part.rstrip("*"), part.endswith("*")
