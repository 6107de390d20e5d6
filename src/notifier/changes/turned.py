"""Rules that find what a changed clause now says otherwise: each is material."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from notifier.changes import lean
from notifier.changes.facts import Facts, Quantity
from notifier.changes.finding import Case, Finding, decisive, finding, replaced, topics
from notifier.changes.left import left, only_named
from notifier.changes.model import Category, Direction
from notifier.changes.small import SMALL
from notifier.changes.stance import denies, opposed, settled_otherwise, turned
from notifier.changes.statement import Force, Role
from notifier.changes.vocabulary import Term
from notifier.policy.document import ClauseKind


def scope(case: Case) -> Finding | None:
    """As in "applies only to our website" -> "applies to our website and shops": what the policy covers."""
    applies = [bool(facts.signs["scope"]) for facts in (case.old, case.new)]
    about = any(
        word in {"policy", "notice", "statement"} for word in (*case.old.words[:6], *case.new.words[:6])
    )
    ordinary = case.context.vocabulary.ordinary
    if not (all(applies) and about and any(word not in ordinary for word in (*case.gone, *case.come))):
        return None
    return finding(
        "scope",
        words=decisive(case, "limit"),
        direction=Direction.WIDER if case.old.sign("limit") > case.new.sign("limit") else Direction.OTHER,
        categories=[Category.OTHER],
    )


def negation(case: Case) -> Finding | None:
    """As in "does not require" -> "requires": a statement turned round."""
    signs = case.context.vocabulary.signs["negation"]
    if not any(signs.find(word) for word in (*case.gone, *case.come)) or not relevant(case):
        return None
    deeds, turns = turned(case.old, case.new), opposed(case.old, case.new)
    if not (turns or deeds):
        return None
    denied = _denied_now(case) if turns else _denies(case.new, deeds[0])
    about = case.old if denied else case.new  # as it reads without the negation
    good = lean.serves_person(about) or deeds[:1] == [Category.SECURITY]
    return finding(
        "negation",
        words=decisive(case, "negation"),
        direction=lean.when(better=denied != good),
        categories=deeds,
    )


def _denied_now(case: Case) -> bool:
    """Of two clauses of which one denies: whether it is the new one."""
    if denies(case.old) != denies(case.new):
        return denies(case.new)
    return len(case.new.signs["negation"]) > len(case.old.signs["negation"])


def _denies(facts: Facts, category: Category) -> bool:
    return any(said.negated for said in facts.reading.statements if said.deed.category is category)


def relevant(case: Case) -> bool:
    """Whether a clause is about data, a right or a duty at all, as most of a policy is."""
    sides = (case.old, case.new)
    return bool(topics(case)) or any(
        side.signs["actor"] or side.signs["data"] or side.things for side in sides
    )


def extent(case: Case) -> Finding | None:
    """As in "all data is encrypted" -> "some data is encrypted": the whole became a part."""
    lost = _whole(case.old) - case.new.sign("whole") or case.new.sign("partial") - case.old.sign("partial")
    gained = _whole(case.new) - case.old.sign("whole") or case.old.sign("partial") - case.new.sign("partial")
    if bool(lost) == bool(gained) or not relevant(case):
        return None
    direction = lean.when(better=bool(gained)) if lean.grants(case.old) else Direction.OTHER
    return finding("extent", words=decisive(case, "whole"), direction=direction)


def _whole(facts: Facts) -> Counter[str]:
    """What says "all"; a bare "any" can come and go ("no data", "not any data")."""
    return Counter(term.name for term in facts.signs["whole"] if term.text.casefold() != "any")


def promise(case: Case) -> Finding | None:
    """As in "will be deleted" -> "may be deleted": a promise became a possibility, or the other way round."""
    lost = case.old.sign("promise") - case.new.sign("promise")
    gained = case.new.sign("promise") - case.old.sign("promise")
    optional = case.new.sign("option") - case.old.sign("option")
    settled = case.old.sign("option") - case.new.sign("option")
    by_sign = (lost and optional) or (gained and settled)
    if not (by_sign or settled_otherwise(case.old.reading, case.new.reading)) or not relevant(case):
        return None
    said = case.new.reading.statements
    binds = bool(gained) if by_sign else any(statement.force is Force.BINDS for statement in said)
    return finding(
        "promise",
        words=decisive(case, "option" if binds else "promise"),
        direction=lean.when(better=binds == (lean.grants(case.old) or bool(case.old.signs["limit"]))),
    )


def limits(case: Case) -> Finding | None:
    """As in "only to deliver your order" -> "to deliver your order": a limit or condition dropped or set."""
    for group in ("limit", "condition", "setting", "pace"):
        lost = case.old.sign(group) - case.new.sign(group)
        gained = case.new.sign(group) - case.old.sign(group)
        if not (lost or gained) or not relevant(case):
            continue
        direction = lean.of_signs(lost, gained, case.old, case.context.vocabulary)
        if group == "setting":
            direction = Direction.OTHER  # what is on may be tracking, or encryption
        return finding(group, words=decisive(case, group), direction=direction)
    return None


def quantity(case: Case) -> Finding | None:
    """As in "for seven days" -> "for three days", "under 13 years" -> "under 16 years": a period, an age."""
    before = Counter((found.value, found.unit) for found in case.old.quantities)
    after = Counter((found.value, found.unit) for found in case.new.quantities)
    if before == after:
        return None
    old = _first_of(case.old.quantities, before - after)
    new = _first_of(case.new.quantities, after - before)
    own = {*case.old.practised(), *case.new.practised()}
    heading = [] if Category.RETENTION in own else case.heading.practised()[:1]
    first = [Category.CHILDREN] if Category.CHILDREN in own else [*heading, *topics(case)]
    return finding(
        "quantity",
        words=(old.text if old else "", new.text if new else ""),
        direction=_longer(old, new, case),
        categories=[category for category in first if category is not Category.CONTACT][:1]
        or [Category.RETENTION],
    )


def figure(case: Case) -> Finding | None:
    """As in "at least 16 to join" -> "at least 13 to join": a bound, mostly an age, without a unit."""
    gone, come = ([sense for sense in senses if sense.concept.isdigit()] for senses in left(case))
    if not (gone and come and case.old.signs["bound"] and case.new.signs["bound"] and relevant(case)):
        return None
    ages = all(int(sense.concept) in _AGES for sense in (gone[0], come[0]))
    return finding(
        "figure",
        words=(gone[0].word, come[0].word),
        direction=Direction.OTHER,
        categories=[Category.CHILDREN] if ages else [],
    )


_AGES = range(10, 22)  # years at which laws let a child decide


def _first_of(quantities: Iterable[Quantity], keys: Counter[tuple[int, str]]) -> Quantity | None:
    return next((found for found in quantities if (found.value, found.unit) in keys), None)


_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}


def _longer(old: Quantity | None, new: Quantity | None, case: Case) -> Direction:
    """A longer keeping, a later answer or deletion is worse for a person; a longer notice is better."""
    about = {*case.old.practised(), *case.new.practised(), *case.heading.practised()[:1]}
    if old is None or new is None or not about & _TIMED:
        return Direction.OTHER
    longer = new.value * _DAYS.get(new.unit, 1) > old.value * _DAYS.get(old.unit, 1)
    return lean.when(better=longer == (Category.POLICY_CHANGE_NOTICE in about))


_TIMED = frozenset({Category.RETENTION, Category.USER_RIGHTS_CHOICE, Category.POLICY_CHANGE_NOTICE})


def things(case: Case) -> Finding | None:
    """As in "name and email address" -> "name, email address and phone number": data, recipients, rights."""
    before = {term.name: term for term in case.old.things}
    after = {term.name: term for term in case.new.things}
    gone = _won(case.old, case.new, [term for name, term in before.items() if name not in after], case)
    come = _won(case.new, case.old, [term for name, term in after.items() if name not in before], case)
    if not (gone or come) or not (topics(case) or case.difference.unit is not ClauseKind.SENTENCE):
        return None
    replaced = bool(gone and come)
    direction = _direction(case, gone, come)
    words = (gone[0].text if gone else "", come[0].text if come else "")
    if replaced and gone[0].category is not come[0].category:
        words = ("", words[1])  # a place does not become a purpose: what came is what matters
    return finding("things", words=words, direction=direction, categories=_about(case, [*come, *gone]))


def _about(case: Case, terms: list[Term]) -> Iterator[Category]:
    """A kind of data is collected where the clause collects it, and shared where it shares it."""
    handed = next((category for category in topics(case) if category in _HANDED), None)
    for term in terms:
        yield handed if handed and term.category is Category.COLLECTION else term.category


_HANDED = frozenset({Category.SHARING, Category.SALE})


def _direction(case: Case, gone: list[Term], come: list[Term]) -> Direction:
    """Of terms lost and won; one that gave way to words not known here may be better or worse."""
    vocabulary = case.context.vocabulary
    unknown = {
        word
        for old, new in replaced(case)
        for terms, here, there in ((gone, old, new), (come, new, old))
        if any(_edited(term, tuple(here.split())) for term in terms)
        for word in there.split()
    } - vocabulary.ordinary
    if unknown and not any(lean.kind(term, vocabulary) for term in (*gone, *come)):
        return Direction.OTHER
    return lean.of_terms(gone, come, case.new if come else case.old, vocabulary)


def _edited(term: Term, words: tuple[str, ...]) -> bool:
    """Whether a term's words are among those that came or went, and not just re-read in a kept place."""
    return any(part in words for part in term.text.casefold().replace("-", " ").split())


def _won(facts: Facts, other: Facts, terms: Iterable[Term], case: Case) -> list[Term]:
    """The terms of a clause with a word of meaning that the other clause lacks."""
    known = Counter(sense.concept for sense in other.senses)
    said = Counter(sense.concept for sense in facts.senses)
    fresh = {sense.start for sense in facts.senses if said[sense.concept] > known[sense.concept]}
    return [
        term
        for term in terms
        if term.category is not Category.OTHER
        and not only_named(term, facts, other, case)
        and any(term.start <= start < term.start + len(term.text) for start in fresh)
    ]


def names(case: Case) -> Finding | None:
    """As in "hosted by Foo" -> "hosted by Bar": a company that the other text does not name at all."""
    controller = Category.CONTROLLER_IDENTITY in {*case.old.practised()[:1], *case.new.practised()[:1]}
    gone = [name for name in case.old.names if _unknown(name, case.gone, case.context.new.has)]
    come = [name for name in case.new.names if _unknown(name, case.come, case.context.old.has)]
    hands = _HANDS_DATA & {*topics(case)}
    gone, come = (
        [name for name in names if case.context.outsider(name) and (hands or _takes_part(name, side))]
        for names, side in ((gone, case.old), (come, case.new))
    )
    if not (gone or come):
        return None
    return finding(
        "names",
        words=(gone[0] if gone else "", come[0] if come else ""),
        direction=Direction.WIDER if come and not gone else Direction.OTHER if come else Direction.NARROWER,
        categories=[Category.CONTROLLER_IDENTITY if controller else Category.SHARING],
    )


def _takes_part(name: str, facts: Facts) -> bool:
    """As in "delivered by Acme", "lists from Acme": one who does it, gets or gives it."""
    starts = (sense.start for sense in facts.senses if sense.word == name.casefold())
    return any(facts.reading.roles.get(start) in _PARTNER for start in starts)


_PARTNER: frozenset[Role | None] = frozenset({Role.HOW, Role.WHOM, Role.SOURCE})


def _unknown(name: str, edited: tuple[str, ...], known: Callable[[str], bool]) -> bool:
    word = name.casefold()
    return word in edited and not known(word)


_HANDS_DATA = frozenset(
    {
        Category.SHARING,
        Category.COLLECTION,
        Category.COOKIES_TRACKING,
        Category.USE_PURPOSE,
        Category.RETENTION,
        Category.INTERNATIONAL_TRANSFER,
        Category.CONTROLLER_IDENTITY,
    }
)


def circumstance(case: Case) -> Finding | None:
    """As in "monitored where misconduct is suspected" -> "monitored": in which case it is done."""
    gone, come = left(case)
    if bool(gone) == bool(come) or not relevant(case):
        return None
    side = case.old if gone else case.new
    if not any(side.reading.roles.get(sense.start) is Role.CONDITION for sense in (*gone, *come)):
        return None
    direction = lean.when(better=bool(come)) if not lean.serves_person(case.new) else Direction.OTHER
    return finding("circumstance", words=decisive(case), direction=direction)


TURNED = (scope, negation, promise, *SMALL, extent, limits, quantity, figure, things, names, circumstance)
