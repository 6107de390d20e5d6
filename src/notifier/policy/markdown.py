"""Markdown to blocks, and what its front matter says about the document."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from notifier.policy import html
from notifier.policy.blocks import LONGEST_HEADING, Block, BlockKind
from notifier.policy.plain import BULLET, title_above, unescape

_FRONT = re.compile(r"\A\ufeff?\s*(---|\+\+\+)[ \t]*\n(.*?)\n(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^([A-Za-z][\w \t-]*)[:=](.+)$", re.MULTILINE)
# What site generators add: Liquid tags, between these marks as comments are; kramdown attributes and heading
# anchors, and a comment that is never closed.
_PAIRS = (("<!--", "-->"), ("{%", "%}"), ("{{", "}}"))
_GENERATOR = re.compile(r"\{:[^{}\n]*\}|(?<=\s)\{#[\w-]+\}|<!--")
_TIGHT_HEADING = re.compile(
    r"^(#{1,6})(?=[^#\s])", re.MULTILINE
)  # "##Security": no heading in CommonMark, yet meant as one
_STRONG_HEADING = re.compile(r"[.;,:]$")


class _Parser(MarkdownIt):
    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it's name
        """Leave a link's target as it is: nobody reads it, and encoding takes as long as the rest."""
        return url


# Indented text is a paragraph in a policy, never code.
_PARSER = _Parser("commonmark").enable("table").disable(["code", "inline"])
_INLINE = _Parser("commonmark")
_PLAIN_LINE = re.compile(r"[^\n\\`*_\[<&]*")  # without markup, which needs no parser


def front_matter(text: str) -> tuple[Mapping[str, str], str]:
    """The simple `key: value` fields of a front matter (keys in lower case), and the text after it."""
    match = _FRONT.match(text)
    if match is None:
        return {}, text
    fields = {
        key.strip().lower(): value.strip().strip("\"'")
        for key, value in _FIELD.findall(match[2])
        if value.strip()
    }
    return fields, text[match.end() :]


def blocks(text: str) -> Iterator[Block]:
    """Blocks of a Markdown text (without its front matter) in reading order."""
    env: dict[str, Any] = {}
    tokens = _PARSER.parse(_TIGHT_HEADING.sub(r"\1 ", _without_generator(text)), env)
    items = 0
    row: list[str] | None = None
    previous = Token("", "", 0)
    for token in tokens:
        if token.type in {"list_item_open", "list_item_close"}:
            items += token.nesting
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            yield Block(BlockKind.ROW, " | ".join(row))
            row = None
        elif token.type == "html_block":
            yield from html.fragment(token.content)
        elif token.type == "fence":
            yield Block(BlockKind.PARAGRAPH, token.content)
        elif token.type == "inline" and row is not None:
            row.append(" ".join(_read_inline(token.content, env).lines))
        elif token.type == "inline":
            read = _read_inline(token.content, env)
            yield from _inline(read, heading=previous.type == "heading_open", item=items > 0)
        previous = token


def _without_generator(text: str) -> str:
    """Leave out what site generators add, and comments."""
    for opening, closing in _PAIRS:
        # After the last closing mark nothing is looked for: each opening one would be followed to the end.
        head, end, tail = text.rpartition(closing)
        pair = re.compile(f"{re.escape(opening)}.*?{re.escape(closing)}", re.DOTALL)
        text = pair.sub("", head + end) + tail
    return _GENERATOR.sub("", text) if "{" in text or "<!--" in text else text


def _inline(read: "_Inline", *, heading: bool, item: bool) -> Iterator[Block]:
    """One paragraph, heading or item; headings that stand on a paragraph's first lines come before it."""
    lines = read.lines
    text = " ".join(lines)
    if len(text.split()) <= LONGEST_HEADING and (
        heading or (not item and read.strong and not _STRONG_HEADING.search(text))
    ):
        yield Block(BlockKind.HEADING, text)
        return
    first = 0
    while not item and first + 1 < len(lines) and title_above(lines[first], lines[first + 1], lines):
        yield Block(BlockKind.HEADING, lines[first])
        first += 1
    text = " ".join(lines[first:])
    bullet = BULLET.match(text)
    if bullet:
        yield Block(BlockKind.ITEM, text[bullet.end() :])
    else:
        yield Block(BlockKind.ITEM if item else BlockKind.PARAGRAPH, text)


class _Inline(NamedTuple):
    """What a person reads of a paragraph by the lines it was written on; `strong`: it is bold throughout.

    No emphasis, no link targets, no images.
    """

    lines: tuple[str, ...]
    strong: bool


def _read_inline(content: str, env: dict[str, Any]) -> _Inline:
    if "references" in env:  # links that are written out elsewhere in the text
        return _parsed(content, env)
    return _by_itself(content)


@lru_cache(maxsize=20_000)  # most paragraphs stand in both versions
def _by_itself(content: str) -> _Inline:
    if _PLAIN_LINE.fullmatch(content):
        return _Inline((content,), strong=False)
    return _parsed(content, {})


def _parsed(content: str, env: dict[str, Any]) -> _Inline:
    children = _INLINE.parseInline(content, env)[0].children or []
    return _Inline(tuple(_lines(children)), _all_strong(children))


def _all_strong(children: Sequence[Token]) -> bool:
    """Whether a paragraph is bold from end to end, which is how many a heading is written."""
    shown = [child for child in children if child.content or child.nesting or child.markup]
    return (
        len(shown) > 1
        and shown[0].type == "strong_open"
        and shown[-1].type == "strong_close"
        and sum(child.type == "strong_open" for child in shown) == 1
    )


def _lines(children: Sequence[Token]) -> list[str]:
    parts = []
    for child in children:
        if child.type in {"text", "code_inline"}:
            parts.append(child.content)
        elif child.type in {"softbreak", "hardbreak"} or (
            child.type == "html_inline" and child.content.lower().startswith("<br")
        ):
            parts.append("\n")
    return unescape("".join(parts)).split("\n")
