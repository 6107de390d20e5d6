"""Levels overruled through the commands, from the draft to the approval."""

import json
from pathlib import Path

import pytest

from command import Desk


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Desk:
    desk = Desk(tmp_path, database_url)
    desk.ok("init")
    desk.ok("notice", "draft", tmp_path / "old.md", tmp_path / "new.md", "--by", "Dana")
    return desk


def document(desk: Desk) -> dict[str, dict[str, object]]:
    """The notice's changes by id."""
    shown = json.loads(desk.ok("notice", "changes", "1", "--format", "json"))
    return {change["id"]: change for change in shown["changes"]}


def kept(desk: Desk) -> str:
    return next(name for name, change in document(desk).items() if "ten years" in str(change["new"]))


def test_an_overruled_change_from_the_record_to_the_mail(desk: Desk) -> None:
    assert "ten years" in desk.ok("notice", "show", "1")
    desk.ok("subscribers", "import", desk.folder / "customers.csv")
    desk.ok("notice", "approve", "1")
    change = kept(desk)
    said = desk.ok("notice", "overrule", "1", change, "minor", "--reason", "kept so already", "--by", "Eve")
    assert f"{change}: material -> minor" in said
    assert "material: sale wider (1); 1 minor" in said
    assert "drafted anew: notifier notice show 1" in said
    assert "approvals are void: notifier notice approve 1" in said

    shown = desk.ok("notice", "show", "1")
    assert "overruled by Eve at " in shown
    assert f"{change} material -> minor: kept so already" in shown
    assert "ten years" not in shown
    assert document(desk)[change]["level"] == "minor"
    assert document(desk)[change]["overruled"]["judged"] == "material"  # type: ignore[index]  # a JSON value
    assert desk.ok("notice", "changes", "1").rstrip().splitlines()[-1].startswith("material: sale wider (1)")
    assert "not approved" in desk.fails(2, "send", "1", "--yes")

    desk.ok("notice", "preview", "1", "-o", desk.folder / "p")
    page = (desk.folder / "p" / "changes.html").read_text(encoding="utf-8")
    assert "level set by a person, judged material: kept so already" in page
    assert "Eve" not in page
    assert "ten years" not in (desk.folder / "p" / "body.txt").read_text(encoding="utf-8")

    undone = desk.ok("notice", "overrule", "1", change, "--undo", "--reason", "no, legal objects")
    assert f"{change}: minor -> material" in undone
    again = desk.ok("notice", "show", "1")
    assert "ten years" in again
    assert again.count("overruled by") == 2
    assert "overruled" not in desk.ok("notice", "changes", "1")


def test_an_edited_summary_is_left_and_the_way_on_is_named(desk: Desk) -> None:
    edited = "We change it.\n\n# Ours\n\n- We may sell your data.\n"
    desk.ok("notice", "edit", "1", "--from", "-", stdin=edited)
    said = desk.ok("notice", "overrule", "1", kept(desk), "minor", "--reason", "small")
    assert "was edited and stays as it is: change it with notifier notice edit 1" in said
    assert "# Ours" in desk.ok("notice", "show", "1")
    assert "notifier notice edit 1 --redraft" in said
    assert "# Ours" not in desk.ok("notice", "edit", "1", "--redraft")
    assert "leave one out" in desk.fails(2, "notice", "edit", "1", "--redraft", "--from", "-", stdin=edited)


def test_groups_survive_an_edit(desk: Desk) -> None:
    desk.ok(
        "notice", "edit", "1", "--from", "-", stdin="We change it.\n\n# Ours\n\n- One.\n\n- Two.\n\nEnd.\n"
    )
    desk.ok("notice", "preview", "1", "-o", desk.folder / "p")
    text = (desk.folder / "p" / "body.txt").read_text(encoding="utf-8")
    assert "Ours\n\n- One.\n\n- Two.\n\nEnd.\n" in text
    html = (desk.folder / "p" / "body.html").read_text(encoding="utf-8")
    assert (
        html.index("Ours</h3>")
        < html.index(">One.</li>")
        < html.index(">Two.</li>")
        < html.index(">End.</p>")
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "no level is named"),
        (["c1"], "'c1' is no level"),
        (["minor"], "no change is named"),
        (["c1", "huge"], "'huge' is no level"),
        (["c1", "minor", "--all"], "changes are named beside --all"),
        (["minor", "--all"], "no change is unjudged"),
        (["--undo"], "no change is named"),
        (["c1", "minor", "--undo"], "'minor' is named beside --undo"),
        (["c99", "minor"], "no change 'c99'"),
        (["c1; DROP TABLE notices", "minor"], "no change"),
    ],
)
def test_what_is_not_understood_is_named(desk: Desk, words: list[str], says: str) -> None:
    assert says in desk.fails(2, "notice", "overrule", "1", *words, "--reason", "why")


def test_no_decision_without_a_reason(desk: Desk) -> None:
    assert desk("notice", "overrule", "1", "c1", "minor").code == 2
    assert "no reason" in desk.fails(2, "notice", "overrule", "1", "c1", "minor", "--reason", " ")
    assert "there is no notice 9" in desk.fails(2, "notice", "overrule", "9", "c1", "minor", "--reason", "x")


def test_small_changes_are_drafted_anyway_and_raised(tmp_path: Path, database_url: str) -> None:
    desk = Desk(tmp_path, database_url)
    desk.ok("init")
    old = tmp_path / "old.md"
    (tmp_path / "new.md").write_text(old.read_text().replace("1 March 2024", "1 April 2024"))
    draft = ("notice", "draft", old, tmp_path / "new.md")
    assert "no material change" in desk.fails(2, *draft)
    desk.ok(*draft, "--anyway")
    (change,) = document(desk)
    said = desk.ok("notice", "overrule", "1", change, "material", "--reason", "it holds earlier")
    assert said.splitlines()[1].startswith("material: ")
    assert "1 April 2024" in desk.ok("notice", "show", "1")


def test_an_alarm_is_overridden_with_a_reason_that_is_kept(tmp_path: Path, database_url: str) -> None:
    desk = Desk(tmp_path, database_url)
    desk.ok("init")
    (tmp_path / "new.md").write_text(
        "# Privacy\n\nWe keep nothing of yours.\n\n_Last updated on 1 March 2019._\n"
    )
    draft = ("notice", "draft", tmp_path / "old.md", tmp_path / "new.md", "--anyway")
    refused = desk.fails(2, *draft)
    assert "2019-03-01" in refused
    assert '--override "why they are right"' in refused
    assert "no reason" in desk.fails(2, *draft, "--override", " ")
    desk.ok(*draft, "--override", "the printer had the years wrong", "--by", "Dana")
    shown = desk.ok("notice", "show", "1")
    assert "alarms: date-backwards: the old text is of 2024-03-01" in shown
    assert "overridden by Dana: the printer had the years wrong" in shown
    desk.ok("notice", "preview", "1", "-o", tmp_path / "p")
    assert "date-backwards" not in (tmp_path / "p" / "changes.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("policy", "title"), [("cookies", "cookies policy"), ("data-protection-notice", "data protection notice")]
)
def test_a_policy_without_a_title_goes_by_its_name(desk: Desk, policy: str, title: str) -> None:
    said = desk.ok("notice", "draft", desk.folder / "old.md", desk.folder / "new.md", "--policy", policy)
    assert f" is changing its {title}." in said
