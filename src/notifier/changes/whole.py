"""Rules for a clause that came or went as a whole."""

import re
from dataclasses import replace

from notifier.changes import lean
from notifier.changes.facts import facts, is_address
from notifier.changes.finding import Case, Finding, handed_on
from notifier.changes.model import Category, Kind, Level
from notifier.changes.same import is_reference
from notifier.changes.stance import denies
from notifier.policy import dates
from notifier.policy.document import ClauseKind

_SHORT = 4  # words; shorter sentences are labels
_QUOTED = 90  # characters of a clause in a reason


def heading(case: Case) -> Finding | None:
    """A heading that came or went; what stands under it is judged by itself."""
    if case.difference.unit is None:
        return Finding("heading", Level.COSMETIC, f"a heading was {case.difference.kind.value}")
    return None


def said_elsewhere(case: Case) -> Finding | None:
    """A sentence dropped in one place and still standing, word for word, in another."""
    text = case.only.text
    context = case.context
    if case.difference.kind is Kind.REMOVED and (context.still_said(text) or context.still_meant(text)):
        return Finding("said-elsewhere", Level.COSMETIC, "still said elsewhere in the new text")
    if case.difference.kind is Kind.ADDED and (context.said_before(text) or context.meant_before(text)):
        return Finding("said-elsewhere", Level.COSMETIC, "said before, elsewhere in the old text")
    return None


def contents(case: Case) -> Finding | None:
    """An entry of a table of contents: the words of a heading of its text, and no sentence."""
    text = case.context.new if case.difference.new else case.context.old
    if case.only.words not in text.headings or case.only.text.rstrip().endswith("."):
        return None
    return Finding("contents", Level.COSMETIC, f"an entry of the contents was {case.difference.kind.value}")


def date_line(case: Case) -> Finding | None:
    """As in "Last updated: 24 May 2018"."""
    bare = dates.without(case.only.text)
    if bare != case.only.text and len(bare.split()) <= _SHORT + 4:
        return Finding("date-line", Level.COSMETIC, f"a line with a date was {case.difference.kind.value}")
    return None


def listed(case: Case) -> Finding | None:
    """As in "Acme Ltd, 5 Main Street, Ulm" under "We share your data with:": one more of what is listed."""
    category = handed_on(case)
    if category is None:
        return None
    found = _quoted("listed", case, Level.MATERIAL, (category,))
    added = case.difference.kind is Kind.ADDED
    return replace(found, direction=lean.when(better=added == lean.grants(case.lead)))


def contact(case: Case) -> Finding | None:
    """A line of an address, or a sentence that only says how to get in touch."""
    only = case.only
    about = {*only.practised()}
    if is_address(only.text) or (Category.CONTACT in about and about <= _BESIDE_CONTACT):
        return _quoted("contact-details", case, Level.MINOR, (Category.CONTACT,))
    return None


_BESIDE_CONTACT = frozenset({Category.CONTACT, Category.CONTROLLER_IDENTITY, Category.INTERNATIONAL_TRANSFER})


_OPENING = 20  # characters before what frames a sentence
_BRIEF = 12  # words; in a longer sentence "questions" is a word by the way


def framing(case: Case) -> Finding | None:
    """As in "This policy describes ...", "Learn more": frames the text and promises nothing."""
    framing = next(iter(case.only.signs["framing"]), None)
    opens = framing is not None and (framing.start <= _OPENING or len(case.only.words) <= _BRIEF)
    if opens and not case.only.things:
        return _quoted("framing", case, Level.COSMETIC, ())
    if is_reference(case.only):
        return _quoted("reference", case, Level.MINOR, (Category.OTHER,))
    own = {*case.only.practised()}
    if case.only.signs["pointer"] and not own & {
        Category.USER_RIGHTS_CHOICE,
        Category.SHARING,
        Category.SALE,
    }:
        return _quoted("pointer", case, Level.MINOR, (Category.OTHER,))
    return None


def caution(case: Case) -> Finding | None:
    """As in "Please keep in mind that others may repost what you share": a warning, not a practice."""
    company = any(word in {"we", "our", "us"} for word in case.only.words)
    if case.only.signs["caution"] and not company:
        return _quoted("caution", case, Level.MINOR, (Category.OTHER,))
    return None


def disclaimer(case: Case) -> Finding | None:
    """As in "We are not responsible for the content of other websites": what others do."""
    if case.only.signs["disclaimer"]:
        return _quoted("disclaimer", case, Level.MINOR, (Category.OTHER,))
    return None


def question(case: Case) -> Finding | None:
    """As in "Do you sell my data?", "How we use your data": the clauses after it answer."""
    if case.only.text.rstrip().endswith("?") or _TITLE.match(case.only.text):
        return _quoted("question", case, Level.MINOR, (Category.OTHER,))
    return None


_TITLE = re.compile(  # a question without its mark, perhaps under a label: "Sharing: with whom we share"
    r"(?:[^.:;?!]{1,60}: )?(?:\d+[.)] )?(?:how|what|which|who|with whom|why) (?!is|are)[^.:;!?]{1,120}$",
    re.IGNORECASE,
)


def practice(case: Case) -> Finding | None:
    """As in "We keep your order history for ten years": collection, sale, keeping, rights, as a whole."""
    own = case.only.practised()
    things = [term.category for term in case.only.things]
    dated = case.only.quantities and case.only.signs["actor"]  # "everything about you is gone in a week"
    if not own and not dated and not (things and case.difference.unit is not ClauseKind.SENTENCE):
        return None
    if len(case.only.words) < _SHORT and not things:
        return None
    if not (
        case.only.signs["actor"]
        or case.only.names
        or things
        or case.difference.unit is not ClauseKind.SENTENCE
    ):
        return None
    return _quoted("practice", case, Level.MATERIAL, ())


def _quoted(rule: str, case: Case, level: Level, categories: tuple[Category, ...]) -> Finding:
    text = case.only.text
    quoted = text if len(text) <= _QUOTED else f"{text[:_QUOTED].rsplit(' ', 1)[0]} ..."
    added = case.difference.kind is Kind.ADDED
    return Finding(
        rule,
        level,
        f'"{quoted}" was {case.difference.kind.value}',
        categories,
        lean.when(better=added == lean.grants(case.only)),
        words_old="" if added else text,
        words_new=text if added else "",
    )


def relocated(case: Case) -> Finding:
    """As in "your name", moved from under "We delete:" to under "We share:": it says something else there."""
    old, new = (
        facts(lead or "", case.context.vocabulary)
        for lead in (case.difference.lead_old, case.difference.lead_new)
    )
    if old.practised()[:1] == new.practised()[:1] and denies(old) == denies(new):
        return Finding("moved", Level.COSMETIC, "moved, unchanged")
    reason = f'moved from under "{old.text}" to under "{new.text}"'
    return Finding("relocated", Level.MATERIAL, reason, tuple(new.practised()[:1]))


def other(case: Case) -> Finding | None:
    """Anything else that came or went is minor: of substance, perhaps, but about no practice."""
    return _quoted("other-clause", case, Level.MINOR, (Category.OTHER,))


WHOLE = (
    heading,
    said_elsewhere,
    contents,
    date_line,
    listed,
    contact,
    framing,
    caution,
    disclaimer,
    question,
    practice,
    other,
)
