"""What is shown of one entry of the log and of one mail."""

from datetime import datetime, timedelta

from letters import SUBJECT, letter
from notifier.cli.optout_page import entry_page, mail_page
from notifier.flow import optouts
from notifier.optout.verdict import Scope
from notifier.store.database import Database
from ready import started
from test_flow_receiving import accept, log, receive

DAY = timedelta(days=1)


def told(db: Database, now: datetime) -> None:
    started(db, now, 2)
    accept(db, now, accepted=now)


def test_an_entry_that_came_by_mail(db: Database, now: datetime) -> None:
    told(db, now)
    raw = letter(
        "Please opt me out.\n\nRegards", received=now + DAY, headers="Date: Tue, 3 Mar 2026 09:29:58 +0000"
    )
    receive(db, now + 2 * DAY, raw, internaldate=now + DAY + timedelta(seconds=1, microseconds=5))
    (entry,) = log(db)
    assert list(entry_page(entry, optouts.mail(db, 1))) == [
        "entry 1: p1@example.org opts out of this change",
        "notice                  1",
        "timing                  in window: received before this customer's window ended",
        "grade                   confirmed: it answers our mail to this address and comes from it",
        "mail                    1",
        "",
        "received by our server  2026-03-03 09:30:00 UTC  <- this one counts",
        "put into the mailbox    2026-03-03 09:30:01 UTC",
        "fetched                 2026-03-04 09:30:00 UTC",
        "claimed by the sender   2026-03-03 09:29:58 UTC",
        "logged                  2026-03-04 09:30:00 UTC",
        "",
        "why:",
        '- asks to opt out of this change: "please opt me out"',
        "",
        "from                    p1@example.org",
        f"subject                 Re: {SUBJECT}",
        "",
        "  Please opt me out.",
        "",
        "  Regards",
        "",
        "The whole mail, with what it quotes: notifier optouts show 1 --raw",
    ]


def test_an_entry_by_hand(db: Database, now: datetime) -> None:
    told(db, now)
    entry = optouts.add(
        db,
        email="new@example.net",
        notice_id=None,
        scope=Scope.ALL,
        received_at=now,
        note="rang up\nentry 2: x",
        by="dana",
        now=now + DAY,
    )
    assert list(entry_page(entry, None)) == [
        "entry 1: new@example.net opts out of all communications",
        "timing                  in window: it is about no notice, so none was missed",
        "grade                   confirmed: a person vouches for it",
        "entered by              dana",
        "note                    rang up entry 2: x",
        "",
        "received                2026-03-02 09:30:00 UTC  <- this one counts",
        "logged                  2026-03-03 09:30:00 UTC",
    ]


def test_a_mail_that_waits(db: Database, now: datetime) -> None:
    told(db, now)
    raw = letter("", sender="x@example.net", subject="\x1b[2J and then?", received=None)
    receive(db, now + DAY, raw)
    page = list(mail_page(optouts.mail(db, 1)))
    assert page[:7] == [
        "mail 1: unclear, waits for a person",
        "notice                  1",
        "our mail went to        p1@example.org",
        "grade                   token only: it answers our mail but comes from another address",
        "",
        "fetched                 2026-03-03 09:30:00 UTC",
        "",
    ]
    assert page[-3:] == [
        "  (no words of their own)",
        "",
        "The whole mail, with what it quotes: notifier optouts show 1 --mail --raw",
    ]
    assert all(line.isprintable() for line in page)
    optouts.resolve(db, 1, decision=optouts.Decision.DONE, by="dana", note="", now=now + 2 * DAY)
    page = list(mail_page(optouts.mail(db, 1)))
    assert page[0] == "mail 1: unclear"
    assert "decided                 2026-03-04 09:30:00 UTC by dana: done" in page
