"""One-clause edits as lawyers of many publishers would make them, judged: floors on sums, not lines."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from notifier.changes.model import Category, Direction, Level

EDITS = Path(__file__).parent / "data" / "edits.tsv"
BENCH = Path(__file__).parents[1] / "bench" / "materiality.py"

# What `bench/materiality.py --edits tests/data/edits.tsv` measures, rounded down; raise them when it rises.
MATERIAL_F1 = 0.83
MATERIAL_RECALL = 0.88
CATEGORIES_F1 = 0.50
DIRECTION_RIGHT = 0.59
COSMETIC_CALLED_MATERIAL = 17  # of 110, at most
MINOR_CALLED_MATERIAL = 15  # of 62, at most


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    written = tmp_path_factory.mktemp("edits") / "figures.json"
    subprocess.run(
        [sys.executable, BENCH, "--edits", EDITS, "--json", written], check=True, capture_output=True
    )
    figures: dict[str, Any] = json.loads(written.read_text())
    return figures


def test_the_table_is_well_formed() -> None:
    with EDITS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert [int(row["id"]) for row in rows] == list(range(1, len(rows) + 1))
    assert len({(row["old"], row["new"]) for row in rows}) == len(rows) >= 240
    for row in rows:
        assert set(row) == {"id", "old", "new", "lead", "level", "categories", "direction"}, row
        assert row["old"] != row["new"], row
        assert row["level"] in set(Level), row
        assert row["direction"] in set(Direction), row
        assert set(row["categories"].split()) <= set(Category), row
        assert bool(row["categories"]) or row["level"] != Level.MATERIAL, row


def test_material_edits_are_told_from_the_rest(measured: dict[str, Any]) -> None:
    score = measured["scores"]["material"]
    assert score["f1"] >= MATERIAL_F1
    assert score["hit"] / (score["hit"] + score["missed"]) >= MATERIAL_RECALL


def test_few_others_are_called_material(measured: dict[str, Any]) -> None:
    assert measured["parts"]["cosmetic_called_material"][0] <= COSMETIC_CALLED_MATERIAL
    assert measured["parts"]["minor_called_material"][0] <= MINOR_CALLED_MATERIAL


def test_categories_and_direction_are_mostly_the_lawyers(measured: dict[str, Any]) -> None:
    assert measured["scores"]["categories"]["f1"] >= CATEGORIES_F1
    right, told = measured["parts"]["direction_right"]
    assert right / told >= DIRECTION_RIGHT


def test_no_edit_is_left_unjudged(measured: dict[str, Any]) -> None:
    assert measured["parts"]["unjudged"][0] == 0
