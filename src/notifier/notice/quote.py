"""Quoting from a policy: how much of a clause to show, where to cut it, which words stand alone."""

import re
from dataclasses import dataclass
from itertools import pairwise, takewhile

_ELLIPSIS = "…"
# A word; in scripts without spaces every character is one.
_WORD = re.compile(r"[^\s\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]+|\S")
_NUMBER = re.compile(r"[\d§]")
_BAR = re.compile(r"(?:\s\|(?=\s|$))+\s*")
_MARKED = re.compile('[“„"]([^“”„"]*)[“”"]')
_LONE = re.compile('[“”„"]')
_CLOSED, _OPENED = (",", ";", ":", ".", "!", "?", ")"), ("(", "“", "„", '"')
_LONGEST = 8  # words of a phrase on each side of what it is built around

_DETERMINERS = frozenset({"a", "an", "any", "all", "each", "every", "his", "her", "its", "no", "other", "our",
                          "some", "such", "the", "their", "these", "this", "those", "your"})  # fmt: skip
# Where a noun phrase ends: conjunctions, prepositions, pronouns, auxiliary verbs.
_BETWEEN = frozenset({
    "about", "across", "after", "against", "also", "although", "and", "and/or", "are", "as", "at", "be",
    "because", "been", "before", "between", "but", "by", "can", "could", "do", "does", "during", "for",
    "from", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it", "may", "might", "must", "nor",
    "not", "of", "on", "or", "outside", "over", "shall", "should", "so", "than", "that", "them", "then",
    "they", "through", "to", "under", "unless", "until", "upon", "us", "was", "we", "were", "what", "when",
    "where", "which", "while", "who", "will", "with", "within", "without", "would", "you",
})  # fmt: skip
_JOINING = frozenset({"and", "and/or", "or", "but", "nor"})


@dataclass(frozen=True, slots=True)
class Passage:
    """A clause and the part of it that matters, from `start` to `end`; (0, 0) where none is known."""

    clause: str
    start: int = 0
    end: int = 0


def one_line(text: str) -> str:
    """Collapse every run of white space, line breaks included, into one space."""
    return " ".join(text.split())


def is_row(clause: str) -> bool:
    """Tell whether a clause is a row of a table: cells with bars between them."""
    return _BAR.search(clause) is not None


def in_words(clause: str) -> str:
    """Put a clause on one line, a table's bars written as commas. Empty cells are left out."""
    line = one_line(clause)
    return _BAR.sub(", ", line).strip(" ,") if is_row(line) else line


def passage(clause: str, words: str, near: tuple[int, int] = (0, 0)) -> Passage:
    """Find the words that matter as whole words, at or after `near` if they are there; else take `near`."""
    if words:
        places = [match.span() for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", clause)]
        places = [place for place in places if place[1] > near[0]] or places
        if places:
            return Passage(clause, *places[0])
    return Passage(clause, *near)


def excerpt(kept: Passage, limit: int) -> str:
    """Cut a clause to at most `limit` characters between words, keeping the part that matters.

    It begins where the clause begins if the limit allows. Numbers are not parted from the words beside them
    where that can be helped. What is left out at either side is marked by an ellipsis, which is not counted.
    Where the part to be kept is itself longer than the limit, its beginning is kept. The full stop at the
    clause's end is dropped: the sentence that quotes it brings its own.
    """
    return _cut(kept, _left(kept, limit), limit)


def excerpts(old: Passage, new: Passage, limit: int) -> tuple[str, str]:
    """Cut two clauses to be read side by side: where they begin alike, both quotes begin at the same word."""
    left_old, left_new = _left(old, limit), _left(new, limit)
    left = max(left_old, left_new)
    alike = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old.clause, new.clause, strict=False))
    )
    if left < alike and left <= min(_whole(side, limit).start for side in (old, new)):
        left_old = left_new = left
    return _cut(old, left_old, limit), _cut(new, left_new, limit)


def inside_quotes(text: str) -> str:
    """Make a text fit to stand between “ and ”: double quotation marks become single, lone ones go."""
    return _LONE.sub("", _MARKED.sub("\u2018\\1\u2019", text))


def phrase(kept: Passage) -> str:
    """Take in the words around a part of a clause until it makes sense by itself: "your precise location".

    That is the noun phrase around it. A single word makes sense as an item of a list; of any other the phrase
    is "".
    """
    found = list(_WORD.finditer(kept.clause))
    words = [match[0] for match in found]
    inside = [n for n, match in enumerate(found) if match.end() > kept.start and match.start() < kept.end]
    if not inside:
        return ""
    first, last = inside[0], inside[-1]
    while first < last and words[first].casefold() in _JOINING:
        first += 1
    while first < last and words[last].casefold() in _JOINING:
        last -= 1
    first, last = _noun_phrase(words, first, last)
    listed = first > 0 and (words[first - 1].casefold() in _JOINING or words[first - 1].endswith(","))
    return _joined(words, first, last) if last > first or listed else ""


def _noun_phrase(words: list[str], first: int, last: int) -> tuple[int, int]:
    stop_left, stop_right = _clause_part(words, first, last)
    stop_left, stop_right = max(stop_left, first - _LONGEST), min(stop_right, last + _LONGEST)
    while last < stop_right and words[last + 1].casefold() not in _BETWEEN | _DETERMINERS:
        last += 1
    while first > stop_left and words[first].casefold() not in _DETERMINERS:
        if words[first - 1].casefold() in _BETWEEN:
            break
        first -= 1
    return first, last


def _clause_part(words: list[str], first: int, last: int) -> tuple[int, int]:
    """Widen a range of words as far as the punctuation on either side."""
    while first > 0 and not words[first - 1].endswith(_CLOSED) and not words[first].startswith(_OPENED):
        first -= 1
    while (
        last + 1 < len(words)
        and not words[last].endswith(_CLOSED)
        and not words[last + 1].startswith(_OPENED)
    ):
        last += 1
    return first, last


def _joined(words: list[str], first: int, last: int) -> str:
    while first < last and words[first].casefold() in _JOINING:
        first += 1
    text = " ".join(words[first : last + 1]).strip(" ,;:.")
    return text.strip("()") if text.count("(") != text.count(")") or text.startswith("(") else text


def _whole(kept: Passage, limit: int) -> Passage:
    """Take in the whole of the words that the part begins and ends in, but no more than the limit allows."""
    touched = [
        match.span()
        for match in _WORD.finditer(kept.clause)
        if match.end() > kept.start and match.start() < kept.end
    ]
    start, end = (touched[0][0], touched[-1][1]) if touched else (kept.start, kept.end)
    return Passage(kept.clause, start, min(end, start + limit))


def _left(kept: Passage, limit: int) -> int:
    """Say where the quote begins."""
    whole = _whole(kept, limit)
    if whole.end <= limit or len(kept.clause) <= limit:
        return 0
    # Spread the room that is left evenly around the kept part; what the right cannot use goes to the left.
    room = limit - (whole.end - whole.start)
    wanted = min(whole.start - room // 2, len(kept.clause) - limit)
    return min(_cuts(kept.clause, wanted, whole.start), default=whole.start)


def _cut(kept: Passage, left: int, limit: int) -> str:
    clause, whole = kept.clause, _whole(kept, limit)
    right = min(left + limit, len(clause))
    if right < len(clause):
        too_long = kept.end > whole.end
        right = max(_cuts(clause, whole.start + 1 if too_long else whole.end, right), default=right)
    before = _ELLIPSIS if left > 0 else ""
    after = _ELLIPSIS if right < len(clause) else ""
    return before + _trimmed(clause[left:right]) + after


def _cuts(clause: str, least: int, most: int) -> list[int]:
    """List the ends of words between two places: those beside no number, or else all."""
    words = list(_WORD.finditer(clause))
    ends = [
        (before.end(), _NUMBER.search(before[0] + after[0]) is None)
        for before, after in pairwise(words)
        if least <= before.end() <= most
    ]
    return [end for end, beside_none in ends if beside_none] or [end for end, _ in ends]


def _trimmed(text: str) -> str:
    return text.strip(" ,;:").removesuffix(".").rstrip() or text
