"""What of two clauses is left when everything that says the same is taken away."""

import re
from itertools import product

from rapidfuzz.distance import OSA

from notifier.changes.facts import MAIL, URL
from notifier.changes.normal import plain
from notifier.changes.vocabulary import Vocabulary, tokens

_PLURALS = ("s", "es", "ed", "d", "ing", "ly")
_LONG = 5  # letters a word needs before two of them may be a slip
_SHORT = 4  # letters a word needs before one of them may be
_SMALL = 3  # the same, where the other is a small word ("hot" for "how")
_TWO = 2  # letters
_TWICE = re.compile(r"\b([\w-]+)\s*\((\d+)\)")  # "thirty (30)"
_PLACE = re.compile(  # where else it stands in the text
    r"\(?\b(?:as )?(?:further )?(?:described |explained |set out |see )?(?:below|above)\b\)?"
    r"|\bin (?:the )?(?:\S+ ){0,2}section(?: \d+)?\b"
    r"|\(?\b(?:as )?(?:described )?in section \d+\b\)?"
    r"|\(/[\w/-]+\)",
    re.IGNORECASE,
)


def meaning(text: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The words of a clause that carry its meaning, in order: synonyms as one, numbers in digits.

    "We utilise your data for thirty (30) days" -> ("use", "30", "days").
    """
    text = _PLACE.sub(" ", URL.sub(" ", MAIL.sub(" ", _TWICE.sub(r"\2", plain(text)))))
    found = tokens(text)
    phrases = {term.start: term for term in vocabulary.synonyms.find_in(found, text)}
    said, end = [], 0
    for token in found:
        if token.start < end:
            continue
        phrase = phrases.get(token.start)
        end = phrase.start + len(phrase.text) if phrase else token.end
        word = phrase.name if phrase else token.word.removesuffix("'s").replace("'", "")
        if word not in vocabulary.ordinary and not (len(word) == 1 and word.isalpha()):
            said.append(str(vocabulary.numbers.get(word, word)))
    return tuple(said)


def left_over(
    old: tuple[str, ...], new: tuple[str, ...], vocabulary: Vocabulary
) -> tuple[list[str], list[str]]:
    """The words of meaning that only one of two clauses has, slips of the pen and plurals left out."""
    gone = [word for word in dict.fromkeys(old) if word not in new]
    come = [word for word in dict.fromkeys(new) if word not in old]
    for left, right in product(tuple(gone), tuple(come)):
        if left in gone and right in come and is_slip(left, right, vocabulary):
            gone.remove(left)
            come.remove(right)
    return gone, come


def is_slip(left: str, right: str, vocabulary: Vocabulary) -> bool:
    """Whether two words are one, spelled wrong or otherwise: "recieve", "canceled", "orders".

    Two real words can be as near ("explicit", "implicit"; "employer", "employee"). A slip is seldom in the
    first letter, and the words that differ further on are known to the vocabulary.
    """
    if left == right:
        return True
    if any(char.isdigit() for char in left + right) or left[0] != right[0]:
        return False
    short, long = sorted((left, right), key=len)
    if long.removeprefix(short) in _PLURALS and len(short) >= _SHORT:
        return True
    if {left, right} <= vocabulary.lookalikes or left.endswith(_ROLE) != right.endswith(_ROLE):
        return False
    if _signed(left, vocabulary) != _signed(right, vocabulary):
        return False
    distance = OSA.distance(left, right)  # two letters changing places count as one
    needed = _SMALL if {left, right} & vocabulary.ordinary else _SHORT
    return (distance == 1 and len(short) >= needed) or (distance == _TWO and len(short) >= _LONG)


_ROLE = "ee"  # an "employee" is no "employer"


def _signed(word: str, vocabulary: Vocabulary) -> set[str]:
    groups = ("negation", "limit", "promise", "option", "whole", "partial")
    return {group for group in groups if vocabulary.signs[group].find(word)}
