"""One person to be told."""

import re
from dataclasses import dataclass

MAX_NAME = 200
# The longest locale that is kept; the tags of languages that people translate into are far shorter.
MAX_LOCALE = 20

# What would break a header or a line of text: C0, DEL and C1 controls, and Unicode's own line breaks.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# The shape of a BCP 47 tag (RFC 5646 section 2.1), short enough for every real one.
_LOCALE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,2}")


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A registered customer.

    `ref` is the stable id in the table the customer was read from, "" in a file; `email` has passed
    `audience.address.parse`; `name` is one line, `name` and `locale` are "" where unknown.
    """

    ref: str
    email: str
    name: str = ""
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A customer who cannot be mailed and why; `person.email` is what stands there instead of an address."""

    person: Subscriber
    reason: str


def has_control(text: str) -> bool:
    """Whether a line break or another control character is in the text (RFC 5322 section 2.2)."""
    return _CONTROL.search(text) is not None


def one_line(text: str, length: int) -> str:
    """Make one line of at most `length` characters, with a space for each run of white space or controls."""
    return " ".join(_CONTROL.sub(" ", text).split())[:length].rstrip()


def locale_tag(text: str) -> str:
    """Bring a locale into the form "pt-br"; "" (the default) where it is too long or has another shape."""
    tag = text.strip().lower().replace("_", "-")
    return tag if len(tag) <= MAX_LOCALE and _LOCALE.fullmatch(tag) else ""
