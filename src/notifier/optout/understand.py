"""From the bytes of a mail to a verdict: the whole of `optout` in one function."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from notifier.audience import address
from notifier.optout import automatic, bounce, parse, wish, written
from notifier.optout.parse import ParsedMail
from notifier.optout.verdict import Bounce, Grade, Kind, Verdict
from notifier.optout.wish import Wish

FindToken = Callable[[str, Sequence[bytes]], int | None]
# The text of our mail that went to a delivery (None: not known) or to this sender; "" where there is none.
OwnText = Callable[[int | None, str], str]

# The token of a List-Unsubscribe subject, for reading the words beside it.
_TOKEN_LIKE = re.compile(r"\b(?=[a-z]*\d)[a-z0-9-]{24,}\b", re.IGNORECASE)
# What `delivery.token.make` gives, in upper or lower case, standing alone: long base64 may hold it by chance.
_TOKEN_SHAPE = re.compile(r"(?<![A-Za-z0-9])(?:n0[a-z2-7]{34}|N0[A-Z2-7]{34})(?![A-Za-z0-9])")
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
    "{token}" in them) is our own coming back, or passed on by staff or a group, which only a person can tell;
    `own_text` gives the text of our mail that is answered.
    """
    # The email package and lxml promise nothing about hostile bytes; what they stumble over is for a person.
    try:
        mail = parse.parse(raw)
        delivery = _delivery(mail, keys, find_token)
        foreign = delivery is None and any(_TOKEN_SHAPE.search(place) for place in _places(mail))
    except Exception as error:  # noqa: BLE001 - see above
        return _not_understood(error)
    ours = own_text(delivery, mail.sender)
    try:
        made_here = find_token(mail.header("message-id"), keys) is not None
        verdict = _judge(mail, ours, own=_is_own(mail.sender, own_addresses), made_here=made_here)
    except Exception as error:  # noqa: BLE001 - see above
        verdict = replace(_not_understood(error), sender=mail.sender, subject=mail.subject)
    return replace(verdict, delivery=delivery, foreign_token=foreign)


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


def _judge(mail: ParsedMail, ours: str, *, own: bool, made_here: bool) -> Verdict:
    if own and (made_here or automatic.submitted(mail)):
        return _verdict(mail, Kind.AUTO_REPLY, f"it is from our own address {mail.sender}")
    returned = bounce.read(mail)
    if returned is not None and returned != bounce.UNCERTAIN:
        return _bounced(mail, returned)
    if automatic.report_type(mail) == "feedback-report":
        # Somebody pressed "this is spam" (RFC 5965): no choice about their data, but worth a look.
        return _verdict(mail, Kind.COMPLAINT, "it is a feedback report (RFC 5965)", to_person=True)
    marked = automatic.recognise(mail)
    subject = _TOKEN_LIKE.sub("", mail.subject)
    read = wish.read(written.own_words(mail.text), subject, answers=bool(mail.thread()), ours=ours)
    strong = marked is not None and marked.strong
    if own and not strong:
        from_us = f"it is from our own address {mail.sender}"
        return _verdict(mail, Kind.UNCLEAR, from_us, *read.reasons, mail.note, to_person=True)
    silent = _without_wish(mail, returned, marked) if strong or not read.speaks else None
    return silent or _asked(mail, read, marked)


def _without_wish(
    mail: ParsedMail, returned: Bounce | None, marked: automatic.Automatic | None
) -> Verdict | None:
    """Say what a mail is in which nobody's wish is to be found; None for a person's mail."""
    if returned is not None:
        return _bounced(mail, returned)
    if bounce.sounds_like_one(mail) and not automatic.report_type(mail):
        # No mail server that we know of, so maybe a person who writes of lost mail.
        surely_none = marked is not None and marked.strong
        return replace(_bounced(mail, bounce.UNCERTAIN), to_person=not surely_none)
    return None if marked is None else _verdict(mail, Kind.AUTO_REPLY, marked.reason)


def _asked(mail: ParsedMail, read: Wish, marked: automatic.Automatic | None) -> Verdict:
    reasons = [*read.reasons, mail.note, mail.sender_problem]
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
    found = (find_token(place, keys) for place in _places(mail))
    return next((delivery for delivery in found if delivery is not None), None)


def _places(mail: ParsedMail) -> Iterator[str]:
    """Yield where a token may stand.

    The address it was sent to says most surely what it answers; what anybody can quote comes last.
    """
    for place in (mail.destinations(), mail.thread(), mail.subject, mail.text, *mail.returned):
        if place:
            yield place[:_LONGEST_SEARCHED]


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
