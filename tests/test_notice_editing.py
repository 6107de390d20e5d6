"""The summary as a person edits it: what is written comes back, and a lost form is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import WrongUse
from notifier.notice.editing import from_text, to_text
from notifier.notice.texts import Group, Summary

WORDS = st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1), min_size=1).map(" ".join)
PARAGRAPHS = WORDS.filter(lambda text: text.split()[0] not in {"-", "#"})
GROUPS = st.builds(Group, WORDS, st.lists(WORDS, min_size=1, max_size=4).map(tuple))
UNHEADED = st.builds(Group, st.just(""), st.lists(WORDS, min_size=1, max_size=2).map(tuple))


@given(
    st.lists(PARAGRAPHS, min_size=1, max_size=3).map("\n\n".join),
    st.lists(UNHEADED, max_size=1),
    st.lists(GROUPS, max_size=3),
    PARAGRAPHS | st.just(""),
)
def test_what_is_edited_comes_back_unchanged(
    intro: str, unheaded: list[Group], groups: list[Group], closing: str
) -> None:
    summary = Summary(intro, (*unheaded, *groups), closing if unheaded or groups else "")
    assert from_text(to_text(summary)) == summary


def test_the_form_is_what_the_mail_looks_like() -> None:
    summary = Summary(
        "We change it.\n\nPlease read.",
        (Group("Sale of your data", ("New: “A”.", "New: “B”.")), Group("Children", ("New: “C”.",))),
        "And 2 further changes.",
    )
    assert to_text(summary) == (
        "We change it.\n\nPlease read.\n\n# Sale of your data\n\n- New: “A”.\n- New: “B”.\n\n"
        "# Children\n\n- New: “C”.\n\nAnd 2 further changes.\n"
    )


def test_an_editor_may_wrap_lines_and_leave_headings_out() -> None:
    text = (
        "We change\nour policy.\n\nPlease\nread.\n\n-  First\n   point.\n- Second\npoint.\n\n\n"
        "#  A\n heading\n-  Third.\n\nThat\nis all.\n"
    )
    assert from_text(text) == Summary(
        "We change our policy.\n\nPlease read.",
        (Group("", ("First point.", "Second point.")), Group("A heading", ("Third.",))),
        "That is all.",
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no opening"),
        (" \n\n", "no opening"),
        ("- a point\n", "no opening"),
        ("We change.\n\n- \n", "line 3 .* is a point without words"),
        ("We change.\n\n#\n- One.\n", "line 3 .* is a heading without words"),
        ("We change.\n\n# One\n\n# Two\n- Two.\n", "nothing stands under 'One'"),
        ("We change.\n\n- One.\n\nMore.\n\nAnd more.\n", "line 7 .* second paragraph after"),
        ("We change.\n\n- One.\n\nMore.\n\n- Two.\n", "line 7 .* a point after the last paragraph"),
        ("We change.\n\n- One.\n\nMore.\n# Two\n", "line 6 .* a heading after the last paragraph"),
    ],
)
def test_a_summary_that_lost_its_form_is_refused(text: str, what: str) -> None:
    with pytest.raises(WrongUse, match=what):
        from_text(text)
