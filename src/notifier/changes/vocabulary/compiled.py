"""From the tables of one language to its vocabulary."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notifier.changes.model import Category
from notifier.changes.vocabulary.lexis import Index, Lexis
from notifier.changes.vocabulary.stems import stemmer


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


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Everything the rules know of one language; equal only to itself, so that what it reads can be kept."""

    things: Lexis
    practices: Lexis
    deeds: Lexis  # those of the practices that are verbs
    grammar: Grammar
    signs: Mapping[str, Lexis]
    index: Index  # all of these, to be found in one go
    synonyms: Lexis
    stem: Callable[[str], str]  # what the inflections of a word have in common
    concepts: Mapping[str, str]  # stems that say the same as another
    ordinary: frozenset[str]  # words that change nothing by coming or going
    calendar: frozenset[str]  # days and months, which are written large without being names
    light: frozenset[str]  # stems that say little by themselves
    lookalikes: frozenset[str]  # words that a slip of the pen would turn into another word
    numbers: Mapping[str, int]
    units: Mapping[str, str]
    quantity: re.Pattern[str]  # groups: the number in digits or words, the unit


def build(data: Mapping[str, Any], language: str) -> Vocabulary:
    """Make a vocabulary of tables that hold every table there is."""
    stem = stemmer(language)
    things = [
        (line, Category(group["category"]), float(group.get("weight", 1)))
        for group in data["things"].values()
        for line in group.get("terms", ())
    ]
    deeds, about = (
        [(line, Category(name)) for name, group in data["practices"].items() for line in group.get(kind, ())]
        for kind in ("deeds", "words")
    )
    concepts = _concepts(data["synonyms"]["words"], stem)
    firm = {
        concepts.get(stem(word), stem(word))
        for line in [*(line for line, category in deeds if category in _FIRM), *(line for line, *_ in things)]
        for word in _single_words(line)
    }
    units = {form: unit for unit, forms in data["units"].items() for form in forms}
    of_things, of_practices, of_deeds = Lexis(things), Lexis([*deeds, *about]), Lexis(deeds)
    grammar = _grammar(data["grammar"])
    signs = {name: _phrases(lines) for name, lines in data["signs"].items()}
    in_clauses = (of_things, of_practices, of_deeds, grammar.must, grammar.may)
    return Vocabulary(
        things=of_things,
        practices=of_practices,
        deeds=of_deeds,
        grammar=grammar,
        signs=signs,
        index=Index([*in_clauses, *grammar.cues.values(), *signs.values()]),
        synonyms=_phrases(data["synonyms"]["phrases"]),
        stem=stem,
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


def _concepts(lines: Sequence[str], stem: Callable[[str], str]) -> dict[str, str]:
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
    values = "|".join([r"\d{1,4}", *sorted(map(re.escape, numbers), key=len, reverse=True)])
    forms = "|".join(sorted(map(re.escape, units), key=len, reverse=True)) or r"(?!)"  # no unit, no period
    return re.compile(rf"\b({values})(?:\s*\(\d{{1,4}}\))?[\s-]+(?:\w+\s+)?({forms})\b", re.IGNORECASE)
