"""What a person does with the log: list it, look into a mail, add, decide. Entries are only ever added."""

import csv
import io
import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from letters import KEY, OURS, letter
from notifier.delivery.states import State
from notifier.errors import WrongUse
from notifier.flow import optouts, receiving
from notifier.flow.optouts import Decision, Filters
from notifier.mailbox import Batch, Fetched, Position
from notifier.optout.shown import Shown
from notifier.optout.verdict import Grade, Scope, Timing
from notifier.store import optouts as log
from notifier.store.database import Database
from notifier.store.tables import deliveries
from ready import started
from test_flow_receiving import Post

DAY = timedelta(days=1)


@pytest.fixture
def told(db: Database, now: datetime) -> Database:
    started(db, now, 3)
    with db.write() as connection:
        connection.execute(
            update(deliveries).values(
                state=State.ACCEPTED, composed_at=now, accepted_at=now, window_ends_at=now + 7 * DAY
            ),
        )
    return db


def waits(db: Database, at: datetime, raw: bytes, uid: int = 1) -> int:
    """Receive a mail that waits for a person; its id."""
    batch = Batch((Fetched(Post.account, Post.folder, 7, str(uid), raw, None, at),), Position(7, uid))
    receiving.take(db, Post(batch), clock=lambda: at)
    receiving.decide(db, keys=[KEY], own_addresses=[OURS], clock=lambda: at)
    return optouts.waiting(db)[-1].id


def enter(
    db: Database, start: datetime, email: str = "p1@example.org", /, **options: object
) -> optouts.OptOut:
    values: dict[str, object] = {
        "notice_id": None,
        "scope": Scope.THIS_CHANGE,
        "received_at": start + DAY,
        "note": "by telephone",
        "by": "dana",
        "now": start + 2 * DAY,
    }
    return optouts.add(db, email=email, **(values | options))  # type: ignore[arg-type]  # as the caller says


def test_an_opt_out_by_telephone_counts_from_when_it_was_received(told: Database, now: datetime) -> None:
    entry = enter(told, now, "P1@Example.org")
    assert entry == optouts.get(told, entry.id)
    assert (entry.email, entry.notice_id, entry.delivery_id) == ("p1@example.org", 1, 1)
    assert (entry.via, entry.entered_by, entry.note) == ("admin", "dana", "by telephone")
    assert (entry.counted_at, entry.logged_at, entry.timing) == (now + DAY, now + 2 * DAY, Timing.IN_WINDOW)
    late = enter(told, now, received_at=now + 8 * DAY, now=now + 9 * DAY, notice_id=1)
    assert late.timing is Timing.LATE


@pytest.mark.parametrize(
    ("email", "options", "said"),
    [
        ("nobody", {}, "has no @"),
        ("stranger@example.net", {}, "no notice went to stranger@example.net"),
        ("p1@example.org", {"notice_id": 9}, "notice 9 did not go to p1@example.org"),
        (
            "p1@example.org",
            {"received_at": datetime.fromisoformat("2030-01-01T00:00:00Z")},
            "has not come yet",
        ),
    ],
)
def test_what_cannot_be_is_refused(
    told: Database, now: datetime, email: str, options: dict[str, object], said: str
) -> None:
    with pytest.raises(WrongUse, match=said):
        enter(told, now, email, **options)
    assert list(optouts.listing(told, Filters())) == []


def test_all_communications_can_be_opted_out_of_without_a_notice(told: Database, now: datetime) -> None:
    entry = enter(told, now, "stranger@example.net", scope="all communications")
    assert (entry.notice_id, entry.scope, entry.timing) == (None, Scope.ALL, Timing.IN_WINDOW)


def test_a_waiting_mail_becomes_an_opt_out_that_counts_from_its_receipt(
    told: Database, now: datetime
) -> None:
    raw = letter(sender="other@example.net", received=now + DAY)
    mail = waits(told, now + 20 * DAY, raw)
    entry = optouts.resolve(
        told, mail, decision=Decision.OPT_OUT_CHANGE, by="dana", note="rang her up", now=now + 30 * DAY
    )
    assert entry is not None
    assert (entry.email, entry.grade, entry.via) == ("p1@example.org", Grade.TOKEN_ONLY, "mail")
    assert (entry.counted_at, entry.timing) == (now + DAY, Timing.IN_WINDOW)
    assert (entry.entered_by, entry.note, entry.inbound_id) == ("dana", "rang her up", mail)
    assert optouts.waiting(told) == []
    resolved = optouts.mail(told, mail).entry
    assert (resolved.resolved_by, resolved.resolution) == ("dana", "opt-out-change: rang her up")


def test_a_waiting_mail_that_is_none_is_done_and_leaves_no_entry(told: Database, now: datetime) -> None:
    mail = waits(told, now + DAY, letter("How do I opt out?", received=now + DAY))
    assert optouts.resolve(told, mail, decision=Decision.DONE, by="dana", note="", now=now + 2 * DAY) is None
    assert list(optouts.listing(told, Filters())) == []
    with pytest.raises(WrongUse, match="does not wait for anybody"):
        optouts.resolve(told, mail, decision=Decision.OPT_OUT_ALL, by="dana", note="", now=now + 2 * DAY)


def test_a_stranger_s_mail_can_only_be_about_all_communications(told: Database, now: datetime) -> None:
    raw = letter("unsubscribe", sender="stranger@example.net", delivery=None, received=now + DAY)
    mail = waits(told, now + DAY, raw)
    with pytest.raises(WrongUse, match=r"no notice went to stranger@example\.net"):
        optouts.resolve(told, mail, decision=Decision.OPT_OUT_CHANGE, by="dana", note="", now=now + DAY)
    assert [each.id for each in optouts.waiting(told)] == [mail]
    entry = optouts.resolve(told, mail, decision=Decision.OPT_OUT_ALL, by="dana", note="", now=now + DAY)
    assert entry is not None
    assert entry.email == "stranger@example.net"


def test_a_mail_that_does_not_say_whose_it_is_cannot_be_an_opt_out(told: Database, now: datetime) -> None:
    mail = waits(told, now + DAY, b"Subject: opt out\n\nopt out\n")
    with pytest.raises(WrongUse, match="does not say whose it is"):
        optouts.resolve(told, mail, decision=Decision.OPT_OUT_ALL, by="dana", note="", now=now + DAY)


def test_the_filters(told: Database, now: datetime) -> None:
    first = enter(told, now, note="100 % sure")
    second = enter(told, now, "p2@example.org", scope=Scope.ALL, received_at=now + 8 * DAY, now=now + 9 * DAY)
    third = enter(told, now, "new@example.net", scope=Scope.ALL)

    def found(**filters: object) -> list[int]:
        return [entry.id for entry in optouts.listing(told, Filters(**filters))]  # type: ignore[arg-type]

    assert found() == [first.id, second.id, third.id]
    assert found(notice=1) == [first.id, second.id]
    assert found(scope="all communications") == [second.id, third.id]
    assert found(timing="late") == [second.id]
    assert found(since=now + 2 * DAY) == [second.id]
    assert found(until=now + 8 * DAY) == [first.id, third.id]
    assert found(text="P2@EXAMPLE") == [second.id]
    assert found(text="0 %") == [first.id]
    assert found(text="%") == [first.id]


def test_a_long_log_is_listed_whole_and_in_order(
    told: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optouts, "_PAGE", 2)
    ids = [enter(told, now).id for _ in range(5)]
    assert [entry.id for entry in optouts.listing(told, Filters())] == ids


def test_rows_go_through_csv_and_json(told: Database, now: datetime) -> None:
    entry = enter(told, now, note='=HYPERLINK("http://evil.example")')
    row = optouts.as_row(entry)
    assert tuple(row) == optouts.COLUMNS
    assert json.loads(json.dumps(row))["counted_at"] == "2026-03-03T09:30:00+00:00"
    file = io.StringIO()
    writer = csv.DictWriter(file, optouts.COLUMNS)
    writer.writerow(optouts.csv_safe(row))
    assert "'=HYPERLINK" in file.getvalue()


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_run_by_a_spreadsheet(cell: str) -> None:
    assert optouts.csv_safe({"a": cell, "b": "x=1", "c": 1, "d": None}) == {
        "a": f"'{cell}",
        "b": "x=1",
        "c": 1,
        "d": None,
    }


def test_of_a_mail_a_person_sees_what_its_writer_wrote(told: Database, now: datetime) -> None:
    raw = (
        b"From: =?utf-8?q?Zo=C3=AB?= <p1@example.org>\nSubject: =?utf-8?q?caf=C3=A9?=\n"
        b"Content-Type: text/html\n\n<p>hello</p><blockquote>Our policy changes</blockquote>"
    )
    mail = optouts.mail(told, waits(told, now, raw))
    assert mail.shown() == Shown("Zo\u00eb <p1@example.org>", "caf\u00e9", "hello")
    assert mail.delivery is not None
    assert mail.delivery.email == "p1@example.org"


def test_the_filters_of_what_waits(told: Database, now: datetime) -> None:
    first = waits(told, now + 5 * DAY, letter("How?", received=now + DAY), uid=1)
    raw = letter("What?", sender="x@example.net", delivery=None, subject="100 % lost")
    second = waits(told, now + 5 * DAY, raw, uid=2)

    def found(**filters: object) -> list[int]:
        return [mail.id for mail in optouts.waiting(told, Filters(**filters))]  # type: ignore[arg-type]

    assert found() == [first, second]
    assert found(notice=1) == [first]
    assert found(notice=2) == []
    assert found(since=now + DAY) == [first, second]
    assert found(since=now + 2 * DAY) == [second]  # without a Received, it is when it was fetched
    assert found(until=now + 5 * DAY) == [first]
    assert found(text="X@EXAMPLE") == [second]
    assert found(text="0 %") == [second]
    for refused in ({"timing": "late"}, {"scope": "this change"}):
        with pytest.raises(WrongUse, match="has no timing and no scope yet"):
            found(**refused)


def test_who_opted_out_in_time_once_is_not_late(told: Database, now: datetime) -> None:
    late = {"received_at": now + 8 * DAY, "now": now + 9 * DAY}
    early = {"received_at": now - DAY}
    for email, times in (
        ("p1@example.org", [late, {}, late]),
        ("p2@example.org", [late, early]),
        ("p3@example.org", [late, late]),
    ):
        for values in times:
            enter(told, now, email, **values)
    with told.read() as connection:
        people = log.people(connection, 1)
    assert people == {Timing.IN_WINDOW: 1, Timing.EARLY: 1, Timing.LATE: 1}


def test_what_was_logged_before_is_found(told: Database, now: datetime) -> None:
    first = enter(told, now)
    others = [
        enter(told, now, scope=Scope.ALL),
        enter(told, now, "p2@example.org"),
        enter(told, now, "stranger@example.net", scope=Scope.ALL),
    ]
    assert [optouts.earlier(told, entry) for entry in (first, *others)] == [None] * 4
    enter(told, now)
    assert optouts.earlier(told, enter(told, now, "P1@example.org")) == first.id
    assert optouts.earlier(told, enter(told, now, "stranger@example.net", scope=Scope.ALL)) == others[2].id


@pytest.mark.parametrize("look", [optouts.get, optouts.mail])
def test_what_is_not_there_is_said(db: Database, look: object) -> None:
    with pytest.raises(WrongUse, match=r"no (entry|mail) 99"):
        look(db, 99)  # type: ignore[operator]  # both take a database and a number
