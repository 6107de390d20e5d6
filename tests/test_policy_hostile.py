"""Texts that make a careless pattern take minutes: each is read within seconds."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.errors import WrongUse
from notifier.policy.read import read
from print import Print
from word import came, docx, paragraph, row, run, table, went

LENGTH = 200_000


def _printed() -> bytes:
    printed = Print("Acme", numbered=True)
    printed.heading("Privacy policy")
    printed.columns(["We keep what you enter in our forms, and nothing else."] * 8)
    printed.rows([("Data", "Kept"), ("Orders", "7 years")], ruled=True)
    return printed.data()


PDF = _printed()
DOCX = docx(paragraph(went("Never.") + came("Often.")), table(row("Orders", "7 years")))


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


def _reads_or_says_why(data: bytes, name: str) -> None:
    with suppress(WrongUse):
        read(data, name)


@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_pdf_with_wrong_bytes(changes: list[tuple[float, int]]) -> None:
    _reads_or_says_why(_changed(PDF, changes), "policy.pdf")


@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=30))
@settings(max_examples=100, deadline=None)
def test_a_word_document_with_wrong_bytes(changes: list[tuple[float, int]]) -> None:
    _reads_or_says_why(_changed(DOCX, changes), "policy.docx")


def _changed(data: bytes, changes: list[tuple[float, int]]) -> bytes:
    """The file with some bytes replaced: (place as a share of its length, value)."""
    wrong = bytearray(data)
    for place, value in changes:
        wrong[int(place * len(wrong))] = value
    return bytes(wrong)


@pytest.mark.timeout(60)
def test_a_pdf_page_full_of_lines_and_small_print() -> None:
    printed = Print()
    for place in range(1_500):
        printed.line(0, place / 5, 200, place / 5)
        printed.line(place / 7, 0, place / 7, 290)
    printed.set_font_size(1)
    for place in range(1_200):
        printed.text(10 + place % 7, place / 5, "We sell data. " * 9)
    assert "We sell data." in read(printed.data(), "policy.pdf").text


@pytest.mark.timeout(30)
def test_deeply_nested_elements() -> None:
    deep = "<div class='menu'>" * 5_000 + "<p>We sell data.</p>"
    _reads_or_says_why(f"<html><body>{deep}</body></html>".encode(), "page.html")
    nested = "<w:ins>" * 5_000 + run("We sell data.") + "</w:ins>" * 5_000
    _reads_or_says_why(docx(paragraph(nested)), "policy.docx")


@pytest.mark.timeout(30)
def test_many_tables_lists_and_names() -> None:
    piece = "<table><tr><td><div class='a-b' id='menus-x'>We sell data.</div></td><td>x</td></tr></table>"
    assert "We sell data." in read(f"<html><body>{piece * 5_000}</body></html>".encode(), "page.html").text
