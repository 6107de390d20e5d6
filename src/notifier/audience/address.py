"""Mail addresses: the syntax of RFC 5321, as far as mail of today uses it."""

import re
from typing import Never

import idna

# RFC 5321 section 4.5.3.1: 64 octets before the @; a path has 256 with its angle brackets; RFC 1035 section
# 3.1: 63 a label.
MAX_ADDRESS = 254
MAX_LOCAL = 64
MAX_DOMAIN = 253

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
# A domain name has at least one dot, and its last label a letter ("192.168.0.1" is none).
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?=[A-Za-z0-9-]*[A-Za-z]){_LABEL}")


def parse(text: str) -> str:
    """Check one bare address and bring it into the form that is sent: ASCII, the domain in lower case.

    The part before the @ is kept as it is (RFC 5321 section 2.4: only its own server may interpret it).
    Quoted local parts, address literals and non-ASCII local parts (RFC 6531) are refused. Raises ValueError
    with a reason that reads well after the address.
    """
    local, at, domain = text.rpartition("@")
    if (
        _LOCAL.fullmatch(local)
        and _DOMAIN.fullmatch(domain)
        and len(local) <= MAX_LOCAL
        and len(text) <= MAX_ADDRESS
    ):
        return f"{local}@{domain.lower()}"
    _refuse_odd_characters(text)
    if not at:
        raise ValueError("has no @")
    if not local or not domain:
        raise ValueError(f"has nothing {'after' if local else 'before'} the @")
    if len(text) > MAX_ADDRESS:
        raise ValueError(f"is longer than {MAX_ADDRESS} characters")
    _check_local(local)
    domain = _ascii_domain(domain)
    if len(local) + 1 + len(domain) > MAX_ADDRESS:
        raise ValueError(f"is longer than {MAX_ADDRESS} characters")
    return f"{local}@{domain}"


def key(email: str) -> str:
    """Give what two spellings of one person's address share; for looking up, never for sending."""
    return email.casefold()


def _refuse_odd_characters(text: str) -> None:
    if not text:
        raise ValueError("is empty")
    if any(char in text for char in "<>,;"):
        raise ValueError("has more than the bare address in it")
    for char in text:
        if char.isspace():
            raise ValueError("has a space or a line break in it")
        if not char.isprintable():
            raise ValueError(f"has the invisible character U+{ord(char):04X} in it")


def _check_local(local: str) -> None:
    if not local.isascii():
        raise ValueError("has a letter before the @ that plain mail servers do not take (RFC 6531)")
    if len(local) > MAX_LOCAL:
        raise ValueError(f"has more than {MAX_LOCAL} characters before the @")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise ValueError("has a dot too many before the @")
    if "@" in local:
        raise ValueError("has more than one @")
    if not _LOCAL.fullmatch(local):
        raise ValueError("has a character before the @ that does not belong there")


def _ascii_domain(domain: str) -> str:
    """Encode an international name (IDNA 2008 with the UTS 46 mapping, as browsers and mail programs do)."""
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            _refuse_domain(domain)
    if len(domain) > MAX_DOMAIN or not _DOMAIN.fullmatch(domain):
        _refuse_domain(domain)
    return domain.lower()


def _refuse_domain(domain: str) -> Never:
    if "." not in domain.strip("."):
        raise ValueError(f"has no whole domain name after the @: {domain!r}") from None
    raise ValueError(f"has no valid domain name after the @: {domain!r}") from None
