"""What one clause says, taken apart for the rules."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from notifier.changes.model import Category
from notifier.changes.normal import words
from notifier.changes.vocabulary import Term, Vocabulary, plain_same_length, tokens
from notifier.policy import dates

_NAME = re.compile(r"[A-Z][\w&+]*(?:\.[a-z]{2,3}\b)?(?:[ -][A-Z][\w&+]*)*|[a-z]+[A-Z]\w*")
URL = re.compile(
    r"(?:https?://|www\.)\S+(?:(?<=-)\s\S+/\S*)?|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|eu|gov|edu|co\.uk)(?:/\S*)?\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_LISTED = re.compile(r"[:,]|\s*$|\s+(?:and|or)\s")  # what follows a name that heads an item or a list
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\[email\s*protected\]", re.IGNORECASE)
PHONE = re.compile(r"(?<![\w.])\+?\(?\d[\d\s().-]{6,}\d(?!\w)")
STREET = re.compile(
    r"\b(?:street|str\.|strasse|straße|road|avenue|ave|boulevard|blvd|lane|drive|suite"
    r"|floor|p\.?\s?o\.? box|box"
    r"|square|plaza|building|unit|way|court|place|parkway|quay|rue|platz|weg|plein|straat)\b|\b[A-Z]{2}\s\d{5}\b|\b\d{4,5}\b"
    r"|\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b|\b(?:inc|ltd|llc|gmbh|b\.?v)\b",
    re.IGNORECASE,
)


# "We use what you give us" stands in clauses about anything.
_COMMON = frozenset({Category.USE_PURPOSE, Category.COLLECTION})


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit: ("30", "day") is value 30, unit "day"."""

    value: int
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """A clause (or "" for one that is not there) as the rules see it."""

    text: str
    words: tuple[str, ...]
    things: tuple[Term, ...]
    practices: tuple[Term, ...]
    signs: dict[str, tuple[Term, ...]]
    quantities: tuple[Quantity, ...]
    names: tuple[str, ...]

    def sign(self, group: str) -> Counter[str]:
        """How often each sign of a group comes up."""
        return Counter(term.name for term in self.signs[group])

    def practised(self) -> list[Category]:
        """What the clause is about: the particular before what nearly every clause does, then by mentions."""
        counts = Counter(term.category for term in self.practices)
        return sorted(counts, key=lambda category: (category in _COMMON, -counts[category]))


def facts(text: str, vocabulary: Vocabulary) -> Facts:
    """Take a clause apart."""
    bare, found = dates.without(text), tokens(text)
    return Facts(
        text=text,
        words=words(text),
        things=tuple(vocabulary.things.find_in(found, text)),
        practices=tuple(vocabulary.practices.find_in(found, text)),
        signs={name: tuple(lexis.find_in(found, text)) for name, lexis in vocabulary.signs.items()},
        quantities=tuple(_quantities(bare, vocabulary)),
        names=tuple(_names(bare)),
    )


def _quantities(text: str, vocabulary: Vocabulary) -> Iterator[Quantity]:
    for match in vocabulary.quantity.finditer(plain_same_length(text)):
        number = match[1].lower()
        value = int(number) if number.isdigit() else vocabulary.numbers[number]
        yield Quantity(value, vocabulary.units[match[2].lower()], text[match.start() : match.end()])


def _names(text: str) -> Iterator[str]:
    """Words with a capital that are not capitalised for beginning a sentence, as far as that can be told."""
    bare = MAIL.sub(" ", _LINK.sub(" ", text))
    for match in _NAME.finditer(bare):
        begins = not bare[: match.start()].strip() or bare[: match.start()].rstrip()[-1] in ".:!?>"
        first, *rest = re.split(r"[ -]", match[0])
        # "Mailchimp: sends our news" heads an item; "Replaced the list" only begins a sentence.
        if not begins or rest or not first.istitle() or _LISTED.match(bare, match.end()):
            yield first
        yield from rest


_SENTENCE_WORDS = frozenset(["is", "are", "we", "you", "your", "our", "will", "may", "has", "have", "was"])


def is_address(text: str) -> bool:
    """Whether a clause is part of a postal address or a line of contact details, not a sentence."""
    tokens = text.split()
    if not tokens:
        return False
    marked = sum(token[0].isupper() or token[0].isdigit() or token[0] in "+([" for token in tokens)
    if any(token in _SENTENCE_WORDS for token in tokens):
        return False
    looks = bool(STREET.search(text) or PHONE.search(text) or MAIL.search(text))
    return looks and marked * 2 >= len(tokens)
