"""Send a notice: enrol its audience, drain what is pending, and tell when all of it is settled."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from notifier.clock import Clock
from notifier.delivery import token
from notifier.delivery.message import Person, compile_mail
from notifier.delivery.states import SETTLED, NoticeState, State
from notifier.delivery.transport import Mail, Result, Transport
from notifier.errors import WrongUse
from notifier.flow.drain import Drained, Progress, drain
from notifier.flow.notices import check_content
from notifier.notice.texts import MailTexts, Sender
from notifier.store import deliveries, enrolment, notices
from notifier.store.audience import AudienceSource
from notifier.store.database import Database
from notifier.store.deliveries import Delivery

__all__ = ["Drained", "Progress", "close_due", "counts", "ledger", "send", "send_test", "settle", "start"]

# Deliveries read at a time.
PAGE = 1_000


def start(
    db: Database,
    notice_id: int,
    *,
    audience: AudienceSource,
    content_hash: str,
    retry_for: timedelta,
    now: datetime,
    progress: Callable[[int], None] = lambda _enrolled: None,
) -> int:
    """Enrol everybody for an approved notice and let it be sent; how many were enrolled.

    All of it is one transaction: it happens whole or not at all. Those who cannot be mailed are enrolled as
    skipped. A notice in sending is left as it is. `content_hash` is over what would be sent now: it has to be
    what was approved. `progress` is told how many are done. Raises WrongUse where the notice is not approved,
    or not with this content, there is nobody to tell, or two of them have the same id.
    """
    with db.write() as connection:
        notice = notices.lock(connection, notice_id)
        if notice is None:
            raise WrongUse(f"there is no notice {notice_id}", "see `notifier notice list`")
        if notice.state is NoticeState.SENDING:
            return sum(deliveries.counts(connection, notice_id).values())
        check_content(notice, content_hash)
        times = {"sending_at": now, "retry_until": now + retry_for}
        notices.move(connection, notice, NoticeState.SENDING, **times)
        done = enrolment.enrol(connection, notice_id, audience, now, progress)
        if not done:
            raise WrongUse(f"there is nobody to tell: {audience.label} is empty", "import subscribers")
        enrolled = sum(deliveries.counts(connection, notice_id).values())
        if enrolled != done:
            # Ids that are the same as text ('1' and 1): all but one of their owners would be left out.
            raise WrongUse(
                f"[audience] id: {audience.label} has {done} rows, but its column "
                f"{audience.describe().get('id')!r} only {enrolled} different ids",
                "name a column that tells every row apart",
            )
        deliveries.refresh_statistics(connection)
        return enrolled


def send(
    db: Database,
    notice_id: int,
    *,
    transport: Transport,
    keys: Sequence[bytes],
    clock: Clock,
    stop: Callable[[], bool] = lambda: False,
    limit: int | None = None,
    rate: float = 0,
    progress: Callable[[Progress], None] = lambda _progress: None,
) -> Drained:
    """Send what is due of a notice in sending, as it was approved, whatever the configuration says now.

    `keys` are those of the tokens; the notice knows which one is its own. See `drain` for the rest. Raises
    WrongUse where that key is missing, TryAgain where the database fails.
    """
    with db.read() as connection:
        notice = notices.get(connection, notice_id)
        mails = notices.mails(connection, notice_id)
    if notice is None or notice.sender is None:
        raise WrongUse(f"there is no approved notice {notice_id}", "see `notifier notice list`")
    sender = notice.sender
    drained = drain(
        db,
        notice_id,
        transport=transport,
        templates={mail.locale: compile_mail(mail, sender, notice.window_days) for mail in mails},
        token_key=_own_key(keys, sender),
        bounce_to=sender.bounce_to,
        clock=clock,
        stop=stop,
        limit=limit,
        rate=rate,
        progress=progress,
    )
    settle(db, notice_id, clock())
    return drained


def send_test(
    transport: Transport,
    mails: Sequence[MailTexts],
    sender: Sender,
    *,
    window_days: int,
    key: bytes,
    recipient: str,
    now: datetime,
) -> Iterator[tuple[str, Result]]:
    """Send one copy in each locale, marked in its subject, under the token of no delivery.

    Gives the locale and what became of the copy. Raises TransportDown.
    """
    person = Person("Alex Example", recipient, token.make(token.TEST_MAIL, key), now)
    mark = f"test-{secrets.token_hex(4)}."  # mail programs hide the second of two mails with one Message-ID
    for texts in mails:
        marked = replace(texts, subject=f"[TEST] {texts.subject}")
        data = compile_mail(marked, sender, window_days, mark=mark).fill(person)
        ((result,),) = transport.send([Mail(token.TEST_MAIL, sender.address, recipient, data)])
        yield texts.locale, result


def _own_key(keys: Sequence[bytes], sender: Sender) -> bytes:
    """Find the key that a notice's tokens are signed with from its first mail on."""
    for key in keys:
        if token.key_id(key) == sender.key_id:
            return key
    raise WrongUse(
        f"the key {sender.key_id} that the notice was approved with is not among notice.token_keys",
        "put its file back on the list; it need not be the first",
    )


def counts(db: Database, notice_id: int) -> dict[State, int]:
    """How many deliveries of a notice are in each state."""
    with db.read() as connection:
        return deliveries.counts(connection, notice_id)


def ledger(db: Database, notice_id: int, state: State | None) -> Iterator[Delivery]:
    """Yield what became of each person's mail, in the order of enrolment."""
    last = 0
    while True:
        with db.read() as connection:
            page = deliveries.page(connection, notice_id, state, after=last, limit=PAGE)
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1].id


def settle(db: Database, notice_id: int, now: datetime) -> bool:
    """Call a notice sent once nothing of it is open any more; whether it was called so now.

    The equation (DESIGN, States): accepted + refused + failed + bounced + skipped + held = enrolled.
    """
    with db.write() as connection:
        notice = notices.lock(connection, notice_id)
        if notice is None or notice.state is not NoticeState.SENDING:
            return False
        if deliveries.counts(connection, notice_id).keys() - SETTLED:
            return False
        notices.move(connection, notice, NoticeState.SENT, sent_at=now)
        return True


def close_due(db: Database, now: datetime) -> list[int]:
    """Close the notices that are sent and whose last window is over; their ids."""
    with db.read() as connection:
        sent = [notice.id for notice in notices.listing(connection) if notice.state is NoticeState.SENT]
    return [notice_id for notice_id in sent if _close(db, notice_id, now)]


def _close(db: Database, notice_id: int, now: datetime) -> bool:
    with db.write() as connection:
        notice = notices.lock(connection, notice_id)
        if notice is None or notice.state is not NoticeState.SENT:
            return False
        open_until = deliveries.window_open_until(connection, notice_id)
        if open_until is not None and now < open_until:
            return False
        notices.move(connection, notice, NoticeState.CLOSED, closed_at=now)
        return True
