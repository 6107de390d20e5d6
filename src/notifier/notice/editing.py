"""The summary as a text that a person edits, and back."""

from dataclasses import dataclass, field

from notifier.errors import WrongUse
from notifier.notice.texts import Group, Summary

_HEADING, _POINT = "#", "-"


def to_text(summary: Summary) -> str:
    """Write a summary as `notice edit` opens it.

    The opening; for each group a line "# heading" and a line "- ..." per point; the last paragraph.
    """
    blocks = [*summary.intro.split("\n\n")]
    for group in summary.groups:
        blocks += [f"# {group.heading}"] if group.heading else []
        blocks.append("\n".join(f"- {point}" for point in group.points))
    return "\n\n".join([*blocks, *([summary.closing] if summary.closing else [])]) + "\n"


def from_text(text: str) -> Summary:
    """Read what `notice edit` got back. Lines may be wrapped; white space within a paragraph does not matter.

    Raises WrongUse where the opening is missing, a point or heading is empty, a heading has no points, or
    points follow the last paragraph.
    """
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), start=1):
        reader.read(number, line)
    return reader.summary()


@dataclass(slots=True)
class _Reader:
    """Reads a summary line by line; `block` is the paragraph or point that a next line would go on with."""

    intro: list[list[str]] = field(default_factory=list)
    groups: list[tuple[list[str], list[list[str]]]] = field(default_factory=list)
    closing: list[str] = field(default_factory=list)
    block: list[str] | None = None

    def read(self, number: int, line: str) -> None:
        words = line.split()
        if not words:
            self.block = None
        elif words[0] in {_HEADING, _POINT} and not line[0].isspace():
            self.begin(number, words[0], words[1:])
        elif self.block is not None:
            self.block += words
        elif not self.groups:
            self.block = words
            self.intro.append(words)
        elif self.closing:
            raise WrongUse(
                f"line {number} of the summary is a second paragraph after the points",
                'make it one with the first, or begin it with "- "',
            )
        else:
            self.block = self.closing
            self.closing += words

    def begin(self, number: int, mark: str, words: list[str]) -> None:
        """Begin a group or a point."""
        what = "heading" if mark == _HEADING else "point"
        if not words:
            raise WrongUse(
                f"line {number} of the summary is a {what} without words", "write it or take it out"
            )
        if self.closing:
            raise WrongUse(
                f"line {number} of the summary is a {what} after the last paragraph", "move it above that"
            )
        self.block = words
        if mark == _HEADING:
            self.groups.append((words, []))
        else:
            if not self.groups:
                self.groups.append(([], []))
            self.groups[-1][1].append(words)

    def summary(self) -> Summary:
        """Give what was read."""
        if not self.intro:
            raise WrongUse(
                "the summary has no opening",
                'say in a sentence who changes what, then one line "- ..." a point',
            )
        groups = tuple(Group(" ".join(heading), tuple(map(" ".join, said))) for heading, said in self.groups)
        empty = next((group.heading for group in groups if not group.points), None)
        if empty is not None:
            raise WrongUse(
                f"nothing stands under {empty!r} in the summary", 'write a line "- ..." there, or take it out'
            )
        return Summary("\n\n".join(map(" ".join, self.intro)), groups, " ".join(self.closing))
