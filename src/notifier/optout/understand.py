"""From the bytes of a mail to a verdict: the whole of `optout` in one function."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from notifier.audience import address
from notifier.optout import automatic, bounce, parse, wish, written
from notifier.optout.parse import ParsedMail
from notifier.optout.verdict import Bounce, Grade, Kind, Verdict

FindToken = Callable[[str, Sequence[bytes]], int | None]
# The text of our mail that went to a delivery (None: not known) or to this sender; "" where there is none.
OwnText = Callable[[int | None, str], str]

# The token of a List-Unsubscribe subject, for reading the words beside it.
_TOKEN_LIKE = re.compile(r"\b(?=[a-z]*\d)[a-z0-9-]{24,}\b", re.IGNORECASE)
_LONGEST_SEARCHED = 100_000


def understand(
    raw: bytes,
    *,
    keys: Sequence[bytes],
    own_addresses: Collection[str],
    find_token: FindToken,
    own_text: OwnText = lambda _delivery, _sender: "",
) -> Verdict:
    """Say what a mail means. Never raises, whatever the bytes.

    `keys` are the token keys, `find_token` is `delivery.token.find`; mail from `own_addresses` (bare, or with
    "{token}" in them) is our own coming back; `own_text` gives the text of our mail that is answered.
    """
    # The email package and lxml promise nothing about hostile bytes; what they stumble over is for a person.
    try:
        mail = parse.parse(raw)
        delivery = _delivery(mail, keys, find_token)
    except Exception as error:  # noqa: BLE001 - see above
        return _not_understood(error)
    ours = own_text(delivery, mail.sender)
    try:
        verdict = _judge(mail, own_addresses, ours)
    except Exception as error:  # noqa: BLE001 - see above
        verdict = replace(_not_understood(error), sender=mail.sender, subject=mail.subject)
    return replace(verdict, delivery=delivery)


def grade(verdict: Verdict, delivery_email: str) -> Grade:
    """Say how sure we are who wrote, given the address of the delivery that the token or the sender led to.

    `delivery_email` is "" where none was found.
    """
    if not delivery_email:
        return Grade.UNKNOWN
    same = bool(verdict.sender) and address.key(verdict.sender) == address.key(delivery_email)
    if verdict.delivery is None:
        return Grade.SENDER_ONLY if same else Grade.UNKNOWN
    return Grade.CONFIRMED if same else Grade.TOKEN_ONLY


def _judge(mail: ParsedMail, own_addresses: Collection[str], ours: str) -> Verdict:
    if _is_own(mail.sender, own_addresses):
        return _verdict(mail, Kind.AUTO_REPLY, f"it is from our own address {mail.sender}")
    returned = bounce.read(mail)
    if returned is not None:
        return _bounced(mail, returned)
    if automatic.report_type(mail) == "feedback-report":
        # Somebody pressed "this is spam" (RFC 5965): no choice about their data, but worth a look.
        return _verdict(mail, Kind.COMPLAINT, "it is a feedback report (RFC 5965)", to_person=True)
    marked = automatic.recognise(mail)
    if marked is not None and marked.strong:
        return _verdict(mail, Kind.AUTO_REPLY, marked.reason)
    return _asked(mail, marked, ours)


def _asked(mail: ParsedMail, marked: automatic.Automatic | None, ours: str) -> Verdict:
    subject = _TOKEN_LIKE.sub("", mail.subject)
    read = wish.read(written.own_words(mail.text), subject, answers=bool(mail.thread()), ours=ours)
    reasons = [*read.reasons, mail.note, mail.sender_problem]
    if marked is not None and read.kind is Kind.UNCLEAR:
        return _verdict(mail, Kind.AUTO_REPLY, marked.reason)
    if marked is not None:
        # A person's words with a mark of a machine: shown to somebody, acted upon by nobody.
        return _verdict(mail, Kind.UNCLEAR, marked.reason, *reasons, to_person=True)
    if "from" not in mail.headers and read.kind is Kind.OPT_OUT:
        # No mail program leaves From out: the headers are broken, and parts of them may be in the text.
        return _verdict(mail, Kind.UNCLEAR, *reasons, to_person=True)
    wanted = _verdict(mail, read.kind, *reasons, to_person=read.kind is not Kind.OPT_OUT or bool(read.also))
    return replace(wanted, scopes=read.scopes, also=read.also)


def _bounced(mail: ParsedMail, returned: Bounce) -> Verdict:
    how = {True: "for good", False: "for now", None: "but does not say whether for good"}[returned.permanent]
    where = f"to {returned.address} " if returned.address else ""
    verdict = _verdict(mail, Kind.BOUNCE, f"delivery {where}failed {how} {returned.status}".strip())
    return replace(verdict, bounce=returned)


def _delivery(mail: ParsedMail, keys: Sequence[bytes], find_token: FindToken) -> int | None:
    # The address it was sent to says most surely what it answers; what anybody can quote comes last.
    places = (mail.destinations(), mail.thread(), mail.subject, mail.text, *mail.returned)
    found = (find_token(place[:_LONGEST_SEARCHED], keys) for place in places if place)
    return next((delivery for delivery in found if delivery is not None), None)


def _is_own(sender: str, own_addresses: Collection[str]) -> bool:
    if not sender:
        return False
    patterns = (re.escape(address.key(own)).replace(r"\{token\}", "[a-z0-9-]+") for own in own_addresses)
    return any(re.fullmatch(pattern, address.key(sender)) for pattern in patterns)


def _verdict(mail: ParsedMail, kind: Kind, *reasons: str, to_person: bool = False) -> Verdict:
    return Verdict(
        kind=kind,
        scopes=(),
        also=(),
        delivery=None,
        sender=mail.sender,
        subject=mail.subject,
        received_at=mail.received_at,
        claimed_at=mail.claimed_at,
        to_person=to_person,
        reasons=tuple(reason for reason in reasons if reason),
    )


def _not_understood(error: Exception) -> Verdict:
    return Verdict(
        kind=Kind.UNCLEAR,
        scopes=(),
        also=(),
        delivery=None,
        sender="",
        subject="",
        received_at=None,
        claimed_at=None,
        to_person=True,
        reasons=(f"it could not be read: {type(error).__name__}",),
    )
