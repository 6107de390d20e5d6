"""Send a notice: enrol its audience, drain what is pending, and tell when all of it is settled."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from notifier.audience.subscriber import Subscriber, Unreachable
from notifier.delivery.states import SETTLED, NoticeState, State
from notifier.errors import WrongUse
from notifier.flow.drain import Drained, Progress, drain
from notifier.store import deliveries, notices
from notifier.store.audience import AudienceSource
from notifier.store.database import Database

__all__ = ["Drained", "Progress", "close_due", "counts", "drain", "settle", "start"]

# People per statement.
BATCH = 1_000


def start(
    db: Database,
    notice_id: int,
    *,
    audience: AudienceSource,
    retry_for: timedelta,
    now: datetime,
    progress: Callable[[int], None] = lambda _enrolled: None,
) -> int:
    """Enrol everybody for an approved notice and let it be sent; how many were enrolled.

    All of it is one transaction: it happens whole or not at all. Those who cannot be mailed are enrolled as
    skipped. A notice in sending is left as it is. The caller has checked that what was approved is what would
    be sent. `progress` is told how many are done. Raises WrongUse where the notice is not approved, or there
    is nobody to tell.
    """
    with db.write() as connection:
        notice = notices.lock(connection, notice_id)
        if notice is None:
            raise WrongUse(f"there is no notice {notice_id}", "see `notifier notice list`")
        if notice.state is not NoticeState.SENDING:
            times = {"sending_at": now, "retry_until": now + retry_for}
            notices.move(connection, notice, NoticeState.SENDING, **times)
            done = 0
            for batch in _batched(audience.read()):
                good = [person for person in batch if isinstance(person, Subscriber)]
                bad = [person for person in batch if isinstance(person, Unreachable)]
                deliveries.enrol(connection, notice_id, good, now)
                deliveries.enrol_skipped(connection, notice_id, bad, now)
                done += len(batch)
                progress(done)
            if not done:
                raise WrongUse(f"there is nobody to tell: {audience.label} is empty", "import subscribers")
        return sum(deliveries.counts(connection, notice_id).values())


def counts(db: Database, notice_id: int) -> dict[State, int]:
    """How many deliveries of a notice are in each state."""
    with db.read() as connection:
        return deliveries.counts(connection, notice_id)


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


def _batched(people: Iterable[Subscriber | Unreachable]) -> Iterator[list[Subscriber | Unreachable]]:
    waiting = iter(people)
    while batch := list(islice(waiting, BATCH)):
        yield batch
