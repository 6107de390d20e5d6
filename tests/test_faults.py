"""The storms of bench/faults.py, short: whatever goes wrong, the ledger says what the server knows."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

import arrivals
import cluster
import fencing
import kills
import mailing
import outages
import postgres
import storm
import storm_check
import storm_plan
from notifier.delivery.states import Outcome, State
from receipts import Receipts, Try
from servers import require, server_folder
from storm_check import Row
from storm_plan import Kind, Stage

ENGINES = ("sqlite", "postgresql")
SEEDS = (1, 2, 3)


@pytest.fixture
def new_database(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], AbstractContextManager[str]]:
    """Gives empty databases, of the kind that the test names."""
    numbers = count(1)

    @contextmanager
    def made() -> Iterator[str]:
        if request.param == "sqlite":
            folder = tmp_path / f"database-{next(numbers)}"
            folder.mkdir()
            yield mailing.sqlite(folder)
        else:
            server: postgres.Server = request.getfixturevalue("postgres_server")
            with server.database() as name:
                yield server.url(name)

    return made


# The storms


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ledger_says_what_the_server_did(database_url: str, tmp_path: Path, seed: int) -> None:
    report = storm.run(database_url, tmp_path, mails=250, seed=seed, encrypted=seed != SEEDS[-1])
    assert report.broken == []
    rows = dict(report.rows)
    assert rows[State.REFUSED]
    assert rows["uncertain at the end of a round, over all rounds"]


@pytest.mark.parametrize("new_database", ENGINES, indirect=True)
def test_senders_that_are_killed_lose_nobody(
    new_database: Callable[[], AbstractContextManager[str]], tmp_path: Path
) -> None:
    report = kills.run_kills(new_database, tmp_path, kills=6, mails=1500, seed=1)
    assert report.broken == []


def test_a_worker_that_slept_past_its_lease_is_fenced_off(
    postgres_server: postgres.Server, tmp_path: Path
) -> None:
    with postgres_server.database() as name:
        report = fencing.run_workers(postgres_server.url(name), tmp_path, mails=1000)
    assert report.broken == []


def test_a_disk_that_is_full_for_a_moment_loses_nobody(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("wants to mount a disk: run as root")
    with outages.small_disk(tmp_path) as disk:
        url = mailing.sqlite(disk)
        report = outages.run_outage(url, tmp_path, lambda: outages.full(disk), mails=1000, seconds=1)
    assert report.broken == []


def test_a_database_that_is_locked_for_a_moment_loses_nobody(tmp_path: Path) -> None:
    url = mailing.sqlite(tmp_path)
    report = outages.run_outage(url, tmp_path, lambda: outages.locked(url), mails=1000, seconds=3)
    assert report.broken == []


def test_a_database_server_that_crashes_loses_nobody(tmp_path: Path) -> None:
    require("initdb", "postgresql", *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
    with server_folder() as folder, cluster.running(folder) as server, server.database() as url:
        report = outages.run_outage(url, tmp_path, lambda: outages.stopped(url), mails=1000, seconds=1)
    assert report.broken == []


def test_what_comes_in_during_a_send_is_logged(tmp_path: Path) -> None:
    url = mailing.sqlite(tmp_path)
    report = arrivals.run_arrivals(url, tmp_path, mails=1500, seed=1, soon=arrivals.PATIENCE)
    assert report.broken == []
    assert dict(report.rows)["opt-outs, bounces"] != "0, 0"


# What they are checked by


def test_one_seed_is_one_storm() -> None:
    def storm_of(seed: int) -> list[storm_plan.Act]:
        return [storm_plan.for_mail(seed, f"{each}@example.com", 1) for each in range(200)]

    assert storm_of(1) == storm_of(1)
    assert storm_of(1) != storm_of(2)


def test_a_storm_has_everything_at_every_stage() -> None:
    acts = [storm_plan.for_mail(1, f"{each}@example.com", 1) for each in range(30_000)]
    seen = Counter((act.stage, act.kind) for act in acts)
    for stage in (Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY, Stage.DOT):
        kinds = {kind for where, kind in seen if where is stage}
        assert kinds >= {Kind.LATER, Kind.NEVER, Kind.LEAVE, Kind.DROP, Kind.GARBAGE, Kind.STALL}, stage
    fine = seen[Stage.DOT, Kind.FINE] / len(acts)
    assert 0.6 < fine < 0.9


ROW = Row(1, "customer1@example.org", "Ann", State.ACCEPTED, 250, None)
TAKEN = Try(1, ROW.email, "DOT", "as it should be", Outcome.ACCEPTED, 250, "digest", "<id>")
REFUSED = Try(1, ROW.email, "RCPT", "5xx", Outcome.REFUSED, 550)
LOST = Try(1, ROW.email, "DOT", "drop", Outcome.UNCERTAIN, None, "digest", "<id>")
LATER = Try(1, ROW.email, "DATA", "4xx", Outcome.DEFERRED, 451)


def found(row: Row, *tries: Try, over: bool = False) -> list[str]:
    """What is wrong with a row after these tries."""
    receipts = Receipts(Path())
    receipts.tries[storm_check.sender_of(row.id)] = dict(enumerate(tries, 1))
    return list(storm_check.contradictions([row], receipts, over=over))


def test_what_agrees_is_no_contradiction() -> None:
    assert not found(ROW, TAKEN)
    assert not found(ROW, LATER, LOST, TAKEN)
    assert not found(replace(ROW, state=State.REFUSED, code=550), LOST, REFUSED)
    assert not found(replace(ROW, state=State.UNCERTAIN, code=None), LATER, LOST)
    assert not found(replace(ROW, state=State.FAILED, code=451), LATER, over=True)
    assert not found(replace(ROW, state=State.FAILED, code=None), LOST, over=True)


@pytest.mark.parametrize(
    ("row", "tries"),
    [
        (ROW, []),  # nobody ever named it
        (ROW, [REFUSED]),
        (ROW, [LOST]),  # it was taken, but the client cannot know
        (replace(ROW, state=State.REFUSED, code=550), [TAKEN]),
        (replace(ROW, state=State.REFUSED, code=554), [REFUSED]),  # what was said is not what is kept
        (replace(ROW, state=State.DEFERRED, code=None), [LOST]),  # it may have been taken
        (replace(ROW, state=State.UNCERTAIN, code=None), [LATER]),  # it cannot have been
        (ROW, [TAKEN, TAKEN]),
        (ROW, [REFUSED, TAKEN]),
        (replace(ROW, state=State.FAILED, code=451), [LATER]),  # there was time yet
    ],
)
def test_every_contradiction_is_found(row: Row, tries: list[Try]) -> None:
    assert found(row, *tries)
