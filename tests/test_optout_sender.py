"""One address or none: what mail programs show and what we take must not differ (CVE-2023-27043)."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.optout.sender import one_address


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("ana@example.org", "ana@example.org"),
        ("<ana@example.org>", "ana@example.org"),
        ("Ana Lind <ana@Example.ORG>", "ana@example.org"),
        ('"Lind, Ana" <ana@example.org>', "ana@example.org"),
        ('"ana@example.org" <ana@example.org>', "ana@example.org"),
        ("ana@example.org <ANA@example.org>", "ANA@example.org"),
        ("ana@example.org (Ana (at home))", "ana@example.org"),
        ('"a \\" b" <ana@example.org>', "ana@example.org"),
        ("=?utf-8?q?boss=40example=2Ecom?= <ana@example.org>", "ana@example.org"),
        ("Ana <ana@bücher.example>", "ana@xn--bcher-kva.example"),
    ],
)
def test_one_address_is_found(header: str, address: str) -> None:
    assert one_address(header) == address


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Ana",
        "alice@example.com <mallory@evil.test>",
        "alice@example.com, mallory@evil.test",
        "alice@example.com <a@b.example> <mallory@evil.test>",
        "<alice@example.com> mallory@evil.test",
        "friends: alice@example.com;",
        "<alice@example.com",
        "alice@example.com>",
        '"alice <alice@example.com>',
        "(alice <alice@example.com>",
        "alice@example.com(<mallory@evil.test>",
        "alice@example.com\\\n <mallory@evil.test>",
        '"a"@example.com <mallory@evil.test>',
        "=?utf-8?q?alice=40example.com?=",
        "a@example.com" * 400,
    ],
)
def test_in_doubt_there_is_none(header: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        one_address(header)


@given(st.text(alphabet='ab@.<>"(),;: \\', max_size=30))
def test_nothing_else_than_an_address_or_a_reason_comes_out(header: str) -> None:
    with suppress(ValueError):
        assert "@" in one_address(header)
