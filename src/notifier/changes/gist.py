"""What a clause is about, weighed: each deed, each thing named and the heading above speaks for a topic."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from notifier.changes.facts import COMMON, Facts
from notifier.changes.model import Category
from notifier.changes.statement import Party, Role, Statement
from notifier.changes.vocabulary import Term

_ABOUT = 2  # topics a change is said to be about, at most
_BESIDE = 0.7  # of the weight of the first that a second one needs
_MOST = 2.4  # what several things of one kind add up to, at most
_FAINT = 0.3  # what is only mentioned, or done by the customer
_HALF = 0.5
_RIGHT = 2.0  # what a person may do
_LISTED = 2.0  # what a heading says of the items under it
_TOLD = 3.0  # how people are told of changes
_OUTSIDER = 2.0  # a company named beside data
_LASTING = 1.5  # a period beside "keep"

Within = Callable[[int], bool]
Weights = defaultdict[Category, float]


def anywhere(_: int) -> bool:
    """Every position of a clause."""
    return True


def weigh(facts: Facts, within: Within = anywhere) -> Weights:
    """The topics of what stands at the positions `within` a clause."""
    weights: Weights = defaultdict(float)
    places = any(term.category is Category.INTERNATIONAL_TRANSFER for term in facts.things)
    for said in facts.reading.statements:
        telling = said.deed.category is Category.POLICY_CHANGE_NOTICE and not facts.tells
        if within(said.deed.start) and not telling:
            topic = _topic(said, facts, places=places)
            weights[topic] += _FAINT if _by_the_way(said, facts) else _deed(said, facts)
            if said.who is Party.OTHERS and not said.conditional and topic in _OBTAINED:
                weights[Category.SHARING] += _HALF
    if any(_purpose(said, facts, within) for said in facts.reading.statements):
        weights[Category.USE_PURPOSE] += _HALF
    things: Weights = defaultdict(float)
    for term in facts.things:
        if within(term.start) and things[term.category] < _MOST:
            things[term.category] += term.weight * _part(term, facts)
    verbs = {said.deed.start for said in facts.reading.statements}
    for term in facts.practices:
        if within(term.start) and term.start not in verbs:
            weights[term.category] += _HALF if term.category in _BY_WORD else _FAINT
    add(weights, things)
    if facts.quantities and weights[Category.RETENTION]:
        weights[Category.RETENTION] += _LASTING
    return weights


def add(weights: Weights, more: Weights, share: float = 1.0) -> None:
    """Add a share of other weights."""
    for category, weight in more.items():
        weights[category] += share * weight


# What others do with data, they have got it for.
_OBTAINED = frozenset({Category.COLLECTION, Category.USE_PURPOSE, Category.RETENTION})

# Topics that show in nouns more than in deeds.
_BY_WORD = frozenset(
    {
        Category.CHILDREN,
        Category.CONTROLLER_IDENTITY,
        Category.COOKIES_TRACKING,
        Category.LEGAL_BASIS,
        Category.POLICY_CHANGE_NOTICE,
        Category.SECURITY,
    }
)


# What a right weighs by who exercises it.
_BY_WHOM = {Party.WE: _HALF, Party.YOU: _RIGHT, Party.OTHERS: _HALF, None: 1.0}


def _topic(said: Statement, facts: Facts, *, places: bool) -> Category:
    """What a deed is about: a transfer beside places is one to a country; what others send us, we collect."""
    if places and said.deed.name.startswith("transfer"):
        return Category.INTERNATIONAL_TRANSFER
    after = facts.text[said.deed.start + len(said.deed.text) : said.end]
    if said.deed.category is Category.SHARING and _TO_US.search(after):
        return Category.COLLECTION
    return said.deed.category


_TO_US = re.compile(r"^ us\b|\b(?:with|to) us\b")  # not "the US"


def _by_the_way(said: Statement, facts: Facts) -> bool:
    """Whether a deed only says which data is meant: the second in "we share the data that we collect"."""
    return len(facts.reading.statements) > 1 and bool(_MEANT.search(facts.text[: said.deed.start]))


_MEANT = re.compile(
    r"\b(?:information|data|details|content|addresses|services?|cookies|technologies)\s+"
    r"(?:(?:that |which )?(?:we|you|they)(?: have| may| might| will| can| also| previously| do)*\s+"
    r"|(?:that|which) (?:is|are|was|were|has been|have been)\s+)?$",
    re.IGNORECASE,
)


def _deed(said: Statement, facts: Facts) -> float:
    """How much a deed says, by who does it."""
    if said.conditional:
        return _FAINT
    if said.deed.category is Category.USER_RIGHTS_CHOICE:
        return _BY_WHOM[said.who]
    return _FAINT if said.who is Party.YOU else _done(said, facts)


def _done(said: Statement, facts: Facts) -> float:
    """How much a deed says by itself, and by whether it is done to data."""
    match said.deed.category:
        case Category.SALE:
            return _RIGHT
        case Category.COLLECTION if not (facts.signs["data"] or facts.things):
            return _HALF  # "we ask before"
        case Category.RETENTION if _STORED.match(said.deed.text) and not _lasts(facts):
            return _HALF  # to store a thing is as much to collect it, unless it is said how long
        case Category.USE_PURPOSE:
            return _HALF if _handles_data(said, facts) else _FAINT
    return 1.0


_STORED = re.compile(r"stor|keep|kept", re.IGNORECASE)


def _lasts(facts: Facts) -> bool:
    """Whether a clause says how long something is done."""
    return bool(facts.quantities) or Role.SPAN in facts.reading.roles.values()


def _handles_data(said: Statement, facts: Facts) -> bool:
    """Whether what is used is data, and not "our services" or a tool."""
    begin = max((other.end for other in facts.reading.statements if other.end <= said.deed.start), default=0)
    data = [*facts.signs["data"], *(term for term in facts.things if term.category is Category.COLLECTION)]
    return any(begin <= term.start < said.end for term in data) or bool(
        _THAT.search(facts.text, begin, said.end)
    )


_THAT = re.compile(r"\b(?:this|it|them|these|that)\b", re.IGNORECASE)


def _purpose(said: Statement, facts: Facts, within: Within) -> bool:
    """Whether what something is used for stands at the positions `within` its statement."""
    if said.deed.category is not Category.USE_PURPOSE or said.conditional or said.who is Party.YOU:
        return False
    return any(
        role is Role.WHY and said.deed.start < position < said.end and within(position)
        for position, role in facts.reading.roles.items()
    )


def _part(term: Term, facts: Facts) -> float:
    """How much a thing says in the part it plays: data that is collected, whom it is given to, what for."""
    role, said = facts.reading.roles.get(term.start), facts.reading.at(term.start)
    match term.category:
        case Category.COLLECTION:
            handled = said is None or said.deed.category in _HANDLED
            theirs = said is not None and said.who is Party.YOU
            return (1.0 if handled else _HALF) if role is Role.WHAT and not theirs else _FAINT
        case Category.USE_PURPOSE:
            shared = said is not None and said.deed.category is Category.SHARING
            return (_HALF if shared else 1.0) if role is Role.WHY else _FAINT
        case Category.INTERNATIONAL_TRANSFER:
            return _place(term, role, facts)
        case Category.USER_RIGHTS_CHOICE:
            return _choice(term, role, facts)
        case Category.SHARING:
            return 1.0 if role in {Role.WHOM, Role.WHO} else _HALF
    return 1.0


def _place(term: Term, role: Role | None, facts: Facts) -> float:
    """A place counts where something is kept, used or sent there: not in "Acme (Germany)"."""
    if role is Role.WHERE:
        return _LASTING
    deeds = [said.deed for said in facts.reading.statements]
    located = any(deed.category in _LOCATED or deed.name.startswith("process") for deed in deeds)
    return 1.0 if located or term.weight >= 1 else _FAINT


_LOCATED = frozenset({Category.SHARING, Category.RETENTION})


def _choice(term: Term, role: Role | None, facts: Facts) -> float:
    """A right counts where it is the person's: not in "with your consent", nor beside the deed it is."""
    said = facts.reading.at(term.start)
    if role is Role.CONDITION:
        return _FAINT
    deed = next((other for other in facts.reading.statements if other.deed.start == term.start), None)
    if deed is not None and deed.who is not Party.WE:
        return _FAINT
    return _HALF if said is not None and said.who is Party.WE else 1.0


_HANDLED = frozenset({Category.COLLECTION, Category.SHARING})


def whole(facts: Facts, heading: Facts, *, listed: bool, outsiders: bool) -> Weights:
    """The topics of a clause under its heading, or of an item `listed` there.

    `outsiders`: whether it names companies not our own.
    """
    weights = weigh(facts)
    if facts.tells:
        weights[Category.POLICY_CHANGE_NOTICE] += _TOLD
    if outsiders and any(weights.values()):
        weights[Category.SHARING] += _OUTSIDER
    for category in heading.practised():
        if category not in COMMON:
            weights[category] += _LISTED if listed else 1.0
    return weights


def named(weights: Weights, hints: Iterable[Category] = ()) -> tuple[Category, ...]:
    """The topics to name, the weightiest first; `hints` are what a rule found to decide."""
    add(weights, defaultdict(float, dict.fromkeys(hints, _RIGHT)))
    ranked = sorted(
        (category for category in weights if weights[category] > 0 and category is not Category.CONTACT),
        key=lambda category: -weights[category],
    )[:_ABOUT]
    return tuple(category for category in ranked if weights[category] >= _BESIDE * weights[ranked[0]])
