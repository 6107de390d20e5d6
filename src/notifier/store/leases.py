"""Leases: what only one process may do at a time, and until when it is believed to be alive."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from notifier.store.tables import leases


def take(connection: Connection, name: str, holder: str, *, now: datetime, until: datetime) -> bool:
    """Take or renew the lease; False where somebody else has it."""
    mine_or_over = or_(leases.c.holder == holder, leases.c.until <= now)
    renewed = connection.execute(
        update(leases).where(leases.c.name == name, mine_or_over).values(holder=holder, until=until),
    )
    if renewed.rowcount:
        return True
    if connection.scalar(select(leases.c.name).where(leases.c.name == name)):
        return False
    try:
        with connection.begin_nested():
            connection.execute(insert(leases).values(name=name, holder=holder, until=until))
    except IntegrityError:  # another one came first
        return False
    return True


def release(connection: Connection, name: str, holder: str) -> None:
    """Give the lease back, if it is still held."""
    connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))
