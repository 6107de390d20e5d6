"""How a mail server misbehaves in a storm: what it does, seeded, and what that makes of the mail. Pure.

What happens to a mail hangs on the seed, its return path and the number of the try alone, so that a storm
with one seed is the same storm whatever the timing. What happens before a mail is named hangs on the
connection's number.
"""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from notifier.delivery.states import Outcome


class Stage(StrEnum):
    """When: BODY is after the first bytes of a message, DOT after its end."""

    CONNECT = "CONNECT"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    HANDSHAKE = "HANDSHAKE"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    BODY = "BODY"
    DOT = "DOT"


class Kind(StrEnum):
    """What."""

    FINE = "as it should be"
    LINES = "a reply of several lines"
    PIECES = "a reply in pieces"
    EXTRA = "a reply nobody asked for"  # after the one that was
    GOODBYE = "421 after the reply"  # and the connection ends
    HANG_UP = "end after the reply"
    LATER = "4xx"
    NEVER = "5xx"
    LEAVE = "421"  # and the connection ends
    DROP = "drop"
    HALF = "half a reply"  # and the connection ends
    STALL = "stall"
    GARBAGE = "garbage"
    WRONG = "a reply out of turn"
    UNTRUSTED = "wrong certificate"


class Headless(StrEnum):
    """What a server says to DATA where it has no recipient (RFC 2920 3.1)."""

    BAD_SEQUENCE = "503"
    NO_RECIPIENTS = "554"
    GO_ON = "354"  # it waits for a message, and refuses it


@dataclass(frozen=True, slots=True)
class Act:
    """What to do once, where all else is as it should be.

    `kept` is for the end of a message whose reply does not get through: whether the mail is taken anyway.
    """

    stage: Stage
    kind: Kind = Kind.FINE
    kept: bool = False
    headless: Headless = Headless.BAD_SEQUENCE


_FINE = Act(Stage.DOT)
# The reply gets through, and says yes.
KIND_ENOUGH = frozenset({Kind.FINE, Kind.LINES, Kind.PIECES, Kind.EXTRA, Kind.GOODBYE, Kind.HANG_UP})
_ANSWERED = {Kind.LATER: Outcome.DEFERRED, Kind.LEAVE: Outcome.DEFERRED, Kind.NEVER: Outcome.REFUSED}
# From these on the client has given the whole message, with its end, to the network.
_OUT = frozenset({Stage.BODY, Stage.DOT})

_REPLIES = [Kind.LATER, Kind.NEVER, Kind.LEAVE, Kind.LINES, Kind.PIECES]
_BREAKS = [Kind.DROP, Kind.HALF, Kind.GARBAGE, Kind.WRONG]
_KINDS = {
    Stage.CONNECT: [Kind.LATER, Kind.NEVER, Kind.LINES, Kind.PIECES, Kind.DROP, Kind.HALF, Kind.GARBAGE],
    Stage.EHLO: [*_REPLIES, Kind.DROP, Kind.HALF, Kind.GARBAGE],
    Stage.STARTTLS: [*_REPLIES, Kind.DROP, Kind.HALF, Kind.GARBAGE],
    Stage.HANDSHAKE: [Kind.DROP, Kind.GARBAGE, Kind.UNTRUSTED],
    Stage.MAIL: [*_REPLIES, *_BREAKS, Kind.EXTRA],
    Stage.RCPT: [*_REPLIES, *_BREAKS, Kind.EXTRA],
    Stage.DATA: [*_REPLIES, *_BREAKS],
    Stage.BODY: [Kind.LATER, Kind.NEVER, Kind.LEAVE, Kind.DROP, Kind.GARBAGE],
    Stage.DOT: [*_REPLIES, *_BREAKS, Kind.EXTRA, Kind.GOODBYE, Kind.HANG_UP],
}
_OPENING = (Stage.CONNECT, Stage.EHLO, Stage.STARTTLS, Stage.HANDSHAKE)
_MAILING = (Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY, Stage.DOT)
# So much more often than at each of the others: only there nobody but the server knows what became of a mail.
_STAGE_WEIGHTS = (1, 1.5, 1, 1, 2.5)
# A stall costs a connection the client's whole timeout, and where a server is left alone all the others wait.
_STALLS = 0.005
_RARE = {Kind.LEAVE: 0.2, Kind.GOODBYE: 0.2}
# Of the connections, and of the tries of a mail, so many meet with trouble.
_BAD_CONNECTIONS = 0.04
_BAD_TRIES = 0.25
# Shares of the recipients who are put off every time, and whose replies are lost every time.
_NEVER_TAKEN = 0.005
_NEVER_TOLD = 0.002


def for_connection(seed: int, number: int) -> Act:
    """What happens while the `number`-th connection (from 1) is opened."""
    luck = Random(f"{seed} connection {number}")  # noqa: S311 - repeatable, not secret
    return _trouble(luck, luck.choice(_OPENING)) if luck.random() < _BAD_CONNECTIONS else _FINE


def for_mail(seed: int, sender: str, attempt: int) -> Act:
    """What happens to the mail with this return path at its `attempt`-th try (from 1)."""
    luck = Random(f"{seed} {sender} {attempt}")  # noqa: S311 - as above
    fate = Random(f"{seed} {sender}").random()  # noqa: S311 - as above
    if fate < _NEVER_TAKEN:
        kind = luck.choice([Kind.LATER, Kind.LEAVE, Kind.DROP])
        return Act(luck.choice([Stage.RCPT, Stage.DATA]), kind, headless=luck.choice(list(Headless)))
    if fate < _NEVER_TAKEN + _NEVER_TOLD:
        return Act(Stage.DOT, luck.choice(_BREAKS), kept=luck.random() < 0.5)  # noqa: PLR2004 - a coin
    if luck.random() < _BAD_TRIES:
        (stage,) = luck.choices(_MAILING, _STAGE_WEIGHTS)
        return _trouble(luck, stage)
    return _FINE


def outcome(act: Act, stage: Stage) -> Outcome:
    """What the client has to make of a try that ended with `act` at `stage`.

    A sender that is refused at MAIL is no recipient's fault: that mail has to be tried again, too.
    """
    if act.stage is not stage or act.kind in KIND_ENOUGH:
        return Outcome.ACCEPTED if stage is Stage.DOT else Outcome.DEFERRED
    if act.kind in _ANSWERED:
        return Outcome.DEFERRED if stage is Stage.MAIL else _ANSWERED[act.kind]
    return Outcome.UNCERTAIN if stage in _OUT else Outcome.DEFERRED


def _trouble(luck: Random, stage: Stage) -> Act:
    kinds = _KINDS[stage]
    (kind,) = luck.choices(kinds, [_RARE.get(each, 1) for each in kinds])
    if luck.random() < _STALLS:
        kind = Kind.STALL
    return Act(stage, kind, kept=luck.random() < 0.5, headless=luck.choice(list(Headless)))  # noqa: PLR2004 - a coin
