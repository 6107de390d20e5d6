"""Signs that a text is not the policy it should be; a notice is not drafted until a person overrides them."""

import re
import tomllib
from collections.abc import Callable
from functools import cache
from importlib import resources

from notifier.changes.model import Alarm
from notifier.policy.document import Document

_LITTLE_LEFT = 0.35  # of the old text's words; real rewrites keep .4 and more
_ENOUGH = 60  # words an old text needs before its shrinking means anything
_SHORT_PAGE = 250  # words; error pages and consent walls are short
_MOSTLY = 0.5  # of a page's lines; if they stand in the other text too it is the policy
_PROSE = 60  # words a text needs before its words tell that it is in another language
_SHARED = 0.12  # of the different words of two texts in one language; two versions share far more
_TOP = 1500  # characters in which a text says what it is
_VERSION = re.compile(r"\bversion:?\s+(\d{1,3}(?:\.\d{1,3}){0,3})\b", re.IGNORECASE)


@cache
def _phrases(kind: str) -> re.Pattern[str]:
    """What such a page says, in any language; "error", "wall" or "superseded"."""
    data = tomllib.loads(resources.files(__package__).joinpath("alarms.toml").read_text("utf-8"))
    return re.compile("|".join(f"(?:{pattern})" for pattern in data[kind]), re.IGNORECASE)


def alarms(old: Document, new: Document) -> tuple[Alarm, ...]:
    """Every alarm that the two texts raise, most serious first."""
    return tuple(alarm for check in _CHECKS if (alarm := check(old, new)) is not None)


def _error_page(old: Document, new: Document) -> Alarm | None:
    """Look at all of a short page; a longer one can be an error page by its title, but is no wall."""
    for document, other, which in ((new, old, "new"), (old, new, "old")):
        short = _length(document) <= _SHORT_PAGE
        telltale = " ".join((document.text if short else document.title or "").split())
        kinds = (("error", "an error page"), ("wall", "a consent or login wall"))
        for kind, what in kinds if short else kinds[:1]:
            found = _phrases(kind).search(telltale)
            if found and not _same_page(document, other):
                return Alarm("error-page", f'the {which} text looks like {what}: "{found[0]}"')
    return None


def _same_page(document: Document, other: Document) -> bool:
    """Whether most lines of a page stand in the other text: a short policy may well speak of cookies."""
    lines = [clause.text for clause in document.clauses()]
    known = {clause.text for clause in other.clauses()}
    return sum(line in known for line in lines) > _MOSTLY * len(lines)


def _text_vanished(old: Document, new: Document) -> Alarm | None:
    before, after = _length(old), _length(new)
    if before >= _ENOUGH and after < _LITTLE_LEFT * before:
        return Alarm("text-vanished", f"{before} words became {after}")
    return None


def _language_changed(old: Document, new: Document) -> Alarm | None:
    if old.language == new.language:
        return None
    if old.language and new.language:
        return Alarm("language-changed", f"from {old.language} to {new.language}")
    # One of the languages is not known: two that share hardly a word are not versions of one text.
    ours, theirs = ({*document.text.casefold().split()} for document in (old, new))
    fewer = min(len(ours), len(theirs))
    if min(_length(old), _length(new)) >= _PROSE and len(ours & theirs) < _SHARED * fewer:
        sides = [document.language or "one that is not known" for document in (old, new)]
        return Alarm("language-changed", f"from {sides[0]} to {sides[1]}")
    return None


def _date_backwards(old: Document, new: Document) -> Alarm | None:
    if old.effective_date and new.effective_date and new.effective_date < old.effective_date:
        return Alarm(
            "date-backwards", f"the old text is of {old.effective_date}, the new one of {new.effective_date}"
        )
    return None


def _seems_swapped(old: Document, new: Document) -> Alarm | None:
    """The new text calls itself superseded, or a lower version than the old one."""
    question = "are old and new the right way round?"
    tops = [" ".join(document.text[:_TOP].split()) for document in (old, new)]
    if _phrases("superseded").search(tops[1]) and not _phrases("superseded").search(tops[0]):
        return Alarm("seems-swapped", f"the new text calls itself an earlier version: {question}")
    versions = [_VERSION.search(top) for top in tops]
    if versions[0] and versions[1]:
        before, after = ([int(part) for part in found[1].split(".")] for found in versions if found)
        if after < before:
            return Alarm(
                "seems-swapped", f"version {versions[0][1]} became version {versions[1][1]}: {question}"
            )
    return None


def _length(document: Document) -> int:
    """Words, without building the whole text."""
    headings = (section.heading or "" for section in document.sections)
    clauses = (clause.text for clause in document.clauses())
    return sum(len(line.split()) for lines in (headings, clauses) for line in lines)


_CHECKS: tuple[Callable[[Document, Document], Alarm | None], ...] = (
    _error_page,
    _text_vanished,
    _language_changed,
    _seems_swapped,
    _date_backwards,
)
