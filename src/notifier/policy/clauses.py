"""From a block's text to clauses: white space, masked addresses, sentences."""

import re
import tomllib
from functools import lru_cache
from importlib import resources

_DATA: dict[str, list[str]] = tomllib.loads(
    resources.files(__package__).joinpath("sentences.toml").read_text("utf-8")
)
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")

# An address whose dots are bullets ("sales@example•com"), or that is written out ("sales at example dot com",
# "sales [at] example [dot] com"): ways of hiding it from robots, not from people.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_LOCAL = r"[A-Za-z0-9][\w.+-]*"
_DOTTED = re.compile(rf"({_LOCAL})@({_LABEL}(?:[.•·∙⋅]{_LABEL})*[•·∙⋅]{_LABEL})")
_DOT_WORD = r"(?:\s+dot\s+|\s*[\[({]\s*dot\s*[\])}]\s*)"
_AT_WORD = r"(?:\s+at\s+|\s*[\[({]\s*at\s*[\])}]\s*)"
_BRACKET_AT = r"\s*[\[({]\s*at\s*[\])}]\s*"
_SPELLED = re.compile(
    rf"\b({_LOCAL}){_AT_WORD}(?!(?:the|a|this|that|our|your)\b)"
    rf"({_LABEL}(?:(?:{_DOT_WORD}|\.){_LABEL})*{_DOT_WORD}[A-Za-z]{{2,12}})\b",
    re.IGNORECASE,
)
_BRACKETED = re.compile(rf"\b({_LOCAL}){_BRACKET_AT}({_LABEL}(?:\.{_LABEL})+)\b", re.IGNORECASE)
_AT_SIGN = re.compile(r"[\[({]\s*at\s*[\])}]", re.IGNORECASE)
_ANY_DOT = re.compile(rf"{_DOT_WORD}|[•·∙⋅]", re.IGNORECASE)


@lru_cache(maxsize=20_000)  # most blocks stand in both versions
def clean(text: str) -> str:
    """One line of text: white space collapsed, invisible characters gone, masked addresses spelled out."""
    text = " ".join((text if text.isascii() else _INVISIBLE.sub("", text)).split())
    if "@" in text:
        text = _DOTTED.sub(_spell_out, text)
    if "dot" in text or "DOT" in text:
        text = _SPELLED.sub(_spell_out, text)
    return _BRACKETED.sub(_spell_out, text) if _AT_SIGN.search(text) else text


def _spell_out(match: re.Match[str]) -> str:
    return f"{match[1]}@{_ANY_DOT.sub('.', match[2])}"


# A sentence ends at . ! ? before white space and something that can begin one; or at a full-width stop.
# The stop comes first, in one set of characters: that is what the regex engine looks for quickly.
_END = re.compile(
    r"""[.!?…。\uff01\uff1f](?:(?<=[.!?…])[.!?…]*["'”\u2019»)\]]*(?P<gap>\s+)"""
    r"""(?=["'“\u2018«(\[¿¡]*[A-Z0-9À-ÖØ-ÞΑ-ΩА-ЯЁІЇЄ\u0100-\u017f])"""
    r"""|(?<=[。\uff01\uff1f])\s*)"""
)
# Words that end in a stop without ending a sentence.
_ABBREVIATIONS = frozenset(_DATA["abbreviations"])
_INITIALS = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]?")
# Words that nearly always begin a sentence, so that "in the U.S. We keep" is two.
STARTERS = frozenset(_DATA["starters"])
# Words with a capital inside: "PayPal".
NAMES = frozenset(_DATA["names"])


@lru_cache(maxsize=20_000)
def sentences(text: str) -> tuple[str, ...]:
    """Split one cleaned block into sentences; what is not clearly an end is not split.

    "We use Foo Inc. and others. Call 1.800.555.0100." is two.
    """
    found, start = [], 0
    for match in _END.finditer(text):
        if match["gap"] and not _ends_sentence(
            text[start : match.start()],
            text[match.start() : match.start("gap")],
            text[match.end() : match.end() + _AHEAD],
        ):
            continue
        found.append(text[start : match.end()].strip())
        start = match.end()
    found.append(text[start:].strip())
    return tuple(sentence for sentence in found if sentence)


_AHEAD = 40  # characters, to see the word after a stop
_LONGEST_ORDINAL = 3  # "12." at the front of an item is its number


def _ends_sentence(before: str, mark: str, after: str) -> bool:
    if not mark.startswith(".") or mark.startswith(".."):
        return True
    words = before.rsplit(maxsplit=1)
    if not words:
        return False
    last = words[-1].lstrip("([\"'“\u2018«")
    if len(words) == 1 and len(last) <= _LONGEST_ORDINAL and (last.isdigit() or len(last) == 1):
        return False
    following = after.split(maxsplit=1)[0].strip("\"'“\u2018«([,") if after else ""
    if last.casefold() in _ABBREVIATIONS:
        return last.casefold() in {"etc", "inc", "ltd", "llc", "corp", "a.m", "p.m"} and following in STARTERS
    if _INITIALS.fullmatch(last):
        return following in STARTERS
    return not (len(last) == 1 and last.isupper() and last != "I")
