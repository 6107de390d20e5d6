"""A comparison as plain text, for mails, logs and pipes."""

import textwrap

from notifier.changes.model import Change, Comparison, Level, Operation
from notifier.changes.render import wording

_WIDTH = 100  # columns
_MARKS = {Operation.EQUAL: ("", ""), Operation.DELETE: ("[-", "-]"), Operation.INSERT: ("{+", "+}")}


def dump(comparison: Comparison, lowest: Level = Level.COSMETIC) -> str:
    """A summary, then each change down to `lowest`, the heaviest first; the last line is the verdict.

    What went is marked as [-words-], what came as {+words+}.
    """
    lines = [
        wording.verdict(comparison),
        f"{wording.counts(comparison)}.",
        f"Old: {wording.named(comparison.old)}",
        f"New: {wording.named(comparison.new)}",
    ]
    lines += [f"ALARM {alarm.code}: {alarm.detail}" for alarm in comparison.alarms]
    lines += [wording.STOPPED] * bool(comparison.alarms)
    for change in wording.shown(comparison, lowest):
        lines += ["", *_change(change)]
    lines += ["", wording.line(comparison)]
    return "\n".join(lines) + "\n"


def _change(change: Change) -> list[str]:
    topics = wording.categories(change)
    place, reason = wording.section(change), wording.reason(change)
    title = f"{change.id} {change.level.value.upper()} {change.kind.value}"
    return [
        title + (f" [{topics}]" if topics else "") + (f" in: {place}" if place else ""),
        *([f"  {reason}"] if reason else []),
        *([f"  {wording.overruled(change)}"] if change.overruled else []),
        *textwrap.wrap(
            redline(change), _WIDTH, initial_indent="  | ", subsequent_indent="  | ", break_long_words=False
        ),
    ]


def redline(change: Change) -> str:
    """The clause with its edits in git's word-diff marks."""
    return "".join(
        f"{_MARKS[part.operation][0]}{part.text}{_MARKS[part.operation][1]}" for part in wording.parts(change)
    )
