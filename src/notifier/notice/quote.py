"""Quoting from a policy: how much of a clause to show, and where to cut it."""

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
# After these a sentence reads on: it is not broken off there.
_READS_ON = frozenset({
    "a", "about", "across", "after", "against", "all", "also", "although", "an", "and", "and/or", "any",
    "are", "as", "at", "be", "because", "been", "before", "between", "but", "by", "can", "could", "do",
    "does", "during", "each", "every", "for", "from", "had", "has", "have", "her", "his", "how", "i",
    "if", "in", "into", "is", "it", "its", "may", "might", "must", "no", "nor", "not", "of", "on", "or",
    "other", "our", "outside", "over", "shall", "should", "so", "some", "such", "than", "that", "the",
    "their", "them", "then", "these", "they", "this", "those", "through", "to", "under", "unless",
    "until", "upon", "us", "was", "we", "were", "what", "when", "where", "which", "while", "who", "will",
    "with", "within", "without", "would", "you", "your",
})  # fmt: skip
# Before these a sentence can be broken off, if no punctuation offers itself.
_BREAKS = frozenset({
    "and", "because", "but", "by", "for", "from", "if", "in", "nor", "or", "so", "that", "to", "unless",
    "until", "when", "where", "which", "while", "who", "with",
})  # fmt: skip
_SHORTENED = re.compile(r"(?:\w|[Cc]o|[Cc]orp|[Ii]nc|[Ll]td|No|etc|vs|\w\.\w)\.")
_MORE_TO_COME = re.compile(r"[,;]\s*(?:and|or)\s*$")  # at the end of an item of a list
_ENOUGH = 0.6  # of the room there is: a quote is not cut shorter than that for the sake of a good place


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


def ends(clause: str) -> bool:
    """Tell whether a clause has come to its end, as by a full stop; that of "Inc." is none."""
    word = clause.rpartition(" ")[2]
    return word.endswith((".", "!", "?", ";", ":")) and not _SHORTENED.fullmatch(word.lstrip("("))


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
    return min(_best(_cuts(kept.clause, wanted, whole.start)), default=whole.start)


def _cut(kept: Passage, left: int, limit: int) -> str:
    clause, whole = kept.clause, _whole(kept, limit)
    right = min(left + limit, len(clause))
    if right < len(clause):
        too_long = kept.end > whole.end
        least = whole.start + 1 if too_long else whole.end
        cuts = _cuts(clause, least, right)
        wanted = left + _ENOUGH * (right - left)
        right = max(_best([cut for cut in cuts if cut.place >= wanted] or cuts), default=right)
    before = _ELLIPSIS if left > 0 else ""
    after = _ELLIPSIS if right < len(clause) else ""
    return before + _trimmed(clause[left:right]) + after


@dataclass(frozen=True, slots=True)
class _Cut:
    """A place between two words, and how well a sentence is broken off there: 0 is best."""

    place: int
    badness: int


def _best(cuts: list[_Cut]) -> list[int]:
    least = min((cut.badness for cut in cuts), default=0)
    return [cut.place for cut in cuts if cut.badness == least]


def _cuts(clause: str, least: int, most: int) -> list[_Cut]:
    """List the ends of words between two places."""
    words = list(_WORD.finditer(clause))
    return [
        _Cut(before.end(), _badness(before[0], after[0]))
        for before, after in pairwise(words)
        if least <= before.end() <= most
    ]


def _badness(before: str, after: str) -> int:
    """After a sentence, after a part of one, before a word that joins, anywhere, where it reads on."""
    if _NUMBER.search(before + after) or before.casefold() in _READS_ON:
        return 4
    if ends(before) or after[0] in "\u2013\u2014(":
        return 0
    if before.endswith((",", ")")):
        return 1
    return 2 if after.casefold() in _BREAKS else 3


def _trimmed(text: str) -> str:
    bare = _MORE_TO_COME.sub("", text).strip(" ,;:")
    return (bare.removesuffix(".").rstrip() if ends(bare) else bare) or text
