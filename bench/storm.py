"""A storm: a notice sent through a server that misbehaves, to the deadline, and then held against it."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import mailing
import storm_check
from notifier.delivery.smtp import SmtpServer, SmtpTransport, Timeouts
from notifier.delivery.states import NoticeState, State
from notifier.flow import notices, sending
from notifier.store import database
from notifier.store.database import Database
from receipts import Receipts
from storm_clock import Clock, Watched, hurrying

HOST = "127.0.0.1"
RETRY_FOR = timedelta(days=1)
# Long enough for the server to answer on a busy machine: one that stalls never does.
TIMEOUT = 1.0
# A run that was stopped is begun again after so long, and without a new result so often at most.
LATER = timedelta(minutes=1)
MOST_STOPS = 200
# Between two rounds so much more passes than until the first retry, so that a round has many to try.
ROUND = timedelta(minutes=45)


@dataclass(slots=True)
class Report:
    """What a run came to: `rows` for people, `broken` invariants, a line each."""

    rows: list[tuple[str, object]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def add(self, name: str, value: object) -> None:
        """Add a row."""
        self.rows.append((name, value))


@contextmanager
def server(folder: Path, *options: str) -> Iterator[tuple[int, Receipts]]:
    """Run `storm_server`; its port, and what it writes down."""
    receipts = Receipts(folder / "receipts")
    program = Path(__file__).with_name("storm_server.py")
    command = [sys.executable, str(program), str(receipts.path), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - no shell
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline()), receipts
        finally:
            process.kill()


def run(
    url: str,
    folder: Path,
    *,
    mails: int,
    seed: int,
    connections: int = 10,
    encrypted: bool = True,
    timeout: float = TIMEOUT,
) -> Report:
    """Send to so many people through the storm with this seed; `url` is that of an empty database."""
    options = ["--seed", str(seed)]
    if encrypted:
        options += ["--certificates", str(certificates(folder))]
    notice_id = mailing.create(url, mails)
    trusted = trusting(folder / "ca.pem") if encrypted else trusting(None)
    with server(folder, *options) as (port, receipts), closing(database.connect(url)) as db, trusted:
        clock = Clock()
        transport = Watched(
            SmtpTransport(
                SmtpServer(HOST, port, "starttls" if encrypted else "none"),
                connections=connections,
                timeouts=Timeouts(timeout, timeout, timeout, timeout, timeout),
                clock=clock,
            )
        )
        storm = _Storm(db, notice_id, transport, clock, receipts)
        with closing(transport), hurrying(clock, transport):
            storm.begin()
            begun = time.monotonic()
            storm.go_on()
        return storm.report(time.monotonic() - begun)


@dataclass(slots=True)
class _Storm:
    """One storm on its way. `uncertain` is summed over the rounds; what is `broken` is told once."""

    db: Database
    notice_id: int
    transport: Watched
    clock: Clock
    receipts: Receipts
    rounds: int = 0
    stops: int = 0
    uncertain: int = 0
    broken: dict[str, str] = field(default_factory=dict)

    def begin(self) -> None:
        """Enrol everybody."""
        content = notices.get(self.db, self.notice_id).content_hash
        assert content is not None
        people = mailing.people(self.db)
        sending.start(
            self.db,
            self.notice_id,
            audience=people,
            content_hash=content,
            retry_for=RETRY_FOR,
            now=self.clock(),
        )

    def go_on(self) -> None:
        """Send round after round, setting the clock forward, until the notice is called sent."""
        in_vain, before = 0, None
        while notices.get(self.db, self.notice_id).state is NoticeState.SENDING:
            drained = sending.send(
                self.db,
                self.notice_id,
                transport=self.transport,
                keys=[mailing.KEY],
                clock=self.clock,
            )
            if drained.stopped is not None:
                self.stops += 1
                in_vain = in_vain + 1 if drained.counts == before else 0
                before = drained.counts
                if in_vain > MOST_STOPS:
                    self.broken[""] = f"it never goes on: {drained.stopped}"
                    return
                self.clock.forward(LATER)
                continue
            self.rounds += 1
            self.compare(drained.counts.get(State.UNCERTAIN, 0))
            self.clock.until(max(filter(None, (drained.retry_at, drained.held_until)), default=self.clock()))
            self.clock.forward(ROUND)

    def compare(self, uncertain: int) -> None:
        """Hold the ledger against the server, while nothing is in flight."""
        self.receipts.read()
        self.uncertain += uncertain
        ledger = storm_check.rows(self.db, self.notice_id)
        over = not any(row.state in (State.DEFERRED, State.UNCERTAIN) for row in ledger)
        for line in storm_check.contradictions(ledger, self.receipts, over=over):
            self.broken.setdefault(line, f"round {self.rounds}: {line}")

    def report(self, seconds: float) -> Report:
        """Count, and check what is to hold at the end."""
        ledger = storm_check.rows(self.db, self.notice_id)
        states = Counter(row.state for row in ledger)
        report = Report(broken=[*self.broken.values(), *self.receipts.wrong])
        report.broken += storm_check.unlike(self.db, self.notice_id, ledger, self.receipts)
        counted = sending.counts(self.db, self.notice_id)
        if sum(counted.values()) != len(ledger) or set(counted) - {
            State.ACCEPTED,
            State.REFUSED,
            State.FAILED,
        }:
            report.broken.append(f"the sum is not right: {counted}")
        tries = {row.id: self.receipts.sequence(storm_check.sender_of(row.id)) for row in ledger}
        untold = sum(
            any(one.kept for one in tries[row.id]) for row in ledger if row.state is not State.ACCEPTED
        )
        report.add("mails", len(ledger))
        report.add("tries", sum(map(len, tries.values())))
        report.add("connections", self.receipts.events["open"])
        report.add("rounds, stops", f"{self.rounds}, {self.stops}")
        report.add(
            "seconds, tries a second", f"{seconds:.1f}, {sum(map(len, tries.values())) / seconds:,.0f}"
        )
        for state in (State.ACCEPTED, State.REFUSED, State.FAILED):
            report.add(state, states[state])
        report.add("refused or failed, though taken before without a word", untold)
        report.add("uncertain at the end of a round, over all rounds", self.uncertain)
        report.add("copies too many", storm_check.copies(ledger, self.receipts).too_many)
        return report


@contextmanager
def trusting(authority: Path | None) -> Iterator[None]:
    """Let the client trust this authority only; None leaves everything as it is."""
    if authority is None:
        yield
        return
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = str(authority)
    try:
        yield
    finally:
        del os.environ["SSL_CERT_FILE"]
        if before is not None:
            os.environ["SSL_CERT_FILE"] = before


def certificates(folder: Path) -> Path:
    """Write a certificate that fits, one for another host, and their authority; the folder they are in."""
    import trustme

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    for name, host in (("good.pem", HOST), ("bad.pem", "elsewhere.example")):
        authority.issue_cert(host).private_key_and_cert_chain_pem.write_to_path(str(folder / name))
    return folder
