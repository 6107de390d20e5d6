"""What one clause says, taken apart for the rules."""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from notifier.changes.meaning import MAIL, Sense, senses, shortened
from notifier.changes.model import Category
from notifier.changes.normal import words
from notifier.changes.statement import Reading, read
from notifier.changes.vocabulary import Found, Term, Vocabulary, plain_same_length, tokens
from notifier.policy import dates

_NAME = re.compile(r"[A-Z][\w&+]*(?:\.[a-z]{2,3}\b)?(?:[ -][A-Z][\w&+]*)*|(?<![a-z])[a-z]+[A-Z]\w*")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_LISTED = re.compile(r"[:,]|\s*$|\s+(?:and|or)\s")  # what follows a name that heads an item or a list
PHONE = re.compile(r"(?<![\w.])\+?\(?\d[\d\s().-]{6,}\d(?!\w)")
STREET = re.compile(
    r"\b(?:street|str\.|strasse|straße|road|avenue|ave|boulevard|blvd|lane|drive|suite"
    r"|floor|p\.?\s?o\.? box|box"
    r"|square|plaza|building|unit|way|court|place|parkway|quay|rue|platz|weg|plein|straat)\b|\b[A-Z]{2}\s\d{5}\b|\b\d{4,5}\b"
    r"|\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b|\b(?:inc|ltd|llc|gmbh|b\.?v)\b",
    re.IGNORECASE,
)


# "We use what you give us" stands in clauses about anything.
COMMON = frozenset({Category.USE_PURPOSE, Category.COLLECTION})


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
    reading: Reading
    senses: tuple[Sense, ...]

    def sign(self, group: str) -> Counter[str]:
        """How often each sign of a group comes up."""
        return Counter(term.name for term in self.signs[group])

    @property
    def tells(self) -> bool:
        """Whether the clause says that people are told of changes."""
        return bool(self.signs["tells"] and self.signs["amends"])

    def practised(self) -> list[Category]:
        """What the clause is about: the particular before what nearly every clause does, then by mentions."""
        counts = Counter(term.category for term in self.practices)
        if self.tells:
            counts[Category.POLICY_CHANGE_NOTICE] += len(self.practices) + 1
        if Category.USE_PURPOSE in counts and _USES_NAME.search(self.text):
            counts[Category.SHARING] += 1
        return sorted(counts, key=lambda category: (category in COMMON, -counts[category]))


_USES_NAME = re.compile(r"\b(?:use|uses) (?:the |services of )?[A-Z]\w+")  # "the site uses Acmepay"


def facts(text: str, vocabulary: Vocabulary, short: Mapping[str, str] | None = None) -> Facts:
    """Take a clause apart; `short`: names given in full and their abbreviations, see `abbreviations`."""
    said, found = shortened(text, short or {}), tokens(text)
    bare, terms = dates.without(said), vocabulary.index.find(found, text)
    actors = _Actors(text, terms, vocabulary)
    return Facts(
        text=text,
        words=words(text),
        things=tuple(filter(actors.mean, terms[vocabulary.things])),
        practices=tuple(filter(actors.mean, terms[vocabulary.practices])),
        signs=_signs(terms, vocabulary),
        quantities=tuple(_quantities(bare, vocabulary)),
        names=tuple(_names(bare)),
        reading=read(text, found, terms, vocabulary),
        senses=senses(said, vocabulary),
    )


def _signs(terms: Found, vocabulary: Vocabulary) -> dict[str, tuple[Term, ...]]:
    signs = {name: tuple(terms[lexis]) for name, lexis in vocabulary.signs.items()}
    if signs["negation"] and signs["apparent"]:
        starts = [term.start for term in signs["apparent"]]
        ends = [term.start + len(term.text) for term in signs["apparent"]]
        signs["negation"] = tuple(
            term for term in signs["negation"] if bisect(starts, term.start) == bisect(ends, term.start)
        )
    return signs


class _Actors:
    """Who is spoken of where in a clause, to leave out what only reads like a practice.

    As in a sale of bread, "when you rent", "to receive our mails".
    """

    def __init__(self, text: str, terms: Found, vocabulary: Vocabulary) -> None:
        signs = vocabulary.signs
        self.about_text = bool((terms[signs["tells"]] and terms[signs["amends"]]) or _ABOUT_TEXT.search(text))
        self.about_data = bool(terms[signs["data"]])
        persons = list(_PERSON.finditer(text))
        self.ends = [match.end() for match in persons]
        self.customers = [match[0].casefold() in _CUSTOMER for match in persons]
        denied = _DENIED.search(text)
        self.denied = denied.end() if denied else len(text) + 1  # from here on

    def mean(self, term: Term) -> bool:
        """Whether a term is meant as the practice or thing it reads like."""
        if term.category is Category.POLICY_CHANGE_NOTICE and not self.about_text:
            return False
        nearest = bisect(self.ends, term.start)
        by_person = bool(nearest) and self.customers[nearest - 1]
        if by_person and (term.category is Category.SALE or _RECEIVES.match(term.text)):
            return False
        return term.category is not Category.SALE or self.about_data or self.denied <= term.start


_PERSON = re.compile(
    r"\b(?:you|customers|users|readers|visitors|members|we|our|us|they|it|partners|companies)\b",
    re.IGNORECASE,
)
_RECEIVES = re.compile(r"receiv|obtain|requir", re.IGNORECASE)
_ABOUT_TEXT = re.compile(r"\b(?:policy|notice|statement|terms|changes?)\b", re.IGNORECASE)
_CUSTOMER = frozenset(["you", "customers", "users", "readers", "visitors", "members"])
_DENIED = re.compile(r"\b(?:not|never|nor|n't)\b", re.IGNORECASE)


def _quantities(text: str, vocabulary: Vocabulary) -> Iterator[Quantity]:
    for match in vocabulary.quantity.finditer(plain_same_length(text)):
        number = match[1].lower()
        value = int(number) if number.isdigit() else vocabulary.numbers.get(number)
        unit = vocabulary.units.get(match[2].lower())
        if value is not None and unit is not None:  # the pattern takes a dotless "i" for an "i"
            yield Quantity(value, unit, text[match.start() : match.end()])


def _names(text: str) -> Iterator[str]:
    """Words with a capital that are not capitalised for beginning a sentence, as far as that can be told."""
    bare = MAIL.sub(" ", _LINK.sub(" ", text))
    for match in _NAME.finditer(bare):
        before = _last_seen(bare, match.start())
        begins = not before or before in ".:!?>"
        first, *rest = re.split(r"[ -]", match[0])
        # "Mailchimp: sends our news" heads an item; "Replaced the list" only begins a sentence.
        if not begins or rest or not first.istitle() or _LISTED.match(bare, match.end()):
            yield first
        yield from rest


def _last_seen(text: str, end: int) -> str:
    """The last character before `end` that is no white space, "" if there is none."""
    while end and text[end - 1].isspace():
        end -= 1
    return text[end - 1 : end]


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
