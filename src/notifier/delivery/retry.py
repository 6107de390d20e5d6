"""When to try again (RFC 5321 4.5.4.1), up to a deadline. Pure: the time is handed in."""

import hashlib
from datetime import datetime, timedelta

FIRST_DELAY = timedelta(minutes=5)
LONGEST_DELAY = timedelta(hours=4)
# A delay is stretched by up to this share of itself: mails put off together do not come back together.
JITTER = 0.25


def retry_at(delivery_id: int, attempts: int, now: datetime) -> datetime:
    """When to try a mail again after its `attempts`-th try (from 1) failed at `now`.

    5 minutes after the first, doubling to 4 hours. The RFC asks for 30 minutes at least in general, and for
    sooner tries at first where that helps: most of what is put off is greylisting, over in minutes. The
    jitter follows from the id, so that the same row always gets the same schedule.
    """
    doublings = min(max(attempts - 1, 0), 10)  # far past the longest delay
    delay = min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)
    digest = hashlib.sha256(f"{delivery_id} {attempts}".encode()).digest()
    return now + delay * (1 + JITTER * int.from_bytes(digest[:4]) / 2**32)
