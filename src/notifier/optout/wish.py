"""What the writer asks for, read from their own words. English; whatever is not understood is for a person.

The text is cut into clauses; each may ask for something, refuse it ("do NOT opt me out") or only speak of it
("how do I opt out?"). In doubt nothing is asked for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from notifier.optout import clauses, phrases
from notifier.optout.clauses import Clause
from notifier.optout.verdict import Kind, Scope

# Nobody words a wish in more; what follows is pasted in.
MAX_TEXT = 8000
# A bare "unsubscribe" with more words than these below it is a link above a newsletter.
MOST_BELOW = 60


class _How(StrEnum):
    """What a clause does with an opt-out."""

    ASKS = "asks"
    ASKS_BARELY = "asks barely"
    REFUSES = "refuses"
    SPEAKS = "speaks"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: the kind of mail, the opt-outs in it, what else, and why it was read so.

    `speaks` says whether anything in it was understood, be it only a question about opting out.
    """

    kind: Kind
    scopes: tuple[Scope, ...] = ()
    also: tuple[Kind, ...] = ()
    reasons: tuple[str, ...] = ()
    speaks: bool = True


@dataclass(frozen=True, slots=True)
class _Found:
    """What one clause says."""

    clause: Clause
    scope: Scope | None
    how: _How


def read(words: str, subject: str, *, answers: bool, ours: str = "") -> Wish:
    """Read the wish from the writer's own words and the subject.

    `subject` comes without a token in it; `answers` says that the mail answers another one, so that its
    subject may be ours and counts only where it is nothing but the wish. `ours` is the text of our own mail,
    which some mail programs put below the answer without any mark.
    """
    body = clauses.cut(words[:MAX_TEXT], ours)
    found = [*_found(_subject_clauses(subject, answers=answers)), *_found(_disclaimed(body))]
    asked: dict[Scope, str] = {}
    others: dict[Kind, str] = {}
    first: dict[_How, str] = {}
    for each in found:
        if each.how is _How.ASKS and each.scope is not None:
            asked.setdefault(each.scope, each.clause.text)
        else:
            first.setdefault(each.how, each.clause.text)
            for kind in _others(each.clause):
                others.setdefault(kind, each.clause.text)
    if any(phrases.KEEP.search(each.clause.text) for each in found if not each.clause.question):
        asked.pop(Scope.ALL, None)
    return _decide(asked, others, first, empty=not found)


def _decide(asked: dict[Scope, str], others: dict[Kind, str], first: dict[_How, str], *, empty: bool) -> Wish:
    also = tuple(others)
    refused = first.get(_How.REFUSES)
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
    if spoken := first.get(_How.SPEAKS):
        return Wish(Kind.UNCLEAR, reasons=(f"speaks of opting out without asking for it: {_shown(spoken)}",))
    nothing = "no words of their own" if empty else "no wish was understood"
    return Wish(Kind.UNCLEAR, reasons=(nothing,), speaks=False)


def _told(others: dict[Kind, str]) -> tuple[str, ...]:
    return tuple(f"{kind}: {_shown(text)}" for kind, text in others.items())


def _shown(text: str) -> str:
    return f'"{text[:120]}"'


def _found(text: Sequence[Clause]) -> list[_Found]:
    """Say what each clause of a text does; ours do nothing.

    A bare "unsubscribe" is also what stands below newsletters and signatures, so it asks for something only
    where nothing but greetings and other wishes stands before it, and little below.
    """
    found: list[_Found] = []
    leading = True
    for index, clause in enumerate(text):
        scope, how = (None, _How.SILENT) if clause.ours else _opt_out(clause)
        if how is _How.ASKS_BARELY:
            how = _How.ASKS if leading and _words_below(text[index + 1 :]) <= MOST_BELOW else _How.SPEAKS
        leading = leading and (how is _How.ASKS or bool(phrases.GREETING.fullmatch(clause.text)))
        if not clause.ours:
            found.append(_Found(clause, scope, how))
    return found


def _words_below(below: Sequence[Clause]) -> int:
    count = 0
    for clause in below:
        if clause.ours:
            break
        count += clause.text.count(" ") + 1
    return count


def _opt_out(clause: Clause) -> tuple[Scope | None, _How]:
    """Say whether a clause asks to opt out, refuses it, or only speaks of it."""
    found: tuple[Scope | None, _How] = (None, _How.SILENT)
    for pattern, scope in phrases.NAMED:
        match = pattern.search(clause.text)
        if match is None:
            continue
        how = _named(clause, clause.text[: match.start()], clause.text[match.end() :])
        if how in {_How.ASKS, _How.ASKS_BARELY}:
            return scope, how
        found = scope, how if found[1] is not _How.REFUSES else _How.REFUSES
    if found[1] is not _How.SILENT:
        return found
    for pattern, scope in phrases.PLAIN:
        match = pattern.search(clause.text)
        if match is None:
            continue
        before = clause.text[: match.start()]
        weak = clause.question or clause.told or phrases.LIMIT.search(clause.text[match.start() :])
        doubtful = weak or phrases.HEDGE.search(before) or phrases.NEGATION.search(before)
        return scope, _How.SPEAKS if doubtful else _How.ASKS
    return (None, _How.REFUSES) if phrases.STAY.search(clause.text) else found


def _named(clause: Clause, before: str, after: str) -> _How:
    if phrases.UNDO.search(clause.text) or phrases.NEGATION.search(before):
        return _How.REFUSES
    if clause.denied or phrases.DENIAL.fullmatch(after.strip(" ,")):
        return _How.REFUSES
    if clause.question or clause.told or clause.heading or not _leads(before, after):
        return _How.SPEAKS
    if phrases.PERSONAL.search(clause.text):
        return _How.ASKS
    return _How.ASKS_BARELY if phrases.BARE.fullmatch(clause.text) else _How.SPEAKS


def _leads(before: str, after: str) -> bool:
    """Whether what stands around the name of a thing makes it a wish."""
    polite = phrases.POLITE.search(before)
    if phrases.HEDGE.search(before[polite.end() :] if polite else before):
        return False
    if phrases.MENTION.search(after) or phrases.LIMIT.search(after):
        return False
    return any(lead.search(before) for lead in phrases.LEADS)


def _others(clause: Clause) -> Iterator[Kind]:
    for pattern, kind in phrases.OTHERS:
        match = pattern.search(clause.text)
        if match and not phrases.NOT_OTHER.search(clause.text[: match.start()]):
            yield kind


def _disclaimed(body: Sequence[Clause]) -> list[Clause]:
    """Mark what lawyers put below every mail of a company as the words of another."""
    start = next(
        (index for index, clause in enumerate(body) if phrases.DISCLAIMER.search(clause.text)), len(body)
    )
    return [*body[:start], *(replace(clause, told=True) for clause in body[start:])]


def _subject_clauses(subject: str, *, answers: bool) -> list[Clause]:
    bare = subject
    while prefix := phrases.REPLY_PREFIX.match(bare):
        answers = True
        bare = bare[prefix.end() :]
    if phrases.FORWARD_PREFIX.match(bare):
        return []
    found = clauses.cut(bare)
    if answers:
        return found if len(found) == 1 and phrases.WHOLE_SUBJECT.fullmatch(found[0].text) else []
    return found
