"""What passes as an address, in which form, and why others do not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.audience import address


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("ana@example.com", "ana@example.com"),
        ("Ana.Lopez@Example.COM", "Ana.Lopez@example.com"),  # only the server may fold the local part
        ("o'brien+news=1@mail.example.co.uk", "o'brien+news=1@mail.example.co.uk"),
        ("a@b-c.museum", "a@b-c.museum"),
        ("jürg@example.com".replace("ü", "u"), "jurg@example.com"),
        ("info@bücher.example", "info@xn--bcher-kva.example"),
        ("info@BÜCHER.example", "info@xn--bcher-kva.example"),
        ("info@xn--bcher-kva.example", "info@xn--bcher-kva.example"),
        ("info@例え。テスト", "info@xn--r8jz45g.xn--zckzah"),  # the full-width dot separates labels too
        ("l" * 64 + "@example.com", "l" * 64 + "@example.com"),
    ],
)
def test_good_addresses(text: str, parsed: str) -> None:
    assert address.parse(text) == parsed


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("ana", "has no @"),
        ("@example.com", "has nothing before the @"),
        ("ana@", "has nothing after the @"),
        ("ana@example", "whole domain name"),
        ("ana@example.com.", "valid domain name"),
        ("ana@.example.com", "valid domain name"),
        ("ana@-example.com", "valid domain name"),
        ("ana@exa_mple.com", "valid domain name"),
        ("ana@192.168.0.1", "valid domain name"),
        ("ana@[192.168.0.1]", "valid domain name"),
        ("ana@" + "d" * 64 + ".com", "valid domain name"),
        ("ana@☃.example", "valid domain name"),
        ("ana@example.com@example.org", "more than one @"),
        ("Ana <ana@example.com>", "more than the bare address"),
        ("ana@example.com, bob@example.com", "more than the bare address"),
        ("ana @example.com", "a space or a line break"),
        (" ana@example.com", "a space or a line break"),
        ("ana@example.com\r\nBcc: bob@example.com", "a space or a line break"),
        ("ana@example.com\n", "a space or a line break"),
        ("ana\x00@example.com", "U+0000"),
        ("ana\u200b@example.com", "U+200B"),
        ("ana\u202e@example.com", "U+202E"),
        ('"ana"@example.com', "does not belong there"),
        ("mailto:ana@example.com", "does not belong there"),
        ("aña@example.com", "RFC 6531"),
        (".ana@example.com", "a dot too many"),
        ("ana.@example.com", "a dot too many"),
        ("an..a@example.com", "a dot too many"),
        ("l" * 65 + "@example.com", "more than 64"),
        ("ana@" + "d." * 130 + "com", "longer than 254"),
        ("ana@" + "bücher." * 30 + "com", "valid domain name"),  # too long only once it is encoded
    ],
)
def test_bad_addresses_say_why(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        address.parse(text)


@pytest.mark.timeout(30)  # quadratic time would be minutes
def test_long_rubbish_is_refused_quickly() -> None:
    for text in (
        "a" * 1_000_000,
        "a." * 500_000 + "@",
        "a@" + "ü" * 100_000,
        "@" * 100_000,
        "a@" + "b-" * 100_000,
    ):
        with pytest.raises(ValueError, match=r"has|is"):
            address.parse(text)


@given(st.text())
def test_any_text_gives_a_plain_address_or_a_reason(text: str) -> None:
    try:
        parsed = address.parse(text)
    except ValueError as error:
        assert str(error).startswith(("has ", "is "))  # noqa: PT017 - either is right
    else:
        assert_plain(parsed)


@given(st.from_regex(r"[^@\s]{1,10}@[^@\s]{1,10}\.[a-zä]{2,5}", fullmatch=True))
def test_what_looks_like_an_address_too(text: str) -> None:
    try:
        parsed = address.parse(text)
    except ValueError:
        return
    assert_plain(parsed)
    assert address.parse(parsed) == parsed


def assert_plain(parsed: str) -> None:
    """What may go into an SMTP command: printable ASCII without brackets, in the bounds of RFC 5321."""
    local, _, domain = parsed.rpartition("@")
    assert re.fullmatch(r"[!-~]+", parsed)
    assert not set('<>(),;:\\"[]') & set(parsed)
    assert 0 < len(local) <= 64
    assert domain == domain.lower()
    assert len(parsed) <= 254


def test_the_key_ignores_case() -> None:
    assert address.key("Ana@example.com") == address.key("aNA@example.com")
    assert address.key("ana@example.com") != address.key("anna@example.com")
