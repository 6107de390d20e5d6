"""The database fails in the middle of a send: its disk is full, it is locked, it is restarted.

`notifier send` itself runs; it has to wait and go on, or to stop with one clear line and exit code 3. Run
again, it has to go on, and in the end nobody is lost.
"""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import make_url

import kills
import mailing
import storm_check
from notifier.clock import utc_now
from notifier.delivery.states import State
from notifier.errors import TryAgain
from notifier.flow import drain, sending
from notifier.store import database
from programs import program
from receipts import Receipts
from sender_process import Job, run
from storm import HOST, Report, server

DISK_BYTES = 64 * 2**20
BLOCK = 4096
# How long the program waits for a lock here (BUSY_SECONDS in production), in seconds.
BUSY = 2
DELAY = 0.002
PATIENCE = 120
CONFIG = """\
[company]
name = "Example Ltd"
postal_address = "1 Example Street"
contact = "privacy@example.com"
[database]
url = "{url}"
[audience]
table = "customers"
name = "full_name"
[mail]
transport = "smtp"
host = "{host}"
port = {port}
security = "none"
from = "privacy@example.com"
[notice]
token_keys = ["{key}"]
"""
# The program, with less patience for locks.
PROGRAM = (
    "import sys; from notifier.store import database; database.BUSY_SECONDS = int(sys.argv.pop(1));"
    "from notifier.cli import main; main()"
)
Outage = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a run of the program ended."""

    code: int
    line: str  # the last one of what it said
    problem: str = ""


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a disk of DISK_BYTES in memory. Raises Missing where we may not."""
    mount = program("mount", "mount")
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run([mount, "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", disk], check=True)  # noqa: S603 - no shell
    try:
        yield disk
    finally:
        subprocess.run([program("umount", "mount"), "-l", disk], check=True)  # noqa: S603 - no shell


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Fill a disk to its last byte."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):  # that there is no space left
        while file.write(bytes(BLOCK)):
            pass
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Hold SQLite's only write lock."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")


@contextmanager
def stopped(url: str) -> Iterator[None]:
    """Let the PostgreSQL server of a database stop as in a crash; start it again at the end."""
    folder = Path(str(make_url(url).query["host"]))
    control = program(
        "pg_ctl", "postgresql", *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    )
    owner = (folder / "data").stat()
    as_user = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    common = ["-w", "-D", folder / "data", "-l", folder / "log"]

    def do(*words: str) -> None:
        command = [control, *words, *common]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, **as_user)  # type: ignore[call-overload]  # noqa: S603 - as_user is a bag; no shell

    do("stop", "-m", "immediate")
    try:
        yield
    finally:
        do("start", "-o", f"-k {folder} -c listen_addresses=''")


def run_outage(url: str, folder: Path, outage: Outage, *, mails: int, seconds: float) -> Report:
    """Send to so many people while the database is away for so long; `url` is that of an empty one."""
    notice_id = kills.start(url, mails)
    with server(folder, "--calm", "--delay", str(DELAY)) as (port, receipts):
        config = _config(folder, url, port)
        with _program(config, notice_id) as process:
            _wait_for(receipts, mails // 4, process)
            with outage():
                time.sleep(seconds)
            first = _ended(process)
        ends = [first]
        if first.code:
            with _program(config, notice_id) as process:
                ends.append(_ended(process))
        # What the program had in hand when it stopped is under its lease yet: some time later, that is over.
        run(Job(url, notice_id, port, 60, 4), lambda: utc_now() + timedelta(minutes=5))
        report = _held_against(url, notice_id, receipts)
    report.broken += [end.problem for end in ends if end.problem]
    report.rows.insert(0, ("exit codes", ", ".join(str(end.code) for end in ends)))
    report.rows.insert(1, ("it said", first.line if first.code else "nothing: it waited"))
    return report


def _config(folder: Path, url: str, port: int) -> Path:
    key = folder / "token.key"
    key.write_text(mailing.KEY.hex(), encoding="ascii")
    config = folder / "config.toml"
    config.write_text(CONFIG.format(url=url, host=HOST, port=port, key=key), encoding="utf-8")
    return config


def _program(config: Path, notice_id: int) -> subprocess.Popen[str]:
    command: list[str | Path] = [
        sys.executable,
        "-c",
        PROGRAM,
        str(BUSY),
        "--config",
        config,
        "send",
        str(notice_id),
        "--yes",
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)  # noqa: S603 - no shell


def _ended(process: subprocess.Popen[str]) -> _Ended:
    try:
        _, said = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        return _Ended(-9, "", f"it hangs, {PATIENCE} s after the database came back")
    line = (said.strip().splitlines() or [""])[-1]
    clear = process.returncode == 0 or (
        process.returncode == TryAgain.exit_code and line.startswith("notifier: ") and "Traceback" not in said
    )
    return _Ended(
        process.returncode, line, "" if clear else f"exit code {process.returncode}: {said[-2000:]}"
    )


def _held_against(url: str, notice_id: int, receipts: Receipts) -> Report:
    # PostgreSQL crashes here, and takes back what it had not put on its disk: outcomes since the last claim.
    crashed = make_url(url).get_backend_name() == "postgresql"
    most_twice = kills.MOST_TWICE + (drain.BATCH + drain.FEW if crashed else 0)
    report = Report()
    with closing(database.connect(url)) as db:
        sending.settle(db, notice_id, utc_now())
        ledger = storm_check.rows(db, notice_id)
        receipts.read()
        report.broken += [*storm_check.unlike(db, notice_id, ledger, receipts), *receipts.wrong]
    copies = storm_check.copies(ledger, receipts)
    states = {row.state for row in ledger}
    if copies.lost or states != {State.ACCEPTED}:
        report.broken.append(f"{copies.lost} lost, states: {', '.join(sorted(states))}")
    if copies.too_many > most_twice:
        report.broken.append(f"{copies.too_many} copies too many")
    report.add("mails, lost, copies too many", f"{len(ledger)}, {copies.lost}, {copies.too_many}")
    return report


def _wait_for(receipts: Receipts, mails: int, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + PATIENCE
    while receipts.taken < mails and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
        receipts.read()
