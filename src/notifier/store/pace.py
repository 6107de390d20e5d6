"""The rate limit: when the next mail may be begun, shared by all senders and kept over a restart."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from notifier.store.tables import pace

# There is one mail server, and the limit is its.
_NAME = "mail"
# How far ahead the next place can be: a minute, or a hundred mails. What is later was reserved at another
# rate, or by a machine whose clock is wrong.
_FARTHEST = timedelta(minutes=1)
_LONGEST_QUEUE = 100


def reserve(connection: Connection, mails: int, rate: float, now: datetime) -> datetime | None:
    """Reserve the next `mails` places at `rate` mails a second; the time of the first.

    The others follow at even distances. A place that is not used is gone. None where somebody else was
    quicker: ask again. No lock is held from one statement to the next, so that a sender that is frozen here
    keeps no other waiting.
    """
    ours = pace.c.name == _NAME
    found: datetime | None = connection.execute(select(pace.c.next_at).where(ours)).scalar()
    if found is None:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(pace).values(name=_NAME, next_at=now).on_conflict_do_nothing())
        return None
    farthest = max(_FARTHEST, timedelta(seconds=_LONGEST_QUEUE / rate))
    first = max(now, min(found, now + farthest))
    following = first + timedelta(seconds=mails / rate)
    taken = update(pace).where(ours, pace.c.next_at == found).values(next_at=following)
    return first if connection.execute(taken).rowcount else None
