"""What a transport is: something that takes mails and says of each what became of it."""

from collections.abc import Callable, Generator, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from notifier.delivery.states import Outcome
from notifier.errors import TryAgain

# How long a transport leaves a caller in peace that has no mail for the moment, in seconds.
NO_MAIL_NAP = 0.02
# The reply code by which a server wants to be left alone for a while (RFC 5321 sec. 3.8).
COME_BACK_LATER = 421


class TransportDown(TryAgain):
    """Nothing can be handed over for now: no connection, TLS or login refused. What began has its result."""


class Mail(NamedTuple):
    """One mail ready to go.

    `key` is the caller's; `sender` is the envelope's (the return path); `envelope_id` comes back in the
    reports of servers that send them (RFC 3461 sec. 4.4), "" for none. `clean` promises that `data` has CRLF
    line ends, also at its end, and no line that begins with a dot: then nobody has to look.
    """

    key: int
    sender: str
    recipient: str
    data: bytes
    envelope_id: str = ""
    clean: bool = False


class Result(NamedTuple):
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


def always() -> bool:
    """Whether a mail may be begun: yes."""
    return True


class Transport(Protocol):
    """`outbox` and `smtp` are the two."""

    def send(
        self, mails: Iterable[Mail | None], may_begin: Callable[[], bool] = always
    ) -> Generator[Sequence[Result]]:
        """Hand the mails over; yield what became of those begun, in groups.

        Mails are taken from `mails` a little ahead of being begun, in the caller's thread; None says that
        there is none for the moment. Before a mail is begun, and once more before its message goes out,
        `may_begin` is asked, in whatever thread; once it says no, only what is in flight is finished.

        A group follows at most 50 ms after its first result and holds about 50 at most, so that the caller
        can commit group by group; it counts as recorded when the next one is asked for. Mails whose message
        went out and that are not recorded are never more than 50 and one for each connection. Raises
        TransportDown when no mail, or no further mail, can be handed over. Whatever has no result when `send`
        ends, in either way, was never begun and may be sent again freely. Closing the generator ends it at
        once: what is in flight then stays unknown.
        """
        ...

    def close(self) -> None:
        """Say goodbye to the server."""
        ...
