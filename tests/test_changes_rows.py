"""Lists and tables are sets of rows, read with what they stand under; sections and clauses move and split."""

import pytest

from notifier.changes.differences import differences
from notifier.changes.finding import Difference
from notifier.changes.model import Kind
from notifier.changes.rows import columns, label
from notifier.changes.units import Codebook, units
from notifier.policy.read import read


def differing(old: str, new: str, name: str = "a.md") -> list[Difference]:
    book = Codebook()
    found, _ = differences(*(units(read(text.encode(), name), book) for text in (old, new)))
    return found


def told(old: str, new: str, name: str = "a.md") -> list[tuple[str, str | None, str | None]]:
    return [(found.kind.value, found.old, found.new) for found in differing(old, new, name)]


NAMES = [f"Company {letter} Ltd" for letter in "ABCDEFGHIJKLMNOP"]
SHARE = "We share your data with:\n\n"


def listed(*items: str) -> str:
    return "".join(f"* {item}\n" for item in items) + "\n"


def test_an_item_added_to_a_long_list_is_one_added_row_with_its_lead_in() -> None:
    (found,) = differing(SHARE + listed(*NAMES), SHARE + listed(*NAMES[:5], "Acme Inc.", *NAMES[5:]))
    assert (found.kind, found.new, found.lead) == (Kind.ADDED, "Acme Inc.", "We share your data with:")


def test_an_item_edited_is_one_changed_row() -> None:
    items = ["your name and your home address", "your orders of the last two years", "your telephone number"]
    edited = [*items[:1], "your orders of the last nine years", *items[2:]]
    (found,) = differing(SHARE + listed(*items), SHARE + listed(*edited))
    assert (found.kind, found.old, found.new) == (Kind.CHANGED, items[1], edited[1])
    assert found.lead == "We share your data with:"


def test_a_list_in_another_order_is_one_move() -> None:
    (found,) = differing(SHARE + listed(*NAMES), SHARE + listed(*reversed(NAMES)))
    assert found.kind is Kind.MOVED
    (found,) = differing(
        SHARE + listed(*NAMES), SHARE + listed(*NAMES[8:], NAMES[3], *NAMES[:3], *NAMES[4:8])
    )
    assert found.kind is Kind.MOVED


def test_an_item_added_to_a_list_in_another_order_is_not_lost_in_the_move() -> None:
    found = told(SHARE + listed(*NAMES), SHARE + listed(*reversed(NAMES), "Acme Inc."))
    assert ("added", None, "Acme Inc.") in found
    assert [kind for kind, *_ in found] in (["moved", "added"], ["added", "moved"])


def test_a_name_that_went_to_another_list_was_taken_from_one_and_put_into_the_other() -> None:
    old = SHARE + listed("name", "address") + "We keep:\n\n" + listed("telephone number", "orders")
    new = SHARE + listed("address") + "We keep:\n\n" + listed("name", "telephone number", "orders")
    found = {(one.kind, one.new or one.old, one.lead) for one in differing(old, new)}
    assert found == {
        (Kind.REMOVED, "name", "We share your data with:"),
        (Kind.ADDED, "name", "We keep:"),
    }


def test_a_long_item_in_another_list_has_moved_and_tells_both_leads() -> None:
    item = "the name and the address that you gave us"
    old = SHARE + listed(item, "orders of this year") + "We delete at once:\n\n" + listed("old orders we had")
    new = SHARE + listed("orders of this year") + "We delete at once:\n\n" + listed(item, "old orders we had")
    (found,) = differing(old, new)
    assert (found.kind, found.new) == (Kind.MOVED, item)
    assert (found.lead_old, found.lead_new) == ("We share your data with:", "We delete at once:")


TABLE = "## Keeping\n\n| Data | Kept for |\n|---|---|\n| Orders | 2 years |\n| Logs | 30 days |\n"


def test_a_cell_changed_is_one_changed_row_with_its_header() -> None:
    (found,) = differing(TABLE, TABLE.replace("2 years", "3 years"))
    assert (found.kind, found.old, found.new) == (Kind.CHANGED, "Orders | 2 years", "Orders | 3 years")
    assert (found.lead, found.columns, found.section_new) == ("Data | Kept for", ("Kept for",), "Keeping")


def test_rows_are_known_by_their_first_cell_in_any_order() -> None:
    rows = ["| Orders | until the tax office lets us |", "| Logs | 30 days |", "| Name | 1 year |"]
    old = TABLE[: TABLE.index("| Orders")]
    new = old + "| Name | 1 year |\n| Orders | for ever and ever |\n| Logs | 30 days |"
    found = {(kind, before, after) for kind, before, after in told(old + "\n".join(rows), new)}
    assert ("changed", "Orders | until the tax office lets us", "Orders | for ever and ever") in found
    assert {kind for kind, *_ in found} <= {"changed", "moved"}


def test_a_row_added_is_one_row() -> None:
    (found,) = differing(TABLE, TABLE + "| Photos | 5 years |\n")
    assert (found.kind, found.new, found.columns) == (Kind.ADDED, "Photos | 5 years", ("Data", "Kept for"))


@pytest.mark.parametrize(
    ("text", "name", "leads"),
    [
        ("We share:\n\n* a b\n* c d\n", "a.md", [None, "We share:", "We share:"]),
        ("We keep it. \n\n* a b\n", "a.md", [None, None]),
        ("To keep you safe\n\n* a b\n", "a.md", [None, "To keep you safe"]),
        ("We share:\n\n* with us:\n\n    * Acme\n", "a.md", [None, "We share:", "We share: with us:"]),
        ("We share:\n\nname\n\norders\n\nOver.\n", "a.md", [None, "We share:", "We share:", None]),
        ("| A | B |\n|---|---|\n| c | d |\n", "a.md", [None, "A | B"]),
        ("| | |\n|---|---|\n| c | d |\n", "a.md", [None, None]),
    ],
)  # fmt: skip
def test_what_a_clause_stands_under(text: str, name: str, leads: list[str | None]) -> None:
    assert [unit.lead for unit in units(read(text.encode(), name), Codebook())] == leads


def test_what_names_a_row_or_an_item() -> None:
    assert label("Location data: where you are") == ("location", "data")
    assert label("Logs | 30 days") == ("logs",)
    assert label("We keep logs for 30 days.") == ()


def test_the_columns_of_rows_that_do_not_fit_the_header_are_not_known() -> None:
    assert columns("Data | Kept for", "Orders | 2 years", "Orders | 3 years | or more") == ()


def test_a_section_that_moved_and_was_edited_on_the_way_is_a_move_and_the_edit() -> None:
    sections = {
        name: f"## {name}\n\nWe {verb} what you said of {name}. We {verb} it in a safe place. Ask us.\n\n"
        for name, verb in [("Orders", "keep"), ("Cookies", "read"), ("Mail", "send"), ("Talk", "hear")]
    }
    old = "".join(sections.values())
    moved = sections["Orders"].replace("## Orders", "## Your orders").replace("in a safe place", "anywhere")
    new = sections["Cookies"] + sections["Mail"] + sections["Talk"] + moved
    found = differing(old, new)
    assert sorted(one.kind for one in found) == [Kind.CHANGED, Kind.CHANGED, Kind.MOVED]
    assert {(one.old, one.new) for one in found if one.kind is Kind.CHANGED} == {
        ("Orders", "Your orders"),
        ("We keep it in a safe place.", "We keep it anywhere."),
    }


def test_a_section_renamed_and_numbered_anew_is_a_changed_heading() -> None:
    body = "We keep your data for a year. We ask nobody about it. We tell you when it is gone.\n\n"
    assert told(f"## 1. Retention\n\n{body}", f"## 4. Retention\n\n{body}") == [
        ("changed", "1. Retention", "4. Retention")
    ]
    assert told(f"## Retention\n\n{body}", f"## How long it stays\n\n{body}") == [
        ("changed", "Retention", "How long it stays")
    ]


def test_an_enumeration_made_into_a_list_is_one_change() -> None:
    whole = "We collect your name, your postal address, your telephone number and the language you speak."
    parts = "We collect:\n\n" + listed(
        "your name", "your postal address", "your telephone number", "the language you speak"
    )
    for old, new in ((whole, parts), (parts, whole)):
        (found,) = differing(f"# Data\n\n{old}\n", f"# Data\n\n{new}\n")
        assert found.kind is Kind.CHANGED
