"""Which rows of a customer table are plain: those that SQL alone brings into the form of the ledger.

A row is plain where `CompanyTable.person` would keep its values as they are, but for the case of the domain
and the form of the locale. What is not surely so is not plain, and goes through Python.
"""

import re
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, LargeBinary, Text, and_, case, cast, collate, func, or_

from notifier.audience.subscriber import MAX_NAME

# The width of the ledger's column for the ids of people.
MAX_REF = 200

# The patterns are SQLite's GLOBs; PostgreSQL gets them as regular expressions.
_NO_ASCII = "*[^ -~]*"
# The lengths of an address's parts need no look where the whole is no longer than one may be (RFC 1035: 63).
_MAX_EMAIL = 63
_EMAIL = "[^.@-]*@*.*[A-Za-z]"
_NO_EMAIL = (
    "*[^a-z.-9@-Z_+-]*",  # the characters that addresses are made of but for a few
    "*[.@-][.@-]*",  # a part is empty, or a label begins or ends with a hyphen
    "*@*[^A-Za-z0-9.-]*",  # the domain has a character that it may not have, or a second @
)
_NO_NAME = ("*  *", " *", "* ")
# Controls, white space other than " ", and what is beyond the first plane.
_NO_LETTERS = (
    "*[^ -~\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\ud7ff]*"
)
_LOCALES = ("", "[A-Za-z][A-Za-z]", "[A-Za-z][A-Za-z][_-][A-Za-z][A-Za-z]")

# The types of PostgreSQL (`typname`) whose values the driver gives as the text that a cast gives. The end
# of a `bpchar` is padded, which matters in an id only.
_REF_TYPES = frozenset({"int2", "int4", "int8", "text", "varchar", "uuid"})
_TEXT_TYPES = frozenset({"text", "varchar", "bpchar", "citext"})

_Column: TypeAlias = ColumnElement[Any]
_Condition: TypeAlias = ColumnElement[bool]
_Matches: TypeAlias = Callable[[_Column, str], _Condition]


@dataclass(frozen=True, slots=True)
class Plain:
    """The condition that a row is plain, which may be NULL, and its values as the ledger has them."""

    condition: _Condition
    ref: _Column
    email: _Column
    email_key: _Column
    name: _Column
    locale: _Column


def sqlite(columns: Sequence[_Column]) -> Plain:
    """Describe plain rows on SQLite, where any value may be of any type.

    `columns` are id, email, name and locale; the connection has to be prepared.
    """
    ref, email, name, locale = columns
    ids = func.typeof(ref)
    condition = and_(
        or_(ids == "integer", and_(ids == "text", _is_bytes(ref), _is_ref(ref, _glob))),
        func.typeof(email) == "text",
        _is_bytes(email),
        _is_address(email, _glob),
        or_(name.is_(None), and_(func.typeof(name) == "text", _is_name(name, _glob), _is_text(name))),
        or_(
            locale.is_(None),
            and_(func.typeof(locale) == "text", _is_bytes(locale), _is_locale(locale, _glob)),
        ),
    )
    return _plain(condition, [cast(ref, Text), email, name, locale], func.instr(email, "@"))


def fits(types: Sequence[str]) -> bool:
    """Whether columns of PostgreSQL (id, email, name, locale) of these types may have plain rows at all."""
    ref, *texts = types
    return ref in _REF_TYPES and _TEXT_TYPES.issuperset(texts)


def postgresql(columns: Sequence[_Column]) -> Plain:
    """Describe plain rows in a database of PostgreSQL that is encoded in UTF-8, where the types fit.

    `columns` are id, email, name and locale.
    """
    # Not by the collation of the table: ranges by the code of a character, lower case for ASCII alone.
    ref, email, name, locale = texts = [collate(cast(column, Text), "C") for column in columns]
    condition = and_(
        _is_ref(ref, _regex),
        _is_address(email, _regex),
        or_(name.is_(None), and_(_is_name(name, _regex), ~_regex(name, _NO_LETTERS))),
        or_(locale.is_(None), _is_locale(locale, _regex)),
    )
    return _plain(condition, texts, func.strpos(email, "@"))


def prepare(connection: sqlite3.Connection) -> None:
    """Give a connection to SQLite the function that the condition calls for a name outside of ASCII."""
    connection.create_function("notifier_is_text", 1, _decodes, deterministic=True)


def _plain(condition: _Condition, values: Sequence[_Column], at: _Column) -> Plain:
    """Add the values; `at` is the place of the @ in the address."""
    ref, email, name, locale = values
    key = func.lower(email)
    spelled = func.substr(email, 1, at).op("||")(func.lower(func.substr(email, at + 1)))
    return Plain(
        condition=condition,
        ref=ref,
        email=case((email == key, email), else_=spelled),
        email_key=key,
        name=func.coalesce(name, ""),
        locale=func.lower(func.replace(func.coalesce(locale, ""), "_", "-")),
    )


def _is_ref(ref: _Column, matches: _Matches) -> _Condition:
    return and_(func.length(ref).between(1, MAX_REF), ~matches(ref, _NO_ASCII))


def _is_address(email: _Column, matches: _Matches) -> _Condition:
    return and_(
        func.length(email) <= _MAX_EMAIL,
        matches(email, _EMAIL),
        *(~matches(email, wrong) for wrong in _NO_EMAIL),
    )


def _is_name(name: _Column, matches: _Matches) -> _Condition:
    return and_(func.length(name) <= MAX_NAME, *(~matches(name, wrong) for wrong in _NO_NAME))


def _is_locale(locale: _Column, matches: _Matches) -> _Condition:
    return or_(*(matches(locale, shape) for shape in _LOCALES))


def _is_bytes(text: _Column) -> _Condition:
    """Whether each character of a text of SQLite is one byte, and none a NUL, where it stops reading."""
    return func.length(cast(text, LargeBinary)) == func.length(text)


def _is_text(text: _Column) -> _Condition:
    """Whether a text of SQLite is what it should be: it does not check what it is given as text."""
    ascii_only = and_(_is_bytes(text), ~_glob(text, _NO_ASCII))
    decodes = func.notifier_is_text(cast(text, LargeBinary)) == 1
    return or_(ascii_only, and_(~_glob(text, _NO_LETTERS), decodes))


def _decodes(raw: bytes) -> bool:
    try:
        return "\0" not in raw.decode()
    except UnicodeDecodeError:
        return False


def _glob(column: _Column, pattern: str) -> _Condition:
    return column.op("GLOB", is_comparison=True)(pattern)


def _regex(column: _Column, pattern: str) -> _Condition:
    """Write a GLOB as a regular expression: "*[.@]*a" is "^.*[.@].*a$" (no class here has a "]" in it)."""
    parts = re.sub(r"\[[^]]*\]|\*|\.", lambda part: {"*": ".*", ".": r"\."}.get(part[0], part[0]), pattern)
    return column.op("~", is_comparison=True)(f"^{parts}$")
