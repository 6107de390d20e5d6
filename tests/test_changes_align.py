"""Which clause stands for which: moves, splits, words said elsewhere, whole documents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.changes.compare import compare, side
from notifier.changes.model import Change, Comparison, Kind, Level
from notifier.policy.read import read


def compared(old: str, new: str, name: str = "a.md") -> Comparison:
    sides = [(read(text.encode(), name), text.encode()) for text in (old, new)]
    (left, left_raw), (right, right_raw) = sides
    return compare(left, right, side(left, "old", left_raw), side(right, "new", right_raw))


def kinds(comparison: Comparison) -> list[tuple[Kind, Level]]:
    return [(change.kind, change.level) for change in comparison.changes]


A = "## Keeping\n\nWe keep what you order for a year after that. We delete it then without being asked.\n\n"
B = "## Sharing\n\nWe share your address with the carrier of the parcel. Nobody else is told of it.\n\n"
C = "## Cookies\n\nWe set one cookie that knows what is in your basket. It goes when you close it.\n\n"


def test_the_same_text_has_no_changes() -> None:
    comparison = compared(A + B, A + B)
    assert (comparison.changes, comparison.verdict) == ((), "none")


def test_a_moved_section_is_one_cosmetic_change() -> None:
    (change,) = compared(A + B + C, B + C + A).changes
    assert (change.kind, change.level) == (Kind.MOVED, Level.COSMETIC)
    assert "for a year" in (change.new or "")


def test_a_clause_changed_while_it_moved_is_compared_with_itself() -> None:
    changed = A.replace("for a year", "for nine years")
    (change,) = compared(A + B + C, B + C + changed).at(Level.MATERIAL)
    assert (change.kind, change.section_old, change.section_new) == (Kind.CHANGED, "Keeping", "Keeping")
    assert change.words_new == "nine years"


def test_a_paragraph_cut_into_items_says_the_same() -> None:
    prose = "We keep your name and your address.\n\nWe keep what you ordered from us.\n"
    items = "* We keep your name and your address\n* We keep what you ordered from us\n"
    assert all(change.level is Level.COSMETIC for change in compared(prose, items).changes)


def test_a_sentence_split_in_two_is_one_change() -> None:
    old = (
        "## Data\n\nWe keep your name and address for bills and we delete them when you close your account.\n"
    )
    new = "## Data\n\nWe keep your name and address for bills. We delete them when you close your account.\n"
    (change,) = compared(old, new).changes
    assert (change.kind, change.level) == (Kind.CHANGED, Level.COSMETIC)


def test_a_promise_said_twice_and_dropped_once_is_not_lost() -> None:
    promise = "We never sell your personal data to anybody at all."
    old = f"## One\n\n{promise} We are glad of it.\n\n## Two\n\n{promise}\n"
    new = f"## One\n\n{promise} We are glad of it.\n\n## Two\n"
    assert [(change.rule, change.level) for change in compared(old, new).changes] == [
        ("said-elsewhere", Level.COSMETIC)
    ]


def test_a_promise_dropped_altogether_is_lost() -> None:
    old = "## One\n\nWe never sell your personal data. We are glad of it.\n"
    (change,) = compared(old, "## One\n\nWe are glad of it.\n").changes
    assert (change.kind, change.level, change.new) == (Kind.REMOVED, Level.MATERIAL, None)


def test_changes_stand_in_the_order_of_the_new_text() -> None:
    old = A + B + C
    new = (
        A.replace("a year", "two years")
        + B.replace(" Nobody else is told of it.", "")
        + C.replace("one", "two")
    )
    places = [change.section_new or change.section_old for change in compared(old, new).changes]
    assert places == ["Keeping", "Sharing", "Cookies"]
    assert [change.id for change in compared(old, new).changes] == ["c1", "c2", "c3"]


def test_ids_and_clauses_are_verbatim() -> None:
    old, new = "We keep **names** — “all” of them.\n", "We sell **names** — “all” of them.\n"
    (change,) = compared(old, new).changes
    assert (change.old, change.new) == ("We keep names — “all” of them.", "We sell names — “all” of them.")


SENTENCES = st.lists(st.sampled_from((A + B + C).replace("## ", "").split(". ")), max_size=12)


@given(SENTENCES, SENTENCES)
def test_every_word_of_both_texts_is_accounted_for(old: list[str], new: list[str]) -> None:
    """What is not in a change stands in both texts: the words outside the changes are the same."""
    left, right = ". ".join(["We are Acme.", *old]), ". ".join(["We are Acme.", *new])
    comparison = compared(left, right)
    if not comparison.changes:
        assert sorted(read(left.encode(), "a.md").text.split()) == sorted(
            read(right.encode(), "a.md").text.split()
        )
    for change in comparison.changes:
        assert (change.old is None) == (change.kind is Kind.ADDED)
        assert (change.new is None) == (change.kind is Kind.REMOVED)


@pytest.mark.timeout(100)  # quadratic time would be minutes
def test_long_texts_are_quick() -> None:
    """A thousand sections rewritten from end to end, and one line of 300 kB."""
    kept = "## Part {0}\n\nWe keep thing {0} for {0} days in a safe room. We ask {0} people.\n\n"
    held = "## Part {0}\n\nThing {0} is held by another team until {0} weeks passed.\n\n"
    old, new = ("".join(text.format(number) for number in range(1000)) for text in (kept, held))
    assert compared(old, new).verdict == "material"
    assert compared("word and " * 33_000, "word or " * 37_000).changes


def decided(change: Change) -> tuple[str, str]:
    return change.words_old, change.words_new


def test_decisive_words_are_verbatim_from_the_clauses() -> None:
    for change in compared(
        A + B + C, C.replace("one cookie", "many cookies") + B.replace("carrier", "police")
    ).changes:
        for words, clause in zip(decided(change), (change.old, change.new), strict=True):
            assert words in (clause or "")
