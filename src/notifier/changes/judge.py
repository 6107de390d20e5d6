"""The judgement of one difference: the rules in their order, and what follows from them."""

from dataclasses import replace

from notifier.changes.context import Context
from notifier.changes.finding import Case, Difference, Finding, case, decisive
from notifier.changes.model import Category, Direction, Kind, Level
from notifier.changes.same import SAME
from notifier.changes.turned import TURNED, topics
from notifier.changes.whole import WHOLE

__all__ = ["Difference", "judge"]

_REASONS = 2  # of a change for which several rules speak
_REWRITTEN = 14  # words of substance; a sentence about a practice that differs in more is another one
_REWORDED = 6  # words of substance; fewer that fit no rule are wording


def judge(difference: Difference, context: Context | None) -> Finding:
    """Level, categories, direction and reason of a difference; without a vocabulary it stays unjudged.

    A moved clause is cosmetic. For one that came or went the first rule of WHOLE that fits decides. For a
    changed one the first of SAME that fits; if none does, every rule of TURNED has its say and the first that
    fits gives the reason. What no rule knows is judged by the number of its words.
    """
    if difference.kind is Kind.MOVED:
        return Finding("moved", Level.COSMETIC, "moved, unchanged")
    if context is None:
        return Finding("no-vocabulary", Level.UNJUDGED, "the language of the texts is not one this judges")
    about = case(difference, context)
    if difference.kind is not Kind.CHANGED:
        return next(finding for rule in WHOLE if (finding := rule(about)))
    for rule in SAME:
        found = rule(about)
        if found:
            return found
    found_all = [finding for turned in TURNED if (finding := turned(about))]
    return _merged(found_all) if found_all else _reworded(about)


def _merged(findings: list[Finding]) -> Finding:
    first = findings[0]
    categories = tuple(dict.fromkeys(category for finding in findings for category in finding.categories))
    direction = Direction.WIDER if any(f.direction is Direction.WIDER for f in findings) else first.direction
    new_to_say = [
        finding.reason
        for finding in findings[1:]
        if not (finding.words_old in first.words_old and finding.words_new in first.words_new)
    ]
    reason = "; ".join([first.reason, *new_to_say][:_REASONS])
    return replace(first, reason=reason, categories=categories, direction=direction)


def _reworded(about: Case) -> Finding:
    ordinary = about.context.vocabulary.ordinary
    substance = [word for word in (*about.gone, *about.come) if word not in ordinary]
    old, new = decisive(about)
    if len(substance) < _REWORDED:
        return Finding("wording", Level.COSMETIC, "a few words differ", (), words_old=old, words_new=new)
    categories = topics(about)[:2]
    # In doubt reported: a practice told in many other words may be another practice.
    rewritten = len(substance) >= _REWRITTEN and bool({*about.old.practised(), *about.new.practised()})
    return Finding(
        "rewritten" if rewritten else "reworded",
        Level.MATERIAL if rewritten else Level.MINOR,
        "rewritten, and about a practice" if rewritten else "reworded",
        categories or (Category.OTHER,),
        words_old=old,
        words_new=new,
    )
