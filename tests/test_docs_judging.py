"""docs/judging.md says what the code does: its examples are run, and no rule is missing in it."""

import ast
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import pytest

from notifier.changes.model import Category, Level
from test_changes_judge import judged

PAGE = Path(__file__).parents[1] / "docs" / "judging.md"
RULES = ("judge", "same", "small", "turned", "whole")  # the modules that have them
MAKERS = {"Finding", "finding", "_quoted"}  # what is called with a rule's name
UNREAD = {"no-vocabulary"}  # needs a text in another language


class Row(NamedTuple):
    """One line of a table of rules."""

    rule: str
    level: str
    finds: str
    before: str
    after: str
    leaves: str


def tables(columns: int) -> Iterator[list[str]]:
    """The cells of every row whose first cell is code, of the tables with so many columns."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("| `") else []
        if len(cells) == columns:
            yield [cells[0].strip("`"), *cells[1:]]


ROWS = [Row(*cells) for cells in tables(6)]


def written(module: str, makers: set[str]) -> Iterator[str]:
    """First arguments of such calls in a module of notifier.changes; a loop's variable with all values."""
    tree = ast.parse(resources.files("notifier.changes").joinpath(f"{module}.py").read_text("utf-8"))
    loops = {
        node.target.id: [ast.literal_eval(value) for value in node.iter.elts]
        for node in ast.walk(tree)
        if isinstance(node, ast.For)
        and isinstance(node.target, ast.Name)
        and isinstance(node.iter, ast.Tuple)
        if all(isinstance(value, ast.Constant) for value in node.iter.elts)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in makers:
            match node.args[:1]:
                case [ast.Constant(str(name))]:
                    yield name
                case [ast.Name(name)]:
                    yield from loops.get(name, ())


def text(cell: str) -> str:
    return cell.replace(" ¶ ", "\n\n")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
def test_the_example_of_a_rule_is_decided_by_it(row: Row) -> None:
    comparison = judged(text(row.before), text(row.after))
    level, _, direction = row.level.partition(", ")
    assert comparison.changes
    for change in comparison.changes:
        assert (change.rule, change.level) == (row.rule, level)
        assert not direction or change.direction == direction


def test_every_rule_is_in_the_page_and_no_other() -> None:
    rules = {name for module in RULES for name in written(module, MAKERS)}
    assert {"limit", "condition", "pace", "practice"} <= rules
    assert {row.rule for row in ROWS} == rules - UNREAD
    assert all(f"`{name}`" in PAGE.read_text(encoding="utf-8") for name in UNREAD)


def test_every_alarm_category_and_level_is_in_the_page() -> None:
    named = {name for name, *_ in (*tables(2), *tables(3))}
    assert named == {*written("alarms", {"Alarm"}), *Category, *Level}


def test_the_page_links_to_what_is_there() -> None:
    page = PAGE.read_text(encoding="utf-8")
    anchors = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", page, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)]+)\)", page):
        assert target[1:] in anchors if target.startswith("#") else (PAGE.parent / target).is_file()
