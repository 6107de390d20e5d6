"""Drain a notice: claim rows, commit, hand the mails over, commit what became of them, and so on.

Any number of processes may drain the same notice at once. Each row is claimed by one of them before a byte
of its mail goes out; what that one does not live to tell becomes uncertain when its lease runs out.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

from notifier.clock import Clock
from notifier.delivery import retry, token
from notifier.delivery.message import MailTemplate, Person
from notifier.delivery.pace import Pace
from notifier.delivery.states import SETTLED, Outcome, State
from notifier.delivery.transport import Mail, Result, Transport, TransportDown
from notifier.errors import TryAgain, WrongUse
from notifier.flow.lease import Lease
from notifier.store import claims, deliveries, notices
from notifier.store.claims import Claimed, Recorded
from notifier.store.database import Database
from notifier.store.notices import Notice

# How many rows are claimed at a time. A killed sender leaves so many uncertain at most.
BATCH = 50
LEASE = timedelta(seconds=60)
# How often a long run looks for what became due, or was left behind by another sender.
TEND_EVERY = timedelta(seconds=15)
# So many refusals before the first acceptance are taken for our own fault: a relay that does not know us.
REFUSED_AT_FIRST = 20
# How long results are kept in memory while the database does not take them.
DATABASE_PATIENCE = timedelta(seconds=30)
# The longest wait before looking again whether to stop, in seconds.
NAP = 0.2
# The reply code by which a server wants to be left alone for a while.
COME_BACK_LATER = 421

_nobody = Event()  # never set: to wait on


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the notice stands, counted from what was there at first and what this run did since."""

    counts: Mapping[State, int]
    slowed: bool

    @property
    def settled(self) -> int:
        """How many deliveries nothing more will be done about."""
        return sum(number for state, number in self.counts.items() if state in SETTLED)


@dataclass(frozen=True, slots=True)
class Drained:
    """How a run ended.

    `counts` is by state, of the whole notice. `stopped` says why mails are left that could have been tried,
    None where there are none or the caller wanted to stop. `held_until` is when the first lease of another
    sender, alive or dead, runs out; `retry_at` when the first delivery that was put off is due. `fenced`
    results were not recorded: the lease had run out, and the rows were somebody else's.
    """

    counts: Mapping[State, int]
    stopped: str | None
    held_until: datetime | None
    retry_at: datetime | None
    fenced: int


def drain(
    db: Database,
    notice_id: int,
    *,
    transport: Transport,
    templates: Mapping[str, MailTemplate],
    token_key: bytes,
    bounce_to: str,
    clock: Clock,
    stop: Callable[[], bool] = lambda: False,
    limit: int | None = None,
    rate: float = 0,
    progress: Callable[[Progress], None] = lambda _progress: None,
    lease: timedelta = LEASE,
) -> Drained:
    """Send what is pending and due of a notice in sending.

    `templates` are by locale, "" is the default one. `bounce_to` is the envelope sender; "{token}" in it is
    replaced by the delivery's. `stop` is asked before each mail: those in flight are finished, the rest is
    given back. `limit` is the most mails to begin, `rate` mails a second (0: no limit).
    Raises WrongUse where there is no such notice, TryAgain where the database fails.
    """
    with db.read() as connection:
        notice = notices.get(connection, notice_id)
        before = deliveries.counts(connection, notice_id)
    if notice is None:
        raise WrongUse(f"there is no notice {notice_id}", "see `notifier notice list`")
    writer = _Writer(templates, token_key, bounce_to)
    pace = Pace(rate, BATCH)
    with Lease(db, notice_id, lease, clock) as held:
        run = _Run(db, notice, transport, writer, pace, held, clock, stop, progress, Counter(before))
        run.drain(limit)
    with db.read() as connection:
        return Drained(
            counts=deliveries.counts(connection, notice_id),
            stopped=run.stopped,
            held_until=deliveries.next_lease_end(connection, notice_id),
            retry_at=deliveries.next_retry_at(connection, notice_id),
            fenced=run.fenced,
        )


@dataclass(frozen=True, slots=True)
class _Writer:
    """Composes mails."""

    templates: Mapping[str, MailTemplate]
    token_key: bytes
    bounce_to: str

    def compose(self, row: Claimed) -> Mail:
        """Compose one mail: the same bytes for the same row, however often. Raises ValueError."""
        mark = token.make(row.id, self.token_key)
        person = Person(row.name, row.email, mark, row.composed_at)
        language = row.locale.partition("-")[0]
        template = self.templates.get(row.locale) or self.templates.get(language) or self.templates[""]
        return Mail(row.id, self.bounce_to.replace("{token}", mark), row.email, template.fill(person))


@dataclass(slots=True)
class _Run:
    """One call of `drain`: `counts` are of the whole notice, `waiting` the claimed rows without outcome."""

    db: Database
    notice: Notice
    transport: Transport
    writer: _Writer
    pace: Pace
    lease: Lease
    clock: Clock
    stop: Callable[[], bool]
    progress: Callable[[Progress], None]
    counts: Counter[State]
    waiting: dict[int, Claimed] = field(default_factory=dict)
    tended: datetime | None = None
    accepted: bool = False
    refused: int = 0
    fenced: int = 0
    stopped: str | None = None

    def drain(self, limit: int | None) -> None:
        """Go on until nothing is pending, or there is a reason to stop."""
        left = limit
        while not self.stop() and self.stopped is None and left != 0:
            now = self.clock()
            if not (room := self.pace.allowed(now)):
                _nobody.wait(min(self.pace.delay(now), NAP))
                continue
            rows = self._claim(room if left is None else min(room, left))
            if not rows:
                return
            begun = self._send(rows)
            left = None if left is None else left - begun

    def _claim(self, most: int) -> list[Claimed]:
        """Claim rows; look for what is due now and then, and before saying that there is nothing."""
        now = self.clock()
        if self.tended is None or now - self.tended >= TEND_EVERY:
            self._tend(now)
        rows = self._claim_pending(most, now)
        if not rows and self.tended != now:
            self._tend(now)
            rows = self._claim_pending(most, now)
        return rows

    def _claim_pending(self, most: int, now: datetime) -> list[Claimed]:
        lease_until = self.lease.begin(now)
        with self.db.write() as connection:
            return claims.claim(
                connection,
                self.notice.id,
                most,
                token=self.lease.token,
                lease_until=lease_until,
                now=now,
            )

    def _tend(self, now: datetime) -> None:
        """Move on what waits for the time to pass: leases, retries, the deadline."""
        self.tended = now
        notice = self.notice
        with self.db.write() as connection:
            claims.expire(connection, notice.id, now)
            if notice.on_uncertain == "hold":
                claims.hold_uncertain(connection, notice.id, now)
            if notice.retry_until is not None and now > notice.retry_until:
                claims.give_up(connection, notice.id, now)
            else:
                claims.retry_due(connection, notice.id, now)

    def _send(self, rows: Sequence[Claimed]) -> int:
        """Send claimed rows, record what became of them, give back those not begun; how many were begun."""
        self.waiting = {row.id: row for row in rows}
        self.pace.begin(len(rows), self.clock())
        mails = self._compose(rows)
        results: list[Result] = []
        try:
            # Closed in any case: a transport that is left half-way could go on sending.
            with closing(self.transport.send(self._hand_out(mails))) as groups:
                for group in groups:
                    self._record(group)
                    results += group
        except TransportDown as down:
            self.stopped = str(down)
        if self.waiting:
            with self.db.write() as connection:
                claims.release(connection, self.waiting, token=self.lease.token, now=self.clock())
        self._adapt(results)
        return len(rows) - len(self.waiting)

    def _compose(self, rows: Sequence[Claimed]) -> list[Mail]:
        """Compose the mails. A row for which that fails is refused, so that no other has to wait for it."""
        mails, problems = [], []
        for row in rows:
            try:
                mails.append(self.writer.compose(row))
            except ValueError as error:
                text = f"the mail could not be written: {error}"
                problems.append(Result(row.id, Outcome.REFUSED, self.clock(), text=text))
        self._record(problems)
        return mails

    def _hand_out(self, mails: Sequence[Mail]) -> Iterator[Mail]:
        """Give the transport mail by mail, as long as we are to go on and the rows are still ours."""
        for mail in mails:
            if self.stop() or not self.lease.holds(self.clock()):
                return
            yield mail

    def _record(self, results: Sequence[Result]) -> None:
        """Commit what became of some rows."""
        outcomes = [self._outcome(result, self.waiting.pop(result.key)) for result in results]
        if not outcomes:
            return
        self.fenced += len(outcomes) - self._commit(outcomes)
        self.counts.update(State(each.outcome.value) for each in outcomes)
        self.counts[State.PENDING] -= len(outcomes)
        self.progress(Progress(dict(self.counts), self.pace.slowed))

    def _outcome(self, result: Result, row: Claimed) -> Recorded:
        again = result.outcome in {Outcome.DEFERRED, Outcome.UNCERTAIN}
        accepted = result.outcome is Outcome.ACCEPTED
        return Recorded(
            id=row.id,
            outcome=result.outcome,
            at=result.at,
            code=result.code,
            enhanced=result.enhanced,
            text=result.text,
            retry_at=retry.retry_at(row.id, row.attempts + 1, result.at) if again else None,
            window_ends_at=result.at + timedelta(days=self.notice.window_days) if accepted else None,
        )

    def _commit(self, outcomes: Sequence[Recorded]) -> int:
        """Commit outcomes; how many were still ours.

        The mails are out: to forget about them would send them twice. So a database that is away for a
        moment is waited for. Raises TryAgain when it stays away.
        """
        give_up_at = self.clock() + DATABASE_PATIENCE
        while True:
            try:
                with self.db.write() as connection:
                    return claims.record(connection, outcomes, token=self.lease.token)
            except TryAgain:
                if self.clock() >= give_up_at:
                    raise
            _nobody.wait(NAP)

    def _adapt(self, results: Sequence[Result]) -> None:
        """Go slower or faster by how the batch was taken, and stop where it is no use to go on."""
        tally = Counter(result.outcome for result in results)
        self.accepted = self.accepted or tally[Outcome.ACCEPTED] > 0
        self.refused += tally[Outcome.REFUSED]
        asked_to_wait = any(result.code == COME_BACK_LATER for result in results)
        if asked_to_wait or tally[Outcome.DEFERRED] * 2 > len(results):
            self.pace.slow_down(self.clock())
        elif results:
            self.pace.ease()
        if self.stopped is not None or not results:
            return
        last = f"{results[-1].code or ''} {results[-1].text}".strip()
        if not self.accepted and self.refused >= REFUSED_AT_FIRST:
            self.stopped = f"the first {self.refused} mails were all refused, the last one with: {last}"
        elif self.pace.at_the_end:
            self.stopped = f"the mail server puts everything off, at last with: {last}"
