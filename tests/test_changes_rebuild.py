"""Applying a comparison's edits to the old text gives the new one, always."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from notifier.changes.compare import compare, side
from notifier.changes.model import Change, Comparison, Kept, Kind, Operation
from notifier.changes.rebuild import lines, rebuild
from notifier.changes.render import json as form
from notifier.policy.document import Clause, ClauseKind, Document, Section
from notifier.policy.read import read

# Lines that meet each other again: repeated, cut in two, set otherwise, of no word at all, of odd letters.
LINE = st.one_of(
    st.sampled_from([
        "We share your data with:",
        "We keep your data for two years.",
        "We keep your data for three years.",
        "We keep your data",
        "for two years.",
        "Acme Inc.",
        "acme inc",
        "Orders | 2 years",
        "Orders | 3 years",
        "| |",
        "***",
        "\u201cNone\u201d \u2014 of it",
        "\ue000",
        "\ufdd0 e\u0301 \U0001f600",
    ]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
)  # fmt: skip
CLAUSE = st.builds(Clause, LINE, st.sampled_from(ClauseKind))
SECTION = st.builds(Section, st.none() | LINE, st.lists(CLAUSE, max_size=8).map(tuple))
DOCUMENT = st.builds(
    Document, st.none(), st.lists(SECTION, max_size=5).map(tuple), st.none(), st.sampled_from(["en", "xx"])
)


def compared(old: Document, new: Document) -> Comparison:
    return compare(old, new, side(old, "old", b""), side(new, "new", b""))


def document(*texts: str) -> Document:
    return Document(None, (Section(None, tuple(Clause(text) for text in texts)),), None, "en")


def check(old: Document, new: Document) -> Comparison:
    comparison = compared(old, new)
    assert rebuild(lines(old), comparison) == lines(new)
    for change in comparison.changes:
        check_edits(change)
    return comparison


def check_edits(change: Change) -> None:
    for text, operation in ((change.old, Operation.DELETE), (change.new, Operation.INSERT)):
        kept = {Operation.EQUAL, operation}
        assert "".join(edit.text for edit in change.edits if edit.operation in kept) == (text or "")
    assert (change.kind is Kind.ADDED) == (change.old is None)
    assert (change.kind is Kind.REMOVED) == (change.new is None)


@settings(max_examples=400, deadline=None)
@given(DOCUMENT, DOCUMENT)
@example(document(), document("a"))
@example(document("a b c d"), document("a b", "c d"))
@example(document("x", "x", "x"), document("x", "y", "x"))
def test_any_document_becomes_any_other(old: Document, new: Document) -> None:
    check(old, new)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_document_with_its_clauses_shuffled(data: st.DataObject) -> None:
    old = data.draw(DOCUMENT)
    sections = data.draw(st.permutations(old.sections))
    shuffled = tuple(
        Section(section.heading, tuple(data.draw(st.permutations(section.clauses)))) for section in sections
    )
    check(old, Document(None, shuffled, None, "en"))


def test_headings_only() -> None:
    old, new = (
        Document(None, tuple(Section(heading, ()) for heading in headings), None, "en")
        for headings in (["One", "Two", "Three"], ["Three", "Two b", "One"])
    )
    check(old, new)


@pytest.mark.timeout(100)  # quadratic time would be hours
def test_a_huge_line() -> None:
    old = " ".join(f"word{number * number % 977}" for number in range(60_000))
    new = " ".join(word for number, word in enumerate(old.split()) if number % 101)
    (change,) = check(document(old), document(new)).changes
    assert sum(len(edit.text) for edit in change.edits if edit.operation is Operation.EQUAL) > 0.9 * len(new)


def test_it_can_be_done_from_the_json_alone() -> None:
    old = document("We keep it.", "We share it with Acme.", "We log it for a year.", "Write to us.")
    new = document("We keep it.", "Write to us.", "We share it with Acme and Initech.", "We log it.")
    told = json.loads(form.dump(compared(old, new)))
    before, after = lines(old), []
    for source, first, second in told["pieces"]:
        if source == "old":
            after += before[first : first + second]
        else:
            edits = told["changes"][source]["edits"]
            text = "".join(text for operation, text in edits if operation != "delete")
            after.append(text[first:second])
    assert after == lines(new)
    assert form.load(form.dump(compared(old, new))).pieces == compared(old, new).pieces


@pytest.mark.shared
@pytest.mark.timeout(600)
def test_every_real_pair_and_what_is_not_kept_is_told(shared: Path) -> None:
    count = 0
    for folder in sorted((shared / "corpus").glob("*/*/")):
        old, new = (read((folder / name).read_bytes(), name) for name in ("old.md", "new.md"))
        comparison = check(old, new)
        told = [change.old for change in comparison.changes if change.old and change.kind is not Kind.MOVED]
        kept = {
            line
            for piece in comparison.pieces
            if isinstance(piece, Kept)
            for line in range(piece.first, piece.first + piece.count)
        }
        gone = [line for number, line in enumerate(lines(old)) if number not in kept]
        assert sorted(" ".join(gone).split()) == sorted(" ".join(told).split()), folder
        count += 1
    assert count >= 400
