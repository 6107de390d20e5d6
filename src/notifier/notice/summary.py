"""The plain-language summary that a customer reads first."""

from collections.abc import Iterable

from notifier.changes.model import Category, Comparison, Level
from notifier.notice.headings import english
from notifier.notice.points import Point, points, rewritten
from notifier.notice.quote import Passage, excerpt, inside_quotes, one_line
from notifier.notice.sentence import sentence
from notifier.notice.texts import Group, Summary
from notifier.notice.wording import day

MOST_POINTS = 12
_TITLE = 70  # characters of a section's title in a heading


def draft(comparison: Comparison, policy_title: str, company: str) -> Summary:
    """Write the summary of what matters: material changes, and those that could not be judged.

    At most MOST_POINTS sentences, the most important first, under headings that say what they are about; the
    rest is counted. A policy that was written anew is told by what is new in it and what is gone.
    """
    found = points(comparison)
    told, left_out = found[:MOST_POINTS], found[MOST_POINTS:]
    small = len(comparison.at(Level.MINOR)) + len(comparison.at(Level.COSMETIC))
    return Summary(
        _intro(comparison, one_line(policy_title), one_line(company), any_points=bool(told)),
        tuple(_groups(told)),
        _closing(sum(len(point.changes) for point in left_out), small) if told else "",
    )


def _intro(comparison: Comparison, title: str, company: str, *, any_points: bool) -> str:
    says = [f"{company} is changing its {title}."]
    dated = comparison.new.effective_date
    # The date in a policy mostly says when it was written, not from when it applies.
    if dated and dated != comparison.old.effective_date:
        says.append(f"The new version is dated {day(dated)}.")
    if not any_points:
        says.append("The changes are small ones, in wording and details; the full comparison shows them all.")
    elif rewritten(comparison):
        says.append("Much of it was written anew: below is, by topic, what is new in it and what is gone.")
    return " ".join(says)


def _groups(told: Iterable[Point]) -> Iterable[Group]:
    """Put the points under their headings; the heading of the most important point comes first."""
    found: dict[str, list[str]] = {}
    for point in told:
        found.setdefault(_heading(point), []).append(sentence(point))
    return (Group(heading, tuple(dict.fromkeys(said))) for heading, said in found.items())


def _heading(point: Point) -> str:
    """What it is about; of what is about nothing in particular, where it stands in the policy."""
    if point.topic is Category.OTHER and point.section:
        return f"“{inside_quotes(excerpt(Passage(point.section), _TITLE))}”"
    return english()[point.topic]


def _closing(left_out: int, small: int) -> str:
    further = f"{left_out} further change{'' if left_out == 1 else 's'}" if left_out else ""
    if not small:
        counted = further
    elif further:
        counted = f"{further}, and {small} smaller one{'' if small == 1 else 's'} in wording and details"
    else:
        counted = f"{small} smaller change{'' if small == 1 else 's'} in wording and details"
    return f"And {counted}: the full comparison shows every change." if counted else ""
