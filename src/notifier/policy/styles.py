"""What a Word document's styles say of a paragraph: a heading, a list item, bold, hidden."""

import re
from collections.abc import Iterator

from lxml import etree

from notifier.policy.blocks import BlockKind
from notifier.policy.tracked import W

_HEADING = re.compile(r"(?:heading|überschrift|titre|título|titolo|kop)\s*\d", re.IGNORECASE)
_TITLES = frozenset(["title", "subtitle"])
_CONTENTS = re.compile(r"toc\s*\d|toc heading|table of figures", re.IGNORECASE)
_BODY_LEVEL = 9  # outline levels 0 to 8 are headings, 9 is running text
_DEEPEST = 20  # styles that build on each other; a circle of them ends here
_OFF = frozenset(["0", "false", "off", "none"])


class Styles:
    """The paragraph and character styles of a document; none where the part is missing."""

    def __init__(self, root: etree._Element | None) -> None:
        found = () if root is None else root.iter(f"{W}style")
        self._styles = {style.get(f"{W}styleId", ""): style for style in found}

    def kind(self, paragraph: etree._Element) -> BlockKind | None:
        """What a paragraph is; None for a line of the table of contents."""
        chain = list(self._chain(paragraph.find(f"{W}pPr"), "pStyle"))
        names = [_value(style.find(f"{W}name")) for style in chain]
        if any(_CONTENTS.fullmatch(name) for name in names[:1]):
            return None
        if any(_HEADING.fullmatch(name) or name.lower() in _TITLES for name in names):
            return BlockKind.HEADING
        sources = [paragraph, *chain]
        level = self._first(sources, f"{W}pPr/{W}outlineLvl")
        if level is not None and _value(level).isdigit() and int(_value(level)) < _BODY_LEVEL:
            return BlockKind.HEADING
        number = self._first(sources, f"{W}pPr/{W}numPr/{W}numId")
        if number is not None and _value(number) != "0":
            return BlockKind.ITEM
        return BlockKind.PARAGRAPH

    def bold(self, run: etree._Element, paragraph: etree._Element) -> bool:
        """Whether a run of a paragraph is set bold."""
        return self._on(run, paragraph, "b")

    def hidden(self, run: etree._Element) -> bool:
        """Whether a run is not shown."""
        return self._on(run, None, "vanish")

    def _on(self, run: etree._Element, paragraph: etree._Element | None, name: str) -> bool:
        sources = [run, *self._chain(run.find(f"{W}rPr"), "rStyle")]
        if paragraph is not None:
            sources += self._chain(paragraph.find(f"{W}pPr"), "pStyle")
        switch = self._first(sources, f"{W}rPr/{W}{name}")
        return switch is not None and _value(switch).lower() not in _OFF

    def _first(self, sources: list[etree._Element], path: str) -> etree._Element | None:
        return next((found for source in sources if (found := source.find(path)) is not None), None)

    def _chain(self, properties: etree._Element | None, reference: str) -> Iterator[etree._Element]:
        """The style that properties name, and those it is based on."""
        name = None if properties is None else properties.find(f"{W}{reference}")
        for _ in range(_DEEPEST):
            style = None if name is None else self._styles.get(_value(name))
            if style is None:
                return
            yield style
            name = style.find(f"{W}basedOn")


def _value(element: etree._Element | None) -> str:
    return "" if element is None else element.get(f"{W}val", "")
