"""Which of a mail's times counts, and how it stands to the customer's window.

The earlier of our server's receipt (topmost Received) and INTERNALDATE counts: a mail that lay in a queue of
ours was in time. Neither is believed where it cannot be: after the mail was fetched, or before the mail it
answers was written. What the sender claims (Date) never counts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.optout.verdict import Timing

# How far two honest clocks may differ.
SKEW = timedelta(minutes=5)
# A Received this much older than INTERNALDATE is worth a line: a queue, a migrated mailbox, or a forgery.
FAR_APART = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Counted:
    """The time that counts (UTC), and lines for a person about what was not believed."""

    at: datetime
    reasons: tuple[str, ...] = ()


def count(
    *,
    received: datetime | None,
    internaldate: datetime | None,
    fetched: datetime,
    answers: datetime | None = None,
) -> Counted:
    """Choose the time that counts; `answers` is when the mail it answers was written, None if unknown."""
    believed: list[datetime] = []
    reasons: list[str] = []
    for name, time in (("receipt", received), ("INTERNALDATE", internaldate)):
        if time is None:
            continue
        if time > fetched + SKEW:
            reasons.append(f"the {name} {time:%Y-%m-%d %H:%M} UTC lies in the future; not believed")
        elif answers is not None and time < answers - SKEW:
            reasons.append(
                f"the {name} {time:%Y-%m-%d %H:%M} UTC is before the mail it answers and was not believed"
            )
        else:
            believed.append(min(time, fetched))
    if len(believed) > 1 and max(believed) - min(believed) > FAR_APART:
        reasons.append("its receipt and INTERNALDATE lie more than a day apart; the earlier one counts")
    return Counted(min(believed, default=fetched), tuple(reasons))


def timing(
    at: datetime, *, accepted: datetime | None, window_ends: datetime | None, answered: bool
) -> Timing:
    """Place a time against one delivery's window.

    `answered` says that a token proves that the mail was there, whatever the ledger knows of it by then.
    EARLY: nothing says that it was. A delivery without a window's end (its mail bounced, though its reader
    answers) has one that never ended. Mail headers give whole seconds.
    """
    if not answered and (accepted is None or at < accepted.replace(microsecond=0)):
        return Timing.EARLY
    return Timing.LATE if window_ends is not None and at > window_ends else Timing.IN_WINDOW
