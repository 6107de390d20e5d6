"""What a transport is: something that takes mails and says of each what became of it."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from notifier.delivery.states import Outcome
from notifier.errors import TryAgain


class TransportDown(TryAgain):
    """Nothing can be handed over for now: no connection, TLS or login refused. No mail was begun."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail ready to go. `key` is the caller's; `sender` is the envelope's (the return path)."""

    key: int
    sender: str
    recipient: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one mail, and when the server said so (UTC).

    `code` is the SMTP reply code, `enhanced` the RFC 3463 code ("5.1.1") or "", `text` the server's words
    or, where there was no reply, what broke.
    """

    key: int
    outcome: Outcome
    at: datetime
    code: int | None = None
    enhanced: str = ""
    text: str = ""


class Transport(Protocol):
    """`outbox` and `smtp` are the two."""

    def send(self, mails: Iterable[Mail]) -> Generator[Sequence[Result]]:
        """Hand the mails over; yield what became of those begun, in groups.

        A mail is taken from `mails` when it is about to be begun. A group follows at most 50 ms after its
        first result and holds about 50 at most, so that the caller can commit group by group. Raises
        TransportDown when no mail, or no further mail, can be handed over. Whatever has no result when `send`
        ends, in either way, was never begun and may be sent again freely. Closing the generator ends it at
        once: what is in flight then stays unknown.
        """
        ...

    def close(self) -> None:
        """Say goodbye to the server."""
        ...
