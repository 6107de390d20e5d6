"""A sender's hold on the rows it claimed: a fencing token, and a lease that a thread keeps renewing."""

from datetime import datetime, timedelta
from threading import Lock
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
        self._margin = length / 4
        self._clock = clock
        self.until = clock()
        # Nobody claims rows while others are renewed: all have the same end.
        self.lock = Lock()
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

        All rows have the same end, `until`, so that it runs out for all of them or for none.
        """
        self.until = now + self._length

    def holds(self, now: datetime) -> bool:
        """Whether what is claimed is still ours for long enough to begin another mail."""
        return now < self.until - self._margin

    def _renew(self) -> None:
        """Renew it, unless it has run out; where that goes on failing it runs out, and no mail is begun."""
        with self.lock:
            now = self._clock()
            if not self.holds(now):
                return
            until = now + self._length
            with self._db.write() as connection:
                renewed = claims.renew(connection, self._notice_id, token=self.token, lease_until=until)
            # That took its time, perhaps: once the old end is over, rows may have been taken before.
            if renewed and self.holds(self._clock()):
                self.until = until
