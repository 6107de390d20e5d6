"""What a clause states: who does or does not do what, with which data, to whom, why, where, how long.

A shallow reading. Verbs of practice ("share", "keep") anchor statements; small words ("with", "for", "until")
tell what part the words after them play. It is right often enough for comparing two versions of one clause,
which are read the same way; it is no grammar of English.
"""

from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from notifier.changes.model import Category
from notifier.changes.vocabulary import Found, Term, Token, Vocabulary


class Party(StrEnum):
    """Who does it."""

    WE = "we"
    YOU = "you"
    OTHERS = "others"


class Force(StrEnum):
    """How firmly it is said."""

    BINDS = "will"
    STATES = "does"
    ALLOWS = "may"


class Role(StrEnum):
    """The part a word plays in a statement."""

    WHO = "who"
    WHAT = "what"  # the data, or what else it is done to
    WHOM = "whom"
    WHY = "why"
    WHERE = "where"
    SPAN = "span"  # how long, until when
    CONDITION = "if"
    HOW = "how"
    SOURCE = "from"


@dataclass(frozen=True, slots=True)
class Statement:
    """One deed with who does it; `end` is where the next statement begins in the clause."""

    deed: Term
    who: Party | None
    negated: bool
    force: Force
    conditional: bool  # "if you ask": names a case, says not that it is done
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The statements of a clause in order, and the role of each word by its position in the text."""

    statements: tuple[Statement, ...]
    roles: Mapping[int, Role]

    def at(self, position: int) -> Statement | None:
        """The statement that a position in the clause belongs to; None in a clause without a deed."""
        place = bisect(self.statements, position, key=lambda said: said.end)
        return self.statements[min(place, len(self.statements) - 1)] if self.statements else None


def read(text: str, tokens: Sequence[Token], found: Found, vocabulary: Vocabulary) -> Reading:
    """Take a clause apart, by what the vocabulary found in it.

    A clause without a deed has no statements, but its words have roles.
    """
    return _Reader(text, tokens, found, vocabulary).read()


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A deed by the numbers of its words: `begin` is the first word of its statement."""

    deed: Term
    begin: int
    first: int
    after: int
    passive: bool


_NEAR = 3  # words between "is" and the deed, "to" and whom, or the deed and "no", at most


class _Reader:
    def __init__(self, text: str, tokens: Sequence[Token], found: Found, vocabulary: Vocabulary) -> None:
        self.text = text
        self.tokens = tokens
        self.words = [token.word for token in tokens]
        self.grammar = vocabulary.grammar
        self.number = {token.start: number for number, token in enumerate(tokens)}
        self.negations = self._numbers(found[vocabulary.signs["negation"]])
        for term in found[vocabulary.signs["apparent"]]:
            first = self.number[term.start]
            self.negations -= {*range(first, first + len(term.text.split()))}
        self.must = self._numbers(found[vocabulary.grammar.must])
        self.may = self._numbers(found[vocabulary.grammar.may])
        self.cues = {
            self.number[term.start]: (Role(name), len(term.text.split()))
            for name, lexis in vocabulary.grammar.cues.items()
            for term in found[lexis]
        }
        things = found[vocabulary.things]
        self.recipients = self._numbers([term for term in things if term.category is Category.SHARING])
        self.places = self._numbers(
            [term for term in things if term.category is Category.INTERNATIONAL_TRANSFER]
        )
        self.anchors = self._anchors(found[vocabulary.deeds])

    def read(self) -> Reading:
        """Statements and roles."""
        return Reading(tuple(self._statements()), self._roles())

    def _numbers(self, terms: Sequence[Term]) -> set[int]:
        return {self.number[term.start] for term in terms}

    def _anchors(self, deeds: Sequence[Term]) -> list[_Anchor]:
        found: list[_Anchor] = []
        for deed in deeds:
            first = self.number[deed.start]
            if first and self.words[first - 1] in self.grammar.determiners and not _participle(deed.text):
                continue  # "the use of", "your request": a noun
            after = first + 1
            while after < len(self.tokens) and self.tokens[after].start < deed.start + len(deed.text):
                after += 1
            floor = found[-1].after if found else 0
            passive = not self.grammar.passive.isdisjoint(self.words[max(floor, first - _NEAR) : first])
            found.append(_Anchor(deed, self._begin(floor, first, passive=passive), first, after, passive))
        return found

    def _begin(self, floor: int, first: int, *, passive: bool) -> int:
        """Where a statement begins: after the break before its deed; what is done to may be a list."""
        number = first
        while number > floor:
            word = self.words[number - 1]
            if word in self.grammar.breaks or self._gap(number).strip(" ,-\xa0'\"*_()"):
                break
            if not passive and (word in self.grammar.links or "," in self._gap(number)):
                break
            number -= 1
        return number

    def _gap(self, number: int) -> str:
        """What stands between a word and the one before it."""
        return self.text[self.tokens[number - 1].end : self.tokens[number].start] if number else ""

    def _statements(self) -> list[Statement]:
        found: list[Statement] = []
        for index, anchor in enumerate(self.anchors):
            ends = index + 1 == len(self.anchors)
            end = len(self.text) if ends else self.tokens[self.anchors[index + 1].begin].start
            before = found[-1] if found else None
            linked = before if self._linked(index) else None
            run_up = range(anchor.begin, anchor.first)
            who = self._party(anchor, run_up) or (before.who if before else None)
            force = self._force(run_up) or (linked.force if linked else Force.STATES)
            negated = self._negated(anchor, run_up) or bool(linked and linked.negated)
            found.append(Statement(anchor.deed, who, negated, force, self._conditional(anchor), end))
        return found

    def _conditional(self, anchor: _Anchor) -> bool:
        cue, _ = self.cues.get(anchor.begin - 1, (None, 0))
        return cue is Role.CONDITION

    def _linked(self, index: int) -> bool:
        """Whether a deed goes on from the one before, as in "we do not share or sell"."""
        if not index:
            return False
        anchor, before = self.anchors[index], self.anchors[index - 1]
        return (
            anchor.first == anchor.begin
            and anchor.begin - before.after <= _NEAR
            and (self.words[anchor.begin - 1] in self.grammar.links or "," in self._gap(anchor.begin))
        )

    def _party(self, anchor: _Anchor, run_up: range) -> Party | None:
        found = None
        spoken = range(anchor.first, anchor.after)  # "you may ask" names who in the deed itself
        for number in (*(self._agent(anchor) if anchor.passive else run_up), *spoken):
            word = self.words[number]
            found = next(
                (Party(name) for name, words in self.grammar.parties.items() if word in words), found
            )
            if number in self.recipients or (word == "it" and found is None):
                found = Party.OTHERS
        return found

    def _agent(self, anchor: _Anchor) -> range:
        """The words after "by" in "is used by our partners"."""
        after = anchor.after
        if after == len(self.words) or self.words[after] != self.grammar.agent:
            return range(0)
        return range(after + 1, min(after + 1 + _NEAR, len(self.words)))

    def _force(self, run_up: range) -> Force | None:
        if not self.must.isdisjoint(run_up):
            return Force.BINDS
        return None if self.may.isdisjoint(run_up) else Force.ALLOWS

    def _negated(self, anchor: _Anchor, run_up: range) -> bool:
        near = range(anchor.after, min(anchor.after + _NEAR - 1, len(self.words)))
        count = sum(number in self.negations and self.words[number] != "nor" for number in run_up)
        count += any(number in self.negations and self.words[number] == "no" for number in near)
        return count % 2 == 1

    def _roles(self) -> dict[int, Role]:
        begins = {anchor.begin: anchor for anchor in self.anchors}
        roles: dict[int, Role] = {}
        anchor: _Anchor | None = None
        role = Role.WHAT
        number = 0
        while number < len(self.tokens):
            if number in begins:
                anchor = begins[number]
                for before in range(anchor.begin, anchor.first):
                    roles[self.tokens[before].start] = Role.WHAT if anchor.passive else Role.WHO
                number, role = anchor.after, Role.WHAT
                continue
            cue, length = self._cue(number, anchor)
            role = cue or role
            for step in range(max(length, 1)):
                if number + step < len(self.tokens):
                    roles[self.tokens[number + step].start] = role
            number += max(length, 1)
        return roles

    def _cue(self, number: int, anchor: _Anchor | None) -> tuple[Role | None, int]:
        if self.words[number] == self.grammar.towards and number not in self.cues:
            return self._towards(number, anchor), 1
        role, length = self.cues.get(number, (None, 0))
        if anchor and anchor.passive and self.words[number] == self.grammar.agent:
            return Role.WHO, length
        if role is Role.WHY and self._counted(number):
            return Role.SPAN, length
        return role, length

    def _towards(self, number: int, anchor: _Anchor | None) -> Role:
        """Whom after "disclose ... to", where before a country, else why."""
        near = range(number + 1, min(number + 1 + _NEAR, len(self.words)))
        if any(after in self.places for after in near):
            return Role.WHERE
        if any(after in self.recipients for after in near):
            return Role.WHOM
        first = self.words[number + 1] if near else ""
        begins = self.text[self.tokens[number + 1].start : self.tokens[number + 1].end] if near else ""
        noun = first in self.grammar.determiners or begins[:1].isupper() or first in _OBJECTS
        if noun or (anchor and anchor.deed.category in _HANDING and first.endswith("s")):
            return Role.WHOM
        return Role.WHY

    def _counted(self, number: int) -> bool:
        near = range(number + 1, min(number + 1 + _NEAR, len(self.words)))
        return any(self.words[after][0].isdigit() for after in near)


_OBJECTS = frozenset({"us", "you", "them", "others", "anyone"})
_HANDING = frozenset({Category.SHARING, Category.SALE})


def _participle(word: str) -> bool:
    return word.casefold().endswith(("ed", "ing"))
