"""Bytes to a document, whatever they were written in."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import PurePosixPath

from notifier.errors import WrongUse
from notifier.policy import dates, docx, glued, html, language, markdown, pdf, plain
from notifier.policy.blocks import Block, sections
from notifier.policy.decode import decode
from notifier.policy.document import Document

# Each comment is an atomic group: without, ".*?" may end at any later one, and the ways double with each.
_HTML = re.compile(
    r"\A\s*+(?:<\?xml[^>]*>\s*+)?(?:(?><!--.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_MARKDOWN = re.compile(
    r"^#{1,6}\s+\S|\]\((?:https?:|mailto:|/|#)|^[ \t]*---[ \t]*\n(?:\w+:.*\n)+---|\*\*\S", re.MULTILINE
)
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


def read(data: bytes, name: str, media_type: str = "") -> Document:
    """Read a policy: PDF, DOCX, HTML, Markdown, plain text or text flattened by a converter.

    PDF and DOCX are told by their first bytes, the others by `media_type`, then the suffix of `name`, then
    the text itself. Raises WrongUse for what is empty, damaged, encrypted, in no known encoding or format,
    and for a PDF where the extra `pdf` is not installed.
    """
    title: str | None = None
    dated: date | None = None
    found: Iterable[Block]
    reader = next((reader for magic, reader in _PACKED if data.startswith(magic)), None)
    if reader is not None:
        title, found = reader(data, name)
        return _document(list(found), title, None, name)
    text = decode(data, name, media_type)
    if _is_html(text, name, media_type):
        title, found = html.document(text)
    elif _is_markdown(text, name, media_type):
        fields, body = markdown.front_matter(text)
        title = fields.get("title")
        dated = _first_date(fields.get(field, "") for field in _DATE_FIELDS)
        found = markdown.blocks(body)
    else:
        found = plain.blocks(text)
    return _document(list(found), title, dated, name)


def _document(found: list[Block], title: str | None, dated: date | None, name: str) -> Document:
    known = glued.lexicon(found)
    grouped = sections(piece for block in found for piece in glued.unglue(block, known))
    lines = [
        line
        for section in grouped
        for line in (
            *([section.heading] if section.heading else []),
            *(clause.text for clause in section.clauses),
        )
    ]
    if not lines:
        raise WrongUse(f"{name} holds no text", "check that the right file was named")
    return Document(
        title=title or next((section.heading for section in grouped if section.heading), None),
        sections=grouped,
        effective_date=dated or dates.effective(lines),
        language=language.detect(" ".join(lines)),
    )


def _first_date(values: Iterator[str]) -> date | None:
    return next((found for value in values for found, _, _ in dates.find(value) if found), None)


def _is_html(text: str, name: str, media_type: str) -> bool:
    if "html" in media_type:
        return True
    return _suffix(name) in {".html", ".htm", ".xhtml"} or bool(_HTML.match(text))


def _is_markdown(text: str, name: str, media_type: str) -> bool:
    if "markdown" in media_type or _suffix(name) in {".md", ".markdown", ".mdown", ".mkd"}:
        return True
    return _suffix(name) not in {".txt", ".text"} and bool(_MARKDOWN.search(text))


def _suffix(name: str) -> str:
    return PurePosixPath(name.split("?", maxsplit=1)[0]).suffix.lower()
