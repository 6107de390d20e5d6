"""Versions of a policy: each text once, numbered, with its bytes."""

import threading
from dataclasses import dataclass
from datetime import date, datetime

import pytest

from notifier.errors import WrongUse
from notifier.flow import policies
from notifier.store.database import Database


@dataclass(frozen=True)
class Text:
    data: bytes
    label: str = "privacy.md"
    media_type: str = "text/markdown"


def text(number: int) -> Text:
    kept = f"We keep your name and your address for {number} years."
    return Text(f"# Privacy policy\n\nEffective 7 April 2005.\n\n{kept}\n".encode())


def test_a_text_becomes_version_1(db: Database, now: datetime) -> None:
    version, new = policies.add(db, "privacy", text(1), now)
    assert new
    assert (version.policy, version.number, version.source) == ("privacy", 1, "privacy.md")
    assert version.raw == text(1).data
    assert version.effective_date == date(2005, 4, 7)
    assert version.language == "en"
    assert version.added_at == now
    assert policies.load(db, "privacy", 1) == version


def test_the_same_text_twice_is_no_new_version(db: Database, now: datetime) -> None:
    first, _ = policies.add(db, "privacy", text(1), now)
    policies.add(db, "privacy", text(2), now)
    again, new = policies.add(db, "privacy", Text(text(1).data, label="copy.md"), now)
    assert not new
    assert again == first
    assert [version.number for version in policies.versions(db, "privacy")] == [1, 2]


def test_each_policy_counts_by_itself(db: Database, now: datetime) -> None:
    for policy in ("privacy", "cookies", "privacy"):
        policies.add(db, policy, text(len(policies.versions(db))), now)
    found = [(version.policy, version.number, version.raw) for version in policies.versions(db)]
    assert found == [("cookies", 1, b""), ("privacy", 1, b""), ("privacy", 2, b"")]
    assert [version.policy for version in policies.versions(db, "cookies")] == ["cookies"]


def test_without_a_number_the_newest_is_loaded(db: Database, now: datetime) -> None:
    for number in range(1, 12):
        policies.add(db, "privacy", text(number), now)
    assert policies.load(db, "privacy").number == 11


def test_what_is_not_stored_says_what_is(db: Database, now: datetime) -> None:
    with pytest.raises(WrongUse, match="notifier policy add privacy FILE"):
        policies.load(db, "privacy")
    policies.add(db, "privacy", text(1), now)
    with pytest.raises(WrongUse, match="no privacy@2: privacy@1 to privacy@1 are stored"):
        policies.load(db, "privacy", 2)
    with pytest.raises(WrongUse, match="'terms' is stored: stored are: privacy"):
        policies.load(db, "terms", 1)


@pytest.mark.parametrize(
    "name", ["", "Privacy", "privacy policy", "privacy@1", "-x", "a" * 101, "naïve", "a\n"]
)
def test_a_name_that_is_none(db: Database, name: str, now: datetime) -> None:
    with pytest.raises(WrongUse, match="no name for a policy"):
        policies.add(db, name, text(1), now)
    assert policies.versions(db) == []


@pytest.mark.parametrize("data", [b"", b"   \n\n", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 40])
def test_what_is_no_text_is_not_stored(db: Database, data: bytes, now: datetime) -> None:
    with pytest.raises(WrongUse, match=r"privacy\.md"):
        policies.add(db, "privacy", Text(data), now)
    assert policies.versions(db) == []


def test_many_at_once_get_numbers_of_their_own(db: Database, now: datetime) -> None:
    def add(numbers: range) -> None:
        for number in numbers:
            policies.add(db, "privacy", text(number), now)

    threads = [threading.Thread(target=add, args=(range(start, start + 6),)) for start in (0, 3, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = policies.versions(db, "privacy")
    assert [version.number for version in stored] == list(range(1, 13))
    assert len({version.sha256 for version in stored}) == 12
