"""Signs that a text is not the policy it should be; a notice is not drafted until a person overrides them."""

import re
from collections.abc import Callable

from notifier.changes.model import Alarm
from notifier.changes.normal import words
from notifier.policy.document import Document

_LITTLE_LEFT = 0.35  # of the old text's words
_ENOUGH = 120  # words an old text needs before its shrinking means anything
_SHORT_PAGE = 250  # words; error pages and consent walls are short
_ERROR = re.compile(
    r"\b(?:404|403|500|502|503)\b.{0,40}\b(?:error|not found|forbidden|unavailable|gateway)"
    r"|not found.{0,40}\b404\b"
    r"|page (?:not found|(?:you.{0,30}|can ?not be |could not be )found)"
    r"|access denied|internal server error|service unavailable|bad gateway|temporarily unavailable"
    r"|under maintenance"
    r"|seite nicht gefunden|page introuvable|página no encontrada",
    re.IGNORECASE | re.DOTALL,
)
_WALL = re.compile(
    r"(?:enable|turn on|requires?) (?:javascript|cookies)|verify (?:that )?you are (?:a )?human"
    r"|checking your browser|are you a robot"
    r"|accept (?:all )?cookies|before you continue"
    r"|captcha to continue|sign in to continue|log in to continue",
    re.IGNORECASE,
)


def alarms(old: Document, new: Document) -> tuple[Alarm, ...]:
    """Every alarm that the two texts raise, most serious first."""
    return tuple(alarm for check in _CHECKS if (alarm := check(old, new)) is not None)


def _error_page(old: Document, new: Document) -> Alarm | None:
    for document, which in ((new, "new"), (old, "old")):
        if len(words(document.text)) <= _SHORT_PAGE:
            for pattern, kind in ((_ERROR, "an error page"), (_WALL, "a consent or login wall")):
                match = pattern.search(document.text)
                if match:
                    found = " ".join(match[0].split())
                    return Alarm("error-page", f'the {which} text looks like {kind}: "{found}"')
    return None


def _text_vanished(old: Document, new: Document) -> Alarm | None:
    before, after = len(words(old.text)), len(words(new.text))
    if before >= _ENOUGH and after < _LITTLE_LEFT * before:
        return Alarm("text-vanished", f"{before} words became {after}")
    return None


def _language_changed(old: Document, new: Document) -> Alarm | None:
    if old.language and new.language and old.language != new.language:
        return Alarm("language-changed", f"from {old.language} to {new.language}")
    return None


def _date_backwards(old: Document, new: Document) -> Alarm | None:
    if old.effective_date and new.effective_date and new.effective_date < old.effective_date:
        return Alarm(
            "date-backwards", f"the old text is of {old.effective_date}, the new one of {new.effective_date}"
        )
    return None


def _seems_swapped(old: Document, new: Document) -> Alarm | None:
    """The old text names a version after the new one's: "superseded", or its history lists more dates."""
    if not _is_superseded(new) or _is_superseded(old):
        return None
    return Alarm(
        "seems-swapped", "the new text calls itself an earlier version: are old and new the right way round?"
    )


_TOP = 1500  # characters in which a text says what it is
_SUPERSEDED = re.compile(
    r"\b(?:archived|previous|superseded|outdated|earlier) version\b"
    r"|no longer (?:in force|in effect|current)|this (?:policy|document) is not current",
    re.IGNORECASE,
)


def _is_superseded(document: Document) -> bool:
    return bool(_SUPERSEDED.search(document.text[:_TOP]))


_CHECKS: tuple[Callable[[Document, Document], Alarm | None], ...] = (
    _error_page,
    _text_vanished,
    _language_changed,
    _seems_swapped,
    _date_backwards,
)
