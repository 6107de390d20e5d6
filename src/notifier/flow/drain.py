"""Drain a notice: claim rows, commit, hand the mails over, commit what became of them, and so on.

Any number of processes may drain the same notice at once. Each row is claimed by one of them before a byte
of its mail goes out; what that one does not live to tell becomes uncertain when its lease runs out.
"""

import gc
import math
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

from sqlalchemy import Connection

from notifier.clock import Clock
from notifier.delivery import retry, token
from notifier.delivery.message import MailTemplate, Person
from notifier.delivery.pace import Pace
from notifier.delivery.states import Outcome, State
from notifier.delivery.transport import Mail, Result, Transport, TransportDown
from notifier.errors import TryAgain, WrongUse
from notifier.flow.lease import Lease
from notifier.store import claims, deliveries, notices, pace
from notifier.store.claims import Claimed, Recorded
from notifier.store.database import Database, QuickWrite
from notifier.store.notices import Notice

# How many rows are claimed at a time; more when few are left, so that nobody waits. What a killed sender had
# claimed becomes uncertain, though most of it never went out.
BATCH = 100
FEW = 50
LEASE = timedelta(seconds=60)
# How often a long run looks for what became due, or was left behind by another sender.
TEND_EVERY = timedelta(seconds=15)
# So many refusals before the first acceptance are taken for our own fault: a relay that does not know us.
REFUSED_AT_FIRST = 20
# How long results are kept in memory while the database does not take them.
DATABASE_PATIENCE = timedelta(seconds=30)
# With a rate set, so much of it is reserved at a time.
PARCEL = timedelta(seconds=0.1)
# The longest wait before looking again whether to stop, in seconds.
NAP = 0.2

_nobody = Event()  # never set: to wait on


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the notice stands, counted from what was there at first and what this run did since."""

    counts: Mapping[State, int]
    slowed: bool


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

    Rows are claimed ahead, and what became of mails is committed, while others are on their way.

    `templates` are by locale, "" is the default one. `bounce_to` is the envelope sender; "{token}" in it is
    replaced by the delivery's. `stop` is asked before each mail: those in flight are finished, the rest is
    given back. `limit` is the most mails to begin, `rate` mails a second by all senders together (0: no
    limit).
    Raises WrongUse where there is no such notice, TryAgain where the database fails.
    """
    with db.read() as connection:
        notice = notices.get(connection, notice_id)
        before = deliveries.counts(connection, notice_id)
    if notice is None:
        raise WrongUse(f"there is no notice {notice_id}", "see `notifier notice list`")
    writer = _Writer(templates, token_key, bounce_to)
    left = math.inf if limit is None else limit
    with Lease(db, notice_id, lease, clock) as held, db.quick_writes() as write, _few_collections():
        run = _Run(
            db, write, notice, transport, writer, held, clock, stop, progress, rate, Counter(before), left
        )
        run.drain()
    with db.read() as connection:
        return Drained(
            counts=deliveries.counts(connection, notice_id),
            stopped=run.stopped,
            held_until=deliveries.next_lease_end(connection, notice_id),
            retry_at=deliveries.next_retry_at(connection, notice_id),
            fenced=run.fenced,
        )


@contextmanager
def _few_collections() -> Iterator[None]:
    """Seldom look for garbage in cycles: a mail leaves none behind, and every look takes time."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


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
        sender = self.bounce_to.replace("{token}", mark)
        return Mail(row.id, sender, row.email, template.fill(person), envelope_id=mark, clean=True)


@dataclass(slots=True)
class _Run:
    """One call of `drain`: `counts` are of the whole notice, `waiting` the claimed rows without outcome."""

    db: Database
    write: QuickWrite
    notice: Notice
    transport: Transport
    writer: _Writer
    lease: Lease
    clock: Clock
    stop: Callable[[], bool]
    progress: Callable[[Progress], None]
    rate: float
    counts: Counter[State]
    left: float  # how many may still be claimed
    pace: Pace = field(default_factory=Pace)
    ready: deque[Claimed] = field(default_factory=deque)
    places: deque[datetime] = field(default_factory=deque)  # when the next mails may be begun
    waiting: dict[int, Claimed] = field(default_factory=dict)
    tended: datetime | None = None
    last_claimed: int = 0  # by id: what is pending lies behind it, but for what came back
    dry: bool = False  # there was less to claim than was asked for
    accepted: bool = False
    refused: int = 0
    fenced: int = 0
    stopped: str | None = None

    def drain(self) -> None:
        """Go on until nothing is pending, or there is a reason to stop."""
        while self.stopped is None and not self.stop():
            now = self.clock()
            if seconds := self.pace.delay(now):
                _nobody.wait(min(seconds, NAP))
            elif self._claim(now):
                self._send_round()
            else:
                return

    def _may_begin(self) -> bool:
        """Whether another mail may be begun. The transport asks too, from a thread of its own."""
        going_on = self.stopped is None and not self.pace.too_fast and not self.stop()
        return going_on and self.lease.holds(self.clock())

    def _send_round(self) -> None:
        """Send until nothing is pending, or the answers call for a pause; give back what was not begun."""
        last = ""
        try:
            # Closed in any case: a transport that is left half-way could go on sending.
            with closing(self.transport.send(self._mails(), self._may_begin)) as groups:
                for group in groups:
                    last = f"{group[-1].code or ''} {group[-1].text}".strip()
                    self._record(group)
                    self._heed(group, last)
        except TransportDown as down:
            self.stopped = str(down)
        self._release()
        self.pace.end_round(self.clock())
        if self.stopped is None and self.pace.at_the_end:
            self.stopped = f"the mail server puts everything off, at last with: {last}"

    def _mails(self) -> Iterator[Mail | None]:
        """Give the transport mail by mail; None where none may be begun for the moment."""
        begun = 0
        while begun < self._most_in_round() and not (self.pace.too_fast or self.stopped or self.stop()):
            if self._runs_low() and not self._have_ready():
                return
            if not self.ready or not self._has_place():
                yield None
            elif mail := self._compose(self.ready.popleft()):
                begun += 1
                yield mail

    def _most_in_round(self) -> float:
        """How many mails to begin; few before the first is accepted: the server may not know us at all."""
        return self.pace.round if self.accepted else min(self.pace.round, REFUSED_AT_FIRST)

    def _runs_low(self) -> bool:
        """Whether it is time to claim more, so that the transport never has to wait."""
        return len(self.ready) < FEW and (not self.dry or not self.ready)

    def _has_place(self) -> bool:
        """Whether the rate allows the next mail, which then takes its place."""
        if not self.rate:
            return True
        now = self.clock()
        # What was missed is not made up for, and what waits for the server is not begun again on top.
        while self.places and self.places[0] < now - PARCEL:
            self.places.popleft()
        if self._in_flight > max(1, self.rate):
            return False
        if not self.places:
            self._reserve(now)
        if not self.places or now < self.places[0]:
            return False
        self.places.popleft()
        return True

    def _reserve(self, now: datetime) -> None:
        """Reserve places for the mails of the next moment, unless another sender is quicker."""
        number = max(1, int(self.rate * PARCEL.total_seconds()))
        try:
            with self.write() as connection:
                first = pace.reserve(connection, number, self.rate, now)
        except TryAgain:
            if not self._in_flight:
                raise
            return
        if first is not None:
            step = timedelta(seconds=1 / self.rate)
            self.places.extend(first + place * step for place in range(number))

    def _have_ready(self) -> bool:
        """Claim rows; whether there are any, or may be in a moment."""
        try:
            return self._claim(self.clock())
        except TryAgain:
            if not self._in_flight:
                raise
            return True  # first of all what is in flight has to be recorded, which waits for the database

    @property
    def _in_flight(self) -> int:
        """How many mails the transport has."""
        return len(self.waiting) - len(self.ready)

    def _compose(self, row: Claimed) -> Mail | None:
        """Compose a mail. A row for which that fails is refused, so that no other has to wait for it."""
        try:
            return self.writer.compose(row)
        except ValueError as error:
            text = f"the mail could not be written: {error}"
            self._record([Result(row.id, Outcome.REFUSED, self.clock(), text=text)])
            return None

    def _claim(self, now: datetime) -> bool:
        """Claim rows; look for what is due now and then, and before saying that there is nothing."""
        if self.tended is None or now - self.tended >= TEND_EVERY:
            self._tend(now)
        self._claim_pending(now)
        if not self.ready and self.tended != now:
            self._tend(now)
            self._claim_pending(now)
        return bool(self.ready)

    def _claim_pending(self, now: datetime) -> None:
        """Claim some rows."""
        most = int(min(BATCH, self.left, max(1, self.rate) if self.rate else BATCH))
        with self.lease.lock:
            if most and not self.waiting:
                self.lease.begin(now)
            # Where the lease ran out, what is claimed already may be somebody else's by now: no new one yet.
            if not most or not self.lease.holds(now):
                return
            with self.db.write() as connection:
                rows = self._claim_in(connection, most, now)
        self.dry = len(rows) < most
        self.last_claimed = rows[-1].id if rows else 0
        self.left -= len(rows)
        self.ready.extend(rows)
        self.waiting.update((row.id, row) for row in rows)

    def _claim_in(self, connection: Connection, most: int, now: datetime) -> list[Claimed]:
        def claim(after: int) -> list[Claimed]:
            return claims.claim(
                connection,
                self.notice.id,
                most,
                token=self.lease.token,
                lease_until=self.lease.until,
                now=now,
                after=after,
            )

        return claim(self.last_claimed) or (claim(0) if self.last_claimed else [])

    def _tend(self, now: datetime) -> None:
        """Move on what waits for the time to pass: leases, retries, the deadline."""
        self.tended = now
        self.last_claimed = 0
        notice = self.notice
        with self.db.write() as connection:
            claims.expire(connection, notice.id, now)
            if notice.on_uncertain == "hold":
                claims.hold_uncertain(connection, notice.id, now)
            if notice.retry_until is not None and now > notice.retry_until:
                claims.give_up(connection, notice.id, now)
            else:
                claims.retry_due(connection, notice.id, now)

    def _release(self) -> None:
        """Give back what is claimed and was not begun."""
        if self.waiting:
            with self.lease.lock, self.db.write() as connection:
                claims.release(connection, self.waiting, token=self.lease.token, now=self.clock())
        self.left += len(self.waiting)
        self.waiting.clear()
        self.ready.clear()

    def _record(self, results: Sequence[Result]) -> None:
        """Write down what became of some mails."""
        outcomes = [self._outcome(result, self.waiting.pop(result.key)) for result in results]
        late = len(outcomes) - self._commit(outcomes)
        self.fenced += late
        if not late:  # otherwise the rows are another sender's, who counts them
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
                # After a power cut the rows that it took back are claimed ones, so they are uncertain then.
                with self.lease.lock, self.write() as connection:
                    return claims.record(connection, outcomes, token=self.lease.token)
            except TryAgain:
                if self.clock() >= give_up_at:
                    raise
            _nobody.wait(NAP)

    def _heed(self, results: Sequence[Result], last: str) -> None:
        """See whether the answers call for a slower pace, or for an end."""
        self.pace.note(results)
        tally = Counter(result.outcome for result in results)
        self.accepted = self.accepted or tally[Outcome.ACCEPTED] > 0
        self.refused += tally[Outcome.REFUSED]
        if not self.accepted and self.refused >= REFUSED_AT_FIRST:
            self.stopped = f"the first {self.refused} mails were all refused, the last one with: {last}"
