"""Whether the ledger says of everybody what the server wrote down: the invariants of a storm."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import select

import mailing
from notifier.delivery import token
from notifier.delivery.message import MailTemplate, Person, compile_mail
from notifier.delivery.states import Outcome, State
from notifier.store import database, notices
from notifier.store.database import Database
from notifier.store.tables import deliveries
from receipts import Receipts, Try

_FINAL = (Outcome.ACCEPTED, Outcome.REFUSED)
_STATES: Mapping[Outcome, frozenset[State]] = {
    Outcome.ACCEPTED: frozenset({State.ACCEPTED}),
    Outcome.REFUSED: frozenset({State.REFUSED}),
    Outcome.DEFERRED: frozenset({State.DEFERRED}),
    Outcome.UNCERTAIN: frozenset({State.UNCERTAIN}),
}
# Where the time for retries is over, nothing waits any more.
_AT_THE_END = {Outcome.DEFERRED: frozenset({State.FAILED}), Outcome.UNCERTAIN: frozenset({State.FAILED})}


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery, as far as the server can contradict it."""

    id: int
    email: str
    name: str
    state: State
    code: int | None
    composed_at: datetime | None


def rows(db: Database, notice_id: int) -> list[Row]:
    """Everybody's row of a notice, in the order of ids."""
    row = deliveries.c
    columns = (row.id, row.email, row.name, row.state, row.smtp_code, row.composed_at)
    query = select(*columns).where(row.notice_id == notice_id).order_by(row.id)
    with db.read() as connection:
        return [
            Row(id_, email, name, State(state), code, composed_at)
            for id_, email, name, state, code, composed_at in connection.execute(query)
        ]


def sender_of(delivery_id: int) -> str:
    """The return path of a delivery's mail."""
    return mailing.SENDER.bounce_to.replace("{token}", token.make(delivery_id, mailing.KEY))


def contradictions(ledger: list[Row], receipts: Receipts, *, over: bool) -> Iterator[str]:
    """Yield where ledger and server differ: a line each. `over`: the time for retries is."""
    for row in ledger:
        tries = receipts.sequence(sender_of(row.id))
        who = f"delivery {row.id} <{row.email}>"
        if not tries:
            yield f"{who}: {row.state}, and the server never heard of it"
            continue
        yield from (f"{who}: {problem}" for problem in _of_one(row, tries, over=over))


def unlike(db: Database, notice_id: int, ledger: list[Row], receipts: Receipts) -> Iterator[str]:
    """Yield whose copies are not, byte for byte, the mail that the ledger gives again: a line each."""
    template = _template(db, notice_id)
    for row in ledger:
        kept = [one for one in receipts.sequence(sender_of(row.id)) if one.kept]
        if not kept or row.composed_at is None:
            continue
        mark = token.make(row.id, mailing.KEY)
        data = template.fill(Person(row.name, row.email, mark, row.composed_at))
        digest = hashlib.sha256(data).hexdigest()
        message_id = f"<{mark}@{mailing.SENDER.address.rpartition('@')[2]}>"
        if {(one.digest, one.message_id, one.recipient) for one in kept} != {(digest, message_id, row.email)}:
            yield f"delivery {row.id} <{row.email}>: a copy is not the mail that the ledger gives again"


def _of_one(row: Row, tries: list[Try], *, over: bool) -> Iterator[str]:
    last = tries[-1]
    wanted = _AT_THE_END.get(last.told, _STATES[last.told]) if over else _STATES[last.told]
    if row.state not in wanted:
        yield f"{row.state}, but at the server: {last}"
    elif row.code != last.code:
        yield f"{row.state} with code {row.code}, but the server said {last.code} ({last})"
    for number, one in enumerate(tries[:-1], 1):
        if one.told in _FINAL and one.stage != "MAIL":
            yield f"tried again after try {number}: {one}"


def _template(db: Database, notice_id: int) -> MailTemplate:
    with db.read() as connection:
        (texts,) = notices.mails(connection, notice_id)
        notice = notices.get(connection, notice_id)
    assert notice is not None
    assert notice.sender is not None
    return compile_mail(texts, notice.sender, notice.window_days)


@dataclass(frozen=True, slots=True)
class Copies:
    """How many people the server has no mail for, and how many copies are beyond one each."""

    lost: int
    too_many: int


def copies(ledger: list[Row], receipts: Receipts) -> Copies:
    """Count what the server took for everybody."""
    kept = [sum(one.kept for one in receipts.sequence(sender_of(row.id))) for row in ledger]
    return Copies(kept.count(0), sum(often - 1 for often in kept if often))


def whole_rows(url: str, notice_id: int) -> Sequence[SqlRow[Any]]:
    """Every column of a notice's deliveries."""
    query = select(deliveries).where(deliveries.c.notice_id == notice_id).order_by(deliveries.c.id)
    with closing(database.connect(url)) as db, db.read() as connection:
        return connection.execute(query).all()
