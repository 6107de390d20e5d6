"""What a clause is about, weighed: each deed, each thing named and the heading above speaks for a topic."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from notifier.changes.facts import COMMON, Facts
from notifier.changes.model import Category
from notifier.changes.statement import Party, Role, Statement
from notifier.changes.vocabulary import Term

_ABOUT = 2  # topics a change is said to be about, at most
_BESIDE = 0.6  # of the weight of the first that a second one needs
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
            weights[_topic(said, places=places)] += _deed(said, facts)
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


def _topic(said: Statement, *, places: bool) -> Category:
    """A transfer in a clause that names places is one to a country."""
    if places and said.deed.name.startswith("transfer"):
        return Category.INTERNATIONAL_TRANSFER
    return said.deed.category


def _deed(said: Statement, facts: Facts) -> float:
    if said.conditional:
        return _FAINT
    if said.deed.category is Category.USER_RIGHTS_CHOICE:
        return _BY_WHOM[said.who]
    if said.who is Party.YOU:
        return _FAINT
    if said.deed.category is Category.SALE:
        return _RIGHT
    if said.deed.category is Category.COLLECTION and not (facts.signs["data"] or facts.things):
        return _HALF  # "we ask before"
    return _HALF if said.deed.category is Category.USE_PURPOSE else 1.0


def _part(term: Term, facts: Facts) -> float:
    """How much a thing says in the part it plays: data that is collected, whom it is given to, what for."""
    role = facts.reading.roles.get(term.start)
    if term.category is Category.COLLECTION:
        said = facts.reading.at(term.start)
        handled = said is None or said.deed.category in _HANDLED
        theirs = said is not None and said.who is Party.YOU
        return (1.0 if handled else _HALF) if role is Role.WHAT and not theirs else _FAINT
    if term.category is Category.USE_PURPOSE:
        return 1.0 if role is Role.WHY else _FAINT
    if term.category is Category.INTERNATIONAL_TRANSFER and role is Role.WHERE:
        return _LASTING
    if term.category is Category.USER_RIGHTS_CHOICE and role is Role.CONDITION:
        return _FAINT  # "with your consent" limits what the clause is about
    if term.category is Category.SHARING:
        return 1.0 if role in {Role.WHOM, Role.WHO} else _HALF
    return 1.0


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
