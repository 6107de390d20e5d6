"""What of two clauses is left when everything that says the same is taken away."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from notifier.changes.vocabulary import Vocabulary, plain_same_length, tokens

URL = re.compile(
    r"(?:https?://|www\.)\S+(?:(?<=-)\s\S+/\S*)?|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|eu|gov|edu|co\.uk)(?:/\S*)?\b",
    re.IGNORECASE,
)
MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\[email\s*protected\]", re.IGNORECASE)
_PLURALS = ("s", "es", "ed", "d", "ing", "ly")
_LONG = 5  # letters a word needs before two of them may be a slip
_SHORT = 4  # letters a word needs before one of them may be
_SMALL = 3  # the same, where the other is a small word ("hot" for "how")
_TWO = 2  # letters
_TWICE = re.compile(r"\b([\w-]+)\s*\((\d+)\)")  # "thirty (30)"
_NUMBERING = re.compile(  # "2 Data", "2.1 data", "(b) data", "iv) data"
    r"^\W*(?:\d+[.)]?\s(?=\W*[A-Z])|\d+(?:\.\d+)+[.)]?\s|\d+[.)]\s|\(?(?:[a-z]|[ivx]{1,4})\)\s)"
)
_DEFINED = re.compile(r"\((?:[a-z]+,? ){,3}\"[^()]*\"\)")  # ("the Services"): what a term is short for
_ABBREVIATED = re.compile(
    r"\b(?P<short>[A-Z]{2,6})s?\s+\((?P<long>[A-Z][\w' -]+)\)"
    r"|\b(?P<before>(?:[A-Z][\w-]+ (?:(?:and|of|for|the|on) )?){1,6}[A-Z][\w-]+)"
    r"\s+\((?P<after>[A-Z]{2,6})s?\)"
)
_PLACE = re.compile(  # where else it stands in the text
    r"\(?\b(?:as )?(?:further )?(?:described |explained |set out |see )?(?:below|above)\b\)?"
    r"|\bin (?:the )?(?:\S+ ){0,2}section(?: \d+)?\b"
    r"|\(?\b(?:as )?(?:described )?in section \d+\b\)?"
    r"|\(/[\w/-]+\)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sense:
    """A word that carries meaning: the concept it stands for, and where it stands in the clause."""

    concept: str
    start: int
    word: str


def abbreviations(text: str) -> dict[str, str]:
    """Names given in full and in short: "Voice over IP (VoIP)", "TLS (Transport Layer Security)"."""
    found = {}
    for match in _ABBREVIATED.finditer(text):
        short, long = match["short"] or match["after"], match["long"] or match["before"]
        words = long.split()[-_words_of(short, long) :]
        if "".join(part[0] for word in words for part in word.split("-") if part[:1].isupper()) == short:
            found[" ".join(words)] = short
    return found


def shortened(text: str, short: Mapping[str, str]) -> str:
    """`text` with names given in full as their abbreviations, each once; positions stay."""
    for long, letters in short.items():
        for twice in (f"({long})", f"({letters})", f"({letters}s)"):
            text = text.replace(twice, " " * len(twice))
        text = text.replace(long, letters.ljust(len(long)))
    return text


def _words_of(short: str, long: str) -> int:
    """How many words at the end of `long` the letters stand for; small words have none."""
    letters = 0
    for count, word in enumerate(reversed(long.split()), start=1):
        letters += sum(part[:1].isupper() for part in word.split("-"))
        if letters >= len(short):
            return count
    return len(long.split())


def senses(text: str, vocabulary: Vocabulary) -> tuple[Sense, ...]:
    """The words of a clause that carry its meaning, in order: synonyms and inflections as one.

    "We utilise your data for thirty (30) days" -> "use", "30", "day".
    """
    flat = _blanked(plain_same_length(text))
    found = tokens(flat)
    phrases = {term.start: term for term in vocabulary.synonyms.find_in(found, flat)}
    said, end = [], 0
    for token in found:
        if token.start < end:
            continue
        phrase = phrases.get(token.start)
        end = phrase.start + len(phrase.text) if phrase else token.end
        word = phrase.name if phrase else _CONTRACTED.sub("", token.word).replace("'", "")
        concept = _concept(word, vocabulary)
        if not {word, concept} & vocabulary.ordinary and not (len(word) == 1 and word.isalpha()):
            said.append(Sense(concept, token.start, word))
    return tuple(said)


_CONTRACTED = re.compile(r"'(?:s|ll|re|ve|d|m)$")


def _concept(word: str, vocabulary: Vocabulary) -> str:
    if word in vocabulary.numbers:
        return str(vocabulary.numbers[word])
    stem = vocabulary.stem(word) or word
    return vocabulary.concepts.get(stem, stem)


def _blanked(text: str) -> str:
    """`text` with addresses, places in the text and what is said twice blanked out; positions stay."""
    text = _TWICE.sub(lambda found: f" {found[2]} ".rjust(len(found[0])), text)
    for pattern in (_NUMBERING, _DEFINED, MAIL, URL, _PLACE):
        text = pattern.sub(lambda found: " " * len(found[0]), text)
    return text


def left_over(old: Sequence[str], new: Sequence[str], vocabulary: Vocabulary) -> tuple[list[str], list[str]]:
    """The words of meaning that only one of two clauses has, slips of the pen and plurals left out."""
    gone, come = dict.fromkeys(old), dict.fromkeys(new)
    for word in gone.keys() & come.keys():
        del gone[word], come[word]
    if max(len(gone), len(come)) <= _SLIPS:
        _drop_slips(gone, come, vocabulary)
    return list(gone), list(come)


_SLIPS = 2_000  # words; clauses of which more differ are not one clause with slips of the pen


def _drop_slips(gone: dict[str, None], come: dict[str, None], vocabulary: Vocabulary) -> None:
    alike = defaultdict(list)  # a slip is never in the first letter
    for word in come:
        alike[word[0]].append(word)
    for left in list(gone):
        right = next((right for right in alike[left[0]] if is_slip(left, right, vocabulary)), None)
        if right is not None:
            alike[left[0]].remove(right)
            del gone[left], come[right]


def is_slip(left: str, right: str, vocabulary: Vocabulary) -> bool:
    """Whether two words are one, spelled wrong or otherwise: "recieve", "canceled", "orders".

    Two real words can be as near ("explicit", "implicit"; "employer", "employee"). A slip is seldom in the
    first letter, and the words that differ further on are known to the vocabulary.
    """
    if left == right:
        return True
    if left[0] != right[0] or any(char.isdigit() for char in left + right):
        return False
    short, long = sorted((left, right), key=len)
    if long.removeprefix(short) in _PLURALS and len(short) >= _SHORT:
        return True
    distance = OSA.distance(left, right, score_cutoff=_TWO)  # two letters changing places count as one
    if (
        distance > _TWO
        or {left, right} <= vocabulary.lookalikes
        or left.endswith(_ROLE) != right.endswith(_ROLE)
    ):
        return False
    if _signed(left, vocabulary) != _signed(right, vocabulary):
        return False
    needed = _SMALL if {left, right} & vocabulary.ordinary else _SHORT
    return (distance == 1 and len(short) >= needed) or (distance == _TWO and len(short) >= _LONG)


_ROLE = "ee"  # an "employee" is no "employer"


def _signed(word: str, vocabulary: Vocabulary) -> set[str]:
    groups = ("negation", "limit", "promise", "option", "whole", "partial")
    return {group for group in groups if vocabulary.signs[group].find(word)}
