"""The three real policies with their next versions, and every pair of the corpus."""

import json
from pathlib import Path

import pytest

from notifier.changes.compare import compare, side
from notifier.changes.model import Comparison, Level
from notifier.policy.read import Original, read_versions

POLICIES = ["special-ops-security", "optech", "spectrotek"]


def compared(old: Path, new: Path) -> Comparison:
    left, right = read_versions(Original(old.read_bytes(), old.name), Original(new.read_bytes(), new.name))
    return compare(
        left, right, side(left, old.name, old.read_bytes()), side(right, new.name, new.read_bytes())
    )


def squeezed(text: str | None) -> str:
    return " ".join((text or "").split())


@pytest.mark.shared
@pytest.mark.parametrize("name", POLICIES)
def test_what_is_expected_is_found_with_its_words_and_category(shared: Path, name: str) -> None:
    expected = json.loads((shared / "policies" / "expected.json").read_text())[name]
    folder = shared / "policies" / name
    comparison = compared(folder / expected["old"], folder / expected["new"])
    material = comparison.at(Level.MATERIAL)
    for entry in expected["material"]:
        assert any(
            entry["category"] in change.categories
            and squeezed(entry["old"]) in squeezed(change.old)
            and squeezed(entry["new"]) in squeezed(change.new)
            for change in material
        ), entry
    dates = [
        side.effective_date.isoformat() if side.effective_date else None
        for side in (comparison.old, comparison.new)
    ]
    assert dates == expected["effective_dates"]
    assert comparison.alarms == ()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "words", "level"),
    [
        ("special-ops-security", "protect against the loss", Level.COSMETIC),
        ("special-ops-security", "visitors to our website", Level.COSMETIC),
        ("special-ops-security", "last updated on 21 NOVEMBER 2026", Level.COSMETIC),
        ("special-ops-security", "your dealings with this Web site", Level.COSMETIC),
        ("optech", "like PayPal via ShopPay", Level.COSMETIC),
        ("optech", "1.800.555.0142", Level.MINOR),
        ("spectrotek", "Information current as of 21 November, 2026", Level.COSMETIC),
        ("spectrotek", "last updated on November 21, 2026", Level.COSMETIC),
    ],
)
def test_what_is_not_material_is_not(shared: Path, name: str, words: str, level: Level) -> None:
    folder = shared / "policies" / name
    comparison = compared(next(folder.glob("old.*")), next(folder.glob("new.*")))
    assert [change.level for change in comparison.changes if words in (change.new or "")] == [level]


@pytest.mark.shared
def test_glued_headings_make_no_changes(shared: Path) -> None:
    folder = shared / "policies" / "spectrotek"
    comparison = compared(folder / "old.txt", folder / "new.txt")
    assert [change.rule for change in comparison.changes if change.rule == "heading"] == []
    assert len(comparison.changes) == 8


@pytest.mark.shared
@pytest.mark.timeout(600)
def test_every_real_pair_is_compared(shared: Path) -> None:
    for folder in sorted((shared / "corpus").glob("*/*/")):
        comparison = compared(folder / "old.md", folder / "new.md")
        for change in comparison.changes:
            assert change.words_old in (change.old or "")
            assert change.words_new in (change.new or "")
