"""Rules that prove two clauses to say the same: such a change is cosmetic, or minor for a contact."""

import re
from collections import Counter
from itertools import pairwise

from notifier.changes.facts import PHONE, STREET, Facts, is_address
from notifier.changes.finding import Case, Finding, decisive, handed_on, places, replaced
from notifier.changes.left import left
from notifier.changes.meaning import MAIL, URL, is_slip
from notifier.changes.model import Category, Level, Operation
from notifier.changes.normal import squeezed, without_addresses, words
from notifier.changes.stance import clash, denies, opposed
from notifier.policy import dates
from notifier.policy.document import ClauseKind

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
    # Of one who is listed as getting data it matters what for and where, not how he is reached.
    if is_address(old) and is_address(new) and not handed_on(case):
        return _contact("contact details differ", old, new)
    if _moved_house(case) and _amounts(case.old) == _amounts(case.new):
        return _contact("a postal address differs", *decisive(case))
    streets = STREET.search(old) and STREET.search(new) and _LOCATED.search(new)
    if streets and _names_and_numbers(case) and _amounts(case.old) == _amounts(case.new):
        return _contact("a postal address differs", *decisive(case))
    return None


def _moved_house(case: Case) -> bool:
    """Whether only pieces of an address differ: a street with its number, then perhaps a postal code."""
    pieces = [piece.strip(" ,.") for place in places(case) for piece in place[:2]]
    streets = [piece for piece in pieces if len(piece.split()) >= _STREET and is_address(piece)]
    return len(streets) >= _BOTH and all(piece in streets or piece.isdigit() for piece in pieces)


_STREET = 3  # words
_BOTH = 2  # one street for another


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
        if _decides(pairs, case) or any(_passes_on(case, *pair) for pair in pairs):
            return None
        old, new = pairs[0]
        return Finding("renamed", Level.MINOR, f'"{old}" is now called "{new}" throughout')
    return None


def _passes_on(case: Case, old: str, new: str) -> bool:
    """Whether another company took the place of one, which is more than a new name."""
    own = case.context.own_names
    names = {name.casefold() for name in (*case.old.names, *case.new.names)}
    before, after = {*old.split()}, {*new.split()}
    return not own & (before | after) and bool(names & before) and bool(names & after)


def _decides(pairs: list[tuple[str, str]], case: Case) -> bool:
    signs = case.context.vocabulary.signs
    groups = ("negation", "promise", "option", "limit", "condition")
    return any(signs[group].find(text) for pair in pairs for text in pair for group in groups)


def same_meaning(case: Case) -> Finding | None:
    """As in "we utilise your info" -> "your data is used by us": the same content, said otherwise.

    Small words, words of style, inflections, synonyms and order differ; who does it, whether, how firmly,
    limits, conditions, numbers and places do not.
    """
    gone, come = left(case)
    if gone or come or not _said_alike(case):
        return None
    return Finding("same-meaning", Level.COSMETIC, "the same in other words")


def _said_alike(case: Case) -> bool:
    """Whether both clauses say it of the same ones, as firmly, and under the same limits and conditions."""
    old, new = case.old, case.new
    return (
        not opposed(old, new)
        and not clash(old, new)
        and all(_signs(old, group) == _signs(new, group) for group in _TURNING)
        and _measures(old) == _measures(new)
        and Counter(term.name for term in old.things) == Counter(term.name for term in new.things)
    )


_TURNING = ("limit", "condition", "setting", "whole", "partial", "pace")


def _signs(facts: Facts, group: str) -> set[str]:
    return {term.name for term in facts.signs[group] if term.text.casefold() != "any"}


def _measures(facts: Facts) -> list[str]:
    """Periods and places in their order, as far as one could stand for another."""
    amounts = [f"{found.value} {found.unit}" for found in facts.quantities]
    places = [term.name for term in facts.things if term.category is Category.INTERNATIONAL_TRANSFER]
    return [*amounts, *places]


def reference(case: Case) -> Finding | None:
    """As in "See our help pages" -> "See our guide": only says where to read more."""
    if is_reference(case.old) and is_reference(case.new):
        return Finding("reference", Level.MINOR, "a pointer to further reading differs", (Category.OTHER,))
    if case.old.signs["disclaimer"] and case.new.signs["disclaimer"]:
        return Finding("disclaimer", Level.MINOR, "a disclaimer about others differs", (Category.OTHER,))
    return None


def enquiries(case: Case) -> Finding | None:
    """As in "With questions write to us" -> "With questions call us": no right, only how to get in touch."""
    sides = (case.old, case.new)
    asking = all(side.practised()[:1] == [Category.CONTACT] or MAIL.search(side.text) for side in sides)
    rights = any(term.category in _NO_ENQUIRY for side in sides for term in (*side.things, *side.practices))
    if (
        case.difference.unit is ClauseKind.ROW
        or not asking
        or rights
        or not any(side.signs["enquiry"] for side in sides)
    ):
        return None
    old, new = decisive(case)
    reason = "how to ask about the policy differs"
    return Finding("enquiries", Level.MINOR, reason, (Category.CONTACT,), words_old=old, words_new=new)


_NO_ENQUIRY = frozenset({Category.USER_RIGHTS_CHOICE, Category.POLICY_CHANGE_NOTICE, Category.RETENTION})


def is_reference(facts: Facts) -> bool:
    """Whether a clause begins by sending the reader elsewhere, and not to a place where a right is used."""
    first = next(iter(facts.signs["reference"]), None)
    return (
        first is not None
        and first.start <= _OPENING
        and not any(term.category is Category.USER_RIGHTS_CHOICE for term in facts.things)
    )


_OPENING = 10  # characters before it: "Please", a bracket


def heading_changed(case: Case) -> Finding | None:
    """A heading reworded, added or taken out; what stands under it is judged by itself.

    Not one that denies what the other affirms: "We never sell your data" is a promise.
    """
    if case.difference.unit is None and denies(case.old) == denies(case.new):
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
