"""Whether two clauses affirm or deny the same, and how firmly."""

from notifier.changes.facts import Facts
from notifier.changes.model import Category
from notifier.changes.statement import Force, Party, Reading, Statement


def denies(facts: Facts) -> bool:
    """Whether a clause denies or affirms: two negations are none."""
    return max(0, _denials(facts) - _lifted(facts)) % 2 == 1


def opposed(old: Facts, new: Facts) -> bool:
    """Whether one clause denies what the other affirms; of two with an "unless", what is said before it."""
    if _lifted(old) == _lifted(new):
        return _denials(old) % 2 != _denials(new) % 2
    return denies(old) != denies(new)


def _denials(facts: Facts) -> int:
    return sum(term.text.casefold() not in _BESIDE for term in facts.signs["negation"])


def _lifted(facts: Facts) -> bool:
    """Whether a clause has an exception, which turns a negation round."""
    without = any(term.text.casefold() == "without" for term in facts.signs["negation"])
    return without or any(term.text.casefold() in _LIFTS for term in facts.signs["limit"])


_BESIDE = frozenset({"without", "nor"})  # "without your consent" sets a condition; "nor" goes with "neither"
# "Not unless you agree" is "only if you agree".
_LIFTS = frozenset({"unless", "except", "save where", "apart from", "other than"})


def clash(old: Facts, new: Facts) -> bool:
    """Whether a deed is denied in one and done in the other, or only may be done in one of them."""
    for category in {said.deed.category for said in old.reading.statements}:
        before = [said for said in old.reading.statements if said.deed.category is category]
        after = [said for said in new.reading.statements if said.deed.category is category]
        if before and after and _firmer(before, after):
            return True
    return bool(turned(old, new))


def turned(old: Facts, new: Facts) -> list[Category]:
    """What the deeds are about that are denied in one clause and done in the other."""
    before, after = _denied(old), _denied(new)
    return [
        category
        for (concept, category), sides in before.items()
        if any(sides != theirs for (other, _), theirs in after.items() if other == concept)
    ]


def _denied(facts: Facts) -> dict[tuple[str, Category], set[bool]]:
    """The deeds of a clause, by their concept: whether they are denied, done, or both."""
    concepts = {sense.start: sense.concept for sense in facts.senses}
    found: dict[tuple[str, Category], set[bool]] = {}
    for said in facts.reading.statements:
        concept = concepts.get(said.deed.start, said.deed.name)
        found.setdefault((concept, said.deed.category), set()).add(said.negated)
    return found


def settled_otherwise(old: Reading, new: Reading) -> bool:
    """Whether what may be done in one clause will be done in the other."""
    for category in {said.deed.category for said in old.statements}:
        before = {said.force for said in old.statements if said.deed.category is category}
        after = {said.force for said in new.statements if said.deed.category is category}
        if after and before ^ after == {Force.ALLOWS, Force.BINDS}:
            return True
    return False


def _firmer(old: list[Statement], new: list[Statement]) -> bool:
    """Whether "may" became "will", or a company's "may" the plain fact, or the other way round."""
    before, after = {said.force for said in old}, {said.force for said in new}
    if {Force.ALLOWS, Force.BINDS} == before ^ after:
        return True
    ours = any(said.who is not Party.YOU for said in (*old, *new))
    return ours and (Force.ALLOWS in before) != (Force.ALLOWS in after)
