"""Word documents (DOCX, ECMA-376) to blocks, and the text before their tracked changes."""

import posixpath
from collections.abc import Iterator

from lxml import etree

from notifier.errors import WrongUse
from notifier.policy import tracked
from notifier.policy.blocks import LONGEST_CELL, LONGEST_HEADING, Block, BlockKind
from notifier.policy.package import Package
from notifier.policy.plain import BULLET
from notifier.policy.styles import Styles
from notifier.policy.tracked import View, W

MAGIC = b"PK\x03\x04"
_COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_NOTES = (("footnotes.xml", "footnote"), ("endnotes.xml", "endnote"))
_MARKS = {f"{W}tab": " ", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_UNSHOWN = frozenset(
    [
        # Properties, and what a field or a drawing is made from; a fallback repeats what stands beside it.
        *(f"{W}{name}" for name in ("pPr", "rPr", "tblPr", "tblGrid", "trPr", "tcPr", "sectPr", "instrText")),
        *(f"{W}{name}" for name in ("sdtPr", "sdtEndPr", "del", "moveFrom", "delText", "delInstrText")),
        f"{_COMPATIBLE}Fallback",
    ]
)
_NO_HEADING = (".", ",", ";", ":")


def document(data: bytes, name: str) -> tuple[str | None, list[Block]]:
    """No title, and the blocks of a DOCX in reading order, tracked changes accepted.

    A footnote follows the paragraph it belongs to; headers, footers, comments, hidden text and the table of
    contents are left out. Raises WrongUse for what is damaged, encrypted, no Word document or too large.
    """
    package = Package(data, name)
    main = package.main
    folder = posixpath.dirname(main)
    root = _part(package, main, name)
    tracked.resolve(root, View.ACCEPTED)
    notes: dict[tuple[str, str], etree._Element] = {}
    for file, kind in _NOTES:
        part = package.xml(posixpath.join(folder, file))
        if part is not None:
            tracked.resolve(part, View.ACCEPTED)
            notes.update({(kind, note.get(f"{W}id", "")): note for note in part.iter(f"{W}{kind}")})
    styles = Styles(package.xml(posixpath.join(folder, "styles.xml")))
    body = root.find(f"{W}body")
    return None, [] if body is None else list(_Reader(styles, notes).blocks(body))


def rejected(data: bytes, name: str) -> bytes:
    """The document as it was before its tracked changes.

    Raises WrongUse where it has none, and for what `document` does.
    """
    package = Package(data, name)
    main = package.main
    parts: dict[str, bytes] = {}
    changed = False
    for path in (main, *(posixpath.join(posixpath.dirname(main), file) for file, _ in _NOTES)):
        root = _part(package, path, name) if path == main else package.xml(path)
        if root is not None and tracked.has_changes(root):
            changed = True
            tracked.resolve(root, View.REJECTED)
            parts[path] = etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)
    if not changed:
        raise WrongUse(f"{name} has no tracked changes", "name two files, or turn on Track Changes in Word")
    return package.with_parts(parts)


def _part(package: Package, path: str, name: str) -> etree._Element:
    root = package.xml(path)
    if root is None or root.tag != f"{W}document":
        raise WrongUse(f"{name} is no Word document", "save it as DOCX, Markdown, HTML or plain text")
    return root


class _Reader:
    """Walks a document's body with its styles and notes at hand."""

    def __init__(self, styles: Styles, notes: dict[tuple[str, str], etree._Element]) -> None:
        self._styles = styles
        self._notes = notes

    def blocks(self, parent: etree._Element) -> Iterator[Block]:
        """Blocks of a body, cell, note or text box."""
        for child in parent:
            if child.tag == f"{W}p":
                yield from self._paragraph(child)
            elif child.tag == f"{W}tbl":
                yield from self._table(child)
            elif child.tag not in _UNSHOWN:
                yield from self.blocks(child)

    def _paragraph(self, paragraph: etree._Element) -> Iterator[Block]:
        kind = self._styles.kind(paragraph)
        if kind is None:  # a line of the table of contents
            return
        inner: list[etree._Element] = []
        text = "".join(self._text(paragraph, inner))
        for line in _lines(text):
            found = kind
            bullet = BULLET.match(line) if kind is BlockKind.PARAGRAPH else None
            if bullet:
                found, line = BlockKind.ITEM, line[bullet.end() :]  # noqa: PLW2901 - without its bullet
            elif len(line.split()) > LONGEST_HEADING:
                found = BlockKind.PARAGRAPH if kind is BlockKind.HEADING else kind
            elif kind is BlockKind.PARAGRAPH and self._all_bold(paragraph) and not line.endswith(_NO_HEADING):
                found = BlockKind.HEADING
            yield Block(found, line)
        for element in inner:
            yield from self.blocks(element)

    def _text(self, element: etree._Element, inner: list[etree._Element]) -> Iterator[str]:
        """What a paragraph says; text boxes and notes in it are put into `inner`."""
        for child in element:
            tag = child.tag
            if tag in _UNSHOWN:
                continue
            if tag == f"{W}t":
                yield child.text or ""
            elif tag in _MARKS:
                yield _MARKS[tag]
            elif tag == f"{W}txbxContent":
                inner.append(child)
            elif tag in {f"{W}footnoteReference", f"{W}endnoteReference"}:
                kind = etree.QName(child).localname.removesuffix("Reference")
                note = self._notes.pop((kind, child.get(f"{W}id", "")), None)
                if note is not None:
                    inner.append(note)
            elif tag != f"{W}r" or not self._styles.hidden(child):
                yield from self._text(child, inner)

    def _all_bold(self, paragraph: etree._Element) -> bool:
        runs = [run for run in paragraph.iter(f"{W}r") if "".join(run.itertext(f"{W}t")).strip()]
        return bool(runs) and all(self._styles.bold(run, paragraph) for run in runs)

    def _table(self, table: etree._Element) -> Iterator[Block]:
        for row in _within(table, "tr"):
            cells = [list(self.blocks(cell)) for cell in _within(row, "tc")]
            texts = [" ".join(block.text for block in cell) for cell in cells]
            filled = [text for text in texts if text]
            lays_out = any(len(text.split()) > LONGEST_CELL for text in texts) or any(
                block.kind is BlockKind.ROW for cell in cells for block in cell
            )
            if lays_out or len(cells) == 1:
                yield from (block for cell in cells for block in cell)
            elif filled:
                yield Block(BlockKind.ROW, " | ".join(filled))


def _within(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    """The rows of a table or the cells of a row, also those in a content control; none of inner tables."""
    for child in parent:
        if child.tag == f"{W}{name}":
            yield child
        elif child.tag in {f"{W}sdt", f"{W}sdtContent", f"{W}customXml"}:
            yield from _within(child, name)


def _lines(text: str) -> Iterator[str]:
    """A paragraph's text in one, but parted where a line begins with a bullet or after an empty line."""
    held: list[str] = []
    for line in (*(" ".join(part.split()) for part in text.split("\n")), ""):
        if held and (not line or BULLET.match(line)):
            yield " ".join(held)
            held = []
        if line:
            held.append(line)
