"""Flattened text: headings and sentences glued together where a page's line breaks were lost.

"... May 24, 2018.What we collectIn general, we ..." is a sentence, the heading "What we collect", a sentence.
A capital inside a word proves nothing ("PayPal", "LinkedIn"), so a cut needs more: a full stop before the
capital, or a short run of words since the last sentence and a word after it that begins sentences.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from notifier.policy.blocks import LONGEST_HEADING, Block, BlockKind
from notifier.policy.clauses import STARTERS, sentences

# "request.In", "2018.What", "us?In": a sentence's end without its space. Two letters or digits before the
# stop keep initials ("U.S.Code") whole; lower-case letters or a space after the capital keep "Node.JS" whole.
_STOP_GLUE = re.compile(r"(?<=[a-z0-9)”\"][a-z0-9)”\"])[.!?](?=[A-Z](?:[a-z]+)?[ ,\u2019'])")
# "youIn", "POLICYWe", "us?In": where a heading may have been glued to what follows.
_WORD_GLUE = re.compile(r"(?<=[a-z)?!])(?=[A-Z](?:[a-z]+)?\b)|(?<=[A-Z]{2})(?=[A-Z][a-z]+\b)")
_WORD = re.compile(r"[A-Za-z]+")
_ALONE = re.compile(r"(?<![A-Za-z])(?:[A-Z]?[a-z]+|[A-Z]+)(?![A-Za-z])")
_OPENER = re.compile(r"(?:^|[.!?]\s+)([A-Z][a-z]+)\b")
_MIXED = re.compile(r"\b[A-Za-z]*[a-z][A-Z][A-Za-z]*\b")
_SEAM = "\x00"  # marks a sentence's end that had no space after it; no text holds it (see decode)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What a document's own words say about where it was glued.

    `words` stand by themselves somewhere (lower case), `openers` begin a sentence, `names` are words with a
    capital inside that come up more than once, which a glued place does not.
    """

    words: frozenset[str]
    openers: frozenset[str]
    names: frozenset[str]


def lexicon(blocks: Iterable[Block]) -> Lexicon:
    """Gather the words of a whole document."""
    words: set[str] = set()
    openers: set[str] = set(STARTERS)
    mixed: Counter[str] = Counter()
    for block in blocks:
        words.update(word.lower() for word in _ALONE.findall(block.text))
        openers.update(_OPENER.findall(block.text))
        mixed.update(_MIXED.findall(block.text))
    return Lexicon(
        frozenset(words), frozenset(openers), frozenset(word for word, count in mixed.items() if count > 1)
    )


def unglue(block: Block, known: Lexicon) -> Iterator[Block]:
    """Cut one block at the places where it was glued; a block that is not comes back as it is."""
    prose = block.kind in {BlockKind.PARAGRAPH, BlockKind.ITEM}
    if not prose or not (_WORD_GLUE.search(block.text) or _STOP_GLUE.search(block.text)):
        yield block
        return
    rest: list[str] = []
    for sentence in sentences(_STOP_GLUE.sub(rf"{_SEAM}\g<0> ", block.text)):
        heading, body = _cut_heading(sentence, known)
        if heading:
            if rest:
                yield Block(block.kind, " ".join(rest))
            rest = []
            yield Block(BlockKind.HEADING, heading)
        if body:
            rest.append(body)
    if rest:
        yield Block(block.kind, " ".join(rest))


def _cut_heading(sentence: str, known: Lexicon) -> tuple[str, str]:
    """The heading glued to the front of a sentence ("" if none), and what is left of the sentence."""
    bare = sentence.replace(_SEAM, "")
    if sentence.endswith(f"{_SEAM}?") and len(bare.split()) <= LONGEST_HEADING:
        return bare, ""
    for match in _WORD_GLUE.finditer(bare):
        heading, body = bare[: match.start()], bare[match.start() :]
        if len(heading.split()) > LONGEST_HEADING:
            break
        if _is_cut(heading, body, known):
            return heading, body
    return "", bare


def _is_cut(heading: str, body: str, known: Lexicon) -> bool:
    last, first = _WORD.findall(heading)[-1:], _WORD.match(body)
    if not heading[:1].isupper() or not last or first is None or len(body.split()) == 1:
        return False
    if last[0] + first[0] in known.names or first[0] not in known.openers:
        return False
    # "LinkedIn helps us ..." might be a one-word heading; for a longer one its other words speak.
    return len(heading.split()) > 1 or last[0].lower() in known.words
