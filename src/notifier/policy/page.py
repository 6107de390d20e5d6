"""Which part of a web page is its text: without menus, consent tools, controls and the rest around it."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources

from lxml import etree
from lxml.html import HtmlElement

_DATA: dict[str, list[str]] = tomllib.loads(
    resources.files(__package__).joinpath("page.toml").read_text("utf-8")
)
_NO_TEXT = (
    *("script", "style", "noscript", "template", "head", "svg", "math", "iframe", "object", "canvas"),
    *("video", "audio", "map", "picture", "img", "select", "input", "textarea", "datalist"),
)
_FURNITURE_TAGS = frozenset(["nav", "aside", "dialog", "form", "label"])
_FURNITURE_ROLES = frozenset(
    [
        *("navigation", "banner", "contentinfo", "dialog", "alertdialog", "search"),
        *("menu", "menubar", "complementary"),
    ]
)
_KEPT = frozenset(["html", "body", "main", "article"])
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SENTENCE = 40  # characters; shorter runs of text are menus and buttons
_MOST = 0.5  # furniture that holds more than this share of the page's prose is no furniture
_PART = 0.2  # ... and this share where its tag or role says what it is
_ENOUGH = 2000  # characters of prose beside it that make a long menu or consent tool one all the same
_LITTLE = 100  # ... and for a consent tool, whose names are certain
_CORE = 0.8  # the core is the smallest element that holds this share of the page's prose
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_FIXED = re.compile(r"position:\s*fixed", re.IGNORECASE)
_MARKS = " \t\n\u00a0.…:»\u203a>↑▲▼+-\u2013\u2014\u00d7"


def _names(kind: str) -> re.Pattern[str]:
    parts = "|".join(re.escape(name).replace(r"\*", r"[\w-]*") for name in _DATA[kind])
    return re.compile(rf"(?:^|[-_\s])(?:{parts})(?:$|[-_\s])")


_FURNITURE, _CONSENT, _DOUBTFUL, _UNSEEN = map(_names, ("furniture", "consent", "doubtful", "unseen"))
_CONTROLS = frozenset(_DATA["controls"])


@dataclass(slots=True)
class _Weight:
    """Characters under an element: of all text, of text in links, of runs long enough for prose."""

    text: int = 0
    links: int = 0
    prose: int = 0

    @property
    def mostly_links(self) -> bool:
        return self.links > _MOST * self.text


def reduce(root: HtmlElement) -> HtmlElement:
    """Take out of the page what is not its text, and give the element that holds what is left."""
    for element in list(root.iter(*_NO_TEXT)):
        element.drop_tree()
    _name_toggles(root)
    _drop_controls(root)
    _drop_furniture(root)
    return _content(root)


def has_prose(root: HtmlElement) -> bool:
    """Whether a page has running text of its own, outside of templates and frames."""
    runs = root.xpath(
        "//body//text()[not(ancestor::script|ancestor::style|ancestor::template|ancestor::iframe)]"
    )
    return sum(len(run.strip()) for run in runs if len(run.strip()) >= _SENTENCE) >= _LITTLE


def opens_panel(button: HtmlElement) -> bool:
    """Whether a button is the heading of a part that it folds and unfolds."""
    return (
        button.get("aria-expanded") is not None
        or button.get("aria-controls") is not None
        or "accordion" in (button.get("class") or "").lower()
        or next(button.iterancestors(*_HEADINGS, "dt", "summary"), None) is not None
    )


def _name_toggles(root: HtmlElement) -> None:
    """Make buttons of what folds and unfolds a part without being one, and drop their arrows."""
    for element in root.xpath("//*[@role='button']"):
        if opens_panel(element) and not _in_sentence(element):
            element.tag = "button"
    for label in root.iter("label"):
        following = label.getnext()
        if (
            label.get("for")  # a box that is ticked while the part is shown
            and following is not None
            and len("".join(following.itertext()).strip()) >= _SENTENCE
            and next(label.iterancestors("form"), None) is None
        ):
            label.tag = "button"
            label.set("aria-expanded", "false")
    for element in root.xpath("//button//*[not(*)]"):
        if not (element.text or "").strip(_MARKS):
            element.drop_tree()


def _drop_controls(root: HtmlElement) -> None:
    for element in list(root.iter("button", "a", "span", "p", "div", "li")):
        if element.tag == "button":
            wanted = opens_panel(element) and not _is_control(element)
        else:
            wanted = len(element) > 1 or not _is_control(element) or _in_sentence(element)
        if not wanted and element.getparent() is not None:
            element.drop_tree()


def _is_control(element: HtmlElement) -> bool:
    text = "".join(element.itertext())
    return len(text) < _SENTENCE * 2 and " ".join(text.split()).strip(_MARKS).lower() in _CONTROLS


def _in_sentence(element: HtmlElement) -> bool:
    """Whether text stands around an element, as before the "more" at the end of a sentence."""
    parent = element.getparent()
    if element.tag not in {"a", "span"} or parent is None:
        return False
    return any(run and run.strip() for run in (parent.text, *(child.tail for child in parent)))


def _weigh(root: HtmlElement) -> dict[HtmlElement, _Weight]:
    """Weigh every element, in one pass from the leaves up."""
    weights: dict[HtmlElement, _Weight] = {}
    for _, element in etree.iterwalk(root, events=("end",)):
        weight = _Weight()
        in_link = element.tag == "a" and (element.get("href") or "#")[:1] + "x" != "#x"
        runs = [element.text]
        for child in element:
            runs.append(child.tail)
            below = weights[child]
            weight.text += below.text
            weight.links += below.links
            weight.prose += below.prose
        for run in runs:
            length = len(run.strip()) if run else 0
            weight.text += length
            weight.prose += length if length >= _SENTENCE and element.tag != "a" else 0
        weight.links = weight.text if in_link else weight.links
        weights[element] = weight
    return weights


def _drop_furniture(root: HtmlElement) -> None:
    """Take out what is around the text, unless it turns out to be most of it."""
    weights = _weigh(root)
    whole = weights[root].prose
    dropped: set[HtmlElement] = set()
    for element in list(root.iter(etree.Element)):
        if element.getparent() in dropped:
            dropped.add(element)
            continue
        if element.tag in _KEPT:
            continue
        names = _named(element)
        weight = weights[element]
        beside = whole - weight.prose
        if (
            _UNSEEN.search(names)
            or ((_CONSENT.search(names) or element.get("aria-modal") == "true") and beside >= _LITTLE)
            or (
                _is_furniture(element, names, weight)
                and (beside >= (_PART if _is_certain(element) else _MOST) * whole or beside >= _ENOUGH)
            )
            or (_is_doubtful(element, names) and (not weight.prose or weight.mostly_links))
        ):
            element.drop_tree()
            dropped.add(element)


def _named(element: HtmlElement) -> str:
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return _CAMEL.sub("-", names).lower() + " " + names.lower()


def _is_furniture(element: HtmlElement, names: str, weight: _Weight) -> bool:
    inside = next(element.iterancestors("article", "main", "section"), None) is not None
    if element.tag == "header" or element.get("role") == "banner":
        # Inside an article, or with the page's title and no menu, it holds the title and the date.
        titled = next(element.iter("h1"), None) is not None and next(element.iter("nav"), None) is None
        return not inside and (weight.mostly_links or not titled)
    if element.tag == "footer":
        return not inside
    if element.tag in {"form", "aside"} or element.get("role") == "complementary":
        # Some servers wrap whole pages in a form; an aside of the text may sum it up.
        return not inside or weight.mostly_links or not weight.prose
    return (
        element.tag in _FURNITURE_TAGS
        or element.get("role") in _FURNITURE_ROLES
        or _lies_over(element)
        or bool(_FURNITURE.search(names))
    )


def _is_certain(element: HtmlElement) -> bool:
    return (
        element.tag in {"nav", "footer", "dialog"}
        or element.get("role") in _FURNITURE_ROLES
        or _lies_over(element)
    )


def _lies_over(element: HtmlElement) -> bool:
    """Whether an element stays on the screen above the text, however far one scrolls."""
    return bool(_FIXED.search(element.get("style") or ""))


def _is_doubtful(element: HtmlElement, names: str) -> bool:
    # What is hidden at first may be the part of the policy that a heading unfolds.
    return element.get("hidden") is not None or bool(_DOUBTFUL.search(names))


def _content(root: HtmlElement) -> HtmlElement:
    """The core of the page, with what stands beside it and reads like text."""
    weights = _weigh(root)
    core = _core(root, weights)
    here = core
    while here is not root and not _bounds(here, root):
        parent = here.getparent()
        for sibling in list(_others(here)):
            if not _reads_like_text(sibling, weights[sibling]):
                sibling.drop_tree()
        here = parent
    return here


def _core(root: HtmlElement, weights: dict[HtmlElement, _Weight]) -> HtmlElement:
    here = root
    whole = weights[root].prose
    while whole:
        larger = next((child for child in here if weights[child].prose >= _CORE * whole), None)
        if (
            larger is not None and larger.tag == "table"
        ):  # one that lays out the page has the text in one cell
            cells = larger.iter("td")
            larger = next((cell for cell in cells if weights[cell].prose >= _CORE * whole), None)
        if larger is None or larger.tag in {"p", "ul", "ol", "dl"}:
            break
        here = larger
    return here


def _bounds(element: HtmlElement, root: HtmlElement) -> bool:
    """Whether nothing outside an element belongs to its text."""
    if element.tag == "main" or element.get("role") == "main":
        return True
    return element.tag == "article" and len(list(root.iter("article"))) == 1


def _others(element: HtmlElement) -> Iterator[HtmlElement]:
    before: Iterable[HtmlElement] = element.itersiblings(preceding=True)
    after: Iterable[HtmlElement] = element.itersiblings()
    yield from before
    yield from after


def _reads_like_text(element: HtmlElement, weight: _Weight) -> bool:
    if weight.mostly_links:
        return False
    return weight.prose > 0 or element.tag in _HEADINGS or next(element.iter(*_HEADINGS), None) is not None
