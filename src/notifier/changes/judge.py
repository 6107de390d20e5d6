"""The judgement of one difference: the rules in their order, and what follows from them."""

from dataclasses import replace

from notifier.changes import gist, lean
from notifier.changes.context import Context
from notifier.changes.finding import (
    Case,
    Difference,
    Finding,
    case,
    decisive,
    edited_at,
    finding,
    places,
    replaced,
    topics,
)
from notifier.changes.left import left, only_named
from notifier.changes.meaning import is_slip
from notifier.changes.model import Category, Direction, Kind, Level, Operation
from notifier.changes.same import SAME, bound, enquiries, reference, same_meaning
from notifier.changes.small import SMALL
from notifier.changes.turned import TURNED
from notifier.changes.whole import WHOLE, relocated
from notifier.policy.document import ClauseKind

_REASONS = 2  # of a change for which several rules speak
_PLACES = 2  # at which a clause was edited; who words a sentence anew edits it all over
_REWORDED = 6  # words of substance; fewer that fit no rule are wording


def judge(difference: Difference, context: Context | None) -> Finding:
    """Level, categories, direction and reason of a difference; without a vocabulary it stays unjudged.

    A moved clause is cosmetic, unless it stands under other words now. For one that came or went the first
    rule of WHOLE that fits decides. For a changed one the first of SAME that fits, then that it says the same
    or only points elsewhere; if none does, every rule of TURNED has its say and the first that fits gives the
    reason. What no rule knows is material if words of meaning changed, at few places, in a clause that binds.
    """
    if difference.kind is Kind.MOVED and difference.lead_old == difference.lead_new:
        return Finding("moved", Level.COSMETIC, "moved, unchanged")
    if context is None:
        return Finding("no-vocabulary", Level.UNJUDGED, "the language of the texts is not one this judges")
    about = case(difference, context)
    found = _decided(about)
    return replace(found, categories=_about(about, found)) if found.level is Level.MATERIAL else found


def _about(about: Case, found: Finding) -> tuple[Category, ...]:
    """What a material change is about: what its rule knows, what came and went, and the clause."""
    listed = about.difference.unit is not ClauseKind.SENTENCE
    changed = about.difference.kind is Kind.CHANGED
    clause = about.new if changed else about.only
    names = {*about.old.names} ^ {*about.new.names}
    outsiders = any(_gets_data(name, about) for name in names)
    weights = gist.whole(clause, about.heading, listed=listed, outsiders=outsiders)
    if changed:
        edits, said = about.difference.edits, weights
        weights = gist.weigh(about.new, edited_at(edits, Operation.INSERT))
        gone = gist.weigh(about.old, edited_at(edits, Operation.DELETE))
        gist.add(weights, gone, _REPLACED if any(weights.values()) else 1)
        gist.add(weights, said, _CLAUSE)
    return gist.named(weights, found.categories) or (Category.OTHER,)


def _gets_data(name: str, about: Case) -> bool:
    """Whether a name may be that of a company which gets data, and not part of "the Privacy Shield"."""
    known = [term for side in (about.old, about.new) for term in side.things]
    return about.context.outsider(name) and not any(
        name in term.text for term in known if term.category is not Category.SHARING
    )


_REPLACED = 0.7  # what went, where something came in its place
_CLAUSE = 0.5  # what the clause says as a whole, beside what changed in it


def _decided(about: Case) -> Finding:
    """What the first rule says that fits."""
    if about.difference.kind is Kind.MOVED:
        return relocated(about)
    if about.difference.kind is not Kind.CHANGED:
        return next(said for rule in WHOLE if (said := rule(about)))
    for rule in SAME:
        found = rule(about)
        if found:
            return found
    if not any(rule(about) for rule in SMALL) and (found := same_meaning(about)):
        return found
    if found := reference(about) or enquiries(about):
        return found
    found_all = [said for turned in TURNED if (said := turned(about))]
    return _merged(found_all) if found_all else _reworded(about)


def _merged(findings: list[Finding]) -> Finding:
    first = findings[0]
    new_to_say = [
        finding.reason
        for finding in findings[1:]
        if not (finding.words_old in first.words_old and finding.words_new in first.words_new)
    ]
    reason = "; ".join([first.reason, *new_to_say][:_REASONS])
    return replace(first, reason=reason)


def _reworded(about: Case) -> Finding:
    """What no rule knows: material where words of meaning changed in a practice, a right or a promise."""
    gone, come = _meant(about)
    old, new = decisive(about)
    before, after = bound(about.old), bound(about.new)
    swapped = before != after and sorted(before) == sorted(after)
    if not (gone or come or swapped):
        return Finding("wording", Level.COSMETIC, "worded otherwise", (), words_old=old, words_new=new)
    only_named = bool(gone or come) and {*gone, *come} <= _named(about)
    if _binds(about) and not only_named and len(places(about)) <= _PLACES:
        # In doubt reported: it may be another practice.
        one_sided = lean.when(better=bool(come) == lean.grants(about.new if come else about.old))
        direction = one_sided if bool(about.gone) != bool(about.come) else Direction.OTHER
        return finding("substance", words=(old, new), direction=direction)
    if only_named:
        return Finding(
            "named", Level.MINOR, "a name differs", (Category.OTHER,), words_old=old, words_new=new
        )
    if len(gone) + len(come) < _REWORDED and not topics(about):
        return Finding("wording", Level.COSMETIC, "a few words differ", (), words_old=old, words_new=new)
    return Finding("reworded", Level.MINOR, "reworded", (Category.OTHER,), words_old=old, words_new=new)


def _named(about: Case) -> set[str]:
    """The names in a clause that hands no data to anyone and says not whose it is."""
    if {*about.old.practised(), *about.new.practised(), *about.lead.practised()} & _HANDS_ON:
        return set()
    return {name.casefold() for name in (*about.old.names, *about.new.names)}


_HANDS_ON = frozenset(
    {Category.SHARING, Category.SALE, Category.INTERNATIONAL_TRANSFER, Category.CONTROLLER_IDENTITY}
)


def _binds(about: Case) -> bool:
    """Whether the clause states what someone does, or may do, with the data."""
    practised = {*about.old.practised(), *about.new.practised(), *about.lead.practised()}
    practised.discard(Category.CONTACT)
    return Category.USER_RIGHTS_CHOICE in practised or (
        bool(practised) and any(side.signs["actor"] or side.signs["data"] for side in (about.old, about.new))
    )


def _meant(about: Case) -> tuple[list[str], list[str]]:
    """The words of meaning that went and came, but for what other rules know: negations, renames."""
    vocabulary = about.context.vocabulary
    sides = ((about.old, about.new), (about.new, about.old))
    gone, come = (
        [sense.word for sense in senses if not only_named(sense, *both, about)]
        for both, senses in zip(sides, left(about), strict=True)
    )
    for group in ("negation", "whole"):
        if about.old.signs[group] and about.new.signs[group]:
            sign = vocabulary.signs[group]
            gone, come = ([word for word in said if not sign.find(word)] for said in (gone, come))
    slips = [pair for pair in replaced(about) if all(pair) and is_slip(*pair, vocabulary)]
    for before, after in (*slips, *about.context.renames):
        if before and after:
            gone = [word for word in gone if word not in before.split()]
            come = [word for word in come if word not in after.split()]
    return gone, come
