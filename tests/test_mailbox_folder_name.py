import re
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.mailbox import folder_name


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("INBOX", '"INBOX"'),
        ("~peter/mail/台北/日本語", '"~peter/mail/&U,BTFw-/&ZeVnLIqe-"'),  # RFC 3501, 5.1.3
        ("台北日本語", '"&U,BTF2XlZyyKng-"'),  # one run, one shift (the same place)
        ("☺!", '"&Jjo-!"'),
        ("Terms & more", '"Terms &- more"'),
        ("&für", '"&-f&APw-r"'),
        ("😀", '"&2D3eAA-"'),  # beyond 16 bits: two surrogates
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("a\r\nb", '"a&AA0ACg-b"'),  # no line break ever gets into a command
        ("", '""'),
    ],
)
def test_names_are_written_as_the_rfc_says(name: str, encoded: str) -> None:
    assert folder_name.encode(name) == encoded


@given(st.text())
def test_every_name_is_a_legal_string_that_can_be_read_back(name: str) -> None:
    encoded = folder_name.encode(name)
    assert re.fullmatch(r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"', encoded)
    assert decoded(encoded) == name


def decoded(encoded: str) -> str:
    """Read a quoted string of modified UTF-7."""
    bare = re.sub(r"\\(.)", r"\1", encoded[1:-1])
    return re.sub("&([^-]*)-", lambda match: unshifted(match[1]), bare)


def unshifted(base64: str) -> str:
    padded = base64 + "=" * (-len(base64) % 4)
    return b64decode(padded, altchars=b"+,").decode("utf-16-be") if base64 else "&"
