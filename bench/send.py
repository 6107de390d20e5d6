"""How fast a notice goes out: `python bench/send.py [--mails 20000] [--runs 3]`.

Everything is started here and gone afterwards: Postfix's smtp-sink, which takes the mails, PostgreSQL with
the durability it comes with, and a database with customers and an approved notice for each run, in $TMPDIR.
Each sender is a process of its own with 10 connections. A rate is mails by the seconds from the call of
`flow.sending.send` to its return; enrolment is timed apart. After each run the ledger and the sink must have
all the mails, each once.

    python bench/send.py                     beside smtp-source (a constant mail) and smtplib (10 threads)
    python bench/send.py --rtt 20            the same 20 ms away, beside smtplib and connections / round trip
    python bench/send.py --growth            10,000 to 1,000,000 mails: cost of each, peak memory
    python bench/send.py --workers 2         so many senders of one notice on PostgreSQL, beside one
"""

import argparse
import os
import signal
import smtplib
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import smtp_sink
from contender import CONNECTIONS
from notifier.errors import Problem
from stage import Run, Stage

MAILS = 20_000
# At a distance: what takes smtplib, which needs several round trips a mail, not too long.
MAILS_AWAY = 5_000
SMTPLIB_SHARE = 5  # at a distance it sends a fifth of them: its rate does not depend on how many
SIZES = (10_000, 100_000, 1_000_000)
SAMPLES = 21
BESIDE = ("sqlite", "postgresql", "smtp-source", "smtplib")

Contenders = dict[str, Callable[[], Run]]
Rounds = dict[str, list[Run]]


def take_turns(contenders: Contenders, runs: int) -> Rounds:
    """Run everybody once, then everybody a second time, and so on: what slows the machine slows all."""
    rounds: Rounds = {name: [] for name in contenders}
    for number in range(1, runs + 1):
        for name, run in contenders.items():
            print(f"round {number} of {runs}: {name} ... ", end="", file=sys.stderr, flush=True)
            rounds[name].append(done := run())
            print(f"{done.rate:,.0f} mails/s", file=sys.stderr)
    return rounds


def middle(runs: Sequence[Run], figure: Callable[[Run], float | None]) -> float | None:
    """The median of a figure, where it is known."""
    known = [value for run in runs if (value := figure(run)) is not None]
    return median(known) if known else None


def rate(runs: Sequence[Run]) -> float:
    """The median rate."""
    return median(run.rate for run in runs)


def cell(value: float | None, form: str) -> str:
    """A figure as a table has it."""
    return "-" if value is None else format(value, form)


def table(rounds: Rounds, against: Sequence[str]) -> None:
    """Print the rates of each run, and the ratio of each median to those of `against`."""
    runs = [f"run {number}" for number in range(1, 1 + max(map(len, rounds.values())))]
    ratios = [f"/ {name}" for name in against]
    rows = [["mails a second", *runs, "median", *ratios, "us/mail", "cpu us/mail", "enrol s", "peak MB"]]
    for name, found in rounds.items():
        median_rate = rate(found)
        rows.append(
            [
                name,
                *(f"{run.rate:,.0f}" for run in found),
                f"{median_rate:,.0f}",
                *(f"{median_rate / rate(rounds[other]):.2f}" for other in against),
                f"{1e6 / median_rate:.1f}",
                cell(middle(found, lambda run: run.processor and run.processor / run.mails * 1e6), ".1f"),
                cell(middle(found, lambda run: run.enrolling), ".2f"),
                cell(middle(found, lambda run: run.peak), ".0f"),
            ]
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        line = [first.ljust(widths[0])]
        line += [one.rjust(width) for one, width in zip(others, widths[1:], strict=True)]
        print("  ".join(line))


def beside_others(stage: Stage, mails: int, runs: int, only: Sequence[str]) -> None:
    """Both ledgers beside smtp-source and smtplib, all straight to the sink."""
    port = stage.sink.port
    contenders: Contenders = {
        "sqlite": lambda: stage.notifier(stage.sqlite, mails, port),
        "postgresql": lambda: stage.notifier(stage.postgres.database, mails, port),
        "smtp-source": lambda: stage.smtp_source(mails),
        "smtplib": lambda: stage.smtplib(mails, port),
    }
    chosen = {name: run for name, run in contenders.items() if name in only}
    if "postgresql" in chosen:
        stage.postgres  # noqa: B018 - starts it, or says now that it is missing
    table(take_turns(chosen, runs), [name for name in ("smtp-source", "smtplib") if name in chosen])


def at_a_distance(stage: Stage, mails: int, runs: int, round_trip: int) -> None:
    """The ledger on SQLite beside smtplib and what the round trip allows."""
    port = stage.proxy(round_trip)
    found = _ping(port)
    print(f"a lone command takes {found:.2f} ms through the proxy, {_ping(stage.sink.port):.2f} ms without")
    if abs(found - round_trip) > 1:
        print("send: the proxy is not where it should be: the machine is busy", file=sys.stderr)
    few = max(CONNECTIONS, mails // SMTPLIB_SHARE)
    contenders: Contenders = {
        "sqlite": lambda: stage.notifier(stage.sqlite, mails, port),
        "smtplib": lambda: stage.smtplib(few, port),
    }
    rounds = take_turns(contenders, runs)
    table(rounds, ["smtplib"])
    most = CONNECTIONS / round_trip * 1000
    print(f"connections / round trip: {most:,.0f}; sqlite / that: {rate(rounds['sqlite']) / most:.2f}")


def _ping(port: int) -> float:
    """How long a NOOP takes, median, in milliseconds."""
    with smtplib.SMTP(smtp_sink.HOST, port) as client:
        client.ehlo()
        return _typical(client.noop)


def _typical(act: Callable[[], object]) -> float:
    """The median time of an act in milliseconds."""
    seconds = []
    for _ in range(SAMPLES):
        began = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - began)
    return median(seconds) * 1000


def growth(stage: Stage, sizes: Sequence[int], runs: int) -> None:
    """What a mail costs as the audience grows, with the ledger on SQLite."""

    def run(size: int) -> Callable[[], Run]:
        return lambda: stage.notifier(stage.sqlite, size, stage.sink.port)

    rounds = take_turns({f"{size:,}": run(size) for size in sizes}, runs)
    table(rounds, [])
    first, last = (rounds[f"{size:,}"] for size in (min(sizes), max(sizes)))
    print(f"cost of a mail, {max(sizes):,} / {min(sizes):,}: {rate(first) / rate(last):.2f}")


def side_by_side(stage: Stage, mails: int, runs: int, workers: int) -> None:
    """Several senders of one notice on PostgreSQL beside one; the processor time is of all of them."""

    def run(senders: int) -> Callable[[], Run]:
        return lambda: stage.notifier(stage.postgres.database, mails, stage.sink.port, senders)

    table(take_turns({"1 worker": run(1), f"{workers} workers": run(workers)}, runs), ["1 worker"])


def _fsync(folder: Path) -> float:
    """How long it takes to have a few bytes on the disk, median, in milliseconds."""
    with (folder / "fsync").open("wb", buffering=0) as file:

        def act() -> None:
            file.write(b"x" * 4096)
            os.fsync(file.fileno())

        return _typical(act)


def _positive(text: str) -> int:
    """A number of something, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _sizes(text: str) -> list[int]:
    """Numbers of mails parted by commas, for argparse."""
    return [_positive(part) for part in text.split(",")]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mails", type=_positive, help=f"in a run; {MAILS}, with --rtt {MAILS_AWAY}")
    parser.add_argument("--runs", type=_positive, default=3, help="rounds; the medians count (3)")
    parser.add_argument("--only", nargs="+", choices=BESIDE, default=BESIDE, help="some of the contenders")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--rtt", type=_positive, metavar="MS", help="make the sink so far away")
    mode.add_argument(
        "--growth", type=_sizes, nargs="?", const=SIZES, metavar="N,N", help="these numbers of mails"
    )
    mode.add_argument("--workers", type=_positive, metavar="N", help="so many senders at once")
    return parser.parse_args()


def main() -> None:
    """Read the command line."""
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # which stops the servers
    mails = given.mails or (MAILS_AWAY if given.rtt else MAILS)
    try:
        with ExitStack() as stack:
            stage = Stage(stack)
            print(
                f"{stage.mail_bytes():,} bytes a mail, {CONNECTIONS} connections, rounds: {given.runs}; "
                f"fsync takes {_fsync(stage.folder):.2f} ms"
            )
            if given.rtt:
                at_a_distance(stage, mails, given.runs, given.rtt)
            elif given.growth:
                growth(stage, given.growth, given.runs)
            elif given.workers:
                side_by_side(stage, mails, given.runs, given.workers)
            else:
                beside_others(stage, mails, given.runs, given.only)
            print(f"{stage.sent:,} mails sent, {stage.sink.received():,} at the sink")
    except Problem as problem:
        print(f"send: {problem}", file=sys.stderr)
        sys.exit(problem.exit_code)


if __name__ == "__main__":
    main()
