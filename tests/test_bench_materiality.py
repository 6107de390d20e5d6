"""The benchmark's figures, on a folder small enough to do the sums by hand."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[1] / "bench" / "materiality.py"

# Name, label, categories, hard, doubtful, old, new. Two of the labels are wrong on purpose.
PAIRS = [
    (
        "shop/sells",  # found; the category too
        "material",
        ["sale"],
        True,
        False,
        "We do not sell your personal data.",
        "We sell your personal data.",
    ),
    (
        "shop/keeps",  # a false alarm to this reader, who named a category that is not there
        "minor",
        ["sale"],
        True,
        False,
        "We keep order records for seven days.",
        "We keep order records for two years.",
    ),
    ("bank/bullets", "cosmetic", [], False, False, "* Cards\n* [Loans](/loan)", "- Cards\n- [Loans](/loans)"),
    ("bank/same", "material", ["contact"], False, False, "Ask us anything.", "Ask us anything."),
    ("bank/unsure", "material", ["sale"], False, True, "We never sell data.", "We sell data."),
    ("bank/unread", None, [], False, False, "We never sell data.", "We sell data."),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = []
    for name, label, categories, hard, doubtful, old, new in PAIRS:
        place = tmp_path / "pairs" / name
        place.mkdir(parents=True)
        (place / "old.md").write_text(f"# Privacy policy\n\n{old}\n")
        (place / "new.md").write_text(f"# Privacy policy\n\n{new}\n")
        source, pair_id = name.split("/")
        row = {"source": source, "id": pair_id, "hard": hard, "doubtful": doubtful, "note": f"note on {name}"}
        if label:
            row |= {"label": label, "categories": categories}
        (place / "meta.json").write_text(json.dumps(row))
        rows.append(row)
    (tmp_path / "pairs" / "INDEX.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path / "pairs"


def bench(*arguments: str | Path) -> str:
    done = subprocess.run([sys.executable, BENCH, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def measured(folder: Path, *arguments: str) -> dict[str, Any]:
    written = folder.parent / "figures.json"
    bench(folder, "--json", written, *arguments)
    figures: dict[str, Any] = json.loads(written.read_text())
    return figures


def test_the_sums_are_those_done_by_hand(folder: Path) -> None:
    figures = measured(folder)
    # sells is a hit, keeps a false alarm, same a miss: precision 1/2, recall 1/2
    assert figures["scores"]["material"] == {"hit": 1, "false": 1, "missed": 1, "f1": 0.5}
    # sale of sells; retention of keeps is not in its label, sale of keeps and contact of same were not found
    assert figures["scores"]["categories"] == {"hit": 1, "false": 1, "missed": 2, "f1": 0.4}
    assert figures["scores"]["categories_both_material"] == {"hit": 1, "false": 0, "missed": 0, "f1": 1.0}
    # none of the four changes thirteen words
    assert figures["scores"]["by_counting"] == {"hit": 0, "false": 0, "missed": 2, "f1": 0.0}
    assert figures["parts"]["hard_right"] == [1, 2]
    assert figures["parts"]["cosmetic_called_material"] == [0, 1]
    assert figures["parts"]["minor_called_material"] == [1, 1]
    words = {pair["name"]: pair["changed_words"] for pair in figures["pairs"]}
    assert words["shop/sells"] == 2
    assert words["shop/keeps"] == 4
    assert words["bank/bullets"] == 0


def test_mistakes_are_named_with_the_readers_note(folder: Path) -> None:
    printed = bench(folder)
    assert "  shop/keeps hard: minor called material: note on shop/keeps" in printed
    assert "  bank/same: material called none: note on bank/same" in printed
    assert "unread" not in printed


def test_each_half_has_other_sources(folder: Path) -> None:
    halves = [measured(folder, "--half", half)["pairs"] for half in ("one", "two")]
    sources = [{pair["name"].split("/")[0] for pair in half} for half in halves]
    assert sources == [{"bank"}, {"shop"}]


def test_a_folder_needs_no_index(folder: Path) -> None:
    with_index = bench(folder)
    (folder / "INDEX.jsonl").unlink()
    assert bench(folder) == with_index


def test_the_worst_are_shown_with_what_decided(folder: Path) -> None:
    printed = bench(folder, "--worst", "1", "--by-source")
    assert "bank/same: material called none" in printed
    assert "called material" not in printed.split("bank/same")[1]
    shop = next(line for line in printed.splitlines() if line.startswith("shop"))
    assert shop.split()[:4] == ["shop", "2", "0.500", "1.000"]


def test_one_pair_is_shown_whole(folder: Path) -> None:
    printed = bench(folder, "--show", "keeps")
    assert "    - We keep order records for seven days." in printed
    assert "    + We keep order records for two years." in printed
    assert "[retention]" in printed


def test_a_text_that_cannot_be_read_is_unjudged(folder: Path) -> None:
    (folder / "shop" / "sells" / "new.md").write_bytes(b"\x00\x01\x02" * 50)
    printed = bench(folder)
    assert "shop/sells hard: material called unjudged" in printed
    assert "  shop/sells: unreadable: " in printed
