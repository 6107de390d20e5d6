"""HTML to blocks: the policy's own text, without the page around it."""

import re
from collections.abc import Iterator

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from notifier.policy.blocks import LONGEST_HEADING, Block, BlockKind

_DROPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "iframe",
        "object",
        "canvas",
        "video",
        "audio",
        "form",
        "select",
        "button",
        "input",
        "textarea",
        "nav",
        "aside",
        "dialog",
        "head",
        "map",
        "picture",
        "img",
        "label",
    ]
)
_DROPPED_ROLES = frozenset(
    [
        "navigation",
        "banner",
        "contentinfo",
        "dialog",
        "alertdialog",
        "search",
        "menu",
        "menubar",
        "complementary",
    ]
)
# Class and id names of what surrounds a text, as whole parts of a name ("site-footer", "cookieBanner").
_FURNITURE = re.compile(
    r"(?:^|[-_\s])(?:nav|navbar|navigation|menu|footer|masthead|breadcrumbs?|sidebar|skip|skiplink|banner|modal|popup"
    r"|toolbar|share|social|newsletter|onetrust\w*|cookie-?(?:banner|consent|notice|bar|law)|consent|gdpr-?banner"
    r"|visually-?hidden|sr-only|screen-reader-text|hidden)(?:$|[-_\s])",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt", "legend", "caption"])
_LISTS = ("ul", "ol", "h1", "h2", "h3", "h4")
_BLOCKS = frozenset(
    [
        "html",
        "body",
        "main",
        "article",
        "section",
        "div",
        "p",
        "ul",
        "ol",
        "li",
        "dl",
        "dd",
        "table",
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
        "header",
        "footer",
        "details",
        "fieldset",
        "center",
        "hr",
    ]
)
_MOST_OF_THE_TEXT = 0.5  # furniture or a <main> holding more than this share of a page is the page, or is not
_CONTENT_SHARE = 0.8  # the content is the smallest element that holds this share of the page's prose
_LEAST_PROSE = 40  # characters; shorter runs are menus and buttons


def document(text: str) -> tuple[str | None, Iterator[Block]]:
    """The title of a page, and the blocks of its main text in reading order."""
    root = _parse(text)
    title = " ".join("".join(root.xpath("//head/title//text()")).split()) or None
    _decode_protected_mail(root)
    _drop(root)
    return title, _walk(_content(root))


def fragment(text: str) -> Iterator[Block]:
    """Blocks of a piece of HTML inside another format; nothing is taken for the page around it."""
    root = _parse(text)
    _decode_protected_mail(root)
    for element in list(root.iter("script", "style")):
        element.drop_tree()
    return _walk(root)


def _parse(text: str) -> HtmlElement:
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    # Bytes, because lxml refuses text that declares an encoding; surrogates cannot be encoded.
    data = text.encode("utf-8", "ignore")
    try:
        root = document_fromstring(data, parser=parser)
    except etree.ParserError:  # nothing but comments or white space
        root = document_fromstring(b"<body></body>")
    return root


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


def _drop(root: HtmlElement) -> None:
    """Take out what surrounds the text, unless it turns out to be most of the page."""
    whole = _length(root)
    for element in list(root.iter(etree.Element)):
        if element.getparent() is None or element.tag in {"html", "body", "main", "article"}:
            continue
        if element.tag in _DROPPED or (
            _is_furniture(element) and _length(element) <= _MOST_OF_THE_TEXT * whole
        ):
            element.drop_tree()


def _is_furniture(element: HtmlElement) -> bool:
    if element.tag in {"header", "footer"}:
        # Inside an article they hold its title and its date.
        return not any(parent.tag in {"article", "main", "section"} for parent in element.iterancestors())
    if element.get("role") in _DROPPED_ROLES or element.get("hidden") is not None:
        return True
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return bool(_FURNITURE.search(names) or _FURNITURE.search(_CAMEL.sub("-", names)))


def _length(element: HtmlElement) -> int:
    return sum(len(text.strip()) for text in element.itertext())


def _prose(element: HtmlElement) -> int:
    """Characters of running text under an element: long runs that are not in links."""
    total = 0
    for node in element.iter(etree.Element):
        if node.tag != "a" and node.text and len(node.text.strip()) >= _LEAST_PROSE:
            total += len(node.text.strip())
        if node is not element and node.tail and len(node.tail.strip()) >= _LEAST_PROSE:
            total += len(node.tail.strip())
    return total


def _content(root: HtmlElement) -> HtmlElement:
    """The smallest element that holds nearly all of the page's prose."""
    whole = _prose(root)
    here = root
    while whole:
        larger = [
            child for child in here.iterchildren(etree.Element) if _prose(child) >= _CONTENT_SHARE * whole
        ]
        if not larger or larger[0].tag in {"p", "ul", "ol", "table", "dl"}:
            break
        here = larger[0]
    return here


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
        self._gathered: list[str] = []
        self._kinds: list[BlockKind] = []
        self._row: list[str] | None = None
        self._row_element: HtmlElement | None = None

    def text(self, text: str | None) -> None:
        if text:
            self._gathered.append(text)

    def start(self, element: HtmlElement) -> Iterator[Block]:
        if self._row is None:
            if element.tag in _BLOCKS or element.tag in _HEADINGS:
                yield from self.flush()
            if element.tag == "tr" and _is_data_row(element):
                self._row, self._row_element = [], element
            elif element.tag in {"li", "p"} or element.tag in _HEADINGS:
                self._kinds.append(self._kind(element))
        self.text(element.text)

    def end(self, element: HtmlElement) -> Iterator[Block]:
        tag = element.tag
        if self._row is not None:
            if tag in {"td", "th"}:
                self._row.append(self._take())
            elif element is self._row_element:
                yield from self._end_row()
            elif tag in _BLOCKS or tag == "br":
                self.text(" ")
            return
        if tag in _BLOCKS or tag in _HEADINGS:
            yield from self.flush()
        if tag in {"li", "p"} or tag in _HEADINGS:
            self._kinds.pop()
        if tag == "br":
            self.text(" ")

    def flush(self) -> Iterator[Block]:
        """What was gathered, as the innermost heading, item or paragraph it stands in."""
        text = self._take()
        if text:
            kind = self._kinds[-1] if self._kinds else BlockKind.PARAGRAPH
            if kind is BlockKind.HEADING and len(text.split()) > LONGEST_HEADING:
                kind = BlockKind.PARAGRAPH
            yield Block(kind, text)

    def _kind(self, element: HtmlElement) -> BlockKind:
        if element.tag == "li":
            return BlockKind.ITEM
        if element.tag in _HEADINGS or (not self._kinds and _all_strong(element)):
            return BlockKind.HEADING
        return self._kinds[-1] if self._kinds else BlockKind.PARAGRAPH

    def _end_row(self) -> Iterator[Block]:
        cells = [cell for cell in self._row or () if cell]
        self._row = self._row_element = None
        self._take()
        if cells:
            yield Block(BlockKind.ROW, " | ".join(cells))

    def _take(self) -> str:
        text = " ".join("".join(self._gathered).split())
        self._gathered.clear()
        return text


def _all_strong(paragraph: HtmlElement) -> bool:
    """Whether a paragraph is bold from end to end and no sentence: how many a heading is written."""
    strong = "".join("".join(part.itertext()) for part in paragraph.iter("strong", "b")).strip()
    text = "".join(paragraph.itertext()).strip()
    return bool(text) and strong == text and not text.endswith((".", ",", ";", ":"))


def _is_data_row(row: HtmlElement) -> bool:
    """Rows of a table that lays out a page hold blocks or other tables; they are read as blocks."""
    return row.find(".//table") is None and len(row) > 1 and next(row.iter(*_LISTS), None) is None
