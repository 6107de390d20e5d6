"""The opt-out log: listing it, what waits for a person, and what a person adds. Entries are never changed."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from notifier.audience import address
from notifier.errors import WrongUse
from notifier.flow.logbook import append, enter
from notifier.optout import clocks
from notifier.optout.shown import Shown, show
from notifier.optout.verdict import Grade, Scope
from notifier.store import deliveries, inbound
from notifier.store import optouts as log
from notifier.store.database import Database
from notifier.store.deliveries import Delivery
from notifier.store.inbound import Inbound
from notifier.store.optouts import Filters, NewOptOut, OptOut

__all__ = ["Filters", "Inbound", "OptOut"]  # what the faces need of the store

COLUMNS = ("id", *(field.name for field in fields(NewOptOut)))
_ALL = Filters()
_PAGE = 500
# A spreadsheet takes a cell that begins like this for a formula and runs it (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Decision(StrEnum):
    """What a person decides about a mail that waits."""

    OPT_OUT_CHANGE = "opt-out-change"
    OPT_OUT_ALL = "opt-out-all"
    DONE = "done"


_SCOPES = {Decision.OPT_OUT_CHANGE: Scope.THIS_CHANGE, Decision.OPT_OUT_ALL: Scope.ALL}


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail that came in, with its bytes, and the delivery it is about; None where that is not known."""

    entry: Inbound
    raw: bytes
    delivery: Delivery | None

    def shown(self) -> Shown:
        """Give what a person wants to see of it."""
        return show(self.raw)


def listing(db: Database, filters: Filters) -> Iterator[OptOut]:
    """Give the log in its order, one consistent state of it, however long."""
    with db.read() as connection:
        for page in log.pages(connection, filters, size=_PAGE):
            yield from page


def get(db: Database, optout_id: int) -> OptOut:
    """Find one entry. Raises WrongUse where there is none."""
    with db.read() as connection:
        found = log.get(connection, optout_id)
    if found is None:
        raise WrongUse(f"the log has no entry {optout_id}", "see `notifier optouts list`")
    return found


def mail(db: Database, inbound_id: int) -> StoredMail:
    """Find one mail that came in, with its bytes. Raises WrongUse where there is none."""
    with db.read() as connection:
        entry = _found(connection, inbound_id)
        about = entry.delivery_id
        delivery = None if about is None else deliveries.get(connection, about)
        return StoredMail(entry, inbound.raw(connection, inbound_id), delivery)


def waiting(db: Database, filters: Filters = _ALL) -> list[Inbound]:
    """Give the mails that wait for a person, the oldest first; `text` filters the sender and the subject.

    Raises WrongUse where a filter asks for what only an entry of the log has: a timing, a scope.
    """
    if filters.timing is not None or filters.scope is not None:
        raise WrongUse(
            "a waiting mail has no timing and no scope yet", "filter by --notice, --since, --until, --text"
        )
    with db.read() as connection:
        return inbound.waiting(
            connection,
            notice=filters.notice,
            since=filters.since,
            until=filters.until,
            text=filters.text,
        )


def add(
    db: Database,
    *,
    email: str,
    notice_id: int | None,
    scope: str,
    received_at: datetime,
    note: str,
    by: str,
    now: datetime,
) -> OptOut:
    """Log an opt-out that came by other means than mail, counted from `received_at`.

    Without `notice_id` it is about the latest notice to this address. Raises WrongUse: no address, a time to
    come, a notice that did not go to this address, no notice at all for an opt-out of a change.
    """
    try:
        parsed = address.parse(email)
    except ValueError as error:
        raise WrongUse(f"{email!r} {error}", "give the bare address") from error
    if received_at > now:
        raise WrongUse(
            f"{received_at:%Y-%m-%d %H:%M} UTC has not come yet", "give the time when it was received"
        )
    with db.write() as connection:
        delivery = _told(connection, parsed, notice_id, Scope(scope))
        return enter(
            connection,
            delivery,
            email=parsed,
            scope=Scope(scope),
            received_at=received_at,
            by=by,
            note=note,
            now=now,
        )


def earlier(db: Database, entry: OptOut) -> int | None:
    """Find the first entry before this one for the same person, notice and scope; gives its id."""
    with db.read() as connection:
        return log.first_alike(connection, entry)


def resolve(
    db: Database,
    inbound_id: int,
    *,
    decision: Decision,
    by: str,
    note: str,
    now: datetime,
) -> OptOut | None:
    """Take a mail off the list of those that wait; an opt-out counts from when the mail was received.

    Gives the new entry, None for `Decision.DONE`. Raises WrongUse where the mail does not wait, or where it
    is not known whose opt-out it would be.
    """
    with db.write() as connection:
        found = _found(connection, inbound_id)
        if not inbound.resolve(
            connection, inbound_id, resolution=_resolution(decision, note), by=by, now=now
        ):
            raise WrongUse(
                f"mail {inbound_id} does not wait for anybody", "see `notifier optouts list --waiting`"
            )
        if decision is Decision.DONE:
            return None
        scope = _SCOPES[decision]
        delivery = _delivery(connection, found)
        if not found.sender and delivery is None:
            raise WrongUse(
                f"mail {inbound_id} does not say whose it is",
                "use `notifier optouts add EMAIL`, then resolve it as done",
            )
        if delivery is None and scope is Scope.THIS_CHANGE:
            raise WrongUse(
                f"no notice went to {found.sender}",
                "use `notifier optouts add` with the address that was told, then resolve this mail as done",
            )
        counted = clocks.count(
            received=found.received_at,
            internaldate=found.internaldate_at,
            fetched=found.fetched_at,
            answers=delivery.composed_at if delivery else None,
        )
        return append(
            connection,
            found,
            delivery,
            scope=scope,
            grade=found.grade or Grade.UNKNOWN,
            counted_at=counted.at,
            by=by,
            note=note,
            now=now,
        )


def as_row(entry: OptOut) -> dict[str, object]:
    """Give an entry as plain values, times as ISO 8601 in UTC."""
    values = asdict(entry)
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in ((name, values[name]) for name in COLUMNS)
    }


def csv_safe(row: dict[str, object]) -> dict[str, object]:
    """Put an apostrophe before every cell that a spreadsheet would run as a formula."""
    return {
        name: f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
        for name, value in row.items()
    }


def _found(connection: Connection, inbound_id: int) -> Inbound:
    found = inbound.get(connection, inbound_id)
    if found is None:
        raise WrongUse(f"there is no mail {inbound_id}", "see `notifier optouts list --waiting`")
    return found


def _delivery(connection: Connection, mail: Inbound) -> Delivery | None:
    if mail.delivery_id is not None:
        return deliveries.get(connection, mail.delivery_id)
    return deliveries.latest_by_email(connection, address.key(mail.sender)) if mail.sender else None


def _told(connection: Connection, email: str, notice_id: int | None, scope: Scope) -> Delivery | None:
    """Find the delivery that an opt-out entered by hand is about."""
    key = address.key(email)
    if notice_id is None:
        found = deliveries.latest_by_email(connection, key)
        if found is None and scope is Scope.THIS_CHANGE:
            raise WrongUse(f"no notice went to {email}", "check the address, or log it as --scope all")
        return found
    delivery_id = log.delivery_of(connection, notice_id, key)
    if delivery_id is None:
        raise WrongUse(f"notice {notice_id} did not go to {email}", "check both, or leave --notice away")
    return deliveries.get(connection, delivery_id)


def _resolution(decision: Decision, note: str) -> str:
    return f"{decision}: {note}" if note else decision.value
