"""Dates as people write them, and which of them says when a policy takes effect."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date
from importlib import resources

_DATA: dict[str, list[str]] = tomllib.loads(
    resources.files(__package__).joinpath("months.toml").read_text("utf-8")
)
_MONTHS = {name: number for names in _DATA.values() for number, name in enumerate(names, start=1) if name}
_MONTH = "|".join(sorted(map(re.escape, _MONTHS), key=len, reverse=True))
_DATE = re.compile(
    rf"""
    (?<![\w.]) (?: (?P<iso_y>(?:19|20)\d\d) [-/.] (?P<iso_m>\d\d?) [-/.] (?P<iso_d>\d\d?) (?!\d)
      | (?P<d1>\d\d?)(?:st|nd|rd|th|er|º|ª|\.)? [\s-]+ (?:of\s+|de\s+|\.\s*)? (?P<m1>{_MONTH})\.? ,?
        [\s-]+ (?:de[l]?\s+|of\s+)? (?P<y1>(?:19|20)\d\d)
      | (?P<m2>{_MONTH})\.? \s* (?P<d2>\d\d?)(?:st|nd|rd|th)? \s*,?\s* (?P<y2>(?:19|20)\d\d)
      | (?P<n1>\d\d?) (?P<sep>[./-]) (?P<n2>\d\d?) (?P=sep) (?P<y3>(?:19|20)\d\d)
    ) (?![\w])
    """,
    re.IGNORECASE | re.VERBOSE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_MONTH_YEAR = re.compile(rf"\b(?:{_MONTH})\.?,?\s+(?:of\s+|de\s+)?(?:19|20)\d\d\b", re.IGNORECASE)
# Words beside which a date is the policy's own, strongest first: in force, as of, changed.
_CUES = (
    re.compile(
        r"\b(?:effective|in\s+(?:force|effect)|takes?\s+effect|valid\s+from|gültig|en\s+vigueur|in\s+vigore|vigente"
        r"|entrada\s+em\s+vigor|van\s+kracht|gäller\s+från|voimaan)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:current|as\s+(?:of|at)|stand|state|date\s+of\s+(?:this|the)|dated|version|as\s+on)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:updated?|modified|modification|revised|revision|amended|changed?|published|posted|adopted|aktualisiert"
        r"|geändert|mise\s+à\s+jour|modifiée|actualizad[ao]|actualización|aggiornat[ao]|aggiornamento|bijgewerkt"
        r"|gewijzigd|atualizad[ao]|atualização|uppdaterad|opdateret|oppdatert|zaktualizowano|päivitetty)\b",
        re.IGNORECASE,
    ),
)
_NEAR = 90  # characters between the cue and its date
_EDGE = 6  # clauses at either end of a text where a date may stand alone
_LONELY = 12  # letters beside a date that still stands alone
_TWELVE = 12


def find(text: str) -> Iterator[tuple[date | None, int, int]]:
    """Each date in `text` with its start and end; None for one that cannot be decided ("01/02/2020")."""
    for match in _DATE.finditer(text):
        yield _decide(match), match.start(), match.end()


def without(text: str) -> str:
    """`text` with every date replaced by one same mark, to tell whether two texts differ in dates only."""
    return _MONTH_YEAR.sub("<date>", _DATE.sub("<date>", text))


def effective(lines: Sequence[str]) -> date | None:
    """The date of a policy: the one beside the strongest words that say so, else one standing alone.

    "Effective 2020-01-01" goes before "Last updated: May 24th, 2018"; of equals the first wins.
    """
    dated = [line for line in lines if _search(line)]
    for cue in _CUES:
        for line in dated:
            found = _beside(line, cue)
            if found is not None:
                return found
    for line in (*lines[:_EDGE], *lines[-_EDGE:]):
        match = _search(line)
        if (
            match
            and sum(char.isalpha() for char in line) - sum(char.isalpha() for char in match[0]) <= _LONELY
        ):
            return _decide(match)
    return None


def _search(line: str) -> re.Match[str] | None:
    return _DATE.search(line) if _YEAR.search(line) else None  # every date has a year, which is told quickly


def _beside(line: str, cue: re.Pattern[str]) -> date | None:
    cues = [match.end() for match in cue.finditer(line)]
    for found, start, _ in find(line):
        if found and any(0 <= start - end <= _NEAR for end in cues):
            return found
    return None


def _decide(match: re.Match[str]) -> date | None:
    if match["iso_y"]:
        return _date(match["iso_y"], match["iso_m"], match["iso_d"])
    if match["m1"]:
        return _date(match["y1"], _MONTHS[match["m1"].lower()], match["d1"])
    if match["m2"]:
        return _date(match["y2"], _MONTHS[match["m2"].lower()], match["d2"])
    first, second = int(match["n1"]), int(match["n2"])
    # With dots the day comes first everywhere; with strokes it depends on the country.
    if match["sep"] == "." or first > _TWELVE or first == second:
        return _date(match["y3"], second, first)
    return _date(match["y3"], first, second) if second > _TWELVE else None


def _date(year: str | int, month: str | int, day: str | int) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
