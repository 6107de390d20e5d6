"""The plain-language summary: one sentence per material change, the old and the new words quoted."""

import re
from collections.abc import Iterable

from notifier.changes.model import Category, Change, Comparison, Direction, Edit, Kind, Level, Operation
from notifier.errors import WrongUse
from notifier.notice.quote import (
    excerpt,
    excerpts,
    in_words,
    inside_quotes,
    is_row,
    one_line,
    passage,
    phrase,
)
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

# Nearly everything a policy says is about collecting and using data. Where the decisive words speak of one of
# these as well, the customer learns more from its heading.
_GENERAL = frozenset({Category.COLLECTION, Category.USE_PURPOSE})
_SPEAKS_OF = {
    category: re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for category, words in {
        Category.SALE: "sells?|selling|sold|sale|rent",
        Category.SHARING: r"disclos\w+|shar(?:e|es|ed|ing)|third[- ]part(?:y|ies)|partners?",
        Category.RETENTION: r"keep|keeps|kept|retain\w*|retention|delet\w+|eras(?:e|ed|ure)|"
        r"(?:days?|weeks?|months?|years?)(?! of age| old)",
        Category.CHILDREN: r"child\w*|minors?|parents?|years (?:of age|old)",
        Category.COOKIES_TRACKING: r"cookies?|track\w*|pixels?|web beacons?",
        Category.USER_RIGHTS_CHOICE: r"opt|opting|unsubscribe|object|withdraw\w*|consent",
        Category.SECURITY: r"encrypt\w*|secur\w+|passwords?",
        Category.INTERNATIONAL_TRANSFER: "countr(?:y|ies)|abroad|overseas",
        Category.POLICY_CHANGE_NOTICE: "changes? to (?:this|our) (?:policy|notice|statement)",
    }.items()
}

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
    # The date in a policy mostly says when it was written, not from when it applies.
    dated = comparison.new.effective_date
    when = (
        f" The new version is dated {day(dated)}." if dated and dated != comparison.old.effective_date else ""
    )
    if any_points:
        return f"{company} is changing its {title}.{when}"
    small = "The changes are small ones, in wording and details; the full comparison shows them all."
    return f"{company} is changing its {title}.{when} {small}"


def _topic(change: Change) -> Category:
    """Give the category that decided, the first; if that is a general one, a more telling one that fits."""
    first = change.categories[0] if change.categories else Category.OTHER
    if first not in _GENERAL:
        return first
    decisive = f"{one_line(change.words_old)}\n{one_line(change.words_new)}"
    return next(
        (
            category
            for category in change.categories
            if category in _SPEAKS_OF and _SPEAKS_OF[category].search(decisive)
        ),
        first,
    )


def _point(change: Change) -> str:
    """One sentence about one change."""
    opening = _opening(change)
    old, new = change.old or "", change.new or ""
    span_old, span_new = _spans(change.edits)
    before = passage(in_words(old), in_words(change.words_old), span_old)
    after = passage(in_words(new), in_words(change.words_new), span_new)
    if not before.clause:
        return f"{opening}: the policy now also says {_quoted(new, excerpt(after, _QUOTE_LIMIT))}."
    if not after.clause:
        return f"{opening}: the policy no longer says {_quoted(old, excerpt(before, _QUOTE_LIMIT))}."
    if change.kind is Kind.MOVED and before.clause == after.clause:
        where = f"“{one_line(change.section_new)}”" if change.section_new else "another place"
        return f"{opening}: “{inside_quotes(excerpt(after, _QUOTE_LIMIT))}” has moved to {where}."
    if change.words_new and not change.words_old:
        added = phrase(after)
        # Most of the clause, or what was there before, is told better by both texts side by side.
        telling = added and len(added) * 2 < len(after.clause)
        if telling and added.casefold() not in before.clause.casefold():
            says = _quoted(new, excerpt(after, _QUOTE_LIMIT))
            return f"{opening}: the policy now says {says}; “{inside_quotes(added)}” is new."
    said, says = excerpts(before, after, _QUOTE_LIMIT)
    return f"{opening}: where the policy said {_quoted(old, said)}, it now says {_quoted(new, says)}."


def _opening(change: Change) -> str:
    section = change.section_new or change.section_old
    return _TOPICS[_topic(change)] or (
        f"In the section “{inside_quotes(one_line(section))}”" if section else "Elsewhere in the policy"
    )


def _quoted(clause: str, shown: str) -> str:
    quote = f"“{inside_quotes(shown)}”"
    return f"in a table: {quote}" if is_row(clause) else quote


def _spans(edits: tuple[Edit, ...]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where the old and where the new clause differ: from the first to the last edit, as (start, end)."""
    changed = [number for number, edit in enumerate(edits) if edit.operation is not Operation.EQUAL]
    if not changed:
        return (0, 0), (0, 0)
    before, inside = edits[: changed[0]], edits[changed[0] : changed[-1] + 1]
    old = [edit.text for edit in (*before, *inside) if edit.operation is not Operation.INSERT]
    new = [edit.text for edit in (*before, *inside) if edit.operation is not Operation.DELETE]
    start = _length(edit.text for edit in before)
    return (start, max(start, _length(old))), (start, max(start, _length(new)))


def _length(texts: Iterable[str]) -> int:
    return len(in_words("".join(texts)))


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
