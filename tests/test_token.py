"""Tokens survive what mail programs do to text, and nothing else passes for one."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.delivery.token import find, make

KEY = b"k" * 32
OLDER_KEY = b"o" * 32
IDS = st.integers(min_value=0, max_value=2**40 - 1)
DIGITS = "abcdefghijklmnopqrstuvwxyz234567"


def test_token_is_lower_case_letters_and_digits_of_one_length() -> None:
    tokens = [make(number, KEY) for number in (0, 1, 4711, 2**40 - 1)]
    assert {len(token) for token in tokens} == {36}
    assert all(token.isalnum() and token.islower() for token in tokens)
    assert len(set(tokens)) == 4


def test_token_of_a_delivery_never_changes() -> None:
    # Mails that were sent carry it for ever.
    assert make(4711, KEY) == "n0aaaaaethyp4hberdv7ux2umned33nyc5ye"


@pytest.mark.parametrize("number", [-1, 2**40])
def test_id_that_does_not_fit_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        make(number, KEY)


@given(IDS, st.binary(min_size=16, max_size=64))
def test_found_again(number: int, key: bytes) -> None:
    assert find(make(number, key), [key]) == number


@pytest.mark.parametrize(
    "wrapping",
    [
        "{}",
        "> > Reference: {}\r\n> > (Please leave ...",
        "In-Reply-To: <{}@example.com>",
        "To: privacy+{}@example.com",
        "bounce-{}-x@example.com",
        "Subject: opt%20out%20{}",
        "Subject: opt+out%2B{}&body=",
        "Subject: =?utf-8?q?opt=20out=20{}?=",
        "word{}word",
        "n0n0n{}",
        "ref:n0aaaa{}",
        "*{}*",
        "\u202a{}\u202c",
    ],
)
@pytest.mark.parametrize("change", [str.lower, str.upper, str.title, str.swapcase])
def test_survives_mail_programs(wrapping: str, change: type[str]) -> None:
    text = wrapping.format(change(make(77, KEY)))
    assert find(text, [KEY]) == 77


def test_survives_rewrapping() -> None:
    paragraph = "please stop " * 10 + make(5, KEY) + " thank you" * 10
    assert find("\n> ".join(textwrap.wrap(paragraph, 40)), [KEY]) == 5


def test_first_that_verifies_wins() -> None:
    forged = "n0" + "a" * 34
    text = f"{forged} {make(1, b'someone else')} {make(2, OLDER_KEY)} {make(3, KEY)}"
    assert find(text, [KEY, OLDER_KEY]) == 2
    assert find(text, [KEY]) == 3


def test_no_keys_find_nothing() -> None:
    assert find(make(1, KEY), []) is None


@pytest.mark.parametrize("place", range(36))
def test_any_other_character_anywhere_is_refused(place: int) -> None:
    token = make(4711, KEY)
    for character in set(DIGITS + "018-_ ") - {token[place]}:
        assert find(token[:place] + character + token[place + 1 :], [KEY]) is None


@given(IDS, st.integers(min_value=0, max_value=35))
def test_a_missing_character_is_refused(number: int, place: int) -> None:
    token = make(number, KEY)
    assert find(token[:place] + token[place + 1 :], [KEY]) is None


@pytest.mark.parametrize("lookalike", ["\u017f", "\u212a"])  # long s, Kelvin sign: lower-case to s and k
def test_unicode_lookalikes_are_refused(lookalike: str) -> None:
    plain = lookalike.casefold()
    token = next(made for made in (make(number, KEY) for number in range(1000)) if plain in made[2:])
    assert find(token.replace(plain, lookalike, 1), [KEY]) is None


@given(st.text())
def test_ordinary_text_holds_none(text: str) -> None:
    assert find(text, [KEY, OLDER_KEY]) is None


@pytest.mark.timeout(60)  # quadratic time would be minutes
@pytest.mark.parametrize(
    "pattern", ["n", "n0", "n0n0a", "n0" + "a" * 33, "n0" + "a" * 34, "a" * 64, "N0" * 3 + "b" * 31]
)
def test_hostile_megabyte_takes_linear_time(pattern: str) -> None:
    assert find(pattern * (1_000_000 // len(pattern)), [KEY, OLDER_KEY]) is None
