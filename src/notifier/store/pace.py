"""The rate limit: when the next mail may be begun, shared by all senders and kept over a restart."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from notifier.store.tables import pace

# There is one mail server, and the limit is its.
_NAME = "mail"


def reserve(connection: Connection, mails: int, rate: float, now: datetime) -> datetime:
    """Reserve the next `mails` places at `rate` mails a second; the time of the first.

    The others follow at even distances. A place that is not used is gone.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(pace).values(name=_NAME, next_at=now).on_conflict_do_nothing())
    ours = pace.c.name == _NAME
    found: datetime = connection.execute(select(pace.c.next_at).where(ours).with_for_update()).scalar_one()
    first = max(found, now)
    last = first + timedelta(seconds=mails / rate)
    connection.execute(update(pace).where(ours).values(next_at=last))
    return first
