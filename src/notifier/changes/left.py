"""What of two clauses is left for the rules when what says nothing new is taken away."""

import re
from itertools import chain

from notifier.changes.facts import Facts
from notifier.changes.finding import Case
from notifier.changes.meaning import Sense, left_over
from notifier.changes.vocabulary import Term, Vocabulary


def left(case: Case) -> tuple[list[Sense], list[Sense]]:
    """What only one of the clauses says, light words and slips of the pen left out."""
    vocabulary = case.context.vocabulary
    gone, come = left_over(
        [sense.concept for sense in case.old.senses], [sense.concept for sense in case.new.senses], vocabulary
    )
    lost, won = {*gone} - idle(case.old, vocabulary), {*come} - idle(case.new, vocabulary)
    before, after = _ours(case)
    return (
        [sense for sense in case.old.senses if sense.concept in lost and sense.start not in before],
        [sense for sense in case.new.senses if sense.concept in won and sense.start not in after],
    )


def only_named(word: Sense | Term, said: Facts, other: Facts, case: Case) -> bool:
    """Whether a word says nothing new: it recalls what was named before, or is part of a product's name."""
    return _recalls(word, said, other, case.context.vocabulary) or _in_product(word, said, case)


def _recalls(word: Sense | Term, said: Facts, other: Facts, vocabulary: Vocabulary) -> bool:
    """As "posts" in "send those posts", where the other clause recalls something too."""
    if _RECALLING.isdisjoint(other.words):
        return False
    found = _RECALLED.search(said.text, max(0, word.start - _NEAR), word.start)
    between = (found[1] or "").casefold() if found else ""  # no "such as posts", no "those include posts"
    known = between in vocabulary.ordinary or vocabulary.stem(between) in vocabulary.light
    return found is not None and not known


_RECALLING = frozenset({"these", "those", "such"})
_RECALLED = re.compile(r"\b(?:these|those|such) (?:(\w+) )?$", re.IGNORECASE)
_NEAR = 40  # characters


def _in_product(word: Sense | Term, said: Facts, case: Case) -> bool:
    """As "Mail" in "Acme Mail", of a company called Acme."""
    before = said.text[: word.start].rstrip()
    large = said.text[word.start : word.start + 1].isupper()
    return large and any(place.stop == len(before) for place in case.context.named(said.text))


def _ours(case: Case) -> tuple[set[int], set[int]]:
    """Where the clauses name the company, if both speak of it as often: "Acme" is "we" or "our"."""
    ours = case.context.vocabulary.grammar.parties["we"]
    before, after = (case.context.named(side.text) for side in (case.old, case.new))
    spoken = [sum(word in ours for word in side.words) for side in (case.old, case.new)]
    if len(before) + spoken[0] != len(after) + spoken[1]:
        return set(), set()
    return {*chain.from_iterable(before)}, {*chain.from_iterable(after)}


def idle(facts: Facts, vocabulary: Vocabulary) -> frozenset[str]:
    """Concepts that are not compared one by one: negations, of which the number counts, light words."""
    denials = {term.start for term in facts.signs["negation"] if term.text.casefold() != "without"}
    return vocabulary.light | {sense.concept for sense in facts.senses if sense.start in denials}
