"""Rules that prove two clauses to say the same: such a change is cosmetic, or minor for a contact."""

import re
from collections import Counter
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from notifier.changes.facts import MAIL, PHONE, STREET, URL, is_address
from notifier.changes.finding import Case, Finding, decisive
from notifier.changes.model import Category, Level, Operation
from notifier.changes.normal import squeezed, without_addresses, words
from notifier.policy import dates

_MASK = re.compile(r"email\s*protected", re.IGNORECASE)
_LINE = 20  # words; more than that is no line about the text itself
_TYPO = 2  # letters
_LONG = 4  # letters a word needs before two of them may be a slip
_PLURALS = ("s", "es", "ed", "d", "ing", "ly")


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
    if STREET.search(old) and STREET.search(new) and _LOCATED.search(new) and _names_and_numbers(case):
        return _contact("a postal address differs", *decisive(case))
    return None


_LOCATED = re.compile(
    r"\b(?:located|registered office|headquarter\w*|address|writ(?:e|ing) to|mail to)\b", re.IGNORECASE
)


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
    """As in "names and emails" -> "emails and names": the same words in another order."""
    if Counter(case.old.words) == Counter(case.new.words) and not case.old.signs["negation"]:
        return Finding("reordered", Level.COSMETIC, "the same words in another order")
    return None


def spelling(case: Case) -> Finding | None:
    """As in "CHILDERNS" -> "CHILDREN'S", "web site" -> "website": the same words, spelled otherwise."""
    pairs = _replaced(case)
    if pairs and all(_same_word(old, new, case) for old, new in pairs):
        return Finding("spelling", Level.COSMETIC, "the same words, spelled differently")
    return None


def _replaced(case: Case) -> list[tuple[str, str]]:
    """Runs of words that replace each other; words that only come or go stand against ""."""
    edits = case.difference.edits
    pairs, index = [], 0
    while index < len(edits):
        gone = come = ""
        if edits[index].operation is Operation.DELETE:
            gone = edits[index].text
            index += 1
        if index < len(edits) and edits[index].operation is Operation.INSERT:
            come = edits[index].text
            index += 1
        if gone or come:
            pairs.append((" ".join(words(gone)), " ".join(words(come))))
        else:
            index += 1
    return [(old, new) for old, new in pairs if old != new]


def _same_word(old: str, new: str, case: Case) -> bool:
    left, right = old.replace(" ", ""), new.replace(" ", "")
    if left == right:
        return True
    if not left or not right:
        return _repeated(left or right, case)
    if any(char.isdigit() for char in left + right) or len(old.split()) != len(new.split()):
        return False
    vocabulary = case.context.vocabulary
    if any(vocabulary.signs[group].find(text) for group in ("negation", "limit") for text in (old, new)):
        return False
    short, long = sorted((left, right), key=len)
    if long.removeprefix(short) in _PLURALS:
        return True
    known = (
        {term.name for term in vocabulary.things.find(old)},
        {term.name for term in vocabulary.things.find(new)},
    )
    return len(short) >= _LONG and known[0] == known[1] and Levenshtein.distance(left, right) <= _TYPO


def _repeated(word: str, case: Case) -> bool:
    """Whether a word that came or went stood twice in a row ("at at any time")."""
    texts = (case.old.words, case.new.words)
    return any(left == right == word for text in texts for left, right in pairwise(text))


def renamed(case: Case) -> Finding | None:
    """As in "GraphCMS" -> "Hygraph", in every clause: a name changed throughout."""
    pairs = _replaced(case)
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


def ordinary_words(case: Case) -> Finding | None:
    """As in "see below" -> "view our page": only words that carry no meaning come or go."""
    ordinary = case.context.vocabulary.ordinary
    if all(word in ordinary for word in (*case.gone, *case.come)):
        return Finding("ordinary-words", Level.COSMETIC, "only small words differ")
    return None


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
    ordinary_words,
)
