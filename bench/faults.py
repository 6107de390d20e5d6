"""What goes wrong while a notice is sent, made to go wrong: `python bench/faults.py storm` and so on.

    storm     the mail server misbehaves at random, at every stage; then ledger and server are compared
    kills     kill -9 of senders at random moments, until everybody is settled
    workers   two workers on PostgreSQL, one killed, one stopped past its lease and woken
    disk      the database's disk is full, it is locked, it is restarted, in the middle of `notifier send`
    inbound   opt-outs and bounces come in while a send runs at full speed on SQLite

Each prints a table, and what was broken with the seed and the ids; then the exit code is 1. One seed gives
the same trouble again; only what hangs on the machine's speed may differ. Everything that is needed is
started here and gone afterwards.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import cached_property
from itertools import count
from pathlib import Path

import arrivals
import cluster
import fencing
import kills
import mailing
import outages
import storm
from notifier.errors import Problem
from storm import Report

MOST_SHOWN = 20
SQLITE, POSTGRESQL = "sqlite", "postgresql"


class Ground:
    """Where it happens: a folder, and databases that are gone when `stack` ends."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        self._numbers = count(1)

    @cached_property
    def postgres(self) -> cluster.Cluster:
        """The PostgreSQL server. Raises WrongUse."""
        return self.stack.enter_context(cluster.running(self.folder))

    @contextmanager
    def database(self, kind: str) -> Iterator[str]:
        """Give the URL of a new database."""
        if kind == POSTGRESQL:
            with self.postgres.database() as url:
                yield url
        else:
            yield mailing.sqlite(self.place())

    def place(self) -> Path:
        """Make a folder that nothing is in."""
        place = self.folder / str(next(self._numbers))
        place.mkdir()
        return place


def main() -> None:
    """Run what is asked for."""
    options = _options()
    try:
        with ExitStack() as stack:
            reports = options.run(Ground(stack), options)
            broken = [_shown(title, report, options) for title, report in reports.items()]
    except Problem as problem:
        print(f"faults: {problem}", file=sys.stderr)
        sys.exit(problem.exit_code)
    sys.exit(1 if any(broken) else 0)


def _storm(ground: Ground, options: argparse.Namespace) -> dict[str, Report]:
    with ground.database(options.database) as url:
        report = storm.run(
            url,
            ground.place(),
            mails=options.mails,
            seed=options.seed,
            connections=options.connections,
            encrypted=not options.clear,
            timeout=options.timeout,
        )
    return {f"storm on {options.database}": report}


def _kills(ground: Ground, options: argparse.Namespace) -> dict[str, Report]:
    report = kills.run_kills(
        lambda: ground.database(options.database),
        ground.place(),
        kills=options.kills,
        mails=options.mails,
        seed=options.seed,
        connections=options.connections,
    )
    return {f"kill -9 on {options.database}": report}


def _workers(ground: Ground, options: argparse.Namespace) -> dict[str, Report]:
    with ground.database(POSTGRESQL) as url:
        report = fencing.run_workers(
            url, ground.place(), mails=options.mails, connections=options.connections
        )
    return {"two workers": report}


def _disk(ground: Ground, options: argparse.Namespace) -> dict[str, Report]:
    def away(url: str, outage: Callable[[], AbstractContextManager[object]]) -> Report:
        return outages.run_outage(url, ground.place(), outage, mails=options.mails, seconds=options.seconds)

    reports = {}
    with outages.small_disk(ground.place()) as disk:
        reports["disk full (SQLite)"] = away(mailing.sqlite(disk), lambda: outages.full(disk))
    with ground.database(SQLITE) as url:
        reports["database locked (SQLite)"] = away(url, lambda: outages.locked(url))
    with ground.database(POSTGRESQL) as url:
        reports["server stopped as in a crash (PostgreSQL)"] = away(url, lambda: outages.stopped(url))
    return reports


def _inbound(ground: Ground, options: argparse.Namespace) -> dict[str, Report]:
    with ground.database(SQLITE) as url:
        report = arrivals.run_arrivals(
            url, ground.place(), mails=options.mails, seed=options.seed, connections=options.connections
        )
    return {"opt-outs and bounces during a send": report}


def _shown(title: str, report: Report, options: argparse.Namespace) -> bool:
    """Print a table, and what broke; whether something did."""
    rows: Mapping[str, object] = dict(report.rows)
    width = max(map(len, rows))
    print(f"\n{title}")
    for name, value in rows.items():
        print(f"  {name:<{width}}  {value}")
    print(f"  {'broken':<{width}}  {len(report.broken)}")
    for line in report.broken[:MOST_SHOWN]:
        print(f"    seed {options.seed}: {line}")
    if len(report.broken) > MOST_SHOWN:
        print(f"    and {len(report.broken) - MOST_SHOWN} more")
    return bool(report.broken)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="storm|kills|workers|disk|inbound")

    def command(
        name: str, run: Callable[[Ground, argparse.Namespace], dict[str, Report]], mails: int
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name)
        added.set_defaults(run=run)
        added.add_argument("--mails", type=int, default=mails)
        added.add_argument("--seed", type=int, default=1)
        return added

    stormy = command("storm", _storm, 100_000)
    stormy.add_argument("--clear", action="store_true", help="without STARTTLS")
    stormy.add_argument("--timeout", type=float, default=storm.TIMEOUT, help="the client's, in seconds")
    deadly = command("kills", _kills, 5_000)
    deadly.add_argument("--kills", type=int, default=200)
    for one in (stormy, deadly):
        one.add_argument("--database", choices=(SQLITE, POSTGRESQL), default=SQLITE)
    away = command("disk", _disk, 5_000)
    away.add_argument("--seconds", type=float, default=45, help="how long the database is away")
    for one in (stormy, deadly, command("workers", _workers, 5_000), command("inbound", _inbound, 20_000)):
        one.add_argument("--connections", type=int, default=10)
    return parser.parse_args()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
