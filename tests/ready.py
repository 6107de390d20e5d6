"""Notices ready to be sent, for the tests of what comes after their approval."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from notifier.audience.subscriber import Subscriber, Unreachable
from notifier.delivery import token
from notifier.delivery.message import MailTemplate, compile_mail
from notifier.delivery.states import NoticeState
from notifier.flow import sending
from notifier.notice.slots import Slot, slot
from notifier.notice.texts import Group, MailTexts, Sender, Summary
from notifier.store import notices, policies
from notifier.store.database import Database

KEY = b"k" * 32
HASH = "c0ffee" + "0" * 58
SENDER = "bounces+{token}@example.com"
FROM = Sender("privacy@example.com", "Example", SENDER, SENDER, token.key_id(KEY))


class People:
    """An audience that is written down in the test."""

    label = "the people of this test"

    def __init__(self, people: Sequence[Subscriber | Unreachable]) -> None:
        self._people = people

    def describe(self) -> dict[str, object]:
        return {"source": self.label}

    def count(self) -> int:
        return len(self._people)

    def read(self) -> Iterator[Subscriber | Unreachable]:
        yield from self._people


def people(number: int) -> People:
    return People([Subscriber(str(each), address(each), f"Person {each}") for each in range(1, number + 1)])


def address(number: int) -> str:
    return f"p{number}@example.org"


def approved(db: Database, now: datetime, *, window_days: int = 7, on_uncertain: str = "resend") -> int:
    """Add an approved notice; its id."""
    with db.write() as connection:
        for number in (1, 2):
            policies.add(
                connection,
                policy="privacy",
                sha256=f"{number:064}",
                source=f"{number}.md",
                media_type="text/markdown",
                effective_date=None,
                language="en",
                raw=b"...",
                added_at=now,
            )
        new, old = sorted(policies.listing(connection, "privacy"), key=lambda each: -each.number)
        notice_id = notices.add(
            connection,
            policy="privacy",
            old_version_id=old.id,
            new_version_id=new.id,
            window_days=window_days,
            on_uncertain=on_uncertain,
            summary=Summary("We change something.", (Group("", ("This.",)),)),
            comparison={},
            override_reason=None,
            by="ana",
            now=now,
        )
        notice = notices.lock(connection, notice_id)
        assert notice is not None
        notices.move(connection, notice, NoticeState.APPROVED, content_hash=HASH)
    return notice_id


def started(
    db: Database,
    now: datetime,
    audience: People | int,
    *,
    retry_for: timedelta = timedelta(days=4),
    on_uncertain: str = "resend",
) -> int:
    """Add a notice that is being sent; its id."""
    notice_id = approved(db, now, on_uncertain=on_uncertain)
    whom = people(audience) if isinstance(audience, int) else audience
    sending.start(db, notice_id, audience=whom, content_hash=HASH, retry_for=retry_for, now=now)
    return notice_id


def template(text: str = "", locale: str = "", subject: str = "Our privacy policy changes") -> MailTemplate:
    """Compile a small mail."""
    body = text or f"Hello{slot(Slot.NAME)},\n\nreply by {slot(Slot.UNTIL)} to opt out.\n"
    texts = MailTexts(locale, subject, body, f"<p>{body}</p>", redline=None)
    return compile_mail(texts, FROM, 7)
