"""The plain-language summary: one sentence per material change, the old and the new words quoted."""

from notifier.changes.model import Category, Change, Comparison, Direction, Edit, Kind, Level, Operation
from notifier.errors import WrongUse
from notifier.notice.quote import excerpt, one_line
from notifier.notice.texts import Summary
from notifier.notice.wording import day

# What a change is about, in a customer's words, the most important first. OTHER is named by its section.
_TOPICS = {
    Category.SALE: "Sale of your data",
    Category.SHARING: "Who we share your data with",
    Category.COLLECTION: "What we collect about you",
    Category.USE_PURPOSE: "What we use your data for",
    Category.COOKIES_TRACKING: "Cookies and tracking",
    Category.RETENTION: "How long we keep your data",
    Category.USER_RIGHTS_CHOICE: "Your rights and choices",
    Category.CHILDREN: "Children's data",
    Category.INTERNATIONAL_TRANSFER: "Sending your data to other countries",
    Category.LEGAL_BASIS: "Our legal grounds for using your data",
    Category.SECURITY: "How we protect your data",
    Category.CONTROLLER_IDENTITY: "Who is responsible for your data",
    Category.POLICY_CHANGE_NOTICE: "How we tell you about changes",
    Category.CONTACT: "How to reach us",
    Category.OTHER: "",
}
_RANK = {category: rank for rank, category in enumerate(_TOPICS)}
# Among changes of one topic: what allows the company more comes first.
_DIRECTION_RANK = {Direction.WIDER: 0, Direction.OTHER: 1, Direction.NARROWER: 2}

MOST_POINTS = 12
_QUOTE_LIMIT = 160  # characters


def draft(comparison: Comparison, policy_title: str, company: str) -> Summary:
    """Write the summary of what matters: material changes, and those that could not be judged.

    At most MOST_POINTS points, the most important first; the rest is counted in one more point.
    """
    weighty = [change for change in comparison.changes if change.level in (Level.MATERIAL, Level.UNJUDGED)]
    weighty.sort(key=lambda change: (_RANK[_topic(change)], _DIRECTION_RANK[change.direction]))
    # A policy may say the same thing twice; the customer need not read it twice.
    points = list(dict.fromkeys(map(_point, weighty)))
    left_out = len(points) - MOST_POINTS
    if left_out > 0:
        more = "1 further change" if left_out == 1 else f"{left_out} further changes"
        points[MOST_POINTS:] = [f"And {more}: see the full comparison."]
    return Summary(
        _intro(comparison, one_line(policy_title), one_line(company), any_points=bool(points)), tuple(points)
    )


def _intro(comparison: Comparison, title: str, company: str, *, any_points: bool) -> str:
    begins = comparison.new.effective_date
    when = f" The new version applies from {day(begins)}." if begins else ""
    if any_points:
        return f"{company} is changing its {title}.{when}"
    small = "The changes are small ones, in wording and details; the full comparison shows them all."
    return f"{company} is changing its {title}.{when} {small}"


def _topic(change: Change) -> Category:
    """Give the category that the judge put first: the one that decided."""
    return change.categories[0] if change.categories else Category.OTHER


def _point(change: Change) -> str:
    """One sentence about one change."""
    old, new = one_line(change.old or ""), one_line(change.new or "")
    opening = _opening(change)
    if not old:
        return f"{opening}: the policy now also says {_quoted(new, one_line(change.words_new))}."
    if not new:
        return f"{opening}: the policy no longer says {_quoted(old, one_line(change.words_old))}."
    if change.kind is Kind.MOVED and old == new:
        where = f"“{one_line(change.section_new)}”" if change.section_new else "another place"
        return f"{opening}: {_quoted(new)} has moved to {where}."
    return f"{opening}: {_changed(change, old, new)}."


def _opening(change: Change) -> str:
    section = change.section_new or change.section_old
    return _TOPICS[_topic(change)] or (
        f"In the section “{one_line(section)}”" if section else "Elsewhere in the policy"
    )


def _changed(change: Change, old: str, new: str) -> str:
    """Quote both clauses around their decisive words: words alone rarely say who may do what."""
    words_old, words_new = one_line(change.words_old), one_line(change.words_new)
    old_span, new_span = _spans(change.edits)
    says = _quoted(new, words_new, new_span)
    if words_new and not words_old:
        return f"the policy now says {says}; {_quoted(words_new)} is new"
    return f"where the policy said {_quoted(old, words_old, old_span)}, it now says {says}"


def _quoted(clause: str, words: str = "", span: tuple[int, int] = (0, 0)) -> str:
    """Quote a clause, cut around its decisive words where these are known, else around `span`."""
    start = clause.find(words) if words else -1
    start, end = (start, start + len(words)) if start >= 0 else span
    return f"“{excerpt(clause, start, end, _QUOTE_LIMIT)}”"


def _spans(edits: tuple[Edit, ...]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where the old and where the new clause differ: from the first to the last edit, as (start, end)."""
    changed = [number for number, edit in enumerate(edits) if edit.operation is not Operation.EQUAL]
    if not changed:
        return (0, 0), (0, 0)
    start = sum(len(edit.text) for edit in edits[: changed[0]])
    inside = edits[changed[0] : changed[-1] + 1]
    old = sum(len(edit.text) for edit in inside if edit.operation is not Operation.INSERT)
    new = sum(len(edit.text) for edit in inside if edit.operation is not Operation.DELETE)
    return (start, start + old), (start, start + new)


def to_text(summary: Summary) -> str:
    """Write a summary as `notice edit` opens it: the opening paragraphs, then a line "- ..." per point."""
    points = [f"- {point}" for point in summary.points]
    return summary.intro + "\n" + "".join(f"\n{line}" for line in points) + ("\n" if points else "")


def from_text(text: str) -> Summary:
    """Read what `notice edit` got back. Lines may be wrapped; white space within a paragraph does not matter.

    Raises WrongUse where the opening is missing, a point is empty, or text follows the points that is none.
    """
    intro: list[list[str]] = []
    points: list[list[str]] = []
    block: list[str] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words:
            block = None
        elif line.startswith("-") and words[0] == "-":
            block = words[1:]
            if not block:
                raise WrongUse(
                    f"line {number} of the summary is a point without words", "write it or take it out"
                )
            points.append(block)
        elif block is not None:
            block += words
        elif points:
            raise WrongUse(
                f"line {number} of the summary stands after the points",
                'begin it with "- ", or move it above them',
            )
        else:
            block = words
            intro.append(block)
    if not intro:
        raise WrongUse(
            "the summary has no opening", 'say in a sentence who changes what, then one line "- ..." a point'
        )
    return Summary("\n\n".join(map(" ".join, intro)), tuple(map(" ".join, points)))
