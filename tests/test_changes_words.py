"""Word-by-word edits give back both clauses exactly."""

from hypothesis import example, given
from hypothesis import strategies as st

from notifier.changes.model import Edit, Operation
from notifier.changes.words import edits

WORDS = st.lists(
    st.sampled_from(["we", "do", "not", "sell", "your", "data", ",", ".", "e-mail", "\u2019", "é"]),
    max_size=12,
)
CLAUSES = st.one_of(WORDS.map(" ".join), st.text(max_size=40))


def joined(steps: tuple[Edit, ...], operation: Operation) -> str:
    return "".join(edit.text for edit in steps if edit.operation in {Operation.EQUAL, operation})


@given(CLAUSES, CLAUSES)
@example(" a", "a ")
@example("We sell.", "sell")
def test_equal_and_delete_is_the_old_clause_equal_and_insert_the_new(old: str, new: str) -> None:
    steps = edits(old, new)
    assert joined(steps, Operation.DELETE) == old
    assert joined(steps, Operation.INSERT) == new
    assert all(edit.text for edit in steps)


def test_an_added_clause_is_one_insertion() -> None:
    assert edits(None, "We sell it.") == (Edit(Operation.INSERT, "We sell it."),)
    assert edits("We sell it.", None) == (Edit(Operation.DELETE, "We sell it."),)


def test_small_words_kept_by_chance_join_the_edits_around_them() -> None:
    steps = edits(
        "We do not sell or rent your name to others.", "We may give your home address to selected partners."
    )
    shown = [(edit.operation.value, edit.text.strip()) for edit in steps]
    assert shown == [
        ("equal", "We"),
        ("delete", "do not sell or rent your name to others"),
        ("insert", "may give your home address to selected partners"),
        ("equal", "."),
    ]
