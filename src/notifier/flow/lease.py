"""A sender's hold on the rows it claimed: a fencing token, and a lease that a thread keeps renewing."""

from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import uuid4

from notifier.clock import Clock
from notifier.flow.heartbeat import beating
from notifier.store import claims
from notifier.store.database import Database


class Lease:
    """Held while its `with` block runs. A sender that is killed or stopped loses it after `length`.

    The clocks of several machines that share a notice have to agree to within a quarter of `length`.
    """

    def __init__(self, db: Database, notice_id: int, length: timedelta, clock: Clock) -> None:
        self.token = uuid4().hex
        self._db = db
        self._notice_id = notice_id
        self._length = length
        self._clock = clock
        self._until = self.until = clock()
        # A batch may take as long as the server lets us wait, so somebody else has to renew meanwhile.
        self._beating = beating(self._renew, length / 3)

    def __enter__(self) -> Self:
        self._beating.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._beating.__exit__(kind, error, traceback)

    def begin(self, now: datetime) -> None:
        """Begin a new lease. Nothing may be held under the one before.

        All rows have the same one, that it runs out for all of them or for none: `until` is for those that
        are claimed next.
        """
        self._until = self.until = now + self._length

    def holds(self, now: datetime) -> bool:
        """Whether what is claimed is still ours for long enough to begin another mail."""
        return now < self._until - self._length / 4

    def _renew(self) -> None:
        """Renew it, unless it has run out; where that goes on failing it runs out, and no mail is begun."""
        now = self._clock()
        if not self.holds(now):
            return
        # First for what is claimed meanwhile: a row whose lease is longer than we know does no harm.
        self.until = now + self._length
        with self._db.write() as connection:
            renewed = claims.renew(connection, self._notice_id, token=self.token, lease_until=self.until)
        if renewed:
            self._until = self.until
