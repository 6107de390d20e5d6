"""Rules that find what a changed clause now says otherwise: each is material."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from notifier.changes import lean
from notifier.changes.facts import Facts, Quantity
from notifier.changes.finding import Case, Finding, decisive, finding, replaced, topics
from notifier.changes.model import Category, Direction
from notifier.changes.small import SMALL
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
        case,
        words=decisive(case, "limit"),
        direction=Direction.WIDER if case.old.sign("limit") > case.new.sign("limit") else Direction.OTHER,
        categories=[Category.OTHER],
    )


def negation(case: Case) -> Finding | None:
    """As in "does not require" -> "requires": a statement turned round."""
    before, after = sum(case.old.sign("negation").values()), sum(case.new.sign("negation").values())
    turned = (before > 0) != (after > 0) or (before != after and _only_negation_edited(case))
    if not turned or not (topics(case) or case.old.signs["actor"]):
        return None
    about = case.old if before < after else case.new  # as it reads without the negation
    return finding(
        "negation",
        case,
        words=decisive(case, "negation"),
        direction=lean.when(better=(before < after) != lean.serves_person(about)),
    )


def _only_negation_edited(case: Case) -> bool:
    """Whether nothing but negations and small words differ, so that each of them counts."""
    vocabulary = case.context.vocabulary
    rest = [word for word in (*case.gone, *case.come) if not vocabulary.signs["negation"].find(word)]
    return all(word in vocabulary.ordinary for word in rest)


def extent(case: Case) -> Finding | None:
    """As in "all data is encrypted" -> "some data is encrypted": the whole became a part."""
    lost = _whole(case.old) - case.new.sign("whole") or case.new.sign("partial") - case.old.sign("partial")
    gained = _whole(case.new) - case.old.sign("whole") or case.old.sign("partial") - case.new.sign("partial")
    if bool(lost) == bool(gained) or not topics(case):
        return None
    direction = lean.when(better=bool(gained)) if lean.grants(case.old) else Direction.OTHER
    return finding("extent", case, words=decisive(case, "whole"), direction=direction)


def _whole(facts: Facts) -> Counter[str]:
    """What says "all"; a bare "any" can come and go ("no data", "not any data")."""
    return Counter(term.name for term in facts.signs["whole"] if term.text.casefold() != "any")


def promise(case: Case) -> Finding | None:
    """As in "will be deleted" -> "may be deleted": a promise became a possibility, or the other way round."""
    lost = case.old.sign("promise") - case.new.sign("promise")
    gained = case.new.sign("promise") - case.old.sign("promise")
    optional = case.new.sign("option") - case.old.sign("option")
    settled = case.old.sign("option") - case.new.sign("option")
    if not topics(case) or not ((lost and optional) or (gained and settled)):
        return None
    return finding(
        "promise",
        case,
        words=decisive(case, "promise" if lost else "option"),
        direction=lean.when(better=bool(gained) == (lean.grants(case.old) or bool(case.old.signs["limit"]))),
    )


def limits(case: Case) -> Finding | None:
    """As in "only to deliver your order" -> "to deliver your order": a limit or condition dropped or set."""
    for group in ("limit", "condition", "pace"):
        lost = case.old.sign(group) - case.new.sign(group)
        gained = case.new.sign(group) - case.old.sign(group)
        if not (lost or gained) or not topics(case):
            continue
        direction = lean.of_signs(lost, gained, case.old, case.context.vocabulary)
        return finding(group, case, words=decisive(case, group), direction=direction)
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
        case,
        words=(old.text if old else "", new.text if new else ""),
        direction=_longer(old, new, case),
        categories=[category for category in first if category is not Category.CONTACT][:1]
        or [Category.RETENTION],
    )


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
    gone = [term for name, term in before.items() if name not in after and _edited(term, case.gone)]
    come = [term for name, term in after.items() if name not in before and _edited(term, case.come)]
    if not (gone or come) or not (topics(case) or case.difference.unit is not ClauseKind.SENTENCE):
        return None
    replaced = bool(gone and come)
    direction = _direction(case, gone, come)
    words = (gone[0].text if gone else "", come[0].text if come else "")
    if replaced and gone[0].category is not come[0].category:
        words = ("", words[1])  # a place does not become a purpose: what came is what matters
    return finding("things", case, words=words, direction=direction, categories=_about(case, [*come, *gone]))


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


def names(case: Case) -> Finding | None:
    """As in "hosted by Foo" -> "hosted by Bar": a company that the other text does not name at all."""
    if not _HANDS_DATA & {*topics(case)}:
        return None
    controller = Category.CONTROLLER_IDENTITY in {*case.old.practised()[:1], *case.new.practised()[:1]}
    gone = [name for name in case.old.names if _unknown(name, case.gone, case.context.new.has)]
    come = [name for name in case.new.names if _unknown(name, case.come, case.context.old.has)]
    if not (gone or come):
        return None
    return finding(
        "names",
        case,
        words=(gone[0] if gone else "", come[0] if come else ""),
        direction=Direction.WIDER if come and not gone else Direction.OTHER if come else Direction.NARROWER,
        categories=[Category.CONTROLLER_IDENTITY if controller else Category.SHARING],
    )


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


def practices(case: Case) -> Finding | None:
    """As in "we store it" -> "we store and analyse it": what is done with the data."""
    before = {term.name: term for term in case.old.practices}
    after = {term.name: term for term in case.new.practices}
    gone = [term for name, term in before.items() if name not in after and _edited(term, case.gone)]
    come = [term for name, term in after.items() if name not in before and _edited(term, case.come)]
    if not (gone or come) or {term.category for term in gone} == {term.category for term in come}:
        return None
    words = (gone[0].text if gone else "", come[0].text if come else "")
    return finding(
        "practices",
        case,
        words=words,
        direction=_direction(case, gone, come),
        categories=[term.category for term in come or gone],
    )


TURNED = (scope, negation, promise, *SMALL, extent, limits, quantity, things, names, practices)
