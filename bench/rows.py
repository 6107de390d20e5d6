"""What a customer costs on disk: `python bench/rows.py [--customers 200000] [--fillfactor 70]`.

Enrols an audience and moves every row as a send does (claimed, then accepted, 50 at a time), without mail.
Prints bytes for each customer of the ledger's table and of each index: as enrolled, when all is accepted, and
on PostgreSQL how many of the updates were "heap only" (they touch no index). PostgreSQL is set as it comes,
autovacuum too. The figures of docs/scale.md are from here.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

import cluster
import mailing
from notifier.clock import utc_now
from notifier.delivery.states import Outcome
from notifier.flow import notices, sending
from notifier.store import claims, database
from notifier.store.claims import Recorded
from notifier.store.database import Database

BATCH = 50
# As long as what relays say: Postfix's is "2.0.0 Ok: queued as 4XyZ...".
REPLY = "Ok: queued as 4bKq7x0Zz0z9sXq"

SIZES = {
    "sqlite": "SELECT name, SUM(pgsize) FROM dbstat WHERE name LIKE '%deliveries%' GROUP BY name",
    "postgresql": """
        SELECT relname, pg_relation_size(oid) FROM pg_class
        WHERE relname LIKE '%deliveries%' AND relkind IN ('r', 'i')
    """,
}
WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"
UPDATES = """
    SELECT n_tup_upd, n_tup_hot_upd, n_dead_tup FROM pg_stat_user_tables WHERE relname = 'deliveries'
"""


def main() -> None:
    """Read the command line and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--fillfactor", type=int, default=0, help="of the ledger's table on PostgreSQL")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        _measure(mailing.sqlite(folder), asked.customers, 0)
        server = stack.enter_context(cluster.running(folder))
        _measure(stack.enter_context(server.database()), asked.customers, asked.fillfactor)


def _measure(url: str, customers: int, fillfactor: int) -> None:
    notice_id = mailing.create(url, customers)
    with closing(database.connect(url)) as db:
        if fillfactor:
            with db.write() as connection:
                connection.execute(text(f"ALTER TABLE deliveries SET (fillfactor = {fillfactor})"))
        wal = _wal(db)
        content_hash = notices.get(db, notice_id).content_hash
        assert content_hash is not None  # it is approved
        sending.start(
            db,
            notice_id,
            audience=mailing.people(db),
            content_hash=content_hash,
            retry_for=timedelta(days=4),
            now=utc_now(),
        )
        enrolled = _sizes(db)
        began = time.monotonic()
        for _ in _accept_all(db, notice_id):
            pass
        seconds = time.monotonic() - began
        accepted = _sizes(db)
        print(f"\n{db.engine.dialect.name}, {customers:,} customers: bytes for each")
        print(f"{'':40} {'enrolled':>9} {'accepted':>9}")
        for name in [*sorted(accepted), ""]:
            row = [
                (sizes[name] if name else sum(sizes.values())) / customers for sizes in (enrolled, accepted)
            ]
            print(f"{name or 'together':40} {row[0]:9.0f} {row[1]:9.0f}")
        print(f"{customers / seconds:,.0f} rows a second claimed and recorded, {BATCH} at a time")
        if db.engine.dialect.name == "postgresql":
            time.sleep(1)  # its statistics come late
            with db.read() as connection:
                updates, heap_only, dead = connection.execute(text(UPDATES)).one()
            share = heap_only / updates
            print(f"{updates / customers:.1f} updates a row, {share:.0%} heap only; {dead:,} dead rows")
            print(f"{(_wal(db) - wal) / customers:,.0f} bytes of WAL for each customer")


def _accept_all(db: Database, notice_id: int) -> Iterator[int]:
    """Claim and record until nothing is pending; yields how many at a time."""
    while True:
        now = utc_now()
        with db.write() as connection:
            rows = claims.claim(
                connection, notice_id, BATCH, token="0" * 32, lease_until=now + timedelta(seconds=60), now=now
            )
        if not rows:
            return
        outcomes = [
            Recorded(row.id, Outcome.ACCEPTED, now, 250, "2.0.0", REPLY, None, now + timedelta(days=7))
            for row in rows
        ]
        with db.write() as connection:
            claims.record(connection, outcomes, token="0" * 32)
        yield len(rows)


def _wal(db: Database) -> int:
    """How many bytes of WAL the server has written since its cluster was made; 0 on SQLite."""
    if db.engine.dialect.name == "sqlite":
        return 0
    with db.read() as connection:
        return int(connection.execute(text(WAL)).scalar_one())


def _sizes(db: Database) -> dict[str, int]:
    with db.read() as connection:
        return {
            str(name): int(size) for name, size in connection.execute(text(SIZES[db.engine.dialect.name]))
        }


if __name__ == "__main__":
    main()
