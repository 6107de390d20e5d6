"""A comparison as Markdown that is safe to paste: nothing in the texts can become markup, a link or HTML."""

import re

from notifier.changes.model import Change, Comparison, Level, Operation
from notifier.changes.render import wording

# Everything CommonMark, GitHub's tables and strikethrough, mentions and issue references give a meaning to.
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~$&:@-])")
_LINE_START = re.compile(r"^(\s*\d+)([.)])")
_MARKS = {Operation.EQUAL: "", Operation.DELETE: "~~", Operation.INSERT: "**"}


def dump(comparison: Comparison, lowest: Level = Level.COSMETIC) -> str:
    """A summary, each change down to `lowest` with ~~what went~~ and **what came**, the verdict."""
    lines = [
        f"## {wording.verdict(comparison)}",
        "",
        f"- {wording.counts(comparison)}",
        f"- old: {escape(wording.named(comparison.old))}",
        f"- new: {escape(wording.named(comparison.new))}",
    ]
    lines += [f"- **alarm** {escape(alarm.code)}: {escape(alarm.detail)}" for alarm in comparison.alarms]
    lines += ["", escape(wording.STOPPED)] * bool(comparison.alarms)
    for change in wording.shown(comparison, lowest):
        lines += ["", *_change(change)]
    lines += ["", f"**{escape(wording.line(comparison))}**"]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """`text` on one line, with every character that could mean something to Markdown escaped."""
    escaped = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    # A bare domain is made a link by some readers; an entity for its dot is not.
    escaped = re.sub(r"(?<=\w)\.(?=\w)", "&#46;", escaped)
    return _LINE_START.sub(r"\1\\\2", escaped)


def _change(change: Change) -> list[str]:
    topics = wording.categories(change)
    place, reason = wording.section(change), wording.reason(change)
    title = f"{change.level.value.capitalize()}, {change.kind.value}"
    return [
        f"### {change.id} {title}" + (f": {escape(topics)}" if topics else ""),
        "",
        *([f"In: {escape(place)}", ""] if place else []),
        *([escape(reason), ""] if reason else []),
        *([escape(wording.overruled(change)), ""] if change.overruled else []),
        f"> {_redline(change)}",
    ]


def _redline(change: Change) -> str:
    parts = []
    for edit in change.edits:
        mark, text = _MARKS[edit.operation], escape(edit.text)
        # Emphasis holds only against a word, so the spaces around an edit stay outside its marks.
        before = " " if edit.text[:1].isspace() else ""
        after = " " if edit.text[-1:].isspace() else ""
        parts.append(f"{before}{mark}{text}{mark}{after}" if text else " ")
    return re.sub(r" {2,}", " ", "".join(parts)).strip()
