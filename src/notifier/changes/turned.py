"""Rules that find what a changed clause now says otherwise: each is material."""

from collections import Counter
from collections.abc import Callable, Iterable

from notifier.changes.facts import Quantity
from notifier.changes.finding import Case, Finding, decisive
from notifier.changes.model import Category, Direction, Level
from notifier.changes.vocabulary import Term
from notifier.policy.document import ClauseKind


def topics(case: Case) -> tuple[Category, ...]:
    """What the clauses are about, by their own words, then by their section's heading."""
    own = [*case.old.practised(), *case.new.practised()]
    heading = case.heading.practised()
    return tuple(dict.fromkeys(category for category in [*own, *heading] if category is not Category.CONTACT))


def finding(
    rule: str,
    case: Case,
    *,
    words: tuple[str, str],
    direction: Direction,
    categories: Iterable[Category] = (),
) -> Finding:
    """A material finding about the words that decide it; without categories, those of the clause."""
    old, new = words
    if old and new:
        reason = f'"{old}" became "{new}"'
    else:
        reason = f'"{new}" was added' if new else f'"{old}" was removed'
    found = tuple(dict.fromkeys(categories)) or topics(case) or (Category.OTHER,)
    return Finding(rule, Level.MATERIAL, reason, found, direction, old, new)


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
    rights = Category.USER_RIGHTS_CHOICE in case.old.practised()[:1]
    return finding(
        "negation",
        case,
        words=decisive(case, "negation"),
        direction=Direction.WIDER if (before > after) != rights else Direction.NARROWER,
    )


def _only_negation_edited(case: Case) -> bool:
    """Whether nothing but negations and small words differ, so that each of them counts."""
    vocabulary = case.context.vocabulary
    rest = [word for word in (*case.gone, *case.come) if not vocabulary.signs["negation"].find(word)]
    return all(word in vocabulary.ordinary for word in rest)


def extent(case: Case) -> Finding | None:
    """As in "all data is encrypted" -> "some data is encrypted": the whole became a part."""
    lost = case.old.sign("whole") - case.new.sign("whole") and case.new.sign("partial") - case.old.sign(
        "partial"
    )
    gained = case.new.sign("whole") - case.old.sign("whole") and case.old.sign("partial") - case.new.sign(
        "partial"
    )
    if not (lost or gained) or not topics(case):
        return None
    return finding("extent", case, words=decisive(case, "whole"), direction=Direction.OTHER)


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
        direction=Direction.WIDER if lost else Direction.NARROWER,
    )


def limits(case: Case) -> Finding | None:
    """As in "only to deliver your order" -> "to deliver your order": a limit or condition dropped or set."""
    for group in ("limit", "condition", "pace"):
        lost = case.old.sign(group) - case.new.sign(group)
        gained = case.new.sign(group) - case.old.sign(group)
        if not (lost or gained) or not topics(case):
            continue
        direction = Direction.WIDER if lost else Direction.NARROWER
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
    first = [Category.CHILDREN] if Category.CHILDREN in own else [*case.heading.practised(), *topics(case)]
    return finding(
        "quantity",
        case,
        words=(old.text if old else "", new.text if new else ""),
        direction=_longer(old, new, keeping=Category.RETENTION in own),
        categories=[category for category in first if category is not Category.CONTACT]
        or [Category.RETENTION],
    )


def _first_of(quantities: Iterable[Quantity], keys: Counter[tuple[int, str]]) -> Quantity | None:
    return next((found for found in quantities if (found.value, found.unit) in keys), None)


_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}


def _longer(old: Quantity | None, new: Quantity | None, *, keeping: bool) -> Direction:
    if old is None or new is None or not keeping:
        return Direction.OTHER
    longer = new.value * _DAYS.get(new.unit, 1) > old.value * _DAYS.get(old.unit, 1)
    return Direction.WIDER if longer else Direction.NARROWER


def things(case: Case) -> Finding | None:
    """As in "name and email address" -> "name, email address and phone number": data, recipients, rights."""
    before = {term.name: term for term in case.old.things}
    after = {term.name: term for term in case.new.things}
    gone = [term for name, term in before.items() if name not in after and _edited(term, case.gone)]
    come = [term for name, term in after.items() if name not in before and _edited(term, case.come)]
    if not (gone or come) or not (topics(case) or case.difference.unit is not ClauseKind.SENTENCE):
        return None
    replaced = bool(gone and come)
    direction = Direction.OTHER if replaced else Direction.WIDER if come else Direction.NARROWER
    words = (gone[0].text if gone else "", come[0].text if come else "")
    if replaced and gone[0].category is not come[0].category:
        words = ("", words[1])  # a place does not become a purpose: what came is what matters
    categories = [term.category for term in (*come, *gone)]
    categories += [category for category in topics(case) if category not in categories][:2]
    return finding("things", case, words=words, direction=direction, categories=categories)


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
        categories=[Category.CONTROLLER_IDENTITY if controller else Category.SHARING, *topics(case)[:2]],
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
    if bool(gone) == bool(come):
        return None
    words = (gone[0].text if gone else "", come[0].text if come else "")
    return finding(
        "practices",
        case,
        words=words,
        direction=Direction.WIDER if come else Direction.NARROWER,
        categories=[term.category for term in (*come, *gone)],
    )


TURNED = (scope, negation, promise, extent, limits, quantity, things, names, practices)
