"""Where each notice stands: the equation of its deliveries, its window, its opt-outs."""

from dataclasses import dataclass
from datetime import datetime

from notifier.delivery.states import NoticeState, State
from notifier.optout.verdict import Timing
from notifier.store import deliveries, inbound, notices, optouts
from notifier.store.database import Database


@dataclass(frozen=True, slots=True)
class Status:
    """One notice. `enrolled` sums up `outcomes`; opt-outs are people; `waiting` are mails for a person."""

    notice: int
    policy: str
    state: NoticeState
    outcomes: dict[State, int]
    window_open_until: datetime | None
    opted_out: dict[Timing, int]
    waiting: int

    @property
    def enrolled(self) -> int:
        """How many people the notice is for."""
        return sum(self.outcomes.values())


def status(db: Database) -> tuple[list[Status], int]:
    """Every notice, oldest first, and how many mails wait for a person that are about none of them."""
    with db.read() as connection:
        waiting = inbound.waiting_by_notice(connection)
        found = [
            Status(
                notice=notice.id,
                policy=notice.policy,
                state=notice.state,
                outcomes=deliveries.counts(connection, notice.id),
                window_open_until=deliveries.window_open_until(connection, notice.id),
                opted_out=optouts.people(connection, notice.id),
                waiting=waiting.get(notice.id, 0),
            )
            for notice in notices.listing(connection)
        ]
        return found, waiting.get(None, 0)
