"""Sending a notice: everybody is told once, whatever the server, the clock or the admin does."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from notifier.audience.subscriber import Subscriber, Unreachable
from notifier.delivery import token
from notifier.delivery.smtp import SmtpServer as Address
from notifier.delivery.smtp import SmtpTransport, Timeouts
from notifier.delivery.states import NoticeState, State, settled
from notifier.errors import WrongUse
from notifier.flow import drain as drain_module
from notifier.flow import sending
from notifier.flow.drain import Drained, Progress
from notifier.flow.drain import drain as flow_drain
from notifier.flow.lease import Lease
from notifier.store import claims, notices
from notifier.store.database import Database
from notifier.store.tables import deliveries as table
from ready import HASH, KEY, SENDER, People, address, approved, people, started, template
from smtp_server import Drop, Hang, Say, SmtpServer, Trouble

# Where the server answers, however busy the machine, and where it is made to hang.
PATIENT = Timeouts(opening=60, command=60, data=60, block=60, final=60)
QUICK = Timeouts(opening=1, command=0.5, data=0.5, block=0.5, final=0.5)
WEEK = timedelta(days=7)


class Clock:
    """The real time, set forward by the test."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    """A server that takes every mail, until the test adds trouble."""
    with SmtpServer() as running:
        yield running


def drain(
    db: Database,
    notice_id: int,
    server: SmtpServer,
    clock: Callable[[], datetime],
    *,
    connections: int = 2,
    timeouts: Timeouts = PATIENT,
    **options: object,
) -> Drained:
    transport = SmtpTransport(
        Address(server.host, server.port, "none"), connections=connections, timeouts=timeouts, clock=clock
    )
    given = {"templates": {"": template()}, "token_key": KEY, "bounce_to": SENDER, "clock": clock} | options
    try:
        return flow_drain(db, notice_id, transport=transport, **given)  # type: ignore[arg-type]  # a test's options
    finally:
        transport.close()


def rows(db: Database, notice_id: int) -> dict[str, State]:
    with db.read() as connection:
        found = connection.execute(select(table.c.email, table.c.state).where(table.c.notice_id == notice_id))
        return {row.email: State(row.state) for row in found}


def state_of(db: Database, notice_id: int) -> NoticeState:
    with db.read() as connection:
        notice = notices.get(connection, notice_id)
    assert notice is not None
    return notice.state


def recipients(server: SmtpServer) -> list[str]:
    return sorted((mail.recipient for mail in server.received), key=lambda each: (len(each), each))


def everybody(number: int) -> list[str]:
    return [address(each) for each in range(1, number + 1)]


# Starting


def test_what_was_approved_anew_meanwhile_is_not_started(db: Database, now: datetime) -> None:
    """Between the question and the answer somebody approved other content: nobody is enrolled."""
    notice_id = approved(db, now)
    with pytest.raises(WrongUse, match="not as it was approved"):
        sending.start(
            db, notice_id, audience=people(3), content_hash="other", retry_for=timedelta(days=4), now=now
        )
    assert state_of(db, notice_id) is NoticeState.APPROVED
    assert sending.counts(db, notice_id) == {}


def test_starting_enrols_everybody_at_once(db: Database, now: datetime) -> None:
    notice_id = approved(db, now)
    audience = People([*people(2500).read(), Unreachable(Subscriber("x", "no address"), "has no @")])
    seen: list[int] = []
    enrolled = sending.start(
        db,
        notice_id,
        audience=audience,
        content_hash=HASH,
        retry_for=timedelta(days=4),
        now=now,
        progress=seen.append,
    )
    assert enrolled == 2501
    assert sending.counts(db, notice_id) == {State.PENDING: 2500, State.SKIPPED: 1}
    assert seen[-1] == 2501
    assert seen == sorted(seen)
    with db.read() as connection:
        notice = notices.get(connection, notice_id)
    assert notice is not None
    assert (notice.state, notice.sending_at) == (NoticeState.SENDING, now)
    assert notice.retry_until == now + timedelta(days=4)


def test_starting_again_changes_nothing(db: Database, now: datetime) -> None:
    notice_id = started(db, now, 3)
    assert sending.start(db, notice_id, audience=people(9), content_hash=HASH, retry_for=WEEK, now=now) == 3
    assert sending.counts(db, notice_id) == {State.PENDING: 3}


def test_a_start_that_breaks_off_leaves_nothing_behind(db: Database, now: datetime) -> None:
    class Breaking(People):
        def read(self) -> Iterator[Subscriber | Unreachable]:
            yield from super().read()
            raise WrongUse("the customer table is gone")

    notice_id = approved(db, now)
    with pytest.raises(WrongUse, match="gone"):
        sending.start(
            db,
            notice_id,
            audience=Breaking(list(people(2000).read())),
            content_hash=HASH,
            retry_for=WEEK,
            now=now,
        )
    assert sending.counts(db, notice_id) == {}
    assert state_of(db, notice_id) is NoticeState.APPROVED


def test_a_notice_is_not_started_for_nobody(db: Database, now: datetime) -> None:
    notice_id = approved(db, now)
    with pytest.raises(WrongUse, match="nobody to tell"):
        sending.start(db, notice_id, audience=people(0), content_hash=HASH, retry_for=WEEK, now=now)
    assert state_of(db, notice_id) is NoticeState.APPROVED


def test_only_an_approved_notice_is_started(db: Database, now: datetime) -> None:
    notice_id = approved(db, now)
    with db.write() as connection:
        notice = notices.lock(connection, notice_id)
        assert notice is not None
        notices.move(connection, notice, NoticeState.DRAFT)
    with pytest.raises(WrongUse, match="is draft, not approved"):
        sending.start(db, notice_id, audience=people(1), content_hash=HASH, retry_for=WEEK, now=now)
    with pytest.raises(WrongUse, match="no notice 4711"):
        sending.start(db, 4711, audience=people(1), content_hash=HASH, retry_for=WEEK, now=now)


# The whole way


def test_everybody_is_told_once_and_the_notice_closes_after_the_last_window(
    db: Database, clock: Clock, server: SmtpServer
) -> None:
    notice_id = started(db, clock(), 130)
    seen: list[Progress] = []
    drained = drain(db, notice_id, server, clock, progress=seen.append)
    assert drained == Drained({State.ACCEPTED: 130}, None, None, None, fenced=0)
    assert recipients(server) == everybody(130)
    assert settled(seen[-1].counts) == 130
    assert sending.settle(db, notice_id, clock())
    assert not sending.settle(db, notice_id, clock())
    assert state_of(db, notice_id) is NoticeState.SENT
    assert sending.close_due(db, clock() + timedelta(days=6, hours=23)) == []
    assert sending.close_due(db, clock() + WEEK) == [notice_id]
    assert state_of(db, notice_id) is NoticeState.CLOSED
    assert sending.close_due(db, clock() + 2 * WEEK) == []


def test_a_mail_carries_its_own_token_and_return_path(db: Database, clock: Clock, server: SmtpServer) -> None:
    notice_id = started(db, clock(), 3)
    drain(db, notice_id, server, clock)
    with db.read() as connection:
        ids = {row.email: row.id for row in connection.execute(select(table.c.email, table.c.id))}
    for mail in server.received:
        mark = token.make(ids[mail.recipient], KEY)
        assert mail.sender == f"bounces+{mark}@example.com"
        assert mail.message_id == f"<{mark}@example.com>"
        assert f'To: "Person {mail.recipient[1:2]}" <{mail.recipient}>'.encode() in mail.data


@pytest.mark.parametrize(
    ("locale", "subject"), [("de", "Neu"), ("de-at", "Neu"), ("fr", "News"), ("", "News")]
)
def test_a_person_gets_the_mail_in_their_language_or_the_default_one(
    db: Database, clock: Clock, server: SmtpServer, locale: str, subject: str
) -> None:
    notice_id = started(db, clock(), People([Subscriber("1", "ana@example.org", "Ana", locale)]))
    by_locale = {"": template(subject="News"), "de": template(subject="Neu", locale="de")}
    drain(db, notice_id, server, clock, templates=by_locale)
    assert f"Subject: {subject}\r\n".encode() in server.received[0].data


def test_the_window_begins_when_the_server_accepts(db: Database, clock: Clock, server: SmtpServer) -> None:
    notice_id = started(db, clock(), 1)
    begun = clock()
    drain(db, notice_id, server, clock)
    with db.read() as connection:
        row = connection.execute(select(table).where(table.c.notice_id == notice_id)).one()
    assert begun <= row.composed_at <= row.accepted_at <= clock()
    assert row.window_ends_at == row.accepted_at + WEEK


# Stopping and going on


def test_stopping_gives_back_what_was_not_begun(db: Database, clock: Clock, server: SmtpServer) -> None:
    notice_id = started(db, clock(), 120)
    first = drain(db, notice_id, server, clock, stop=lambda: len(server.received) >= 60)
    assert first.stopped is None
    done = first.counts[State.ACCEPTED]
    assert done == len(server.received)
    assert 60 <= done <= 62
    assert first.counts == {State.ACCEPTED: done, State.PENDING: 120 - done}
    drain(db, notice_id, server, clock)
    assert recipients(server) == everybody(120)


def test_a_limit_is_kept_exactly(db: Database, clock: Clock, server: SmtpServer) -> None:
    notice_id = started(db, clock(), 120)
    assert drain(db, notice_id, server, clock, limit=71).counts == {State.ACCEPTED: 71, State.PENDING: 49}
    assert len(server.received) == 71


def test_no_server_leaves_all_as_it_was_and_says_why(db: Database, clock: Clock, server: SmtpServer) -> None:
    notice_id = started(db, clock(), 60)
    server.troubles.append(Trouble("CONNECT", Say("554 5.3.2 closed"), times=1))
    drained = drain(db, notice_id, server, clock)
    assert drained.stopped is not None
    assert f"{server.host}:{server.port} turns us away: 554 5.3.2 closed" in drained.stopped
    assert drained.counts == {State.PENDING: 60}
    with db.read() as connection:
        assert connection.execute(select(table.c.composed_at).distinct()).scalars().all() == [None]
    assert drain(db, notice_id, server, clock).counts == {State.ACCEPTED: 60}


def test_a_server_that_goes_away_in_the_middle_costs_nobody_the_mail(
    db: Database, clock: Clock, server: SmtpServer
) -> None:
    notice_id = started(db, clock(), 40)
    server.troubles += [Trouble("MAIL", Drop(), nth=11, times=2), Trouble("CONNECT", Drop(), nth=3, times=2)]
    assert drain(db, notice_id, server, clock).stopped is None
    clock.ahead = timedelta(minutes=7)  # one of them may have been put off
    drain(db, notice_id, server, clock)
    assert recipients(server) == everybody(40)


# What became of a mail


def test_each_answer_leads_to_its_state(db: Database, clock: Clock, server: SmtpServer) -> None:
    notice_id = started(db, clock(), 6)
    server.troubles += [
        Trouble("RCPT", Say("550 5.1.1 no such user"), recipient=address(1)),
        Trouble("RCPT", Say("450 4.2.0 greylisted"), recipient=address(2)),
        Trouble("DOT", Say("554 5.7.1 spam"), recipient=address(3)),
        Trouble("DOT", Drop(keep=True), recipient=address(4)),
        Trouble("DATA", Drop(), recipient=address(5)),
    ]
    drain(db, notice_id, server, clock)
    assert rows(db, notice_id) == {
        address(1): State.REFUSED,
        address(2): State.DEFERRED,
        address(3): State.REFUSED,
        address(4): State.UNCERTAIN,
        address(5): State.DEFERRED,
        address(6): State.ACCEPTED,
    }
    with db.read() as connection:
        refused = connection.execute(select(table).where(table.c.email == address(1))).one()
    assert (refused.smtp_code, refused.smtp_enhanced, refused.smtp_text) == (550, "5.1.1", "no such user")
    assert not sending.settle(db, notice_id, clock())


def test_a_mail_put_off_is_tried_again_when_due_with_the_same_bytes(
    db: Database, clock: Clock, server: SmtpServer
) -> None:
    notice_id = started(db, clock(), 1)
    server.troubles.append(Trouble("DOT", Say("451 4.3.0 later"), times=1))
    first = drain(db, notice_id, server, clock)
    assert first.counts == {State.DEFERRED: 1}
    assert first.retry_at is not None
    assert timedelta(minutes=5) <= first.retry_at - clock() + timedelta(seconds=5) <= timedelta(minutes=7)
    assert drain(db, notice_id, server, clock).counts == {State.DEFERRED: 1}
    clock.ahead = timedelta(minutes=7)
    assert drain(db, notice_id, server, clock).counts == {State.ACCEPTED: 1}


def test_what_is_put_off_until_the_deadline_has_failed(
    db: Database, clock: Clock, server: SmtpServer
) -> None:
    notice_id = started(db, clock(), 2, retry_for=timedelta(hours=1))
    server.troubles.append(Trouble("RCPT", Say("450 4.2.0 greylisted"), recipient=address(1)))
    for minutes in (0, 7, 30):
        clock.ahead = timedelta(minutes=minutes)
        assert drain(db, notice_id, server, clock).counts == {State.DEFERRED: 1, State.ACCEPTED: 1}
    clock.ahead = timedelta(hours=1)
    assert drain(db, notice_id, server, clock).counts == {State.FAILED: 1, State.ACCEPTED: 1}
    assert sending.settle(db, notice_id, clock())


def test_an_uncertain_mail_is_sent_again_as_it_was(db: Database, clock: Clock, server: SmtpServer) -> None:
    notice_id = started(db, clock(), 3)
    server.troubles.append(Trouble("DOT", Drop(keep=True), recipient=address(2), times=1))
    assert drain(db, notice_id, server, clock).counts == {State.ACCEPTED: 2, State.UNCERTAIN: 1}
    clock.ahead = timedelta(minutes=7)
    assert drain(db, notice_id, server, clock).counts == {State.ACCEPTED: 3}
    twice = [mail for mail in server.received if mail.recipient == address(2)]
    assert len(twice) == 2
    assert twice[0].data == twice[1].data
    with db.read() as connection:
        accepted_at = connection.scalar(select(table.c.accepted_at).where(table.c.email == address(2)))
    assert accepted_at is not None
    assert accepted_at >= clock() - timedelta(seconds=30)  # the window counts from the later one


def test_an_uncertain_mail_may_be_left_to_a_person(db: Database, clock: Clock, server: SmtpServer) -> None:
    notice_id = started(db, clock(), 3, on_uncertain="hold")
    server.troubles.append(Trouble("DOT", Drop(keep=True), recipient=address(2), times=1))
    drain(db, notice_id, server, clock)
    assert drain(db, notice_id, server, clock).counts == {State.ACCEPTED: 2, State.HELD: 1}
    assert sending.settle(db, notice_id, clock())
    assert len(server.received) == 3


def test_a_mail_that_cannot_be_written_keeps_nobody_waiting(
    db: Database, clock: Clock, server: SmtpServer
) -> None:
    odd = Subscriber("2", "jürgen@example.org", "Jürgen")
    audience = People([Subscriber("1", address(1)), odd, Subscriber("3", address(3))])
    notice_id = started(db, clock(), audience)
    assert drain(db, notice_id, server, clock).counts == {State.ACCEPTED: 2, State.REFUSED: 1}
    with db.read() as connection:
        reason = connection.scalar(select(table.c.smtp_text).where(table.c.state == State.REFUSED))
    assert reason is not None
    assert "the mail could not be written" in reason


# A server in trouble


def test_421_slows_down_and_everybody_gets_the_mail_later(
    db: Database, clock: Clock, server: SmtpServer
) -> None:
    notice_id = started(db, clock(), 80)
    server.troubles.append(Trouble("RCPT", Say("421 4.7.0 slow down"), nth=20, times=1))
    seen: list[Progress] = []
    begun = time.monotonic()
    drained = drain(db, notice_id, server, clock, progress=seen.append)
    assert time.monotonic() - begun >= 1
    assert drained.stopped is None
    assert drained.counts == {State.ACCEPTED: 79, State.DEFERRED: 1}
    assert any(each.slowed for each in seen)
    clock.ahead = timedelta(minutes=7)
    drain(db, notice_id, server, clock)
    assert recipients(server) == everybody(80)


def test_a_relay_that_refuses_everybody_does_not_use_up_the_audience(
    db: Database, clock: Clock, server: SmtpServer
) -> None:
    notice_id = started(db, clock(), 200)
    server.troubles.append(Trouble("RCPT", Say("554 5.7.1 relay access denied")))
    drained = drain(db, notice_id, server, clock)
    assert drained.stopped is not None
    assert "relay access denied" in drained.stopped
    assert drained.counts == {State.REFUSED: 20, State.PENDING: 180}


def test_a_server_that_puts_off_everything_is_left_alone(
    db: Database, clock: Clock, server: SmtpServer
) -> None:
    notice_id = started(db, clock(), 200)
    server.troubles.append(Trouble("MAIL", Say("421 4.3.2 busy")))

    def skipping() -> datetime:
        clock.ahead += timedelta(seconds=5)
        return clock()

    drained = drain(db, notice_id, server, skipping, lease=timedelta(days=1))
    assert drained.stopped is not None
    assert "puts everything off, at last with: 421 busy" in drained.stopped
    assert drained.counts[State.PENDING] >= 180


@pytest.mark.timeout(60)
def test_a_server_that_hangs_does_not_hang_us(db: Database, clock: Clock, server: SmtpServer) -> None:
    notice_id = started(db, clock(), 4)
    server.troubles += [
        Trouble("RCPT", Hang(), recipient=address(1)),
        Trouble("DOT", Hang(keep=True), recipient=address(2)),
    ]
    drain(db, notice_id, server, clock, timeouts=QUICK)
    assert rows(db, notice_id) == {
        address(1): State.DEFERRED,
        address(2): State.UNCERTAIN,
        address(3): State.ACCEPTED,
        address(4): State.ACCEPTED,
    }


def test_a_rate_is_never_exceeded(db: Database, clock: Clock, server: SmtpServer) -> None:
    notice_id = started(db, clock(), 60)
    begun = time.monotonic()
    drain(db, notice_id, server, clock, rate=30)
    assert time.monotonic() - begun >= 1.8
    assert recipients(server) == everybody(60)


def test_a_rate_above_what_the_server_takes_is_not_made_up_for(
    db: Database, clock: Clock, server: SmtpServer
) -> None:
    """The server is slow, then fast: no more rows are claimed than without a rate, and no burst follows."""
    notice_id = started(db, clock(), 150)
    server.delay = 0.25
    claimed: list[int] = []
    accepted: list[float] = []

    def look(progress: Progress) -> None:
        claimed.append(sending.counts(db, notice_id).get(State.SENDING, 0))
        if progress.counts[State.ACCEPTED] >= 8:
            server.delay = 0
        accepted.extend([time.monotonic()] * (progress.counts[State.ACCEPTED] - len(accepted)))

    drain(db, notice_id, server, clock, connections=1, rate=40, progress=look)
    assert max(claimed) <= drain_module.BATCH + drain_module.FEW
    fast = accepted[8:]
    assert max(sum(each <= other < each + 1 for other in fast) for each in fast) <= 2 * 40 + 5
    assert recipients(server) == everybody(150)


# Several senders


def test_a_slow_answer_does_not_cost_the_lease(db: Database, clock: Clock, server: SmtpServer) -> None:
    notice_id = started(db, clock(), 1)
    server.delay = 2.5
    lease = timedelta(seconds=1.5)
    found: list[Drained] = []
    other = threading.Thread(
        target=lambda: found.append(drain(db, notice_id, server, clock, lease=lease)),
    )
    other.start()
    while not any(command.startswith("DATA") for command in server.commands):
        time.sleep(0.01)
    time.sleep(1.8)
    meanwhile = drain(db, notice_id, server, clock, lease=lease)
    assert meanwhile.counts == {State.SENDING: 1}
    assert meanwhile.held_until is not None
    assert meanwhile.held_until > clock()
    other.join()
    assert found[0].counts == {State.ACCEPTED: 1}
    assert len(server.received) == 1


def test_a_lease_is_renewed_for_what_it_holds_and_only_then(db: Database, clock: Clock) -> None:
    notice_id = started(db, clock(), 2)
    with Lease(db, notice_id, timedelta(seconds=1.5), clock) as lease:
        lease.begin(clock())
        with db.write() as connection:
            claims.claim(connection, notice_id, 1, token=lease.token, lease_until=lease.until, now=clock())
        time.sleep(2)
        assert lease.holds(clock())
        with db.write() as connection:  # another sender believes it dead
            assert claims.expire(connection, notice_id, clock() + timedelta(seconds=9)) == 1
        time.sleep(2)
        assert not lease.holds(clock())


def test_a_lease_that_ran_out_while_it_was_renewed_is_over(db: Database, now: datetime) -> None:
    """The database takes its time: meanwhile another sender may have taken over rows."""
    notice_id = started(db, now, 2)
    minute = timedelta(seconds=60)
    times = [now]
    lease = Lease(db, notice_id, minute, lambda: times.pop(0) if len(times) > 1 else times[0])
    lease.begin(now)
    with db.write() as connection:
        claims.claim(connection, notice_id, 2, token=lease.token, lease_until=lease.until, now=now)
    times[:] = [now + timedelta(seconds=30), now + timedelta(seconds=50)]
    lease._renew()
    assert lease.until == now + minute
    times[:] = [now + timedelta(seconds=30)]
    lease._renew()
    assert lease.until == now + timedelta(seconds=90)


def test_what_a_dead_sender_left_is_taken_over(db: Database, clock: Clock, server: SmtpServer) -> None:
    notice_id = started(db, clock(), 3)
    lease_until = clock() + timedelta(seconds=60)
    with db.write() as connection:
        claims.claim(connection, notice_id, 2, token="dead", lease_until=lease_until, now=clock())
    first = drain(db, notice_id, server, clock)
    assert first.counts == {State.SENDING: 2, State.ACCEPTED: 1}
    assert first.held_until is not None
    clock.ahead = timedelta(seconds=61)
    second = drain(db, notice_id, server, clock)
    assert second.counts == {State.ACCEPTED: 3}
    assert second.held_until is None


def test_two_senders_at_once_tell_everybody_once(db: Database, clock: Clock, server: SmtpServer) -> None:
    notice_id = started(db, clock(), 600)
    server.delay = 0.001
    senders = [threading.Thread(target=drain, args=(db, notice_id, server, clock)) for _ in range(3)]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    assert recipients(server) == everybody(600)
    assert sending.counts(db, notice_id) == {State.ACCEPTED: 600}


def test_a_sender_that_lost_its_lease_begins_no_further_mail(
    db: Database, clock: Clock, server: SmtpServer
) -> None:
    """The clock jumps while a batch is under way, as it does for a process that was stopped and woken."""
    notice_id = started(db, clock(), 30)
    jumped: list[int] = []

    def jumping() -> datetime:
        if len(server.received) >= 5 and not jumped:
            jumped.append(1)
            clock.ahead = timedelta(minutes=2)
        return clock()

    drained = drain(db, notice_id, server, jumping, connections=1)
    assert Counter(recipients(server)).most_common(1)[0][1] == 1
    assert drained.counts == {State.ACCEPTED: 30}
    assert drained.fenced == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_goes_away_for_a_moment_is_waited_for(
    db: Database, clock: Clock, server: SmtpServer
) -> None:
    """Whoever records an accepted mail loses the connection, the first two times."""
    notice_id = started(db, clock(), 30)
    with db.write() as connection:
        connection.execute(text("CREATE SEQUENCE tries"))
        connection.execute(
            text(
                "CREATE FUNCTION die() RETURNS trigger AS $$ BEGIN IF nextval('tries') <= 2 THEN "
                "PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
            )
        )
        connection.execute(
            text(
                "CREATE TRIGGER die BEFORE UPDATE ON deliveries FOR EACH ROW "
                "WHEN (NEW.state = 'accepted') EXECUTE FUNCTION die()"
            )
        )
    assert drain(db, notice_id, server, clock).counts == {State.ACCEPTED: 30}
    assert recipients(server) == everybody(30)


def test_no_notice_no_sending(db: Database, clock: Clock, server: SmtpServer) -> None:
    with pytest.raises(WrongUse, match="no notice 4711"):
        drain(db, 4711, server, clock)
