"""Where a notice stands that others are sending."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from notifier.delivery.states import SETTLED, State
from notifier.store import deliveries
from notifier.store.database import Database


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger says: how many deliveries are in each state, and when the next try is due."""

    counts: Mapping[State, int]
    retry_at: datetime | None

    def at_rest(self, now: datetime) -> bool:
        """Whether there is nothing to be done now: all is settled, or waits for a later try."""
        left = self.counts.keys() - SETTLED
        later = self.retry_at is not None and self.retry_at > now
        return not left or (later and left <= {State.DEFERRED, State.UNCERTAIN})


def standing(db: Database, notice_id: int) -> Standing:
    """Look at the ledger. Raises TryAgain where the database fails."""
    with db.read() as connection:
        return Standing(
            deliveries.counts(connection, notice_id), deliveries.next_retry_at(connection, notice_id)
        )
