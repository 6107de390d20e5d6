"""A person sets the level of a change: it is recorded, the summary follows, and approvals are void."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from notifier.changes.model import Level
from notifier.delivery.states import NoticeState
from notifier.errors import WrongUse
from notifier.flow import drafting, notices, overruling
from notifier.flow.notices import Notice
from notifier.notice.overrule import Overrule
from notifier.notice.texts import Group, MailTexts, Summary
from notifier.store import notices as queries
from notifier.store.database import Database
from ready import FROM

OLD = """\
# Privacy

We keep your name and your address for two years.

Call us on 555 0100.
"""
NEW = """\
# Privacy

We keep your name and your address for ten years.

Call us on 555 0199.
"""
DUTCH_OLD = """\
# Privacy

Wij verzamelen de gegevens die u ons geeft en wij verkopen ze niet aan anderen.

Wij bewaren uw gegevens niet langer dan een jaar.
"""
DUTCH_NEW = DUTCH_OLD.replace("niet aan", "ook aan").replace("een jaar", "tien jaar")
EDITED = Summary("We change it.", (Group("Ours", ("We keep it longer.",)),))
HASH = "a" * 64


@dataclass(frozen=True)
class Text:
    data: bytes
    label: str = "privacy.md"
    media_type: str = ""


def draft(db: Database, now: datetime, old: str = OLD, new: str = NEW) -> Notice:
    return drafting.draft(
        db,
        "privacy",
        Text(old.encode()),
        Text(new.encode()),
        policy_title="Privacy Policy",
        company="Acme",
        window_days=7,
        on_uncertain="resend",
        by="ana",
        now=now,
        override="looked at it",
        anyway=True,
    )


def overrule(
    db: Database,
    now: datetime,
    changes: Sequence[str],
    level: Level | None,
    *,
    by: str = "Dana",
    reason: str = "we know better",
) -> Notice:
    return overruling.overrule(
        db, 1, changes, level, reason=reason, by=by, policy_title="Privacy Policy", company="Acme", now=now
    )


def levels(notice: Notice) -> dict[str, Level]:
    return {change.id: change.level for change in notices.judged(notice).changes}


def found(notice: Notice, words: str) -> str:
    """The id of the change whose new clause holds these words."""
    return next(change.id for change in notices.judged(notice).changes if words in (change.new or ""))


def approve(db: Database, now: datetime) -> Notice:
    seen = notices.get(db, 1)
    mails = [MailTexts("", "s", "t", "<p>t</p>", None)]
    return notices.approve(
        db,
        1,
        revision=seen.revision,
        by="ana",
        needed=1,
        content_hash=HASH,
        mails=mails,
        sender=FROM,
        audience={},
        now=now,
    )


def test_a_level_is_set_recorded_and_told(db: Database, now: datetime) -> None:
    drafted = draft(db, now)
    phone, kept = found(drafted, "555"), found(drafted, "ten years")
    judged = levels(drafted)
    assert judged[kept] is Level.MATERIAL
    assert judged[phone] is not Level.MATERIAL
    assert "555" not in " ".join(drafted.summary.points)

    later = now + timedelta(hours=1)
    notice = overrule(db, later, [phone], Level.MATERIAL, reason="the  hotline for opt-outs")
    assert notice.overrules == (
        Overrule(phone, judged[phone], Level.MATERIAL, "the hotline for opt-outs", "Dana", later),
    )
    assert levels(notice) == {**judged, phone: Level.MATERIAL}
    assert "555 0199" in " ".join(notice.summary.points)
    assert notice.edited_at is None
    assert notice.comparison == drafted.comparison  # what was judged stays on record
    decided = next(change for change in notices.judged(notice).changes if change.id == phone)
    assert decided.overruled is not None
    assert (decided.overruled.judged, decided.overruled.by) == (judged[phone], "Dana")
    assert notices.get(db, 1) == notice
    assert notices.listing(db) == [notice]


def test_decisions_are_only_ever_added(db: Database, now: datetime) -> None:
    drafted = draft(db, now)
    kept = found(drafted, "ten years")
    overrule(db, now, [kept], Level.COSMETIC)
    overrule(db, now, [kept], Level.MINOR, by="Ben")
    notice = overrule(db, now, [kept], None, by="Cem", reason="no, it is what it was")
    assert [(one.by, one.from_level, one.to_level) for one in notice.overrules] == [
        ("Dana", Level.MATERIAL, Level.COSMETIC),
        ("Ben", Level.COSMETIC, Level.MINOR),
        ("Cem", Level.MINOR, Level.MATERIAL),
    ]
    assert notices.judged(notice) == notices.judged(drafted)
    assert notice.summary == drafted.summary
    assert notice.revision == drafted.revision + 3


def test_approvals_are_void_even_where_the_summary_stays(db: Database, now: datetime) -> None:
    phone = found(draft(db, now), "555")
    assert approve(db, now).state is NoticeState.APPROVED
    notice = overrule(
        db, now, [phone], Level.COSMETIC if levels(notices.get(db, 1))[phone] is Level.MINOR else Level.MINOR
    )
    assert (notice.state, notice.approvals, notice.content_hash) == (NoticeState.DRAFT, (), None)
    assert notices.approved_mails(db, 1) == []


def test_who_approves_what_was_overruled_meanwhile_is_refused(db: Database, now: datetime) -> None:
    seen = draft(db, now)
    overrule(db, now, [found(seen, "ten years")], Level.MINOR)
    with pytest.raises(WrongUse, match="while you looked at it"):
        notices.approve(
            db,
            1,
            revision=seen.revision,
            by="ana",
            needed=1,
            content_hash=HASH,
            mails=[],
            sender=FROM,
            audience={},
            now=now,
        )


def test_an_edited_summary_stays_until_a_redraft(db: Database, now: datetime) -> None:
    drafted = draft(db, now)
    phone = found(drafted, "555")
    edited = notices.edit(db, 1, EDITED, now)
    notice = overrule(db, now, [phone], Level.MATERIAL)
    assert (notice.summary, notice.edited_at) == (EDITED, now)
    assert notice.revision == edited.revision + 1
    anew = overruling.redraft(db, 1, policy_title="Privacy Policy", company="Acme")
    assert "555 0199" in " ".join(anew.summary.points)
    assert anew.edited_at is None
    approve(db, now)
    assert overruling.redraft(db, 1, policy_title="Privacy Policy", company="Acme").state is NoticeState.DRAFT


def test_what_became_material_is_not_approved_untold(db: Database, now: datetime) -> None:
    drafted = draft(db, now)
    phone, kept = found(drafted, "555"), found(drafted, "ten years")
    overrule(db, now, [kept], Level.MINOR)
    assert notices.get(db, 1).summary.points == ()
    notices.edit(db, 1, Summary("Nothing much changes.", ()), now)
    approve(db, now)
    overrule(db, now, [phone], Level.MATERIAL)
    with pytest.raises(WrongUse, match=r"no points, and the change is material.*notice edit 1"):
        approve(db, now)
    with pytest.raises(WrongUse, match="no points, and the change is material"):
        notices.edit(db, 1, Summary("Nothing changes.", ()), now)


def test_a_language_without_vocabulary_is_judged_by_a_person(db: Database, now: datetime) -> None:
    drafted = draft(db, now, DUTCH_OLD, DUTCH_NEW)
    assert set(levels(drafted).values()) == {Level.UNJUDGED}
    sold = found(drafted, "ook aan")
    overrule(db, now, [sold], Level.MATERIAL, reason="they are sold now")
    notice = overrule(db, now, [], Level.MINOR, reason="the rest is small")
    assert levels(notice) == {
        name: Level.MATERIAL if name == sold else Level.MINOR for name in levels(drafted)
    }
    assert len(notice.summary.points) == 1
    with pytest.raises(WrongUse, match="nothing changes: no change is unjudged"):
        overrule(db, now, [], Level.MINOR)
    undone = overrule(db, now, [], None, reason="begin anew")
    assert notices.judged(undone) == notices.judged(drafted)
    with pytest.raises(WrongUse, match="nothing changes: no change is overruled"):
        overrule(db, now, [], None)


@pytest.mark.parametrize(
    ("changes", "level", "says"),
    [
        (["c99"], Level.MINOR, r"notice 1 has no change 'c99'.*notifier notice changes 1"),
        (["c1", "c1"], None, "c1 is not overruled"),
        (["c1", "c2"], None, "c1, c2 are not overruled"),
        (["c1"], Level.MATERIAL, "c1 is material already"),
    ],
)
def test_what_decides_nothing_is_refused(
    db: Database, now: datetime, changes: list[str], level: Level | None, says: str
) -> None:
    drafted = draft(db, now)
    assert levels(drafted)["c1"] is Level.MATERIAL
    with pytest.raises(WrongUse, match=says):
        overrule(db, now, changes, level)
    assert notices.get(db, 1) == drafted


def test_a_decision_has_a_reason_and_a_name(db: Database, now: datetime) -> None:
    draft(db, now)
    with pytest.raises(WrongUse, match="--reason gives no reason"):
        overrule(db, now, ["c1"], Level.MINOR, reason=" \n")
    with pytest.raises(WrongUse, match="names nobody"):
        overrule(db, now, ["c1"], Level.MINOR, by=" ")
    for odd in ("a \u202e b", "x" * 1001):
        with pytest.raises(WrongUse, match="--reason is no plain line"):
            overrule(db, now, ["c1"], Level.MINOR, reason=odd)
    joined = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u06cc\u0645"  # Persian writes it with a joiner
    assert overrule(db, now, ["c1"], Level.MINOR, reason=joined).overrules[-1].reason == joined


def test_after_sending_began_nothing_is_overruled(db: Database, now: datetime) -> None:
    draft(db, now)
    notice = approve(db, now)
    with db.write() as connection:
        queries.move(connection, notice, NoticeState.SENDING)
    with pytest.raises(WrongUse, match="notice 1 is sending and cannot be overruled"):
        overrule(db, now, ["c1"], Level.MINOR)
    with pytest.raises(WrongUse, match="notice 1 is sending and cannot be edited"):
        overruling.redraft(db, 1, policy_title="Privacy Policy", company="Acme")
