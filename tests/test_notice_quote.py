"""How much of a clause is quoted, and where it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.notice.quote import Passage, excerpt, excerpts, inside_quotes, passage


def test_quotes_that_begin_alike_begin_at_the_same_word() -> None:
    alike = "when you visit one of our shops or write to us about an order " * 4
    old, new = f"{alike}we tell nobody.", f"{alike}we may tell our partners, our insurers and the police."
    shown = excerpts(passage(old, "tell nobody"), passage(new, "may tell our partners"), 120)
    begins = [quote.partition(" we ")[0] for quote in shown]
    assert begins[0] == begins[1]
    assert all(quote.startswith("…") for quote in shown)
    assert "tell nobody" in shown[0]
    assert "may tell our partners" in shown[1]


def test_an_item_of_a_list_ends_without_what_leads_to_the_next() -> None:
    assert excerpt(Passage("your telephone number; and"), 100) == "your telephone number"


@given(st.integers(40, 130))
def test_numbers_and_addresses_are_not_cut(limit: int) -> None:
    clause = (
        "We keep what you send to privacy@acme.example or 1 Main Street for 30 days after you call "
        "+44 20 7946 0018 and then delete it all"
    )
    shown = excerpt(Passage(clause), limit)
    assert len(shown) <= limit + 1
    for whole in ("privacy@acme.example", "or 1 Main", "for 30 days", "call +44 20 7946 0018 and"):
        before, _, _ = clause.partition(f" {whole}")
        assert whole in shown or len(shown) <= len(before) + len(whole.split()[0]) + 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('our "partners"', "our \u2018partners\u2019"),
        ("the “Services”, or „Dienste“", "the \u2018Services\u2019, or \u2018Dienste\u2019"),
        ('partners" may', "partners may"),
        ("“a” and “b", "\u2018a\u2019 and b"),
        ("we don't", "we don't"),
    ],
)
def test_quotation_marks_within_a_quote_are_single_and_in_pairs(text: str, expected: str) -> None:
    assert inside_quotes(text) == expected


@given(st.data())
def test_excerpts_keep_whole_words_and_the_decisive_ones(data: st.DataObject) -> None:
    drawn = data.draw(st.lists(st.text("abcdé", min_size=1, max_size=12), min_size=1, max_size=60))
    words = [f"{number}{word}" for number, word in enumerate(drawn)]
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, min(len(words) - 1, first + 3)))
    clause = " ".join(words)
    start = len(" ".join([*words[:first], ""])) if first else 0
    decisive = " ".join(words[first : last + 1])
    quoted = excerpt(Passage(clause, start, start + len(decisive)), 60)
    assert decisive in quoted
    bare = quoted.strip("…")
    assert len(bare) <= 60
    assert f" {bare} " in f" {clause} "
    assert quoted.startswith("…") == (not clause.startswith(bare))
    assert quoted.endswith("…") == (not clause.endswith(bare))


@pytest.mark.parametrize("limit", [5, 20])
def test_a_text_without_spaces_is_still_quoted(limit: int) -> None:
    assert 0 < len(excerpt(Passage("我们不会出售您的个人信息" * 9), limit).strip("…")) <= limit


def test_decisive_words_longer_than_the_limit_are_cut() -> None:
    assert excerpt(Passage("We may rent and sell everything to everyone", 3, 43), 16) == "…may rent and…"


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        (
            "We share your name with insurers, with banks that lend to you, and with whoever buys our firm.",
            "We share your name with insurers, with banks that lend to you…",
        ),
        (
            "We share your name and your telephone number with Acme Bank Inc. of Springfield, no one else.",
            "We share your name and your telephone number…",
        ),
        (
            "We share your name. Nobody else is told of it, whoever he is and wherever he may be just now.",
            "We share your name. Nobody else is told of it…",
        ),
        (
            "We share your name with people whom you have chosen because they asked for it in some letter.",
            "We share your name with people whom you have chosen…",
        ),
    ],
)
def test_a_long_clause_is_broken_off_where_a_part_of_it_ends(clause: str, expected: str) -> None:
    assert excerpt(Passage(clause), 68) == expected
