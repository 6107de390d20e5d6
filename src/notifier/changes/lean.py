"""Whom a clause serves, and so whether a change lets the company do more with the data or less."""

from collections import Counter
from collections.abc import Iterable

from notifier.changes.facts import Facts
from notifier.changes.model import Category, Direction
from notifier.changes.statement import Party
from notifier.changes.vocabulary import Term, Vocabulary

_KIND = frozenset({Category.USER_RIGHTS_CHOICE, Category.SECURITY, Category.POLICY_CHANGE_NOTICE})
_GIVES = frozenset({Category.SALE, Category.SHARING})
_ENDS = "delet"  # the meaning of deleting; it ends what the company may do
_COST = "charge"


def serves_person(facts: Facts) -> bool:
    """Whether what the clause speaks of is good for the person: a right, a protection, an end of keeping.

    Says nothing of whether the clause grants or denies it, see `grants`.
    """
    if any(term.name == _COST for term in facts.things):
        return False
    if facts.tells or any(term.name == _ENDS for term in facts.practices):
        return True
    about = facts.practised()
    if about[:1] == [Category.USER_RIGHTS_CHOICE] and _taken(facts):
        return False  # "with your consent, we share it"
    if Category.SECURITY in about and {*about} & _GIVES:
        return False  # "we protect what you give us and never sell it"
    return bool(about) and about[0] in _KIND


def _taken(facts: Facts) -> bool:
    """Whether the company does something with the data and the person exercises no right."""
    said = [statement for statement in facts.reading.statements if not statement.conditional]
    ours = any(statement.who is Party.WE and statement.deed.category in _TAKES for statement in said)
    theirs = any(statement.deed.category is Category.USER_RIGHTS_CHOICE for statement in said)
    return ours and not theirs


_TAKES = frozenset({Category.COLLECTION, Category.USE_PURPOSE, *_GIVES})


def grants(facts: Facts) -> bool:
    """Whether the clause is in the person's favour: it grants what is good, or denies what is not."""
    return serves_person(facts) != bool(facts.signs["negation"])


def when(*, better: bool) -> Direction:
    """The direction of a change that leaves the person better off, or worse."""
    return Direction.NARROWER if better else Direction.WIDER


def of_terms(gone: Iterable[Term], come: Iterable[Term], about: Facts, vocabulary: Vocabulary) -> Direction:
    """The direction of meanings that a clause lost and won; `other` where they pull both ways."""
    won = {_good(term, about, vocabulary) for term in come}
    lost = {not _good(term, about, vocabulary) for term in gone}
    better = won | lost
    return when(better=better.pop()) if len(better) == 1 and not (won and lost) else Direction.OTHER


def _good(term: Term, about: Facts, vocabulary: Vocabulary) -> bool:
    if kind(term, vocabulary):
        return True
    collected = term.category is Category.COLLECTION and Category.COLLECTION in about.practised()
    return bool(about.signs["negation"]) if collected else grants(about)


def kind(term: Term, vocabulary: Vocabulary) -> bool:
    """Whether a meaning is good for the person whatever the clause says: "encrypted", "free of charge"."""
    if term.name == _COST:
        return False
    return term.name == _ENDS or term.category in _KIND or bool(vocabulary.signs["kind"].find(term.text))


def of_signs(lost: Counter[str], gained: Counter[str], about: Facts, vocabulary: Vocabulary) -> Direction:
    """The direction of limits, conditions and paces: "at any time" is good anywhere, "only" mostly."""
    kind = vocabulary.signs["kind"]
    if any(kind.find(sign) for sign in lost):
        return Direction.WIDER
    if any(kind.find(sign) for sign in gained):
        return Direction.NARROWER
    limits_company = not serves_person(about)
    return when(better=bool(gained) == limits_company if lost != gained else limits_company)
