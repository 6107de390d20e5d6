"""A customer list as people export it: CSV with a header line; bad rows are named and left out."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from notifier.audience import address
from notifier.audience.subscriber import MAX_NAME, Subscriber, has_control, locale_tag
from notifier.errors import WrongUse

DELIMITERS = (",", ";", "\t")

# What the columns are called in other programs' exports, without case, spaces, dashes and underscores. The
# first one that a header has is taken.
SYNONYMS = {
    "email": ("email", "emailaddress", "mail", "mailaddress", "emailadresse", "correo", "courriel"),
    "name": ("name", "fullname", "customername", "displayname", "firstname", "vorname", "nombre", "nom"),
    "locale": ("locale", "language", "lang", "languagecode", "sprache", "idioma", "langue"),
}


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out: the line it begins in, counted from 1, and what is wrong with it."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where in a row what stands; None where the file has no such column. `width` is the header's."""

    email: int
    name: int | None
    locale: int | None
    width: int


def read(data: bytes, label: str = "the customer list") -> Iterator[Subscriber | BadRow]:
    """Read a CSV file in file order: UTF-8 with or without BOM, separated by comma, semicolon or tab.

    The header names the columns email, name and locale in any order (or by a synonym); others are not looked
    at. Raises WrongUse at once, before the first row, where the file as a whole cannot be used; `label` names
    it there.
    """
    lines = io.StringIO(_decode(data, label), newline="").readlines()
    start = next((number for number, line in enumerate(lines) if line.strip()), None)
    if start is None:
        raise WrongUse(f"{label} is empty", "its first line names the columns: email,name,locale")
    header = lines[start].rstrip("\r\n")
    delimiter, names = _split_header(header)
    columns = _columns(names, label)
    return _rows(lines, start + 1, delimiter, columns)


def _decode(data: bytes, label: str) -> str:
    remedy = "export it as UTF-8, or convert it: iconv -f LATIN1 -t UTF-8 OLD.csv > NEW.csv"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:4]:
        raise WrongUse(f"{label} is UTF-16 or no text", remedy.replace("LATIN1", "UTF-16"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise WrongUse(
            f"{label} is not UTF-8: line {line} has the byte 0x{data[error.start]:02x}", remedy
        ) from error


def _split_header(header: str) -> tuple[str, list[str]]:
    """Find the delimiter: the one by which the header names an email column, else the one it has most of."""
    split = {delimiter: _one_row(header, delimiter) for delimiter in DELIMITERS}
    best = max(
        DELIMITERS, key=lambda delimiter: (_find(split[delimiter], "email") != [], len(split[delimiter]))
    )
    return best, split[best]


def _one_row(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a field beyond csv's own limit: no header
        return [line]


def _columns(names: Sequence[str], label: str) -> _Columns:
    found: dict[str, int | None] = {}
    for column in SYNONYMS:
        places = _find(names, column)
        if len(places) > 1:
            raise WrongUse(f"{label} has the column {names[places[0]].strip()!r} twice", "keep one of them")
        found[column] = places[0] if places else None
    if (email := found["email"]) is None:
        seen = ", ".join(repr(name.strip()[:40]) for name in names[:20])
        raise WrongUse(
            f"{label} has no column 'email' in its first line, only {seen}", "name the columns there"
        )
    return _Columns(email=email, name=found["name"], locale=found["locale"], width=len(names))


def _find(names: Sequence[str], column: str) -> list[int]:
    plain = ["".join(char for char in name.casefold() if char.isalnum()) for name in names]
    for synonym in SYNONYMS[column]:
        if synonym in plain:
            return [place for place, name in enumerate(plain) if name == synonym]
    return []


def _rows(lines: list[str], start: int, delimiter: str, columns: _Columns) -> Iterator[Subscriber | BadRow]:
    """Yield the rows from the line with index `start` on.

    After a row that is not CSV, reading goes on with the next line: a quote that is never closed would
    swallow the rest of the file otherwise.
    """
    while start < len(lines):
        # strict: `"Ana"x,` and a quote still open at the end are errors rather than guesses
        rest = (lines[number] for number in range(start, len(lines)))
        reader = csv.reader(rest, delimiter=delimiter, strict=True)
        line = start
        try:
            for fields in reader:
                if any(map(str.strip, fields)):
                    yield _subscriber(fields, columns, line + 1, start + reader.line_num)
                line = start + reader.line_num
        except csv.Error as error:
            yield BadRow(line + 1, f"is not CSV: {error}")
            start = line + 1
        else:
            return


def _subscriber(fields: list[str], columns: _Columns, line: int, last_line: int) -> Subscriber | BadRow:
    def field(place: int | None) -> str:
        return fields[place].strip() if place is not None and place < len(fields) else ""

    if any(map(str.strip, fields[columns.width :])):
        return BadRow(
            line, f"has {len(fields)} fields where the header has {columns.width}: quotes may be missing"
        )
    name = field(columns.name)
    if has_control(name):
        goes_on = f" (a quote is open until line {last_line})" if last_line > line else ""
        return BadRow(line, f"the name has a line break or control character in it{goes_on}")
    if len(name) > MAX_NAME:
        return BadRow(line, f"the name is longer than {MAX_NAME} characters")
    email = field(columns.email)
    if not email:
        return BadRow(line, "has no address")
    try:
        return Subscriber(
            ref="", email=address.parse(email), name=name, locale=locale_tag(field(columns.locale))
        )
    except ValueError as error:
        return BadRow(line, f"the address {email[:80]!r} {error}")
