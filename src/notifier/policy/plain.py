"""Plain text: headings in capitals or on short lines of their own, bullets, hard-wrapped or not."""

import html
import re
from collections.abc import Iterator, Sequence

from notifier.policy.blocks import LONGEST_HEADING, Block, BlockKind

BULLET = re.compile(r"^\s*(?:[·•∙⋅◦▪‣●○■□\u2013\u2014*+-]|o(?=\s{2}))\s+(?=\S)|^\s*[·•●▪](?=\S)")
_NUMBER = re.compile(r"^\s*(?:\d{1,2}[.)]|\([a-z0-9]{1,4}\)|[a-z]\))\s+(?=\S)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_RULE = re.compile(r"^\s*[-=_*~#]{3,}\s*$")
_NOT_A_HEADING = re.compile(r"[.,;:!]$|@|https?:|\d{3}")
_WRAPPED_AT = 100  # columns; a text whose lines all are shorter, and that is long, was hard-wrapped
_WRAPPED_FROM = 40  # a wrapped line is at least this long, or it ends its paragraph
_FEW_LINES = 8
_RAGGED = 8  # columns by which a wrapped line falls short of the widest


def blocks(text: str) -> Iterator[Block]:
    """Blocks of a plain text in reading order."""
    lines = [line.rstrip() for line in unescape(text).split("\n")]
    groups = [group for group in _groups(lines, wrapped=_hard_wrapped(lines)) if not _RULE.match(group[0])]
    joined = [" ".join(part.strip() for part in group) for group in groups]
    for index, line in enumerate(joined):
        bullet, number = BULLET.match(line), _NUMBER.match(line)
        following = joined[index + 1] if index + 1 < len(joined) else ""
        alone = len(groups[index]) == 1
        if bullet:
            yield Block(BlockKind.ITEM, line[bullet.end() :])
        elif is_capitals(line) or (alone and _title_like(line) and (index == 0 or _prose(following))):
            yield Block(BlockKind.HEADING, line)
        elif number:
            yield Block(BlockKind.ITEM, line[number.end() :])
        else:
            yield Block(BlockKind.PARAGRAPH, line)


def unescape(text: str) -> str:
    """Spell out HTML entities that were left in a text ("&nbsp;"), but nothing that only looks like one."""
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def _hard_wrapped(lines: list[str]) -> bool:
    filled = [line for line in lines if line.strip()]
    long = [line for line in filled if len(line) >= _WRAPPED_FROM]
    return len(filled) >= _FEW_LINES and len(long) * 2 >= len(filled) and max(map(len, filled)) <= _WRAPPED_AT


def _groups(lines: list[str], *, wrapped: bool) -> Iterator[list[str]]:
    """Lines that belong together: a line each, or in a hard-wrapped text a paragraph or an item each."""
    group: list[str] = []
    for line in lines:
        if not line.strip():
            if group:
                yield group
            group = []
        elif group and wrapped and not (BULLET.match(line) or _NUMBER.match(line)) and _goes_on(group[-1]):
            group.append(line)
        else:
            if group:
                yield group
            group = [line]
    if group:
        yield group


def _goes_on(line: str) -> bool:
    return len(line) >= _WRAPPED_FROM or not (is_capitals(line) or line.endswith((".", ":", "!", "?")))


def is_capitals(line: str) -> bool:
    """Whether a line is a heading in capitals."""
    if not line.isupper():  # most lines, told quickly
        return False
    letters = [char for char in line if char.isalpha()]
    return (
        len(letters) > 3  # noqa: PLR2004 - "FAQ", "USA" stand in address blocks too
        and all(char.isupper() for char in letters)
        and len(line.split()) <= LONGEST_HEADING
        and not _NOT_A_HEADING.search(line)
    )


def _title_like(line: str) -> bool:
    """Whether a line is short, begins with a capital and has no stop at its end, nor a number in it."""
    number = _NUMBER.match(line)
    bare = line[number.end() :] if number else line
    return bare[:1].isupper() and len(bare.split()) <= LONGEST_HEADING and not _NOT_A_HEADING.search(bare)


def title_above(line: str, following: str, lines: Sequence[str]) -> bool:
    """Whether a line in a paragraph heads the next: short, broken where the next word would have fitted."""
    width = max(map(len, lines))
    fits = len(line) + 1 + len(following.split(maxsplit=1)[0] if following.strip() else "") < width - _RAGGED
    return (
        fits
        and len(line) < _WRAPPED_FROM * 2
        and _title_like(line)
        and (_title_like(following) or _prose(following))
    )


def _prose(line: str) -> bool:
    """Whether a line is what stands under a heading: a sentence, an item, the opening of a list."""
    return (
        len(line.split()) > LONGEST_HEADING
        or line.rstrip().endswith((".", ":", "?"))
        or bool(BULLET.match(line))
    )
