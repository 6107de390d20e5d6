"""What words mean to the judge, per language, as data."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import snowballstemmer

from notifier.changes.model import Category
from notifier.changes.normal import plain


@dataclass(frozen=True, slots=True)
class Term:
    """A meaning found in a clause: its name, what it is about, and the words that say it, verbatim."""

    name: str
    category: Category
    text: str
    start: int
    weight: float = 1.0  # how much it says about what its clause is about


@dataclass(frozen=True, slots=True)
class Token:
    """A word in lower case and where it stands; `joined` when nothing but a space or hyphen is before it."""

    word: str
    start: int
    end: int
    joined: bool


@dataclass(frozen=True, slots=True)
class _Form:
    """One way of saying a meaning: its words, each with whether it may go on ("disclos*")."""

    words: tuple[tuple[str, bool], ...]
    name: str
    category: Category
    weight: float

    def fits(self, tokens: Sequence[str]) -> bool:
        return len(tokens) == len(self.words) and all(
            token.startswith(word) if open_ended else token == word
            for token, (word, open_ended) in zip(tokens, self.words, strict=True)
        )


class Lexis:
    """A group of meanings, found in a text by their first word; the longest form that fits wins."""

    def __init__(self, meanings: Sequence[tuple[str, Category] | tuple[str, Category, float]]) -> None:
        self._exact: dict[str, list[_Form]] = {}
        self._stems: dict[str, list[_Form]] = {}
        self._known: dict[str, tuple[_Form, ...]] = {}  # what was looked up before; a language has few words
        for line, category, *weight in meanings:
            forms = [form.strip() for form in line.split("|")]
            for text in forms:
                form = _Form(tuple(_form_words(text)), forms[0].rstrip("*"), category, *(weight or [1.0]))
                first, open_ended = form.words[0]
                (self._stems if open_ended else self._exact).setdefault(first, []).append(form)

    def find(self, text: str) -> list[Term]:
        """Every meaning in `text`, in order; overlapping ones once."""
        return self.find_in(tokens(text), text)

    def find_in(self, found: Sequence[Token], text: str) -> list[Term]:
        """As `find`, for a text whose tokens are known."""
        terms, index = [], 0
        while index < len(found):
            form = self._at(found, index)
            if form is None:
                index += 1
                continue
            start, end = found[index].start, found[index + len(form.words) - 1].end
            terms.append(Term(form.name, form.category, text[start:end], start, form.weight))
            index += len(form.words)
        return terms

    def _at(self, found: Sequence[Token], index: int) -> _Form | None:
        word = found[index].word
        forms = self._known.get(word)
        if forms is None:
            forms = self._known[word] = self._beginning(word)
        return next((form for form in forms if form.fits(_phrase(found, index, len(form.words)))), None)

    def _beginning(self, word: str) -> tuple[_Form, ...]:
        """The forms whose first word this is, longest first."""
        forms = list(self._exact.get(word, ()))
        for length in range(2, len(word) + 1):
            forms += self._stems.get(word[:length], ())
        return tuple(sorted(forms, key=lambda form: (len(form.words), len(form.words[0][0])), reverse=True))


def tokens(text: str) -> list[Token]:
    """The words of a text for look-ups; "opt-out" is two."""
    flat = plain_same_length(text)
    found, end = [], 0
    for match in _TOKEN.finditer(flat):
        joined = not flat[end : match.start()].strip(" -./'\xa0")
        found.append(Token(match[0].lower(), match.start(), match.end(), joined))
        end = match.end()
    return found


# "don't" is one word, "we'll" are two.
_TOKEN = re.compile(r"\w+(?:'(?!(?:ll|ve|re|d|m)\b)\w+)?")


def _phrase(found: Sequence[Token], index: int, length: int) -> list[str]:
    run = found[index : index + length]
    return [token.word for token in run] if all(token.joined for token in run[1:]) else []


def _form_words(text: str) -> Iterator[tuple[str, bool]]:
    for part in re.split(r"[\s.-]+", text.strip(".")):
        yield part.rstrip("*"), part.endswith("*")


def plain_same_length(text: str) -> str:
    """`text` with plain quotes and dashes, character by character, so that positions stay what they were."""
    swapped = plain(text)
    return swapped if len(swapped) == len(text) else text


@dataclass(frozen=True, slots=True)
class Grammar:
    """The small words by which the parts of a statement are told apart; `cues` by the name of a role."""

    parties: Mapping[str, frozenset[str]]  # "we", "you", "others"
    determiners: frozenset[str]
    passive: frozenset[str]
    links: frozenset[str]
    breaks: frozenset[str]
    must: Lexis
    may: Lexis
    towards: str
    agent: str
    cues: Mapping[str, Lexis]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything the rules know of one language."""

    things: Lexis
    practices: Lexis
    deeds: Lexis  # those of the practices that are verbs
    grammar: Grammar
    signs: Mapping[str, Lexis]
    synonyms: Lexis
    concepts: Mapping[str, str]  # stems that say the same as another
    ordinary: frozenset[str]  # words that change nothing by coming or going
    calendar: frozenset[str]  # days and months, which are written large without being names
    light: frozenset[str]  # stems that say little by themselves
    lookalikes: frozenset[str]  # words that a slip of the pen would turn into another word
    numbers: Mapping[str, int]
    units: Mapping[str, str]
    quantity: re.Pattern[str]  # groups: the number in digits or words, the unit


_STEMMER = snowballstemmer.stemmer("english")


@lru_cache(maxsize=20_000)  # a language has few words
def stem(word: str) -> str:
    """What the inflections of a word have in common: "collected" and "collection" are "collect"."""
    return str(_STEMMER.stemWord(word))


@cache
def load(language: str) -> Vocabulary | None:
    """The vocabulary of an ISO 639-1 language, None where there is none."""
    file = resources.files(__package__).joinpath(f"{language}.toml")
    if not re.fullmatch(r"[a-z]{2}", language) or not file.is_file():
        return None
    data = tomllib.loads(file.read_text("utf-8"))
    things = [
        (line, Category(group["category"]), float(group.get("weight", 1)))
        for group in data["things"].values()
        for line in group["terms"]
    ]
    deeds, about = (
        [(line, Category(name)) for name, group in data["practices"].items() for line in group[kind]]
        for kind in ("deeds", "words")
    )
    concepts = _concepts(data["synonyms"]["words"])
    firm = {
        concepts.get(stem(word), stem(word))
        for line in [*(line for line, category in deeds if category in _FIRM), *(line for line, *_ in things)]
        for word in _single_words(line)
    }
    units = {form: unit for unit, forms in data["units"].items() for form in forms}
    return Vocabulary(
        things=Lexis(things),
        practices=Lexis([*deeds, *about]),
        deeds=Lexis(deeds),
        grammar=_grammar(data["grammar"]),
        signs={name: _phrases(lines) for name, lines in data["signs"].items()},
        synonyms=_phrases(data["synonyms"]["phrases"]),
        concepts=concepts,
        light=frozenset(concepts.get(stem(word), stem(word)) for word in data["ordinary"]["light"]) - firm,
        ordinary=frozenset([*data["ordinary"]["words"], *data["ordinary"]["style"]]),
        calendar=frozenset(data["calendar"]["words"]),
        lookalikes=frozenset(data["lookalikes"]["words"]),
        numbers=data["numbers"],
        units=units,
        quantity=_quantity(data["numbers"], units),
    )


# Deeds that no other word can stand for; nor can a thing.
_FIRM = frozenset(
    {Category.COLLECTION, Category.SHARING, Category.SALE, Category.RETENTION, Category.SECURITY}
)


def _single_words(line: str) -> Iterator[str]:
    forms = (form.strip().rstrip("*") for form in line.split("|"))
    return (form for form in forms if " " not in form)


def _concepts(lines: Sequence[str]) -> dict[str, str]:
    """Stems to the first of their line; lines that share a word are one."""
    concepts: dict[str, str] = {}
    for line in lines:
        stems = [stem(word) for word in line.split()]
        first = next((concepts[word] for word in stems if word in concepts), stems[0])
        concepts |= dict.fromkeys(stems, first)
    return concepts


def _phrases(lines: Sequence[str]) -> Lexis:
    """Phrases that are about nothing by themselves."""
    return Lexis([(line, Category.OTHER) for line in lines])


def _grammar(data: Mapping[str, Any]) -> Grammar:
    words = {name: frozenset(data[name]) for name in ("determiners", "passive", "links", "breaks")}
    return Grammar(
        parties={name: frozenset(data[name]) for name in ("we", "you", "others")},
        must=_phrases(data["must"]),
        may=_phrases(data["may"]),
        towards=data["towards"],
        agent=data["agent"],
        cues={role: _phrases(lines) for role, lines in data["roles"].items()},
        **words,
    )


def _quantity(numbers: Mapping[str, int], units: Mapping[str, str]) -> re.Pattern[str]:
    """As in "30 days", "thirty (30) calendar days", "12-month"."""
    values = "|".join(sorted(map(re.escape, numbers), key=len, reverse=True))
    forms = "|".join(sorted(units, key=len, reverse=True))
    return re.compile(
        rf"\b(\d{{1,4}}|{values})(?:\s*\(\d{{1,4}}\))?[\s-]+(?:\w+\s+)?({forms})\b", re.IGNORECASE
    )
