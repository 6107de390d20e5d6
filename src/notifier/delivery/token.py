"""The token in every mail: says which delivery a reply is about, and that the mail was ours.

"n0", the delivery's id in eight base32 digits, and 128 bits of HMAC-SHA256 over it in 26 more: 36 lower-case
letters and digits without a break, so that it stays whole when a mail program wraps, quotes, lower-cases or
upper-cases it, or when it stands in an address or a Message-ID. No personal data, no expiry; keys are rotated
by trying all of them.
"""

import hmac
import re
from base64 import b32encode
from collections.abc import Sequence
from functools import lru_cache

# The id that no delivery has: of a test mail.
TEST_MAIL = 0

_MARK = "n0"
_ID_BYTES, _ID_DIGITS = 5, 8
_MAC_BYTES, _MAC_DIGITS = 16, 26

# How long a token is: an address with one in it has to stay within 64 characters (RFC 5321 4.5.3.1.1).
LENGTH = len(_MARK) + _ID_DIGITS + _MAC_DIGITS

# Base32 has no "0" (RFC 4648 sec. 6), so a token's body never holds the mark: in hostile text those that
# cost an HMAC stand a token's length apart. The lookahead keeps a false start from hiding the next.
_CANDIDATE = re.compile(rf"(?={_MARK}([a-z2-7]{{{_ID_DIGITS + _MAC_DIGITS}}}))", re.ASCII | re.IGNORECASE)


def make(delivery_id: int, key: bytes) -> str:
    """Make the token of a delivery; id 0 stands for a test mail. Raises ValueError outside 0 .. 2**40 - 1."""
    if not 0 <= delivery_id < 1 << 8 * _ID_BYTES:
        raise ValueError(f"delivery id {delivery_id} does not fit into a token")
    signer = _signer(key).copy()
    signer.update(b"notifier delivery %d" % delivery_id)
    mac = signer.digest()[:_MAC_BYTES]
    # The id's five bytes are eight whole digits, so that both can be written as one.
    digits = b32encode(delivery_id.to_bytes(_ID_BYTES, "big") + mac).decode("ascii")
    return _MARK + digits.rstrip("=").lower()


def key_id(key: bytes) -> str:
    """Name a key without giving it away: 16 hex digits."""
    return hmac.digest(key, b"notifier key id", "sha256").hex()[:16]


def find(text: str, keys: Sequence[bytes]) -> int | None:
    """Return the delivery id in the first token in `text` that verifies under one of the keys, else None.

    Takes time linear in the text's length, however hostile it is.
    """
    for match in _CANDIDATE.finditer(text):
        candidate = _MARK + match[1].lower()
        delivery_id = _number(candidate[len(_MARK) : len(_MARK) + _ID_DIGITS])
        # Comparing whole tokens leaves one spelling valid: the spare bits of the last digit count as well.
        if any(hmac.compare_digest(candidate, make(delivery_id, key)) for key in keys):
            return delivery_id
    return None


@lru_cache(maxsize=8)
def _signer(key: bytes) -> hmac.HMAC:
    """Give an HMAC that has taken in the key; to copy it is much quicker than to begin anew."""
    return hmac.new(key, digestmod="sha256")


def _number(digits: str) -> int:
    """Read base32 digits (RFC 4648 sec. 6) as a number."""
    value = 0
    for digit in digits:
        value = value << 5 | (ord(digit) - ord("a") if digit >= "a" else ord(digit) - ord("2") + 26)
    return value
