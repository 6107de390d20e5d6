"""Taking mail in and deciding what it means.

`take` stores bytes and position in one transaction, before anything parses them. `decide` reads what is
stored, each mail in a transaction of its own, and appends opt-outs to the log.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from notifier.audience import address
from notifier.clock import Clock
from notifier.delivery import token
from notifier.delivery.states import State
from notifier.flow.logbook import append
from notifier.mailbox import Mailbox
from notifier.optout import clocks, markup
from notifier.optout.understand import grade, understand
from notifier.optout.verdict import Grade, Kind, Scope, Verdict
from notifier.store import deliveries, inbound, notices
from notifier.store.database import Database
from notifier.store.deliveries import Delivery
from notifier.store.inbound import Decision, Inbound

_AT_ONCE = 100
_BY_WIDTH = (Scope.THIS_CHANGE, Scope.ALL)

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of the undecided mails: how many of each kind, how many opt-outs logged, how many waiting."""

    kinds: Mapping[Kind, int]
    opt_outs: int
    waiting: int


@dataclass(slots=True)
class _Case:
    """One mail while it is decided; `reasons` grow on the way."""

    connection: Connection
    mail: Inbound
    verdict: Verdict
    delivery: Delivery | None
    grade: Grade
    reasons: list[str]
    now: datetime


class _OurMails:
    """The texts of our notices, to tell them from what people write."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._texts: dict[int, str] = {}

    def text(self, delivery_id: int | None, sender: str) -> str:
        """Give the mail that went to a delivery or a sender, in every locale; "" where none is known."""
        with self._db.read() as connection:
            delivery = _delivery(connection, delivery_id, sender)
            if delivery is None:
                return ""
            if delivery.notice_id not in self._texts:
                mails = notices.mails(connection, delivery.notice_id)
                pieces = (piece for mail in mails for piece in (mail.text, markup.to_text(mail.html)))
                self._texts[delivery.notice_id] = "\n".join(pieces)
        return self._texts[delivery.notice_id]


def take(db: Database, mailbox: Mailbox, *, clock: Clock, progress: Progress = lambda _stored: None) -> int:
    """Store what is new in a mailbox; gives how many mails. Raises TryAgain; what is stored by then stays."""

    def known(uidvalidity: int, uids: Sequence[str]) -> set[str]:
        with db.read() as connection:
            return inbound.known(connection, mailbox.account, mailbox.folder, uidvalidity, uids)

    with db.read() as connection:
        since = inbound.position(connection, mailbox.account, mailbox.folder)
    stored = 0
    for batch in mailbox.fetch(since, known, clock):
        with db.write() as connection:
            new = sum(inbound.add(connection, mail) for mail in batch.mails)
            if batch.position is not None and batch.position != since:
                inbound.move(connection, mailbox.account, mailbox.folder, batch.position, clock())
        since = batch.position or since
        stored += new
        progress(stored)
    return stored


def decide(
    db: Database,
    *,
    keys: Sequence[bytes],
    own_addresses: Collection[str],
    clock: Clock,
    progress: Progress = lambda _decided: None,
) -> Decided:
    """Decide every stored mail that is not decided yet. One that cannot be understood waits for a person."""
    kinds: Counter[Kind] = Counter()
    opt_outs = waiting = last = 0
    read = partial(
        understand,
        keys=keys,
        own_addresses=own_addresses,
        find_token=token.find,
        own_text=_OurMails(db).text,
    )
    while ids := _undecided(db, after=last):
        for inbound_id in ids:
            done = _decide_one(db, inbound_id, read, clock())
            if done is not None:
                decision, logged = done
                kinds[decision.kind] += 1
                opt_outs += logged
                waiting += decision.waiting
                progress(kinds.total())
        last = ids[-1]
    # In the order of their definition: that of arrival differs from run to run.
    return Decided({kind: kinds[kind] for kind in Kind if kinds[kind]}, opt_outs, waiting)


def _undecided(db: Database, *, after: int) -> list[int]:
    with db.read() as connection:
        return inbound.undecided(connection, after=after, limit=_AT_ONCE)


def _decide_one(
    db: Database,
    inbound_id: int,
    read: Callable[[bytes], Verdict],
    now: datetime,
) -> tuple[Decision, int] | None:
    """Decide one mail; gives what was decided and how many opt-outs were logged.

    None where another run was quicker, or where it is too early to decide. The mail is parsed before the
    transaction begins.
    """
    with db.read() as connection:
        raw = inbound.raw(connection, inbound_id)
    verdict = read(raw)
    with db.write() as connection:
        mail = inbound.lock_undecided(connection, inbound_id)
        if mail is None:
            return None
        mail = replace(mail, received_at=verdict.received_at, claimed_at=verdict.claimed_at)
        failed = verdict.bounce.address if verdict.bounce else verdict.sender
        delivery = _delivery(connection, verdict.delivery, failed)
        if verdict.kind is Kind.BOUNCE and delivery and delivery.state is State.SENDING:
            return None  # it came before the acceptance was recorded; the next run knows more
        sure = grade(verdict, delivery.email if delivery else "")
        case = _Case(connection, mail, verdict, delivery, sure, list(verdict.reasons), now)
        opt_outs, waiting = _act(case)
        decision = _decision(case, waiting=waiting)
        inbound.decide(connection, inbound_id, decision, now)
    return decision, opt_outs


def _delivery(connection: Connection, delivery_id: int | None, email: str) -> Delivery | None:
    """Find the delivery a mail is about: by its token, else by the address that failed or that wrote."""
    if delivery_id is not None:
        return deliveries.get(connection, delivery_id)
    return deliveries.latest_by_email(connection, address.key(email)) if email else None


def _act(case: _Case) -> tuple[int, bool]:
    """Do what the verdict asks for; gives how many opt-outs were logged, and whether a person has to look."""
    if case.verdict.delivery == token.TEST_MAIL:
        case.reasons.append("it answers a test mail")
        return 0, False
    if case.verdict.foreign_token:
        # A forgery, or mail of another installation: whatever it asks for, nothing is done without a person.
        case.reasons.append("it carries a reference that was signed with another key")
        return 0, case.verdict.to_person or case.verdict.kind in {Kind.OPT_OUT, Kind.BOUNCE}
    if case.verdict.kind is Kind.BOUNCE:
        return 0, _note_bounce(case) or case.verdict.to_person
    if case.verdict.kind is Kind.OPT_OUT:
        logged = _log(case)
        return logged, case.verdict.to_person or not logged
    return 0, case.verdict.to_person


def _log(case: _Case) -> int:
    """Append the opt-outs of a mail to the log, or say why a person has to; gives how many were appended."""
    delivery = case.delivery
    if delivery is None:
        found = case.verdict.delivery is not None
        case.reasons.append(
            "its token names a delivery that is not in the ledger"
            if found
            else "no notice went to its sender"
        )
        return 0
    if case.grade is Grade.TOKEN_ONLY:
        sender = case.verdict.sender or "no one address"
        case.reasons.append(f"it answers the mail to {delivery.email} but comes from {sender}")
        return 0
    counted = _count(case, answers=delivery.composed_at if case.grade is Grade.CONFIRMED else None)
    if case.grade is Grade.SENDER_ONLY and _is_before(counted.at, delivery):
        case.reasons.append("it is older than the latest notice to this address, so it may be about another")
        return 0
    case.reasons.extend(counted.reasons)
    for scope in case.verdict.scopes:
        append(
            case.connection,
            case.mail,
            delivery,
            scope=scope,
            grade=case.grade,
            counted_at=counted.at,
            now=case.now,
        )
    return len(case.verdict.scopes)


def _note_bounce(case: _Case) -> bool:
    """Mark the delivery that a permanent bounce is about as bounced; gives whether a person has to look.

    A bounce without a token may be about any mail that the company sent to the address, so it is left to a
    person, where it is not older than the notice anyway.
    """
    bounce, delivery = case.verdict.bounce, case.delivery
    if bounce is None or delivery is None or bounce.permanent is False:
        return False
    if bounce.permanent is None:
        case.reasons.append(f"it may say that the mail to {delivery.email} did not arrive")
        return case.verdict.delivery is not None
    if case.verdict.delivery is None and _is_before(_count(case).at, delivery):
        case.reasons.append("it is older than the latest notice to this address")
        return False
    if case.verdict.delivery is None:
        case.reasons.append(f"nothing in it says that it is about the notice to {delivery.email}")
        return True
    text = f"{bounce.status} {case.verdict.reasons[0]}".strip()
    if deliveries.mark_bounced(case.connection, delivery.id, text, case.now):
        case.reasons.append(f"the mail to {delivery.email} did not arrive")
    elif delivery.state is not State.BOUNCED:
        case.reasons.append(f"the mail to {delivery.email} is {delivery.state}, so not marked as bounced")
        return True
    return False


def _count(case: _Case, *, answers: datetime | None = None) -> clocks.Counted:
    return clocks.count(
        received=case.mail.received_at,
        internaldate=case.mail.internaldate_at,
        fetched=case.mail.fetched_at,
        answers=answers,
    )


def _is_before(at: datetime, delivery: Delivery) -> bool:
    """Whether a mail is older than the notice; of one that was never written out, nothing is known."""
    return delivery.composed_at is not None and at < delivery.composed_at - clocks.SKEW


def _decision(case: _Case, *, waiting: bool) -> Decision:
    verdict = case.verdict
    return Decision(
        kind=verdict.kind,
        scope=max(verdict.scopes, key=_BY_WIDTH.index, default=None),
        grade=case.grade,
        reasons=case.reasons,
        delivery_id=case.delivery.id if case.delivery else None,
        received_at=verdict.received_at,
        claimed_at=verdict.claimed_at,
        sender=verdict.sender,
        subject=verdict.subject,
        waiting=waiting,
    )
