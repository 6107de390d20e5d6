"""Bytes to a document, whatever they were written in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from notifier.errors import WrongUse
from notifier.policy import dates, docx, glued, html, language, markdown, pdf, plain
from notifier.policy.blocks import Block, sections
from notifier.policy.decode import decode
from notifier.policy.document import Document

# Each comment is an atomic group: without, ".*?" may end at any later one, and the ways double with each.
_BEFORE = r"\A\s*+(?:<\?xml[^>]*>\s*+)?(?:(?><!--.*?-->)\s*+)*+"
_HTML = re.compile(_BEFORE + r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_TAG_FIRST = re.compile(_BEFORE + r"<[a-z]", re.IGNORECASE | re.DOTALL)
_BLOCK_TAG = re.compile(
    r"</?(?:p|div|h[1-6]|ul|ol|li|dl|dt|dd|table|tr|td|th|main|article|section)\b", re.IGNORECASE
)
_WORDS_A_TAG = 100  # a page has a block tag for so many words at least
_MARKDOWN = re.compile(
    r"^#{1,6}\s+\S|\]\((?:https?:|mailto:|/|#)|^[ \t]*---[ \t]*\n(?:\w+:.*\n)+---|\*\*\S", re.MULTILINE
)
_MARKS = re.compile(r"^[ \t]*(?:#{1,6}|[-*+]|\d{1,3}[.)])[ \t]+\S|\]\(", re.MULTILINE)
_PLAIN_SUFFIXES = frozenset([".txt", ".text"])
_MARKDOWN_SUFFIXES = frozenset([".md", ".markdown", ".mdown", ".mkd"])
# What is no text by its first bytes, whatever it is called.
_PACKED = ((pdf.MAGIC, pdf.document), (docx.MAGIC, docx.document))
_DATE_FIELDS = (
    "effective_date",
    "effective",
    "last_updated",
    "updated",
    "last_modified",
    "lastmod",
    "modified",
)


@dataclass(frozen=True, slots=True)
class Original:
    """A text as it came; `name` is how messages call it, `media_type` what a server said ("" otherwise)."""

    data: bytes
    name: str
    media_type: str = ""


def read(data: bytes, name: str, media_type: str = "") -> Document:
    """Read a policy: PDF, DOCX, HTML, Markdown, plain text or text flattened by a converter.

    PDF and DOCX are told by their first bytes, the others by `media_type`, then the suffix of `name`, then
    the text itself. Raises WrongUse for what is empty, damaged, encrypted, in no known encoding or format,
    and for a PDF where the extra `pdf` is not installed.
    """
    found = _parse(Original(data, name, media_type))
    return _document(found, glued.lexicon(found.blocks))


def read_versions(old: Original, new: Original) -> tuple[Document, Document]:
    """Read two versions of a policy, as `read` does each.

    What was glued together is cut alike in both: whether a place was is told by the words of either.
    """
    left, right = _parse(old), _parse(new)
    known = glued.lexicon(left.blocks, right.blocks)
    return _document(left, known), _document(right, known)


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A text's blocks, with the title and date that its markup gives apart from them."""

    name: str
    blocks: Sequence[Block]
    title: str | None = None
    dated: date | None = None


def _parse(original: Original) -> _Parsed:
    data, name, media_type = original.data, original.name, original.media_type
    reader = next((reader for magic, reader in _PACKED if data.startswith(magic)), None)
    if reader is not None:
        title, blocks = reader(data, name)
        return _Parsed(name, tuple(blocks), title)
    text = decode(data, name, media_type)
    if _is_html(text, name, media_type):
        title, found = html.document(text)
        return _Parsed(name, tuple(found), title)
    if _is_markdown(text, name, media_type):
        fields, body = markdown.front_matter(text)
        dated = _first_date(fields.get(field, "") for field in _DATE_FIELDS)
        return _Parsed(name, tuple(markdown.blocks(body)), fields.get("title"), dated)
    return _Parsed(name, tuple(plain.blocks(text)))


def _document(parsed: _Parsed, known: glued.Lexicon) -> Document:
    grouped = sections(piece for block in parsed.blocks for piece in glued.unglue(block, known))
    lines = [
        line
        for section in grouped
        for line in (
            *([section.heading] if section.heading else []),
            *(clause.text for clause in section.clauses),
        )
    ]
    if not lines:
        raise WrongUse(f"{parsed.name} holds no text", "check that the right file was named")
    return Document(
        title=parsed.title or next((section.heading for section in grouped if section.heading), None),
        sections=grouped,
        effective_date=parsed.dated or dates.effective(lines),
        language=language.detect(" ".join(lines)),
    )


def _first_date(values: Iterator[str]) -> date | None:
    return next((found for value in values for found, _, _ in dates.find(value) if found), None)


def _is_html(text: str, name: str, media_type: str) -> bool:
    if "html" in media_type:
        return True
    if _suffix(name) in {".html", ".htm", ".xhtml"} or _HTML.match(text):
        return True
    if media_type or _suffix(name) in _MARKDOWN_SUFFIXES | _PLAIN_SUFFIXES:
        return False
    return bool(_TAG_FIRST.match(text)) and _is_mostly_tags(text)


def _is_mostly_tags(text: str) -> bool:
    """Whether tags, rather than Markdown's marks, part the text: a Markdown file may begin with one, too."""
    tags = len(_BLOCK_TAG.findall(text))
    return tags > len(_MARKS.findall(text)) and tags * _WORDS_A_TAG >= len(text.split())


def _is_markdown(text: str, name: str, media_type: str) -> bool:
    if "markdown" in media_type or _suffix(name) in _MARKDOWN_SUFFIXES:
        return True
    return _suffix(name) not in _PLAIN_SUFFIXES and bool(_MARKDOWN.search(text))


def _suffix(name: str) -> str:
    return PurePosixPath(name.split("?", maxsplit=1)[0]).suffix.lower()
