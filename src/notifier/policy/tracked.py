"""Tracked changes of a Word document: the text with all of them accepted, or with all of them rejected.

ECMA-376 part 1, 17.13.5. A change wraps runs (`w:ins`, `w:del`, and `w:moveTo`, `w:moveFrom` for text that
was moved), or marks the end of a paragraph, a table row or a cell as one that came or went.
"""

from collections.abc import Iterator
from enum import StrEnum

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CAME = (f"{W}ins", f"{W}moveTo", f"{W}cellIns")
_WENT = (f"{W}del", f"{W}moveFrom", f"{W}cellDel")


class View(StrEnum):
    """Which text of a document with tracked changes is meant."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


def resolve(root: etree._Element, view: View) -> None:
    """Make the tree that of a document without tracked changes, in place."""
    gone, kept = (_WENT, _CAME) if view is View.ACCEPTED else (_CAME, _WENT)
    if view is View.REJECTED:
        _restore_properties(root)
    for part in list(root.iter(f"{W}tr", f"{W}tc")):
        if _marked(part.find(f"{part.tag}Pr"), gone):
            _remove(part)
    ends = [paragraph for paragraph in root.iter(f"{W}p") if _marked(_mark(paragraph), gone)]
    for element in list(_wrappers(root, gone)):
        _remove(element)
    for element in list(_wrappers(root, kept)):
        _unwrap(element)
    for mark in list(root.iter(*kept)):  # what is left of them stands in properties
        _remove(mark)
    for text in root.iter(f"{W}delText"):
        text.tag = f"{W}t"
    for paragraph in ends:
        _join_to_next(paragraph)


def has_changes(root: etree._Element) -> bool:
    """Whether anything in the tree came or went."""
    return next(root.iter(*_CAME, *_WENT), None) is not None


def _wrappers(root: etree._Element, tags: tuple[str, ...]) -> Iterator[etree._Element]:
    """The elements that hold changed content; inside of properties they only mark it."""
    for element in root.iter(*tags):
        parent = element.getparent()
        if parent is not None and not etree.QName(parent).localname.endswith("Pr"):
            yield element


def _mark(paragraph: etree._Element) -> etree._Element | None:
    return paragraph.find(f"{W}pPr/{W}rPr")


def _marked(properties: etree._Element | None, tags: tuple[str, ...]) -> bool:
    return properties is not None and any(properties.find(tag) is not None for tag in tags)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _unwrap(element: etree._Element) -> None:
    for child in list(element):
        element.addprevious(child)
    _remove(element)


def _restore_properties(root: etree._Element) -> None:
    """Put back what a paragraph was before it was, say, made a heading."""
    for change in list(root.iter(f"{W}pPrChange")):
        properties, before = change.getparent(), change.find(f"{W}pPr")
        if properties is None or before is None:
            continue
        for child in list(properties):
            if child.tag != f"{W}rPr":  # the marks of the paragraph's own end
                properties.remove(child)
        for place, child in enumerate(list(before)):
            properties.insert(place, child)


def _join_to_next(paragraph: etree._Element) -> None:
    """Join a paragraph whose end is gone to the one after it, which keeps its own properties."""
    following = paragraph.getnext()
    while following is not None and following.tag not in {f"{W}p", f"{W}tbl"}:
        following = following.getnext()
    content = [child for child in paragraph if child.tag != f"{W}pPr"]
    if not content:
        _remove(paragraph)
    elif following is not None and following.tag == f"{W}p":
        properties = following.find(f"{W}pPr")
        for child in reversed(content):
            following.insert(0 if properties is None else 1, child)
        _remove(paragraph)
