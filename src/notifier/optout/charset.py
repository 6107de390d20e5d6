"""Bytes to text, whatever the mail claims: wrong, unknown or dangerous charsets never raise."""

import codecs
import re
from email.errors import MessageError
from email.header import decode_header

# Codecs that are no charset of mail; decoding long hostile input with some of them takes minutes.
_NOT_MAIL = frozenset(
    {
        "idna",
        "punycode",
        "unicode_escape",
        "raw_unicode_escape",
        "unicode-escape",
        "undefined",
        "mbcs",
        "oem",
    },
)
# What browsers do (WHATWG, Encoding): mail that claims Latin-1 or ASCII is mostly Windows-1252.
_SUPERSETS = {"iso8859-1": "cp1252", "ascii": "utf-8", "gb2312": "gb18030", "gbk": "gb18030"}
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LONGEST_HEADER = 2000


def decode(data: bytes, claimed: str) -> str:
    """Decode a body: as claimed, else as UTF-8, else as claimed with replacement characters."""
    name = _codec(claimed)
    for attempt in (name, "utf-8"):
        try:
            return clean(data.decode(attempt))
        except (ValueError, LookupError):  # UnicodeError is a ValueError
            continue
    fallback = "cp1252" if name == "utf-8" else name
    return clean(data.decode(fallback, errors="replace"))


def header_text(raw: str) -> str:
    """Decode an unstructured header (RFC 2047) as the email package left it, on one line."""
    text = unescape(raw)[:_LONGEST_HEADER]
    if "=?" in text:
        try:
            pieces = decode_header(text)
        except (MessageError, ValueError, LookupError):
            pieces = [(text, None)]
        text = "".join(
            piece if isinstance(piece, str) else decode(piece, charset or "ascii")
            for piece, charset in pieces
        )
    return " ".join(clean(text).split())


def unescape(raw: str) -> str:
    """Give the text of a header whose non-ASCII bytes the email package kept as surrogates (RFC 6532)."""
    if raw.isascii():
        return raw
    data = raw.encode("utf-8", "surrogateescape")
    try:
        return data.decode("utf-8")
    except ValueError:
        return data.decode("cp1252", errors="replace")


def clean(text: str) -> str:
    """Take out what no database and no terminal should get: NUL, other controls, lone surrogates."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _codec(claimed: str) -> str:
    try:
        name = codecs.lookup(claimed.strip("'\" \t")).name
        "".encode(name)  # refuses what is a codec but no text encoding, such as base64
    except (ValueError, LookupError):
        return "utf-8"
    name = _SUPERSETS.get(name, name)
    return "utf-8" if name in _NOT_MAIL else name
