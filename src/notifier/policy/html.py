"""HTML to blocks: headings, paragraphs, list items and table rows in reading order."""

import re
from collections.abc import Iterator

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from notifier.errors import WrongUse
from notifier.policy import page
from notifier.policy.blocks import LONGEST_CELL, LONGEST_HEADING, Block, BlockKind
from notifier.policy.plain import BULLET

_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt", "legend", "caption", "button"])
_BLOCKS = _HEADINGS | frozenset(
    [
        *("html", "body", "main", "article", "section", "div", "p", "ul", "ol", "li", "dl", "dd", "table"),
        *(
            "thead",
            "tbody",
            "tfoot",
            "tr",
            "td",
            "th",
            "blockquote",
            "pre",
            "address",
            "figure",
            "figcaption",
        ),
        *("header", "footer", "details", "fieldset", "form", "center", "aside", "hr"),
    ]
)
_STRONG = frozenset(["b", "strong"])
_BOLD = re.compile(r"font-weight:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_NO_HEADING = (".", ",", ";", ":")
_BREAK = "\n"
_TOO_DEEP = etree.ErrorTypes.ERR_RESOURCE_LIMIT


def document(text: str) -> tuple[str | None, Iterator[Block]]:
    """The title of a page, and the blocks of its main text in reading order."""
    root = _parse(text)
    title = " ".join("".join(root.xpath("//head/title//text()")).split()) or None
    _show_inner(root)
    _decode_protected_mail(root)
    return title, _walk(page.reduce(root))


def fragment(text: str) -> Iterator[Block]:
    """Blocks of a piece of HTML inside another format; nothing is taken for the page around it."""
    root = _parse(text)
    _decode_protected_mail(root)
    for element in list(root.iter("script", "style")):
        element.drop_tree()
    return _walk(root)


def _parse(text: str) -> HtmlElement:
    # huge_tree: without, libxml2 leaves out what is nested deeper than 256 elements; with it, than 2048.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    # Bytes, because lxml refuses text that declares an encoding; surrogates cannot be encoded.
    data = text.encode("utf-8", "ignore")
    try:
        root = document_fromstring(data, parser=parser)
    except etree.ParserError:  # nothing but comments or white space
        root = document_fromstring(b"<body></body>")
    if any(error.type == _TOO_DEEP for error in parser.error_log):
        raise WrongUse(
            "the page nests its elements too deeply to be read whole", "save its text, and name that file"
        )
    return root


def _show_inner(root: HtmlElement) -> None:
    """Put in their place the parts that a browser shows from elsewhere in the page.

    A shadow root is always shown. Another template, or a page within an attribute of a frame, may be
    anything: it is looked at only where the page has no text beside it.
    """
    inner = list(root.iter("template", "iframe"))
    alone = bool(inner) and not page.has_prose(root)
    for element in inner:
        if element.tag == "template" and (alone or element.get("shadowrootmode")):
            element.tag = "div"
        elif alone and (source := element.get("srcdoc")):
            element.tag = "div"
            element.text = None
            element.append(_parse(source).find("body"))
            element[-1].tag = "div"


def _decode_protected_mail(root: HtmlElement) -> None:
    """Spell out addresses that Cloudflare hides: hex bytes, each XORed with the first."""
    for element in root.xpath("//*[@data-cfemail]"):
        try:
            key, *rest = bytes.fromhex(element.get("data-cfemail"))
        except ValueError:
            continue
        for child in list(element):
            element.remove(child)
        element.text = bytes(byte ^ key for byte in rest).decode("utf-8", "replace")


def _walk(root: HtmlElement) -> Iterator[Block]:
    """Blocks in document order: text is gathered until a block element begins or ends."""
    walker = _Walker()
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            yield from walker.start(element)
        else:
            yield from walker.end(element)
            if element is not root:
                walker.text(element.tail)
    yield from walker.flush()


class _Walker:
    """The text gathered so far, and what it stands in."""

    def __init__(self) -> None:
        self._gathered: list[tuple[str, bool]] = []  # text, or a line break, and whether it is bold
        self._kinds: list[BlockKind] = []
        self._bold = 0
        self._row: list[str] | None = None
        self._row_element: HtmlElement | None = None

    def text(self, text: str | None) -> None:
        if text:
            # Line ends of the source are white space; a line break is an element.
            self._gathered.append((text.replace("\n", " "), self._bold > 0))

    def start(self, element: HtmlElement) -> Iterator[Block]:
        tag = element.tag
        if self._row is None:
            if tag in _BLOCKS:
                yield from self.flush()
            if tag == "tr" and _is_data_row(element):
                self._row, self._row_element = [], element
            elif tag in {"li", "p"} or tag in _HEADINGS:
                self._kinds.append(self._kind(element))
        self._bold += _is_bold(element)
        self.text(element.text)

    def end(self, element: HtmlElement) -> Iterator[Block]:
        tag = element.tag
        self._bold -= _is_bold(element)
        if self._row is not None:
            if tag in {"td", "th"}:
                self._row.append(" ".join(line for line, _ in self._lines() if line))
            elif element is self._row_element:
                yield from self._end_row()
            elif tag in _BLOCKS or tag == "br":
                self.text(" ")
            return
        if tag in _BLOCKS:
            yield from self.flush()
        if tag in {"li", "p"} or tag in _HEADINGS:
            self._kinds.pop()
        if tag == "br":
            self._gathered.append((_BREAK, False))

    def flush(self) -> Iterator[Block]:
        """What was gathered, as the innermost heading, item or paragraph it stands in.

        In a paragraph, bold lines are headings, lines with a bullet are items, and an empty line parts two.
        """
        if not self._gathered:
            return
        kind = self._kinds[-1] if self._kinds else BlockKind.PARAGRAPH
        lines = self._lines()
        if kind is not BlockKind.PARAGRAPH:
            yield from _block(kind, [line for line, _ in lines])
            return
        rest: list[str] = []
        for line, bold in lines:
            bullet = BULLET.match(line)
            if line and not bullet and not (bold and _heads(line)):
                rest.append(line)
                continue
            yield from _block(BlockKind.PARAGRAPH, rest)
            rest = []
            if bullet:
                yield Block(BlockKind.ITEM, line[bullet.end() :])
            elif line:
                yield Block(BlockKind.HEADING, line)
        yield from _block(BlockKind.PARAGRAPH, rest)

    def _kind(self, element: HtmlElement) -> BlockKind:
        if element.tag == "li":
            return BlockKind.ITEM
        if element.tag in _HEADINGS:
            return BlockKind.HEADING
        return self._kinds[-1] if self._kinds else BlockKind.PARAGRAPH

    def _end_row(self) -> Iterator[Block]:
        cells = [cell for cell in self._row or () if cell]
        self._row = self._row_element = None
        self._gathered.clear()
        if cells:
            yield Block(BlockKind.ROW, " | ".join(cells))

    def _lines(self) -> list[tuple[str, bool]]:
        """Take the gathered text by its lines; each with whether it is bold from end to end."""
        lines: list[tuple[str, bool]] = []
        parts: list[str] = []
        bold = True
        for text, strong in (*self._gathered, (_BREAK, False)):
            if text != _BREAK:
                parts.append(text)
                bold = bold and (strong or not text.strip())
                continue
            lines.append((" ".join("".join(parts).split()), bold))
            parts, bold = [], True
        self._gathered.clear()
        return lines


def _block(kind: BlockKind, lines: list[str]) -> Iterator[Block]:
    text = " ".join(line for line in lines if line)
    if text:
        too_long = kind is BlockKind.HEADING and len(text.split()) > LONGEST_HEADING
        yield Block(BlockKind.PARAGRAPH if too_long else kind, text)


def _heads(line: str) -> bool:
    """Whether a bold line is a heading, as many are written, and no sentence."""
    return len(line.split()) <= LONGEST_HEADING and not line.endswith(_NO_HEADING)


def _is_bold(element: HtmlElement) -> bool:
    return element.tag in _STRONG or bool(_BOLD.search(element.get("style") or ""))


def _is_data_row(row: HtmlElement) -> bool:
    """Rows of a table that lays out a page hold headings, other tables or most of a page; read as blocks."""
    if len(row) < 2 or next(row.iter("table", "h1", "h2", "h3", "h4"), None) is not None:  # noqa: PLR2004
        return False
    return all(len("".join(cell.itertext()).split()) <= LONGEST_CELL for cell in row)
