"""A text cut into clauses, in the form that `phrases` is written for, each with what stands around it."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from notifier.optout import phrases

# A clause of our own mail with so many spaces in it is not written by chance.
LONG_CLAUSE = 5

_CONTRACTIONS = (
    (re.compile(r"[\u2018\u2019\u02bc\u00b4`]"), "'"),
    (re.compile(r"\bcan'?t\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon'?t\b"), "will not"),
    (re.compile(r"\b(do|does|did|is|was|were|has|have|had|would|should|could|are)n'?t\b"), r"\1 not"),
    (re.compile(r"\b(i|we|you|they)'d\b"), r"\1 would"),
    (re.compile(r"\bi'm\b"), "i am"),
    (re.compile(r"\b(\w+)'(?:ll)\b"), r"\1 will"),
    (re.compile(r"\b(\w+)'(?:ve)\b"), r"\1 have"),
    (re.compile(r"\b(\w+)'(?:re)\b"), r"\1 are"),
    (re.compile(r"\bopt(ing|ed|s)?[- ]*out\b"), r"opt\1 out"),
    (re.compile(r"\bun-subscrib"), "unsubscrib"),
    (re.compile(r"\be-?mail"), "email"),
    (re.compile(r"\bthanx|\bthx\b|\bty\b"), "thanks"),
)
_SENTENCE = re.compile(r"[^.!?;\n]+(?:[.!?;]+|\n|$)")
_END = re.compile(r"[.!?;\s]*$")
_CLAUSE = re.compile(
    r"(\b(?:but|however|because|although|though|yet)\b|:|\u2014| - |"
    r"\bso,? (?=(?:please|i|we|opt|kindly|unsubscribe|remove|stop)\b)|"
    r",? ?\band (?=(?:please|i|we|opt|kindly|hereby|therefore|want|wish|would|unsubscribe|remove|stop|do|can|"
    r"delete|send)\b)|"
    r", ?(?=(?:please|i|we|opt|kindly|hereby|unsubscribe|remove|stop|do|so|just)\b)|"
    r"(?<=\w) (?=please (?:opt|unsubscribe|remove|stop|do not)\b))",
)
# Links name the words they are for: "mailto:list-request@example.org?subject=unsubscribe".
_LINK = re.compile(r"\b(?:https?|mailto):[^\s>]*|\bwww\.[^\s>]*|<[^<>\n]{0,500}>")
_MARK = '["\\u201c\\u201d\\u201e\\u00ab\\u00bb]'
_QUOTED = re.compile(rf"{_MARK}((?:(?!{_MARK})[^\n]){{1,200}}){_MARK}")
# Quotation marks that became question marks on the way through a small charset: ?opt out?
_LOST_MARKS = re.compile(r"(?<!\S)\?(\w[^?\n]{0,200})\?")
_EMPTY_BOX = re.compile(r"\[[ _]*\]|\([ _]*\)|\u2610")
_TICKED_BOX = re.compile(r"\[ ?[xv] ?\]|\( ?x ?\)|[\u2611\u2612\u2713\u2714]")
_ATTRIBUTION = re.compile(r"\s*(?:on|at)\b")
_NOT_WORDS = re.compile(r"[^\w\s,'@+-]+|(?<!\w)['-]+|['-]+(?!\w)")


@dataclass(frozen=True, slots=True)
class Clause:
    """A few words, and what takes from their weight.

    `question`: they ask. `told`: what stands before says that somebody else said them, or under what
    condition. `heading`: a colon and what to do about them follows. `denied`: a "no" follows. `ours`: they
    are our own words.
    """

    text: str
    question: bool = False
    told: bool = False
    heading: bool = False
    denied: bool = False
    ours: bool = False


def cut(text: str, ours: str = "") -> list[Clause]:
    """Cut a text into clauses, and mark those that come from `ours`, the text of our own mail."""
    clauses = list(_clauses(text))
    clauses = [
        replace(clause, denied=bool(phrases.DENIAL.fullmatch(following.text)))
        for clause, following in zip(clauses, [*clauses[1:], Clause("")], strict=False)
    ]
    known = _ours_in(clauses, _cut_once(ours))
    return [replace(clause, ours=index in known) for index, clause in enumerate(clauses)]


def _ours_in(clauses: Sequence[Clause], ours: Sequence[str]) -> Collection[int]:
    """Say which clauses are our own.

    Our mail asks people to answer with some of its own words, so single ones do not tell: it takes two in
    the order of our mail, or to stand between the first long one and the last.
    """
    texts = frozenset(ours)
    pairs = frozenset(pairwise(ours))
    long = [
        index
        for index, clause in enumerate(clauses)
        if clause.text in texts and clause.text.count(" ") >= LONG_CLAUSE
    ]
    between = range(long[0], long[-1] + 1) if len(long) > 1 else long
    found = {index for index in between if clauses[index].text in texts}
    for index in range(len(clauses) - 1):
        first, second = clauses[index].text, clauses[index + 1].text
        if (first, second) in pairs and max(first.count(" "), second.count(" ")) >= LONG_CLAUSE:
            found |= {index, index + 1}
    return found


@lru_cache(maxsize=32)
def _cut_once(ours: str) -> tuple[str, ...]:
    return tuple(clause.text for clause in _clauses(ours))


def _clauses(text: str) -> Iterator[Clause]:
    plain = _LOST_MARKS.sub(r'"\1"', unicodedata.normalize("NFKC", text).casefold())
    plain = _TICKED_BOX.sub(" ", _EMPTY_BOX.sub(f" {phrases.EMPTY_BOX} ", _LINK.sub(" ", plain)))
    for pattern, replacement in _CONTRACTIONS:
        plain = pattern.sub(replacement, plain)
    announced = False
    for sentence in _SENTENCE.findall(_unwrap(_QUOTED.sub(_cited, _without_halves(plain)))):
        clauses = list(_of_sentence(sentence))
        if announced and clauses:
            clauses[0] = replace(clauses[0], told=True)
        yield from clauses
        if clauses:
            announced = _announces(sentence) and bool(phrases.TOLD.search(clauses[-1].text))


def _announces(sentence: str) -> bool:
    """Whether what somebody said follows: "My brother wrote:", but not "On Monday Ana wrote:"."""
    return sentence.rstrip().endswith(":") and not _ATTRIBUTION.match(sentence)


def _of_sentence(sentence: str) -> Iterator[Clause]:
    polite = bool(phrases.POLITE.search(sentence)) and not phrases.QUESTION_WORD.search(sentence)
    end = _END.search(sentence)
    asking = end is not None and "?" in end[0]
    pieces = _CLAUSE.split(sentence)
    conditional = bool(phrases.CONDITION.match(_words(pieces[0])))
    told = False
    for index in range(0, len(pieces), 2):
        words = _words(pieces[index])
        if not words:
            continue
        following = _words(pieces[index + 2]) if pieces[index + 1 : index + 2] == [":"] else ""
        yield Clause(
            words,
            question=not polite and (asking or bool(phrases.QUESTION.match(words))),
            told=told or (conditional and index > 0),
            heading=bool(phrases.INSTRUCTION.match(following)),
        )
        told = bool(phrases.TOLD.search(words))


def _words(piece: str) -> str:
    return " ".join(_NOT_WORDS.sub(" ", piece).split()).strip(" ,")


def _without_halves(text: str) -> str:
    """Take out lines with a quotation mark that belongs to nothing: ends of quoted lines that were broken."""
    return "\n".join(line for line in text.split("\n") if len(re.findall(_MARK, line)) % 2 == 0)


def _cited(match: re.Match[str]) -> str:
    """Leave out what is cited, but for an answer in the very words that were asked for."""
    return match[1] if phrases.WHOLE_SUBJECT.fullmatch(match[1].strip(" .,!")) else " "


def _unwrap(text: str) -> str:
    """Join lines that a mail program broke: the next one goes on in the middle of the sentence."""
    return re.sub(r"(?<=[\w,]{2})[ \t]*\n(?=[a-z])", " ", _long_lines_only(text))


def _long_lines_only(text: str) -> str:
    """End every short line with a line break that `_unwrap` keeps: "opt out", "thanks" are two sentences."""
    return "\n".join(line if len(line) > 40 else f"{line} \n" for line in text.split("\n"))  # noqa: PLR2004 - half a line
