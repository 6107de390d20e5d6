"""Flattened text: headings, items and sentences run together where a page's line breaks were lost.

"... May 24, 2018.What we collectIn general, we ..." is a sentence, the heading "What we collect", a sentence.
A capital inside a word proves nothing ("PayPal", "LinkedIn"), so a cut needs more: a full stop before the
capital, or a short run of words since the last sentence and a word after it that begins sentences. Only where
a document is glued in many places is it cut at each. Where spaces stand for the line breaks ("... for a year.
Your rights You may ask ...") a word that begins a sentence, in a place where none begins, tells of a heading.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from notifier.policy.blocks import LONGEST_HEADING, Block, BlockKind
from notifier.policy.clauses import NAMES, STARTERS, sentences

# "request.In", "2018.What", "us?In": a sentence's end without its space. Two letters or digits before the
# stop keep initials ("U.S.Code") whole; lower-case letters or a space after the capital keep "Node.JS" whole.
_STOP_GLUE = re.compile(
    r"[.!?](?<=[a-z0-9)”\"][a-z0-9)”\"].)(?=[A-Z](?:[a-z]+)?[ ,\u2019']|[A-Z][a-z]+[?A-Z])"
)
# "youIn", "POLICYWe", "us?In": where a heading may have been glued to what follows.
_WORD_GLUE = re.compile(r"[A-Z](?:(?<=[a-z)?!:;].)(?:[a-z]+)?\b|(?<=[A-Z]{2}.)[a-z]+\b)")
_WORD = re.compile(r"[A-Za-z]+")
_FIRST = re.compile(r"([A-Z][a-z]+)\b")
_AFTER_STOP = re.compile(r"[.!?]\s+([A-Z][a-z]+)\b")
_MIXED = re.compile(r"\b[A-Za-z]*[a-z][A-Z][A-Za-z]*\b")
_HALVES = re.compile(r"([A-Za-z]*[a-z])([A-Z][a-z]*)")
_NO_NAME = re.compile(r"[a-z](?:We|You|Your|Our|If|When|The)$")  # "InformationWe", however often
_SEAM = "\x00"  # marks a sentence's end that had no space after it; no text holds it (see decode)
_GLUED_PLACES = 6  # as many words like "youIn", each once: the document is glued throughout
_FLAT = 300  # words in one paragraph: its line breaks were lost
_BEGINS_A_SENTENCE = frozenset(
    [
        *("We", "You", "Your", "Our", "If", "When", "The", "This", "These", "In", "To", "For", "As", "By"),
        *("It", "Please", "Some", "Any", "All", "A", "An", "There", "While", "Although", "Depending"),
    ]
)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What a document's own words say about where it was glued.

    `words` stand by themselves somewhere (lower case), `openers` begin a sentence, `names` are words with a
    capital inside that come up more than once, which a glued place does not. `glued`: it is so throughout.
    """

    words: frozenset[str]
    openers: frozenset[str]
    names: frozenset[str]
    glued: bool


def lexicon(*versions: Iterable[Block]) -> Lexicon:
    """Gather the words of a document, or of all its versions, which then are cut alike."""
    words: set[str] = set()
    openers: set[str] = set(STARTERS)
    names: set[str] = set(NAMES)
    mixed: list[Counter[str]] = []
    for blocks in versions:
        told = [_words(block.text) for block in blocks]
        words.update(*(one.alone for one in told))
        openers.update(*(one.openers for one in told))
        # Each version by itself: in two of them every glued place comes up twice.
        mixed.append(Counter(word for one in told for word in one.mixed))
        names.update(word for word, count in mixed[-1].items() if count > 1 and not _NO_NAME.search(word))
    glued = any(_places(counted, words, names) >= _GLUED_PLACES for counted in mixed)
    return Lexicon(frozenset(words), frozenset(openers), frozenset(names), glued)


def _places(mixed: Iterable[str], words: set[str], names: set[str]) -> int:
    return sum(
        word not in names and all(half.lower() in words for half in halves)
        for word in mixed
        for halves in _HALVES.findall(word)[:1]
    )


class _Words(NamedTuple):
    """What one block adds to the lexicon; `mixed` are its words with a capital inside."""

    alone: frozenset[str]
    openers: frozenset[str]
    mixed: tuple[str, ...]


@lru_cache(maxsize=20_000)  # most blocks stand in both versions
def _words(text: str) -> _Words:
    whole, odd, first = set(), False, _FIRST.match(text)
    for word in set(_WORD.findall(text)):
        if word.islower() or word.isupper() or word[1:].islower():
            whole.add(word.lower())
        else:
            odd = True
    return _Words(
        alone=frozenset(whole),
        openers=frozenset(_AFTER_STOP.findall(text) + ([first[1]] if first else [])),
        mixed=tuple(_MIXED.findall(text)) if odd else (),
    )


def unglue(block: Block, known: Lexicon) -> Iterator[Block]:
    """Cut one block at the places where it was glued; a block that is not comes back as it is."""
    prose = block.kind in {BlockKind.PARAGRAPH, BlockKind.ITEM}
    flat = prose and len(block.text.split()) >= _FLAT
    if not prose or not (flat or _WORD_GLUE.search(block.text) or _STOP_GLUE.search(block.text)):
        yield block
        return
    rest: list[str] = []
    for sentence in sentences(_STOP_GLUE.sub(rf"{_SEAM}\g<0> ", block.text)):
        *before, body = _pieces(sentence, known, flat=flat)
        for piece in before:
            if rest:
                yield Block(block.kind, " ".join(rest))
            rest = []
            yield piece
        if body.kind is BlockKind.HEADING:
            if rest:
                yield Block(block.kind, " ".join(rest))
            rest = []
            yield body
        elif body.text:
            rest.append(body.text)
    if rest:
        yield Block(block.kind, " ".join(rest))


def _pieces(sentence: str, known: Lexicon, *, flat: bool) -> list[Block]:
    """The headings and items glued to the front of a sentence, and last what is left of it."""
    bare = sentence.replace(_SEAM, "")
    if sentence.endswith(f"{_SEAM}?") and len(bare.split()) <= LONGEST_HEADING:
        return [Block(BlockKind.HEADING, bare)]
    *items, body = _cut_everywhere(bare, known) if known.glued else [bare]
    kinds = [_kind(item, after, known) for item, after in pairwise([*items, ""])]
    found = [Block(kind, item) for kind, item in zip(kinds, items, strict=True)]
    if items and _heads(items[-1], body, known):
        found[-1] = Block(BlockKind.HEADING, items[-1])
    else:
        heading, body = _cut_heading(body, known)
        found += [Block(BlockKind.HEADING, heading)] if heading else []
    if flat and not found:
        heading, body = _cut_spaced(body, known)
        found = [Block(BlockKind.HEADING, heading)] if heading else []
    return [*found, Block(BlockKind.PARAGRAPH, body)]


def _kind(piece: str, after: str, known: Lexicon) -> BlockKind:
    """A piece before another piece: a heading where the other is a sentence, else an item."""
    sentence = after.endswith((".", ":", "?")) or len(after.split()) > LONGEST_HEADING
    return BlockKind.HEADING if sentence and _heads(piece, after, known) else BlockKind.ITEM


def _cut_heading(sentence: str, known: Lexicon) -> tuple[str, str]:
    """The heading glued to the front of a sentence ("" if none), and what is left of the sentence."""
    for match in _WORD_GLUE.finditer(sentence):
        heading, body = sentence[: match.start()], sentence[match.start() :]
        if len(heading.split()) > LONGEST_HEADING:
            break
        if _heads(heading, body, known):
            return heading, body
    return "", sentence


def _heads(heading: str, body: str, known: Lexicon) -> bool:
    last, first = _WORD.findall(heading)[-1:], _WORD.match(body)
    if not heading[:1].isupper() or not last or first is None or len(body.split()) == 1:
        return False
    if len(heading.split()) > LONGEST_HEADING or heading.endswith((":", ";")):
        return False
    if last[0] + first[0] in known.names or first[0] not in known.openers:
        return False
    # "LinkedIn helps us ..." might be a one-word heading; for a longer one its other words speak.
    return len(heading.split()) > 1 or last[0].lower() in known.words


def _cut_everywhere(text: str, known: Lexicon) -> Sequence[str]:
    """The text in pieces: cut where both words stand by themselves elsewhere."""
    found, start = [], 0
    for match in _WORD_GLUE.finditer(text):
        last, first = _WORD.findall(text[start : match.start()])[-1:], _WORD.match(text, match.start())
        if not last or first is None or last[0] + first[0] in known.names:
            continue
        if last[0].lower() in known.words and first[0].lower() in known.words:
            found.append(text[start : match.start()].strip())
            start = match.start()
    return [*found, text[start:].strip()]


def _cut_spaced(sentence: str, known: Lexicon) -> tuple[str, str]:
    """The same where a space parts the heading from its sentence: "Your rights You may ask ..."."""
    words = sentence.split()
    if not words[0][:1].isupper():
        return "", sentence
    for place in range(min(LONGEST_HEADING, len(words) - 2), 0, -1):
        before, word, after = words[place - 1 : place + 2]
        if word not in _BEGINS_A_SENTENCE or word.lower() not in known.words or not after[:1].islower():
            continue
        if before[-1:].isalnum() or before.endswith(("?", ")")):
            return " ".join(words[:place]), " ".join(words[place:])
    return "", sentence
