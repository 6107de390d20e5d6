"""Slots: the places in a notice's texts that differ per person, held open by markers until filled."""

import re
from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import quote

# Markers stand between two private-use characters: they pass unharmed through HTML escaping, CSS inlining,
# JSON and every database, and nobody types them.
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARKER = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")


class Slot(StrEnum):
    """What is filled in per person."""

    NAME = "name"  # "" or " Ana": the space comes along, so that "Hello{{ name }}," reads well without a name
    EMAIL = "email"
    SENT_ON = "sent_on"
    UNTIL = "until"
    TOKEN = "token"  # noqa: S105 - a slot's name, not a password


SLOTS = tuple(Slot)


def slot(name: str) -> str:
    """Give the marker that holds the slot open, as `slot("until")`. Raises ValueError for an unknown name."""
    return f"{_OPEN}{Slot(name).value}{_CLOSE}"


def split(text: str) -> tuple[list[str], list[Slot]]:
    """Cut a text at its markers: always one more piece of text than slots.

    Raises ValueError where a marker was damaged (as by a template filter) or names no slot.
    """
    pieces = _MARKER.split(text)
    fixed, names = pieces[::2], pieces[1::2]
    if any(_OPEN in piece or _CLOSE in piece for piece in fixed):
        raise ValueError("a slot's marker is damaged")
    unknown = next((name for name in names if name not in SLOTS), None)
    if unknown is not None:
        raise ValueError(f"{unknown!r} is no slot (there are {', '.join(SLOTS)})")
    return fixed, [Slot(name) for name in names]


def fill(text: str, values: Mapping[Slot, str]) -> str:
    """Put the values into a text. Raises ValueError as `split` does."""
    fixed, names = split(text)
    filled = [piece + values[name] for piece, name in zip(fixed, names, strict=False)]
    return "".join([*filled, fixed[-1]])


def mailto(address: str, subject: str) -> str:
    """Write a link that begins a mail (RFC 6068); slots in it stay open."""
    url = f"mailto:{quote(address, safe='@+')}?subject={quote(subject, safe='')}"
    for name in SLOTS:
        url = url.replace(quote(slot(name)), slot(name))
    return url


def without_markers(text: str) -> str:
    """Take out of a foreign text what could pass for a marker."""
    return text.replace(_OPEN, "").replace(_CLOSE, "")
