"""Rules that prove two clauses to say the same: such a change is cosmetic, or minor for a contact."""

import re
from collections import Counter
from itertools import pairwise

from notifier.changes.facts import MAIL, PHONE, STREET, URL, Facts, is_address
from notifier.changes.finding import Case, Finding, decisive, replaced
from notifier.changes.meaning import is_slip, meaning
from notifier.changes.model import Category, Level, Operation
from notifier.changes.normal import squeezed, without_addresses, words
from notifier.policy import dates

_MASK = re.compile(r"email\s*protected", re.IGNORECASE)
_LINE = 20  # words; more than that is no line about the text itself


def dated_line(case: Case) -> Finding | None:
    """As in "Last updated May 2018, typos" -> "Last updated June 2018, links": a line about the text."""
    short = max(len(case.old.words), len(case.new.words)) <= _LINE
    if short and _DATED.match(case.old.text) and _DATED.match(case.new.text):
        return Finding(
            "dated-line", Level.COSMETIC, "the line that says when the text was last changed differs"
        )
    return None


_DATED = re.compile(
    r"(?:last\s+(?:updated|modified|revised)|effective\s+date|date\s+of\s+last)\b", re.IGNORECASE
)


def same_words(case: Case) -> Finding | None:
    """As in "Cookies; and pixels" -> "cookies, and pixels": case, punctuation, spacing."""
    if case.old.words == case.new.words or squeezed(case.old.text) == squeezed(case.new.text):
        return Finding("same-words", Level.COSMETIC, "the same words, set differently")
    return None


def dates_only(case: Case) -> Finding | None:
    """As in "Last updated May 24, 2018" -> "Last updated 1 June 2019"."""
    if words(dates.without(case.old.text)) == words(dates.without(case.new.text)):
        return Finding("dates-only", Level.COSMETIC, "only a date differs")
    return None


def address_masked(case: Case) -> Finding | None:
    """As in "privacy@example.com" -> "[email protected]": the page hides the address from robots."""
    if not _MASK.search(case.old.text + case.new.text):
        return None
    if words(without_addresses(case.old.text)) == words(without_addresses(case.new.text)):
        return Finding("address-masked", Level.COSMETIC, "a mail address is shown or hidden by the page")
    return None


def contact_details(case: Case) -> Finding | None:
    """As in "call 555 0100" -> "call 555 0199": a mail address, telephone number or postal address."""
    old, new = case.old.text, case.new.text
    for pattern, what in ((MAIL, "mail address"), (PHONE, "telephone number")):
        left, right = pattern.findall(old), pattern.findall(new)
        if left != right and words(pattern.sub(" ", old)) == words(pattern.sub(" ", new)):
            return _contact(f"the {what} differs", _first(left), _first(right))
    if is_address(old) and is_address(new):
        return _contact("contact details differ", old, new)
    streets = STREET.search(old) and STREET.search(new) and _LOCATED.search(new)
    if streets and _names_and_numbers(case) and _amounts(case.old) == _amounts(case.new):
        return _contact("a postal address differs", *decisive(case))
    return None


_LOCATED = re.compile(
    r"\b(?:located|registered office|headquarter\w*|address|writ(?:e|ing) to|mail to)\b", re.IGNORECASE
)


def _amounts(facts: Facts) -> list[tuple[int, str]]:
    """Numbers with their units: a period is no part of an address."""
    return [(found.value, found.unit) for found in facts.quantities]


def _names_and_numbers(case: Case) -> bool:
    texts = (edit.text for edit in case.difference.edits if edit.operation is not Operation.EQUAL)
    return all(word[0].isupper() or word[0].isdigit() for text in texts for word in re.findall(r"\w+", text))


def _contact(reason: str, old: str, new: str) -> Finding:
    return Finding("contact-details", Level.MINOR, reason, (Category.CONTACT,), words_old=old, words_new=new)


def _first(found: list[str]) -> str:
    return found[0] if found else ""


def links_only(case: Case) -> Finding | None:
    """As in "see example.com/a" -> "see example.com/b"."""
    if words(URL.sub(" ", case.old.text)) == words(URL.sub(" ", case.new.text)):
        return Finding("links-only", Level.COSMETIC, "only a link differs")
    return None


def reordered(case: Case) -> Finding | None:
    """As in "names and emails" -> "emails and names": the same words in another order.

    Not where a period or a place changes partners: "logs for 30 days and orders for 90".
    """
    if Counter(case.old.words) != Counter(case.new.words) or case.old.signs["negation"]:
        return None
    if _listed(case.old.text) != _listed(case.new.text) and bound(case.old) != bound(case.new):
        return None
    return Finding("reordered", Level.COSMETIC, "the same words in another order")


def _listed(text: str) -> Counter[tuple[str, ...]]:
    """The parts of an enumeration, in no order; who does it ("we keep") counts to none of them."""
    parts = [words(part) for part in _ENUMERATED.split(_SUBJECT.sub("", text))]
    return Counter(part for part in parts if part)


_ENUMERATED = re.compile(r"[,;]|\b(?:and|or)\b")
_SUBJECT = re.compile(r"^\W*(?:we|our|you)\s+(?:(?:will|may|do|also|only)\s+)?\w+", re.IGNORECASE)


def bound(facts: Facts) -> list[str]:
    """Periods and places, in the order in which they stand."""
    places = [term.name for term in facts.things if term.category is Category.INTERNATIONAL_TRANSFER]
    return [*(f"{found.value} {found.unit}" for found in facts.quantities), *places, *facts.names]


def spelling(case: Case) -> Finding | None:
    """As in "CHILDERNS" -> "CHILDREN'S", "web site" -> "website": the same words, spelled otherwise."""
    pairs = replaced(case)
    if pairs and all(_same_word(old, new, case) for old, new in pairs):
        return Finding("spelling", Level.COSMETIC, "the same words, spelled differently")
    return None


def _same_word(old: str, new: str, case: Case) -> bool:
    left, right = old.replace(" ", ""), new.replace(" ", "")
    if left == right:
        return True
    if not left or not right:
        return _repeated(left or right, case)
    return len(old.split()) == len(new.split()) and is_slip(left, right, case.context.vocabulary)


def _repeated(word: str, case: Case) -> bool:
    """Whether a word that came or went stood twice in a row ("at at any time")."""
    texts = (case.old.words, case.new.words)
    return any(left == right == word for text in texts for left, right in pairwise(text))


def renamed(case: Case) -> Finding | None:
    """As in "GraphCMS" -> "Hygraph", in every clause: a name changed throughout."""
    pairs = replaced(case)
    if pairs and all(pair in case.context.renames or _same_word(*pair, case) for pair in pairs):
        if _decides(pairs, case):
            return None
        old, new = pairs[0]
        return Finding("renamed", Level.MINOR, f'"{old}" is now called "{new}" throughout')
    return None


def _decides(pairs: list[tuple[str, str]], case: Case) -> bool:
    signs = case.context.vocabulary.signs
    groups = ("negation", "promise", "option", "limit", "condition")
    return any(signs[group].find(text) for pair in pairs for text in pair for group in groups)


def same_meaning(case: Case) -> Finding | None:
    """As in "we utilise your info" -> "we use your data": small words, words of style, synonyms."""
    vocabulary = case.context.vocabulary
    if meaning(case.old.text, vocabulary) != meaning(case.new.text, vocabulary):
        return None
    if {term.name for term in case.old.things} != {term.name for term in case.new.things}:
        return None  # "opt in" is not "opt out", though both are small words
    return Finding("same-meaning", Level.COSMETIC, "the same in other words")


def heading_changed(case: Case) -> Finding | None:
    """A heading reworded, added or taken out; what stands under it is judged by itself."""
    if case.difference.unit is None:
        return Finding("heading", Level.COSMETIC, "a heading differs")
    return None


SAME = (
    heading_changed,
    same_words,
    dates_only,
    dated_line,
    address_masked,
    links_only,
    contact_details,
    spelling,
    reordered,
    renamed,
)
