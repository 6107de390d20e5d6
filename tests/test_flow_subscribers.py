"""Importing the list of people to be told."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from notifier.audience import csv
from notifier.audience.csv import BadRow
from notifier.audience.subscriber import Subscriber
from notifier.flow import subscribers
from notifier.flow.subscribers import Imported
from notifier.store.database import Database

FIRST = "email;name;locale\nana@example.com;Ana;es\nnobody;No Body;\nbob@example.com;Bob;en\n"


def load(db: Database, text: str, now: datetime) -> Imported:
    return subscribers.import_rows(db, csv.read(text.encode()), now)


def people(db: Database) -> list[tuple[str, str, str]]:
    return [(each.email, each.name, each.locale) for each in subscribers.listing(db)]


def test_good_rows_are_added_and_bad_ones_told(db: Database, now: datetime) -> None:
    bad = (BadRow(3, "the address 'nobody' has no @"),)
    assert load(db, FIRST, now) == Imported(added=2, updated=0, unchanged=0, bad=bad)
    assert people(db) == [("ana@example.com", "Ana", "es"), ("bob@example.com", "Bob", "en")]
    assert subscribers.count(db) == 2


def test_importing_twice_changes_nothing(db: Database, now: datetime) -> None:
    load(db, FIRST, now)
    before = list(subscribers.listing(db))
    done = load(db, FIRST, now + timedelta(days=1))
    assert (done.added, done.updated, done.unchanged, len(done.bad)) == (0, 0, 2, 1)
    assert list(subscribers.listing(db)) == before


def test_what_changed_is_updated_and_keeps_its_id(db: Database, now: datetime) -> None:
    load(db, FIRST, now)
    ids = {each.email: each.ref for each in subscribers.listing(db)}
    done = load(db, "email;name;locale\nana@example.com;Ana López;es\nbob@example.com;Bob;en\n", now)
    assert (done.added, done.updated, done.unchanged) == (0, 1, 1)
    assert people(db)[0] == ("ana@example.com", "Ana López", "es")
    assert {each.email: each.ref for each in subscribers.listing(db)} == ids


def test_of_one_address_the_last_row_counts_in_whatever_case(db: Database, now: datetime) -> None:
    text = "email;name\nana@example.com;Ana\nbob@example.com;Bob\nANA@Example.com;Anne\n"
    done = load(db, text, now)
    assert (done.added, done.updated, done.unchanged) == (2, 0, 0)
    assert people(db) == [("ANA@example.com", "Anne", ""), ("bob@example.com", "Bob", "")]
    assert load(db, text, now) == Imported(added=0, updated=0, unchanged=2, bad=())


def test_nobody_on_the_list_is_removed_by_an_import(db: Database, now: datetime) -> None:
    load(db, FIRST, now)
    load(db, "email\neve@example.com\n", now)
    assert subscribers.count(db) == 3


def test_batches_add_up(db: Database, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribers, "BATCH", 100)
    rows = [Subscriber("", f"p{number}@example.com", f"P {number}") for number in range(250)]
    told: list[int] = []
    done = subscribers.import_rows(db, iter(rows), now, told.append)
    assert done == Imported(added=250, updated=0, unchanged=0, bad=())
    assert told == [100, 200, 250]
    assert subscribers.count(db) == 250


def test_an_interrupted_import_is_run_again(
    db: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribers, "BATCH", 100)
    rows = [Subscriber("", f"p{number}@example.com") for number in range(250)]

    def interrupt(done: int) -> None:
        if done == 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        subscribers.import_rows(db, rows, now, interrupt)
    assert subscribers.count(db) == 200
    assert subscribers.import_rows(db, rows, now) == Imported(added=50, updated=0, unchanged=200, bad=())


def test_an_empty_import_is_fine(db: Database, now: datetime) -> None:
    assert load(db, "email\n", now) == Imported(added=0, updated=0, unchanged=0, bad=())


def test_listing_goes_on_after_an_id(db: Database, now: datetime) -> None:
    subscribers.import_rows(db, [Subscriber("", f"p{number}@example.com") for number in range(5)], now)
    first = subscribers.listing(db, limit=2)
    rest = subscribers.listing(db, after_id=int(first[-1].ref), limit=9)
    assert [each.email for each in first + rest] == [f"p{number}@example.com" for number in range(5)]


def test_two_imports_at_once_make_no_one_twice(db: Database, now: datetime) -> None:
    rows = [Subscriber("", f"p{number}@example.com") for number in range(2_000)]
    threads = [threading.Thread(target=subscribers.import_rows, args=(db, rows, now)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert subscribers.count(db) == 2_000


def test_two_imports_in_opposite_order_do_not_wait_for_each_other(
    db: Database, now: datetime, capfd: pytest.CaptureFixture[str]
) -> None:
    done: list[Imported] = []

    def load_all(rows: list[Subscriber]) -> None:
        done.append(subscribers.import_rows(db, rows, now))

    for name in ("new", "changed", "changed again"):
        rows = [Subscriber("", f"p{number}@example.com", name) for number in range(3_000)]
        other = [replace(row, name=f"{name} by the other one") for row in reversed(rows)]
        threads = [threading.Thread(target=load_all, args=(each,)) for each in (rows, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(done) == 6
    assert subscribers.count(db) == 3_000
    assert capfd.readouterr().err == ""
