"""Texts that make a careless pattern take minutes: each is read within seconds."""

import pytest

from notifier.policy.read import read

LENGTH = 200_000


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", ["policy.md", "-"])
@pytest.mark.parametrize(
    "piece",
    [
        "<!-- c -->",
        "<!-- ",
        "{{ ",
        "{% ",
        "{:",
        "\n",
        " \n",
        "---\n",
        "---\n\n",
        "---\na: b\n",
        "---\na" + " " * 100_000,
        "---\na: b" + " " * 100_000,
    ],
)
def test_a_long_text_of_one_piece(piece: str, name: str) -> None:
    text = piece * (LENGTH // len(piece)) + "\n---\n\nWe sell data.\n"
    assert "We sell data." in read(text.encode(), name).text


@pytest.mark.timeout(30)
def test_many_comments_before_what_is_no_page() -> None:
    document = read(b"<!-- c -->\n" * 2_000 + b"<div>We sell data.</div>", "-")
    assert "We sell data." in document.text


def test_comments_before_a_page() -> None:
    document = read(b"<?xml version='1.0'?>\n<!-- a -->\n<!-- b > -- --><html><p>We sell data.</html>", "-")
    assert document.text == "We sell data."


def test_a_comment_that_is_never_closed_hides_nothing() -> None:
    document = read(b"# Data\n\n<!-- a --> We <!-- keep {{ it }} and {% sell %} it.\n", "policy.md")
    assert document.text.split() == ["Data", "We", "keep", "and", "it."]
