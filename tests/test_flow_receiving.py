"""What comes in is stored once and for all, then decided; only a clear wish of the right person is logged."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

import dovecot
from letters import KEY, OURS, bounce, letter
from notifier.clock import Clock
from notifier.delivery import token
from notifier.delivery.states import State
from notifier.errors import TryAgain
from notifier.flow import optouts, receiving
from notifier.flow.optouts import Filters, OptOut
from notifier.flow.receiving import Decided
from notifier.mailbox import Batch, Fetched, Known, Position
from notifier.mailbox.imap import ImapMailbox
from notifier.mailbox.maildir import MaildirMailbox
from notifier.optout.verdict import Grade, Kind, Scope, Timing
from notifier.store import claims, deliveries, inbound
from notifier.store.database import Database
from notifier.store.inbound import Inbound
from notifier.store.tables import deliveries as deliveries_table
from notifier.store.tables import inbound as inbound_table
from notifier.store.tables import optouts as optouts_table
from ready import started

DAY = timedelta(days=1)


class Post:
    """A mailbox that yields the batches a test gives it, and may break after them."""

    account = "privacy@example.com"
    folder = "INBOX"

    def __init__(self, *batches: Batch, breaks: bool = False) -> None:
        self.batches = batches
        self.breaks = breaks
        self.asked: list[Position | None] = []

    def fetch(self, since: Position | None, known: Known, clock: Clock) -> Iterator[Batch]:  # noqa: ARG002 - scripted
        self.asked.append(since)
        yield from self.batches
        if self.breaks:
            raise TryAgain("the mailbox broke", "run again")


def fetched(
    uid: int, raw: bytes, at: datetime, *, internaldate: datetime | None = None, validity: int = 7
) -> Fetched:
    return Fetched(Post.account, Post.folder, validity, str(uid), raw, internaldate, at)


def take(db: Database, at: datetime, *raws: bytes, internaldate: datetime | None = None) -> int:
    """Take mails in at a time, each under the next UID."""
    with db.read() as connection:
        first = connection.execute(select(func.count()).select_from(inbound_table)).scalar_one() + 1
    mails = tuple(
        fetched(first + index, raw, at, internaldate=internaldate) for index, raw in enumerate(raws)
    )
    batch = Batch(mails, Position(7, first + len(raws) - 1))
    return receiving.take(db, Post(batch), clock=lambda: at)


def decide(db: Database, at: datetime) -> Decided:
    return receiving.decide(db, keys=[KEY], own_addresses=[OURS], clock=lambda: at)


def receive(db: Database, at: datetime, *raws: bytes, internaldate: datetime | None = None) -> Decided:
    take(db, at, *raws, internaldate=internaldate)
    return decide(db, at)


def log(db: Database) -> list[OptOut]:
    return list(optouts.listing(db, Filters()))


def stored(db: Database) -> list[Inbound]:
    with db.read() as connection:
        ids = connection.execute(select(inbound_table.c.id).order_by(inbound_table.c.id)).scalars()
        found = [inbound.get(connection, each) for each in ids]
    return [mail for mail in found if mail is not None]


@pytest.fixture
def told(db: Database, now: datetime) -> Database:
    """Three people were told: mails 1 to 3, accepted one second after they were written."""
    started(db, now, 3)
    accept(db, now, accepted=now + timedelta(seconds=1))
    return db


def accept(db: Database, composed: datetime, *, accepted: datetime | None) -> None:
    with db.write() as connection:
        connection.execute(
            update(deliveries_table).values(
                state=State.ACCEPTED if accepted else State.UNCERTAIN,
                composed_at=composed,
                accepted_at=accepted,
                window_ends_at=accepted + 7 * DAY if accepted else None,
            ),
        )


# Taking in


def test_bytes_and_position_are_stored_together(db: Database, now: datetime) -> None:
    first = Post(
        Batch((fetched(1, b"one\n", now), fetched(2, b"two\n", now)), Position(7, 2)),
        Batch((fetched(3, b"three\n", now),), Position(7, 3)),
        breaks=True,
    )
    with pytest.raises(TryAgain):
        receiving.take(db, first, clock=lambda: now)
    assert [mail.uid for mail in stored(db)] == ["1", "2", "3"]
    again = Post()
    assert receiving.take(db, again, clock=lambda: now) == 0
    assert again.asked == [Position(7, 3)]
    assert optouts.mail(db, stored(db)[1].id).raw == b"two\n"


def test_the_same_mail_is_stored_once(db: Database, now: datetime) -> None:
    batch = Batch((fetched(1, b"one\n", now),), Position(7, 1))
    renumbered = Batch(
        (fetched(5, b"one\n", now, validity=8), fetched(6, b"two\n", now, validity=8)), Position(8, 6)
    )
    assert receiving.take(db, Post(batch), clock=lambda: now) == 1
    assert receiving.take(db, Post(batch), clock=lambda: now) == 0
    assert receiving.take(db, Post(renumbered), clock=lambda: now) == 1
    assert [(mail.uidvalidity, mail.uid) for mail in stored(db)] == [(7, "1"), (8, "6")]


def test_two_mails_with_one_uid_are_both_stored(db: Database, now: datetime) -> None:
    assert take(db, now, b"one\n") == 1
    other = Batch((fetched(1, b"another\n", now),), Position(7, 1))
    assert receiving.take(db, Post(other), clock=lambda: now) == 1
    assert receiving.take(db, Post(other), clock=lambda: now) == 0
    assert len(stored(db)) == 2
    assert stored(db)[1].uid.startswith("1#")


def test_a_maildir_is_taken_in_once_however_often_it_is_read(
    db: Database, now: datetime, tmp_path: Path
) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1.a").write_bytes(letter())
    box = MaildirMailbox(tmp_path)
    assert receiving.take(db, box, clock=lambda: now) == 1
    (tmp_path / "new" / "1.a").rename(tmp_path / "cur" / "1.a:2,S")
    (tmp_path / "new" / "2.a").write_bytes(letter(sender="p2@example.org"))
    assert receiving.take(db, box, clock=lambda: now) == 1


def test_dovecot_all_the_way_with_a_crash_and_new_uids(told: Database, now: datetime) -> None:
    later = now + DAY
    with dovecot.running() as server:
        user = server.user()
        server.put(user, *(letter(f"opt out {number}", received=later) for number in range(70)))
        box = ImapMailbox(server.server(user))
        flags = server.flags(user)

        def kill(stored_so_far: int) -> None:
            if stored_so_far == 50:
                server.kill_sessions(user)

        with pytest.raises(TryAgain):
            receiving.take(told, box, clock=lambda: later, progress=kill)
        assert len(stored(told)) == 50
        assert receiving.take(told, box, clock=lambda: later) == 20
        server.renumber(user)
        server.put(user, letter("opt out at last", received=later))
        assert receiving.take(told, box, clock=lambda: later) == 1
        assert server.flags(user)[:70] == flags
    assert len(stored(told)) == 71


# Opt-outs


def test_an_opt_out_in_the_window_is_logged_with_its_clocks(told: Database, now: datetime) -> None:
    received, internaldate, at = now + DAY, now + DAY + timedelta(minutes=1), now + 2 * DAY
    raw = letter("Please opt me out.", received=received, headers="Date: Tue, 3 Mar 2026 00:00:00 +0000")
    decided = receive(told, at, raw, internaldate=internaldate)
    assert decided == Decided({Kind.OPT_OUT: 1}, opt_outs=1, waiting=0)
    (entry,) = log(told)
    assert (entry.email, entry.scope, entry.timing) == ("p1@example.org", Scope.THIS_CHANGE, Timing.IN_WINDOW)
    assert (entry.grade, entry.via, entry.notice_id, entry.delivery_id) == (Grade.CONFIRMED, "mail", 1, 1)
    assert entry.received_at == received
    assert entry.internaldate_at == internaldate
    assert entry.fetched_at == at
    assert entry.claimed_at == datetime(2026, 3, 3, tzinfo=UTC)
    assert entry.counted_at == received
    assert entry.logged_at == at
    (mail,) = stored(told)
    assert (mail.kind, mail.scope, mail.delivery_id, mail.waiting) == (
        Kind.OPT_OUT,
        Scope.THIS_CHANGE,
        1,
        False,
    )


def test_it_is_decided_once(told: Database, now: datetime) -> None:
    receive(told, now + DAY, letter(received=now + DAY))
    assert decide(told, now + 2 * DAY) == Decided({}, 0, 0)
    assert len(log(told)) == 1


def test_received_in_time_and_fetched_late_is_in_time(told: Database, now: datetime) -> None:
    end = now + timedelta(seconds=1) + 7 * DAY
    receive(told, now + 30 * DAY, letter(received=end), internaldate=now + 20 * DAY)
    receive(told, now + 30 * DAY, letter(sender="p2@example.org", delivery=2), internaldate=end)
    assert [entry.timing for entry in log(told)] == [Timing.IN_WINDOW, Timing.IN_WINDOW]


def test_too_late_is_kept_and_marked(told: Database, now: datetime) -> None:
    receive(told, now + 9 * DAY, letter(received=now + 8 * DAY))
    (entry,) = log(told)
    assert entry.timing is Timing.LATE


@pytest.mark.parametrize(
    ("delivery", "timing"),
    [
        (1, Timing.IN_WINDOW),  # whoever answers our mail has it, whatever the ledger knows
        (None, Timing.EARLY),
    ],
)
def test_an_opt_out_before_the_acceptance_is_known(
    db: Database, now: datetime, delivery: int | None, timing: Timing
) -> None:
    started(db, now, 1)
    accept(db, now, accepted=None)
    receive(db, now + DAY, letter(delivery=delivery, received=now + DAY))
    accept(db, now, accepted=now + 2 * DAY)
    receive(db, now + 3 * DAY, letter("opt out, as I said", delivery=delivery, received=now + DAY))
    assert [entry.timing for entry in log(db)] == [timing, timing]


@pytest.mark.parametrize("days", [-400, 400])
def test_a_receipt_that_cannot_be_is_not_believed(told: Database, now: datetime, days: int) -> None:
    receive(told, now + 9 * DAY, letter(received=now + days * DAY), internaldate=now + 9 * DAY)
    (entry,) = log(told)
    assert entry.counted_at == now + 9 * DAY
    assert entry.timing is Timing.LATE
    assert "not believed" in " ".join(stored(told)[0].reasons)


def test_unsubscribing_is_about_all_communications(told: Database, now: datetime) -> None:
    receive(told, now + DAY, letter("unsubscribe", received=now + DAY))
    assert [entry.scope for entry in log(told)] == [Scope.ALL]


def test_both_scopes_in_one_mail_are_two_entries(told: Database, now: datetime) -> None:
    text = "I do not agree to this change. And unsubscribe me from all your mail."
    decided = receive(told, now + DAY, letter(text, received=now + DAY))
    assert {entry.scope for entry in log(told)} == {Scope.ALL, Scope.THIS_CHANGE}
    assert decided.opt_outs == 2


def test_a_further_wish_waits_for_a_person_beside_the_opt_out(told: Database, now: datetime) -> None:
    text = "Please opt me out. Please send me a copy of my data."
    assert receive(told, now + DAY, letter(text, received=now + DAY)) == Decided({Kind.OPT_OUT: 1}, 1, 1)
    assert len(log(told)) == 1


def test_the_unsubscribe_button_of_a_mail_program(told: Database, now: datetime) -> None:
    raw = letter(
        "",
        delivery=None,
        quoted=False,
        subject=f"opt out {token.make(2, KEY)}",
        sender="P2@Example.org",
        received=now + DAY,
    )
    receive(told, now + DAY, raw)
    (entry,) = log(told)
    assert (entry.email, entry.grade, entry.scope) == ("p2@example.org", Grade.CONFIRMED, Scope.THIS_CHANGE)


def test_without_a_token_the_sender_s_latest_notice_counts(told: Database, now: datetime) -> None:
    receive(told, now + DAY, letter(delivery=None, received=now + DAY))
    (entry,) = log(told)
    assert (entry.grade, entry.delivery_id) == (Grade.SENDER_ONLY, 1)


def test_an_old_mail_is_no_answer_to_the_latest_notice(told: Database, now: datetime) -> None:
    old = now - 400 * DAY
    assert receive(told, now + DAY, letter(delivery=None, received=old), internaldate=old).waiting == 1
    assert log(told) == []
    assert "older than the latest notice" in stored(told)[0].reasons[-1]


@pytest.mark.parametrize(
    ("sender", "delivery", "grade", "reason"),
    [
        ("stranger@example.net", 1, Grade.TOKEN_ONLY, "comes from stranger@example.net"),
        ("p1@example.org, p2@example.org", 1, Grade.TOKEN_ONLY, "comes from no one address"),
        ("p1@example.org <stranger@example.net>", 1, Grade.TOKEN_ONLY, "comes from no one address"),
        ("stranger@example.net", None, Grade.UNKNOWN, "no notice went to its sender"),
        ("p1@example.org", 999, Grade.UNKNOWN, "not in the ledger"),
    ],
)
def test_a_doubtful_one_waits_for_a_person(
    told: Database,
    now: datetime,
    *,
    sender: str,
    delivery: int | None,
    grade: Grade,
    reason: str,
) -> None:
    decided = receive(told, now + DAY, letter(sender=sender, delivery=delivery, received=now + DAY))
    assert decided == Decided({Kind.OPT_OUT: 1}, opt_outs=0, waiting=1)
    assert log(told) == []
    (mail,) = optouts.waiting(told)
    assert mail.grade is grade
    assert reason in mail.reasons[-1]


@pytest.mark.parametrize("sender", ["stranger@example.net", "p1@example.org"])
def test_a_reference_signed_with_another_key_never_acts(told: Database, now: datetime, sender: str) -> None:
    foreign = f"References: <{token.make(1, b'another key')}@example.com>"
    raws = (
        letter(sender=sender, delivery=None, received=now + DAY, headers=foreign),
        bounce(None, sender, received=now + DAY).replace(
            b"Subject: Changes", foreign.encode() + b"\nSubject: "
        ),
        letter("Who are you?", sender=sender, delivery=None, received=now + DAY, headers=foreign),
    )
    decided = receive(told, now + DAY, *raws)
    assert decided == Decided({Kind.OPT_OUT: 1, Kind.BOUNCE: 1, Kind.UNCLEAR: 1}, opt_outs=0, waiting=3)
    assert log(told) == []
    assert state(told, 1) is State.ACCEPTED
    for mail in optouts.waiting(told):
        assert mail.reasons[-1] == "it carries a reference that was signed with another key"


def test_an_answer_to_a_test_mail_is_nobody_s_choice(told: Database, now: datetime) -> None:
    assert receive(told, now + DAY, letter(delivery=0, received=now + DAY)) == Decided(
        {Kind.OPT_OUT: 1}, 0, 0
    )
    assert log(told) == []


def test_our_own_mail_coming_back_is_no_opt_out(told: Database, now: datetime) -> None:
    assert receive(told, now + DAY, letter(sender=OURS, headers="Auto-Submitted: auto-generated")) == (
        Decided({Kind.AUTO_REPLY: 1}, 0, 0)
    )
    assert receive(told, now + DAY, letter(sender=OURS)) == Decided({Kind.UNCLEAR: 1}, 0, 1)


def test_one_mail_that_cannot_be_understood_does_not_stop_the_rest(told: Database, now: datetime) -> None:
    decided = receive(told, now + DAY, b"\x00\xff" * 500, letter(received=now + DAY), b"From: \xff\n\n")
    assert decided.opt_outs == 1
    assert decided.waiting == 2
    assert all(mail.decided_at for mail in stored(told))


def test_nothing_a_mail_holds_is_refused_by_the_database(told: Database, now: datetime) -> None:
    raw = b"From: a\x00b@example.org\nSubject: =?utf-8?b?AGEA?= =?utf-8?q?=ED=A0=80?= \x00\xff\n\nhello \x00"
    assert receive(told, now, raw).kinds == {Kind.UNCLEAR: 1}


# Bounces


def state(db: Database, delivery_id: int) -> State | None:
    with db.read() as connection:
        found = deliveries.get(connection, delivery_id)
    return found.state if found else None


def test_a_permanent_bounce_marks_the_delivery(told: Database, now: datetime) -> None:
    later = now + DAY
    raws = (
        bounce(1, "p1@example.org", received=later),
        bounce(None, "p2@example.org", received=later),
        bounce(3, "p3@example.org", action="delayed", status="4.4.1", received=later),
    )
    # Without a token it may be about another mail to the same address.
    assert receive(told, later, *raws) == Decided({Kind.BOUNCE: 3}, opt_outs=0, waiting=1)
    assert [state(told, number) for number in (1, 2, 3)] == [State.BOUNCED, State.ACCEPTED, State.ACCEPTED]
    assert log(told) == []


def test_an_old_bounce_without_a_token_is_about_something_else(told: Database, now: datetime) -> None:
    receive(told, now + DAY, bounce(None, "p2@example.org", received=now - DAY), internaldate=now - DAY)
    assert state(told, 2) is State.ACCEPTED


def test_a_bounce_of_a_mail_that_was_never_accepted_is_for_a_person(db: Database, now: datetime) -> None:
    started(db, now, 1)
    accept(db, now, accepted=None)
    assert receive(db, now + DAY, bounce(1, "p1@example.org", received=now + DAY)).waiting == 1
    assert state(db, 1) is State.UNCERTAIN


def test_a_bounce_that_is_quicker_than_the_record_of_its_acceptance_is_decided_later(
    db: Database, now: datetime
) -> None:
    started(db, now, 1)
    with db.write() as connection:
        claims.claim(connection, 1, 1, token="t", lease_until=now + DAY, now=now)
    raw = bounce(1, "p1@example.org", received=now)
    assert receive(db, now, raw).kinds == {}
    accept(db, now, accepted=now)
    assert decide(db, now).kinds == {Kind.BOUNCE: 1}
    assert state(db, 1) is State.BOUNCED


def test_the_log_s_module_only_adds_and_reads() -> None:
    source = Path(receiving.__file__).parents[1]
    for module in ("store/optouts.py", "flow/optouts.py", "flow/receiving.py"):
        text = (source / module).read_text(encoding="utf-8")
        assert "update(optouts" not in text
        assert "delete(" not in text
    assert optouts_table.name == "optouts"
