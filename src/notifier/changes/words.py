"""Word-by-word edits between two clauses."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from rapidfuzz.distance import Levenshtein

from notifier.changes.model import Edit, Operation
from notifier.changes.normal import SMALL_WORDS
from notifier.changes.sequence import stretches

_TOKEN = re.compile(r"\w+(?:[.'\u2019@-]\w+)*|[^\w\s]")
# A run this short between two edits is chance, not something kept, when it is no more than small words.
_CHANCE = 2


def edits(old: str | None, new: str | None) -> tuple[Edit, ...]:
    """Steps from the old clause to the new: equal + delete is exactly the old, equal + insert the new."""
    if old is None or new is None:
        pairs = [(Operation.DELETE, old), (Operation.INSERT, new)]
        return tuple(Edit(operation, text) for operation, text in pairs if text)
    old_tokens, new_tokens = _tokens(old), _tokens(new)
    steps: list[tuple[Operation, str]] = []
    for operation, before, after in _opcodes(old_tokens, new_tokens):
        if operation is Operation.EQUAL:
            for (old_space, word), (new_space, _) in zip(before, after, strict=True):
                steps += _spaces(old_space, new_space)
                steps.append((Operation.EQUAL, word))
        else:
            steps.append((Operation.DELETE, "".join(space + word for space, word in before)))
            steps.append((Operation.INSERT, "".join(space + word for space, word in after)))
    steps += _spaces(old[len(old.rstrip()) :], new[len(new.rstrip()) :])
    return tuple(_joined(steps))


Token = tuple[str, str]  # the white space before a word, and the word


def _tokens(text: str) -> list[Token]:
    found, end = [], 0
    for match in _TOKEN.finditer(text):
        found.append((text[end : match.start()], match[0]))
        end = match.end()
    return found


def _opcodes(
    old: Sequence[Token], new: Sequence[Token]
) -> Iterator[tuple[Operation, Sequence[Token], Sequence[Token]]]:
    """Runs of tokens kept or replaced; a run kept by chance is taken into the replacement around it."""
    runs = [
        (code.tag == "equal", before[code.src_start : code.src_end], after[code.dest_start : code.dest_end])
        for before, after in _stretches(old, new)
        for code in Levenshtein.opcodes([word for _, word in before], [word for _, word in after])
    ]
    kept = [equal and not _by_chance(runs, index) for index, (equal, _, _) in enumerate(runs)]
    for equal, group in groupby(zip(kept, runs, strict=True), key=lambda item: item[0]):
        members = [run for _, run in group]
        before = [token for _, tokens, _ in members for token in tokens]
        after = [token for _, _, tokens in members for token in tokens]
        yield (Operation.EQUAL if equal else Operation.DELETE), before, after


def _stretches(
    old: Sequence[Token], new: Sequence[Token]
) -> Iterator[tuple[Sequence[Token], Sequence[Token]]]:
    """Runs of tokens to be compared with each other: for a clause of any usual length both as they are."""
    for stretch in stretches([word for _, word in old], [word for _, word in new]):
        yield old[stretch.old_start : stretch.old_end], new[stretch.new_start : stretch.new_end]


def _by_chance(runs: Sequence[tuple[bool, Sequence[Token], Sequence[Token]]], index: int) -> bool:
    if index in {0, len(runs) - 1}:
        return False
    kept = runs[index][1]
    around = (*runs[index - 1][1:], *runs[index + 1][1:])
    return (
        len(kept) <= _CHANCE
        and all(word.casefold() in SMALL_WORDS or not word.isalnum() for _, word in kept)
        and all(len(tokens) > len(kept) for tokens in around)
    )


def _spaces(old: str, new: str) -> list[tuple[Operation, str]]:
    if old == new:
        return [(Operation.EQUAL, old)]
    return [(Operation.DELETE, old), (Operation.INSERT, new)]


def _joined(steps: Sequence[tuple[Operation, str]]) -> Iterator[Edit]:
    """Steps of one kind in a row become one; of a replacement all that goes stands before all that comes."""
    for equal, group in groupby(
        (step for step in steps if step[1]), key=lambda step: step[0] is Operation.EQUAL
    ):
        members = list(group)
        operations = (Operation.EQUAL,) if equal else (Operation.DELETE, Operation.INSERT)
        for operation in operations:
            text = "".join(part for kind, part in members if kind is operation)
            if text:
                yield Edit(operation, text)
