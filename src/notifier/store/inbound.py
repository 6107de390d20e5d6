"""Queries on the mails that came in and on how far each mailbox was read."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, RowMapping, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from notifier.mailbox import Fetched, Position
from notifier.optout.verdict import Grade, Kind, Scope
from notifier.store.tables import deliveries, inbound, mailbox_cursors

_row = inbound.c


@dataclass(frozen=True, slots=True)
class Inbound:
    """One mail that came in, without its bytes. What parsing found is empty until `decided_at`."""

    id: int
    account: str
    folder: str
    uidvalidity: int
    uid: str
    sha256: str
    internaldate_at: datetime | None
    fetched_at: datetime
    received_at: datetime | None
    claimed_at: datetime | None
    sender: str
    subject: str
    kind: Kind | None
    scope: Scope | None
    grade: Grade | None
    reasons: tuple[str, ...]
    delivery_id: int | None
    decided_at: datetime | None
    waiting: bool
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What was found out about one mail."""

    kind: Kind
    scope: Scope | None
    grade: Grade
    reasons: Sequence[str]
    delivery_id: int | None
    received_at: datetime | None
    claimed_at: datetime | None
    sender: str
    subject: str
    waiting: bool


_COLUMNS = [inbound.c[field.name] for field in fields(Inbound)]


def add(connection: Connection, mail: Fetched) -> bool:
    """Store a mail, undecided; False where it is stored already: the same bytes in the same account.

    A mailbox that gives one UID to two mails (it was put back from a backup) loses neither: the second is
    stored under its UID with its digest.
    """
    digest = sha256(mail.raw).hexdigest()
    same_bytes = select(_row.id).where(_row.sha256 == digest, _row.account == mail.account).limit(1)
    if connection.execute(same_bytes).first() is not None:
        return False
    values = {
        "account": mail.account,
        "folder": mail.folder,
        "uidvalidity": mail.uidvalidity,
        "sha256": digest,
        "raw": mail.raw,
        "internaldate_at": mail.internaldate,
        "fetched_at": mail.fetched_at,
        "sender": "",
        "subject": "",
        "waiting": False,
    }
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    for name in (mail.uid, f"{mail.uid}#{digest[:16]}"):
        statement = dialect.insert(inbound).values(**values, uid=name).on_conflict_do_nothing()
        if connection.execute(statement.returning(_row.id)).first() is not None:
            return True
        # Somebody else may have stored this very mail since the first look.
        if connection.execute(same_bytes).first() is not None:
            return False
    return False


def known(
    connection: Connection, account: str, folder: str, uidvalidity: int, uids: Sequence[str]
) -> set[str]:
    """Which of these UIDs are stored already."""
    query = select(_row.uid).where(
        _row.account == account,
        _row.folder == folder,
        _row.uidvalidity == uidvalidity,
        _row.uid.in_(uids),
    )
    return set(connection.execute(query).scalars())


def position(connection: Connection, account: str, folder: str) -> Position | None:
    """How far this mailbox was read; None where it never was."""
    cursor = mailbox_cursors.c
    found = connection.execute(
        select(cursor.uidvalidity, cursor.last_uid).where(cursor.account == account, cursor.folder == folder),
    ).one_or_none()
    return Position(found.uidvalidity, found.last_uid) if found else None


def move(connection: Connection, account: str, folder: str, to: Position, now: datetime) -> None:
    """Note how far this mailbox was read."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {"uidvalidity": to.uidvalidity, "last_uid": to.last_uid, "moved_at": now}
    connection.execute(
        dialect.insert(mailbox_cursors)
        .values(account=account, folder=folder, **values)
        .on_conflict_do_update(index_elements=["account", "folder"], set_=values),
    )


def undecided(connection: Connection, *, after: int, limit: int) -> list[int]:
    """Give the ids of mails that nobody decided yet, the oldest first."""
    query = select(_row.id).where(_row.decided_at.is_(None), _row.id > after).order_by(_row.id).limit(limit)
    return list(connection.execute(query).scalars())


def lock_undecided(connection: Connection, inbound_id: int) -> Inbound | None:
    """Take a mail to decide it in this transaction; None where another has it or has decided it."""
    query = (
        select(*_COLUMNS)
        .where(_row.id == inbound_id, _row.decided_at.is_(None))
        .with_for_update(skip_locked=True)  # SQLite has one writer at a time and needs no row locks
    )
    found = connection.execute(query).mappings().one_or_none()
    return _inbound(found) if found else None


def decide(connection: Connection, inbound_id: int, decision: Decision, now: datetime) -> None:
    """Write down what a mail was found to be."""
    connection.execute(
        update(inbound)
        .where(_row.id == inbound_id)
        .values(
            kind=decision.kind,
            scope=decision.scope,
            grade=decision.grade,
            reasons=list(decision.reasons),
            delivery_id=decision.delivery_id,
            received_at=decision.received_at,
            claimed_at=decision.claimed_at,
            sender=decision.sender,
            subject=decision.subject,
            waiting=decision.waiting,
            decided_at=now,
        ),
    )


def get(connection: Connection, inbound_id: int) -> Inbound | None:
    """Find one mail."""
    found = connection.execute(select(*_COLUMNS).where(_row.id == inbound_id)).mappings().one_or_none()
    return _inbound(found) if found else None


def raw(connection: Connection, inbound_id: int) -> bytes:
    """Give the bytes of a mail as they came in."""
    found: bytes = connection.execute(select(_row.raw).where(_row.id == inbound_id)).scalar_one()
    return found


def waiting(
    connection: Connection,
    *,
    notice: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    text: str | None = None,
) -> list[Inbound]:
    """Give the mails that wait for a person, the oldest first; what is None does not filter.

    `since` (inclusive) and `until` (exclusive) are about our server's receipt, else when it was fetched;
    `text` is looked for in the sender and the subject, in any case.
    """
    query = select(*_COLUMNS).where(_row.waiting).order_by(_row.id)
    came_at = func.coalesce(_row.received_at, _row.fetched_at)
    if notice is not None:
        about = select(deliveries.c.id).where(deliveries.c.notice_id == notice)
        query = query.where(_row.delivery_id.in_(about))
    if since is not None:
        query = query.where(came_at >= since)
    if until is not None:
        query = query.where(came_at < until)
    if text:
        found = (column.icontains(text, autoescape=True) for column in (_row.sender, _row.subject))
        query = query.where(or_(*found))
    return [_inbound(found) for found in connection.execute(query).mappings()]


def waiting_by_notice(connection: Connection) -> dict[int | None, int]:
    """How many mails wait for a person, by the notice they are about; None: not known which."""
    query = (
        select(deliveries.c.notice_id, func.count())
        .select_from(inbound.outerjoin(deliveries, _row.delivery_id == deliveries.c.id))
        .where(_row.waiting)
        .group_by(deliveries.c.notice_id)
    )
    return {notice_id: number for notice_id, number in connection.execute(query)}  # noqa: C416 - rows are typed so


def resolve(connection: Connection, inbound_id: int, *, resolution: str, by: str, now: datetime) -> bool:
    """Take a mail off the list of those that wait; False where it did not wait (any more)."""
    done = (
        update(inbound)
        .where(_row.id == inbound_id, _row.waiting)
        .values(waiting=False, resolution=resolution, resolved_by=by, resolved_at=now)
    )
    return connection.execute(done).rowcount == 1


def _inbound(found: RowMapping) -> Inbound:
    values = dict(found)
    values["kind"] = Kind(found["kind"]) if found["kind"] else None
    values["scope"] = Scope(found["scope"]) if found["scope"] else None
    values["grade"] = Grade(found["grade"]) if found["grade"] else None
    values["reasons"] = tuple(found["reasons"] or ())
    return Inbound(**values)
