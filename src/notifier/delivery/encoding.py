"""How text becomes the ASCII of a mail: quoted-printable (RFC 2045), encoded header words (RFC 2047)."""

import re
import string
import textwrap
from base64 import b64encode

SOFT_BREAK = b"=\r\n"
_BODY_LINE = 75  # and "=" for the soft break
_LITERAL = (string.ascii_letters + string.digits + string.punctuation + " \t").replace("=", "")
_QUOTED = [chr(byte) if chr(byte) in _LITERAL else f"={byte:02X}" for byte in range(256)]
# Short, and nothing in it that quoted-printable would change.
_PLAIN_VALUE = re.compile(r"(?!\.)[A-Za-z0-9 ,:;.@_()/'&#+-]{1,70}", re.ASCII)

_HEADER_LINE = 66  # and "Subject: " makes 75; RFC 2047 sec. 2 allows 76
# An encoded word is "=?utf-8?b?", 52 of Base64 for 39 bytes, "?=": 64 beside the field's name.
_WORD_BYTES = 39
_PLAIN_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ,.'()&@:;/-]{0,58}[A-Za-z0-9.)])?", re.ASCII)
_BARE_ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+", re.ASCII)

# Nothing to clean; most names are so.
_CLEAN = re.compile(r"(?:[!-~]+(?: [!-~]+)*)?", re.ASCII)
# Control characters, line and paragraph separators, lone surrogates.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Characters that turn text around for everything after them; in a name they only disguise.
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def clean_line(text: str) -> str:
    """Make a name or a subject fit for one line: controls become spaces, runs of white space one space."""
    if _CLEAN.fullmatch(text):
        return text
    if not text.isascii():
        text = _BIDI_CONTROLS.sub("", text)
    return " ".join(_CONTROLS.sub(" ", text).split())


def quoted_printable(text: str) -> bytes:
    r"""Encode a text whose lines end with "\n": lines of at most 75, CRLF between (RFC 2045 sec. 6.7).

    No line begins with a dot, which SMTP would have to double (RFC 5321 sec. 4.5.2). The standard library's
    encoder lets a line that ends with a space grow to 77.
    """
    return "\r\n".join(map(_quoted_printable_line, text.split("\n"))).encode("ascii")


def _quoted_printable_line(line: str) -> str:
    encoded = "".join(map(_QUOTED.__getitem__, line.encode("utf-8")))
    if encoded.endswith((" ", "\t")):
        encoded = encoded[:-1] + f"={ord(encoded[-1]):02X}"
    pieces = []
    start = 0
    while True:
        if encoded.startswith(".", start):
            encoded = f"{encoded[:start]}=2E{encoded[start + 1 :]}"
        if len(encoded) - start <= _BODY_LINE:
            break
        end = start + _BODY_LINE
        # "=C3" is never cut.
        escape = encoded.find("=", end - 2, end)
        pieces.append(encoded[start : escape if escape >= 0 else end])
        start += len(pieces[-1])
    return "=\r\n".join([*pieces, encoded[start:]])


def quoted_printable_value(value: str) -> bytes:
    """Encode a value that is put between two soft breaks; it brings the second one along."""
    if _PLAIN_VALUE.fullmatch(value):
        return value.encode("ascii") + SOFT_BREAK
    return quoted_printable(value) + SOFT_BREAK if value else b""


def header_text(text: str) -> str:
    """Encode the value of an unstructured field such as Subject, folded where it is long."""
    text = clean_line(text)
    lines = textwrap.wrap(text, _HEADER_LINE, break_long_words=False, break_on_hyphens=False)
    # "=?" would be taken for an encoded word, and a word longer than a line cannot be folded.
    if text.isascii() and "=?" not in text and all(len(line) <= _HEADER_LINE for line in lines):
        return "\r\n ".join(lines)
    return _encoded_words(text)


def mailbox(name: str, address: str) -> str:
    """Write a name and an address for From or To, folded where they are long.

    Raises ValueError for an address that is not a bare ASCII one: it could add header fields or recipients.
    """
    if not _BARE_ADDRESS.fullmatch(address):
        raise ValueError(f"{address!r} is not a bare address in ASCII")
    name = clean_line(name)
    if not name:
        return address
    phrase = f'"{name}"' if _PLAIN_NAME.fullmatch(name) else _encoded_words(name)
    fold = "\r\n" if len(phrase) + len(address) > _HEADER_LINE else ""
    return f"{phrase}{fold} <{address}>"


def _encoded_words(text: str) -> str:
    words: list[bytes] = []
    chunk = b""
    for char in text:
        # A character is never split between two words (RFC 2047 sec. 5).
        encoded = char.encode("utf-8")
        if len(chunk) + len(encoded) > _WORD_BYTES:
            words.append(chunk)
            chunk = b""
        chunk += encoded
    words.append(chunk)
    return "\r\n ".join(f"=?utf-8?b?{b64encode(word).decode('ascii')}?=" for word in words)
