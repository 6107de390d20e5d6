"""What the writer asks for, read from their own words. English; whatever is not understood is for a person.

The text is cut into sentences and these into clauses; each clause may ask for something, refuse it ("do NOT
opt me out") or only speak of it ("how do I opt out?"). In doubt nothing is asked for.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from notifier.optout import phrases
from notifier.optout.verdict import Kind, Scope

# Nobody words a wish in more; what follows is pasted in.
MAX_TEXT = 8000
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
_CLAUSE = re.compile(
    r"\b(?:but|however|because|although|though|yet)\b|:|\u2014| - |"
    r"\bso,? (?=(?:please|i|we|opt|kindly|unsubscribe|remove|stop)\b)|"
    r",? ?\band (?=(?:please|i|we|opt|kindly|hereby|therefore|want|wish|would|unsubscribe|remove|stop|do|can|"
    r"delete|send)\b)|"
    r", ?(?=(?:please|i|we|opt|kindly|hereby|unsubscribe|remove|stop|do|so|just)\b)|"
    r"(?<=\w) (?=please (?:opt|unsubscribe|remove|stop|do not)\b)",
)
# Links name the words they are for: "mailto:list-request@example.org?subject=unsubscribe".
_LINK = re.compile(r"\b(?:https?|mailto):[^\s>]*|\bwww\.[^\s>]*|<[^<>\n]{0,500}>")
_MARK = '["\\u201c\\u201d\\u201e\\u00ab\\u00bb]'
_QUOTED = re.compile(rf"{_MARK}((?:(?!{_MARK})[^\n]){{1,200}}){_MARK}")
_NOT_WORDS = re.compile(r"[^\w\s,'@+-]+|(?<!\w)['-]+|['-]+(?!\w)")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: the kind of mail, the opt-outs in it, what else, and why it was read so."""

    kind: Kind
    scopes: tuple[Scope, ...] = ()
    also: tuple[Kind, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    question: bool


def read(words: str, subject: str, *, answers: bool, ours: str = "") -> Wish:
    """Read the wish from the writer's own words and the subject.

    `subject` comes without a token in it; `answers` says that the mail answers another one, so that its
    subject may be ours and counts only where it is nothing but the wish. `ours` is the text of our own mail,
    which some mail programs put below the answer without any mark.
    """
    clauses = [
        *_subject_clauses(subject, answers=answers),
        *_without_ours(list(_clauses(words[:MAX_TEXT])), ours),
    ]
    asked: dict[Scope, str] = {}
    others: dict[Kind, str] = {}
    refused = doubtful = ""
    keeps = False
    for clause in clauses:
        keeps = keeps or (not clause.question and bool(phrases.KEEP.search(clause.text)))
        scope, how = _opt_out(clause)
        if scope is not None and how == _ASKED:
            asked.setdefault(scope, clause.text)
        elif how == _REFUSED:
            refused = refused or clause.text
        elif how == _DOUBTFUL:
            doubtful = doubtful or clause.text
        if how != _ASKED:
            for kind in _others(clause):
                others.setdefault(kind, clause.text)
    if keeps:
        asked.pop(Scope.ALL, None)
    return _decide(asked, others, refused, doubtful, empty=not clauses)


_ASKED, _REFUSED, _DOUBTFUL, _SILENT = "asked", "refused", "doubtful", "silent"


def _decide(
    asked: dict[Scope, str], others: dict[Kind, str], refused: str, doubtful: str, *, empty: bool
) -> Wish:
    also = tuple(others)
    if asked and refused:
        contradiction = f"asks {_shown(next(iter(asked.values())))} and refuses {_shown(refused)}"
        return Wish(Kind.UNCLEAR, also=also, reasons=(contradiction,))
    if asked:
        reasons = tuple(f"asks to opt out of {scope}: {_shown(text)}" for scope, text in asked.items())
        return Wish(Kind.OPT_OUT, tuple(asked), also, reasons + _told(others))
    if others:
        return Wish(also[0], also=also[1:], reasons=_told(others))
    if refused:
        return Wish(Kind.UNCLEAR, reasons=(f"speaks against opting out: {_shown(refused)}",))
    if doubtful:
        return Wish(
            Kind.UNCLEAR, reasons=(f"speaks of opting out without asking for it: {_shown(doubtful)}",)
        )
    return Wish(Kind.UNCLEAR, reasons=("no words of their own" if empty else "no wish was understood",))


def _told(others: dict[Kind, str]) -> tuple[str, ...]:
    return tuple(f"{kind}: {_shown(text)}" for kind, text in others.items())


def _shown(text: str) -> str:
    return f'"{text[:120]}"'


def _opt_out(clause: _Clause) -> tuple[Scope | None, str]:
    """Say whether a clause asks to opt out, refuses it, or only speaks of it."""
    found: tuple[Scope | None, str] = (None, _SILENT)
    asking = not clause.question
    for pattern, scope in phrases.NAMED:
        match = pattern.search(clause.text)
        if match is None:
            continue
        how = _named(clause.text[: match.start()], clause.text[match.end() :], asking=asking)
        if how == _ASKED:
            return scope, how
        found = scope, how if found[1] != _REFUSED else _REFUSED
    if found[1] != _SILENT:
        return found
    for pattern, scope in phrases.PLAIN:
        match = pattern.search(clause.text)
        if match is None:
            continue
        before = clause.text[: match.start()]
        doubtful = not asking or phrases.HEDGE.search(before) or phrases.NEGATION.search(before)
        return scope, _DOUBTFUL if doubtful else _ASKED
    return found


def _named(before: str, after: str, *, asking: bool) -> str:
    if phrases.NEGATION.search(before):
        return _REFUSED
    polite = phrases.POLITE.search(before)
    hedged = phrases.HEDGE.search(before[polite.end() :] if polite else before)
    if not asking or hedged or phrases.MENTION.search(after):
        return _DOUBTFUL
    return _ASKED if any(lead.search(before) for lead in phrases.LEADS) else _DOUBTFUL


def _others(clause: _Clause) -> Iterator[Kind]:
    for pattern, kind in phrases.OTHERS:
        match = pattern.search(clause.text)
        if match and not phrases.NOT_OTHER.search(clause.text[: match.start()]):
            yield kind


def _subject_clauses(subject: str, *, answers: bool) -> list[_Clause]:
    bare = subject
    while prefix := phrases.REPLY_PREFIX.match(bare):
        answers = True
        bare = bare[prefix.end() :]
    if phrases.FORWARD_PREFIX.match(bare):
        return []
    clauses = list(_clauses(bare))
    if answers:
        return clauses if len(clauses) == 1 and phrases.WHOLE_SUBJECT.fullmatch(clauses[0].text) else []
    return clauses


def _without_ours(clauses: list[_Clause], ours: str) -> list[_Clause]:
    """Take our own mail out, from its first long clause to its last; what was written in between stays.

    Single clauses do not tell: our mail asks people to answer with some of its own words.
    """
    known = _texts(ours)
    long = [
        index
        for index, clause in enumerate(clauses)
        if clause.text in known and clause.text.count(" ") >= LONG_CLAUSE
    ]
    if len(long) <= 1:
        return clauses
    return [
        clause
        for index, clause in enumerate(clauses)
        if clause.text not in known or not long[0] <= index <= long[-1]
    ]


def _clauses(text: str) -> Iterator[_Clause]:
    """Cut a text into clauses in the form `phrases` is written for."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = _LINK.sub(" ", plain)
    for pattern, replacement in _CONTRACTIONS:
        plain = pattern.sub(replacement, plain)
    for sentence in _SENTENCE.findall(_unwrap(_QUOTED.sub(_cited, _without_halves(plain)))):
        polite = bool(phrases.POLITE.search(sentence))
        asking = sentence.rstrip().endswith("?")
        for piece in _CLAUSE.split(sentence):
            words = " ".join(_NOT_WORDS.sub(" ", piece).split()).strip(" ,")
            if words:
                yield _Clause(words, not polite and (asking or bool(phrases.QUESTION.match(words))))


@lru_cache(maxsize=32)
def _texts(ours: str) -> frozenset[str]:
    return frozenset(clause.text for clause in _clauses(ours))


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
