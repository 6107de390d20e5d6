"""A notice from draft to approved, and every way in which an approval stops holding."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from notifier.delivery.states import NOTICE_MOVES, NoticeState
from notifier.errors import WrongUse
from notifier.flow import notices, policies
from notifier.flow.notices import Notice
from notifier.notice.texts import Group, MailTexts, Summary
from notifier.store import notices as queries
from notifier.store.database import Database
from ready import FROM

SUMMARY = Summary(
    "We changed our privacy policy.",
    (Group("Sale of your data", ('"does not sell" became "may rent"',)),),
    "And 2 further changes.",
)
EDITED = Summary("We changed it.", (Group("Ours", ("We may rent your address.", "We keep it longer.")),))
MATERIAL = {"verdict": "material", "alarms": [], "changes": [{"id": "c1", "words_new": "may rent \u2603"}]}
ALARMING = {**MATERIAL, "alarms": [{"code": "text-vanished", "detail": "90 % of the text is gone"}]}
AUDIENCE = {"source": "the imported list"}
MAILS = [
    MailTexts(locale="", subject="Changes", text="Hello", html="<p>Hello", redline=None),
    MailTexts(locale="de", subject="Änderungen", text="Guten Tag", html="<p>Guten Tag", redline="<html>…"),
]
HASH, OTHER_HASH = "a" * 64, "b" * 64


@dataclass(frozen=True)
class Text:
    data: bytes
    label: str = "privacy.md"
    media_type: str = ""


def version(db: Database, number: int, now: datetime, policy: str = "privacy") -> policies.Version:
    text = f"# Privacy\n\nWe keep your name and your address for {number} years.\n"
    return policies.add(db, policy, Text(text.encode()), now)[0]


def draft(db: Database, now: datetime, *, old: int = 1, new: int = 2, **changes: Any) -> Notice:  # noqa: ANN401
    options: dict[str, Any] = {"comparison": MATERIAL, "summary": SUMMARY, "by": "ana", "window_days": 7}
    versions: dict[str, Any] = {"old": version(db, old, now), "new": version(db, new, now)}
    with db.write() as connection:
        return notices.draft(
            connection,
            policy="privacy",
            on_uncertain="resend",
            now=now,
            **versions,
            **(options | changes),
        )


def approve(db: Database, notice: Notice, now: datetime, *, by: str = "ana", **changes: Any) -> Notice:  # noqa: ANN401
    options: dict[str, Any] = {
        "needed": 1,
        "content_hash": HASH,
        "mails": MAILS,
        "audience": AUDIENCE,
        "sender": FROM,
    }
    return notices.approve(db, notice.id, revision=notice.revision, by=by, now=now, **(options | changes))


def move(db: Database, notice: Notice, *states: NoticeState) -> None:
    for state in states:
        with db.write() as connection:
            locked = queries.lock(connection, notice.id)
            assert locked is not None
            queries.move(connection, locked, state)


# Drafting


def test_a_draft_comes_back_as_it_was_given(db: Database, now: datetime) -> None:
    notice = draft(db, now)
    assert notice.state is NoticeState.DRAFT
    assert notice.summary == SUMMARY
    assert notice.comparison == MATERIAL
    assert (notice.old_number, notice.new_number, notice.revision) == (1, 2, 1)
    assert notice.new_sha256 == policies.load(db, "privacy", 2).sha256
    assert (notice.window_days, notice.on_uncertain) == (7, "resend")
    assert (notice.drafted_by, notice.drafted_at) == ("ana", now)
    assert (notice.content_hash, notice.audience, notice.approvals) == (None, None, ())
    assert notices.get(db, notice.id) == notice
    assert notices.listing(db) == [notice]
    assert notices.approved_mails(db, notice.id) == []


def test_an_alarm_stops_a_draft_unless_overridden(db: Database, now: datetime) -> None:
    with pytest.raises(WrongUse, match=r"90 % of the text is gone \(text-vanished\).*--override"):
        draft(db, now, comparison=ALARMING, anyway=True)
    with pytest.raises(WrongUse, match="--override gives no reason"):
        draft(db, now, comparison=ALARMING, override=" ")
    assert notices.listing(db) == []
    notice = draft(db, now, comparison=ALARMING, override="the annex  was split off")
    assert (notice.alarms_overridden, notice.override_reason) == (True, "the annex was split off")
    assert approve(db, notice, now).state is NoticeState.APPROVED


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("none", "no material change"),
        ("cosmetic", "no material change"),
        ("minor", "no material"),
        ("unjudged", "not be judged"),
    ],
)
def test_what_is_not_material_is_not_announced_unless_wished(
    db: Database, verdict: str, words: str, now: datetime
) -> None:
    comparison = {"verdict": verdict, "alarms": []}
    with pytest.raises(WrongUse, match=rf"{words}.*--anyway"):
        draft(db, now, comparison=comparison)
    assert draft(db, now, comparison=comparison, anyway=True).state is NoticeState.DRAFT


def test_a_change_is_announced_once(db: Database, now: datetime) -> None:
    first = draft(db, now)
    for anyway in (False, True):
        with pytest.raises(WrongUse, match=r"notice 1 \(draft\) is about this change already.*cancel 1"):
            draft(db, now, anyway=anyway)
    draft(db, now, old=2, new=3)
    notices.cancel(db, first.id, now)
    second = draft(db, now)
    approve(db, second, now)
    move(db, second, NoticeState.SENDING, NoticeState.SENT)
    with pytest.raises(WrongUse, match=r"announced before, by notice 3.*--anyway"):
        draft(db, now)
    assert draft(db, now, anyway=True).id == 4


def test_two_who_draft_at_once_make_one_draft(db: Database, now: datetime) -> None:
    versions = version(db, 1, now), version(db, 2, now)
    refused: list[WrongUse] = []

    def run() -> None:
        try:
            draft(db, now)
        except WrongUse as error:
            refused.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert versions
    assert len(notices.listing(db)) == 1
    assert len(refused) == 3


def test_versions_that_do_not_belong_together(db: Database, now: datetime) -> None:
    with pytest.raises(WrongUse, match="compared with itself"):
        draft(db, now, old=1, new=1)
    cookies = version(db, 1, now, "cookies")
    two = version(db, 2, now)
    with pytest.raises(WrongUse, match=r"cookies@1.*not both of 'privacy'"), db.write() as connection:
        notices.draft(
            connection,
            policy="privacy",
            old=cookies,
            new=two,
            comparison=MATERIAL,
            summary=SUMMARY,
            window_days=7,
            on_uncertain="hold",
            by="ana",
            now=now,
        )


@pytest.mark.parametrize("by", ["", "  ", "x" * 201, "ana\x00"])
def test_somebody_has_to_answer_for_it(db: Database, by: str, now: datetime) -> None:
    with pytest.raises(WrongUse, match=r"--by"):
        draft(db, now, by=by)
    with pytest.raises(WrongUse, match=r"--by"):
        approve(db, draft(db, now), now, by=by)


# Approving


def test_one_approval_is_enough_by_default(db: Database, now: datetime) -> None:
    notice = approve(db, draft(db, now), now + timedelta(hours=1))
    assert notice.state is NoticeState.APPROVED
    assert (notice.content_hash, notice.audience) == (HASH, AUDIENCE)
    assert [(each.by, each.at) for each in notice.approvals] == [("ana", now + timedelta(hours=1))]
    assert notices.approved_mails(db, notice.id) == MAILS
    assert notices.check_approved(db, notice.id, HASH) == notice


def test_several_approvals_are_of_several_people(db: Database, now: datetime) -> None:
    notice = draft(db, now)
    for by in ("ana", "ana", "Ana", " ana "):
        assert approve(db, notice, now, by=by, needed=2).state is NoticeState.DRAFT
    assert notices.approved_mails(db, notice.id) == []
    done = approve(db, notice, now, by="bob", needed=2)
    assert done.state is NoticeState.APPROVED
    assert [each.by for each in done.approvals] == ["ana", "bob"]


def test_approvals_of_different_contents_do_not_add_up(db: Database, now: datetime) -> None:
    notice = draft(db, now)
    approve(db, notice, now, by="ana", needed=2)
    assert approve(db, notice, now, by="bob", needed=2, content_hash=OTHER_HASH).state is NoticeState.DRAFT
    assert approve(db, notice, now, by="ana", needed=2, content_hash=OTHER_HASH).content_hash == OTHER_HASH


def test_an_approval_of_other_content_takes_the_first_one_back(db: Database, now: datetime) -> None:
    notice = approve(db, draft(db, now), now)
    again = approve(db, notice, now, by="bob", needed=2, content_hash=OTHER_HASH, mails=MAILS[:1])
    assert (again.state, again.content_hash, again.audience) == (NoticeState.DRAFT, None, None)
    assert notices.approved_mails(db, notice.id) == []
    done = approve(db, notice, now, by="ana", needed=2, content_hash=OTHER_HASH, mails=MAILS[:1])
    assert (done.state, done.content_hash) == (NoticeState.APPROVED, OTHER_HASH)
    assert notices.approved_mails(db, notice.id) == MAILS[:1]


def test_an_edit_voids_approvals_for_good(db: Database, now: datetime) -> None:
    notice = approve(db, draft(db, now), now)
    edited = notices.edit(db, notice.id, EDITED, now)
    assert (edited.state, edited.summary, edited.revision) == (NoticeState.DRAFT, EDITED, 2)
    assert (edited.content_hash, edited.approvals, edited.edited_at) == (None, (), now)
    assert notices.approved_mails(db, notice.id) == []
    back = notices.edit(db, notice.id, SUMMARY, now)  # the old words again, and with them the old hash
    assert (back.state, back.approvals) == (NoticeState.DRAFT, ())
    with pytest.raises(WrongUse, match="is draft, not approved"):
        notices.check_approved(db, notice.id, HASH)
    assert approve(db, back, now).state is NoticeState.APPROVED


def test_an_edit_that_changes_nothing_voids_nothing(db: Database, now: datetime) -> None:
    notice = approve(db, draft(db, now), now)
    assert notices.edit(db, notice.id, SUMMARY, now) == notice


def test_what_was_edited_meanwhile_cannot_be_approved_unseen(db: Database, now: datetime) -> None:
    seen = draft(db, now)
    notices.edit(db, seen.id, EDITED, now)
    with pytest.raises(WrongUse, match="was edited while you looked at it"):
        approve(db, seen, now)
    assert notices.get(db, seen.id).approvals == ()


def test_whoever_edits_and_approves_at_once_nothing_unseen_is_approved(db: Database, now: datetime) -> None:
    for number in range(8):
        seen = draft(db, now, old=number, new=number + 1)

        def run_approve(seen: Notice = seen) -> None:
            try:
                approve(db, seen, now)
            except WrongUse as error:
                assert "was edited" in str(error)  # noqa: PT017 - either of the two is first

        threads = [
            threading.Thread(target=run_approve),
            threading.Thread(target=notices.edit, args=(db, seen.id, EDITED, now)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        after = notices.get(db, seen.id)
        assert (after.state, after.summary, after.content_hash) == (NoticeState.DRAFT, EDITED, None)


def test_people_who_approve_at_once_all_count(db: Database, now: datetime) -> None:
    notice = draft(db, now)
    people = ["ana", "bob", "eve", "ANA"]
    threads = [
        threading.Thread(target=approve, args=(db, notice, now), kwargs={"by": by, "needed": 3})
        for by in people
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = notices.get(db, notice.id)
    assert done.state is NoticeState.APPROVED
    assert sorted(each.by.lower() for each in done.approvals) == ["ana", "bob", "eve"]


def test_sending_what_was_not_approved_is_refused(db: Database, now: datetime) -> None:
    notice = approve(db, draft(db, now), now)
    with pytest.raises(WrongUse, match=r"not as it was approved.*notifier notice approve 1"):
        notices.check_approved(db, notice.id, OTHER_HASH)
    move(db, notice, NoticeState.SENDING)
    assert notices.check_approved(db, notice.id, HASH).state is NoticeState.SENDING


# States


def test_cancelling(db: Database, now: datetime) -> None:
    notice = notices.cancel(db, approve(db, draft(db, now), now).id, now)
    assert (notice.state, notice.cancelled_at) == (NoticeState.CANCELLED, now)
    with pytest.raises(WrongUse, match="is cancelled and cannot"):
        notices.cancel(db, notice.id, now)


@pytest.mark.parametrize(
    "states",
    [
        [NoticeState.SENDING],
        [NoticeState.SENDING, NoticeState.SENT],
        [NoticeState.SENDING, NoticeState.SENT, NoticeState.CLOSED],
        [NoticeState.CANCELLED],
    ],
)
def test_after_sending_began_or_cancelling_nothing_changes(
    db: Database, states: list[NoticeState], now: datetime
) -> None:
    notice = approve(db, draft(db, now), now)
    move(db, notice, *states)
    before = notices.get(db, notice.id)
    words = rf"notice 1 is {states[-1]} and cannot"
    with pytest.raises(WrongUse, match=words):
        notices.edit(db, notice.id, EDITED, now)
    with pytest.raises(WrongUse, match=words):
        approve(db, before, now, by="bob")
    with pytest.raises(WrongUse, match=words):
        notices.cancel(db, notice.id, now)
    assert notices.get(db, notice.id) == before


@pytest.mark.parametrize("before", NoticeState)
@pytest.mark.parametrize("after", NoticeState)
def test_a_state_is_moved_along_the_table_only(
    db: Database, before: NoticeState, after: NoticeState, now: datetime
) -> None:
    way = {
        NoticeState.DRAFT: [],
        NoticeState.APPROVED: [NoticeState.APPROVED],
        NoticeState.SENDING: [NoticeState.APPROVED, NoticeState.SENDING],
        NoticeState.SENT: [NoticeState.APPROVED, NoticeState.SENDING, NoticeState.SENT],
        NoticeState.CLOSED: [NoticeState.APPROVED, NoticeState.SENDING, NoticeState.SENT, NoticeState.CLOSED],
        NoticeState.CANCELLED: [NoticeState.CANCELLED],
    }
    notice = draft(db, now)
    move(db, notice, *way[before])
    if (before, after) in NOTICE_MOVES:
        move(db, notice, after)
        assert notices.get(db, notice.id).state is after
    else:
        with pytest.raises(WrongUse, match=f"is {before} and cannot become {after}"):
            move(db, notice, after)
        assert notices.get(db, notice.id).state is before


def test_a_notice_that_is_not_there(db: Database, now: datetime) -> None:
    missing = "there is no notice 7: see `notifier notice list`"
    with pytest.raises(WrongUse, match=missing):
        notices.get(db, 7)
    with pytest.raises(WrongUse, match=missing):
        notices.edit(db, 7, EDITED, now)
    with pytest.raises(WrongUse, match=missing):
        notices.cancel(db, 7, now)
    with pytest.raises(WrongUse, match=missing):
        notices.check_approved(db, 7, HASH)
