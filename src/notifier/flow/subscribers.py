"""Keep the product's own list of people to be told."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from notifier.audience import address
from notifier.audience.csv import BadRow
from notifier.audience.subscriber import Subscriber
from notifier.store import subscribers
from notifier.store.database import Database

# People per transaction: large enough to be quick, small enough that others get to write in between.
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, in people; `bad` are the rows that were left out, in file order."""

    added: int
    updated: int
    unchanged: int
    bad: tuple[BadRow, ...]


def import_rows(
    db: Database,
    rows: Iterable[Subscriber | BadRow],
    now: datetime,
    progress: Callable[[int], None] = lambda _done: None,
) -> Imported:
    """Add the people in `rows` to the list; those on it already get the name and locale that the rows have.

    Of several rows with one address the last one counts. Importing the same rows again changes nothing, so
    one that was interrupted is simply run again: it commits in batches. `progress` is told how many people
    are done.
    """
    people: dict[str, Subscriber] = {}
    bad = []
    for row in rows:
        if isinstance(row, BadRow):
            bad.append(row)
        else:
            people[address.key(row.email)] = row
    added = updated = 0
    done = 0
    waiting = iter(people.items())
    while batch := list(islice(waiting, BATCH)):  # itertools.batched is of Python 3.12
        with db.write() as connection:
            known = subscribers.by_keys(connection, (key for key, _ in batch))
            new = {key: each for key, each in batch if key not in known}
            changed = {key: each for key, each in batch if key in known and _differs(each, known[key])}
            subscribers.put(connection, new | changed, now)
        added += len(new)
        updated += len(changed)
        done += len(batch)
        progress(done)
    return Imported(added=added, updated=updated, unchanged=done - added - updated, bad=tuple(bad))


def count(db: Database) -> int:
    """How many are on the list."""
    with db.read() as connection:
        return subscribers.count(connection)


def listing(db: Database, after_id: int = 0, limit: int = 1000) -> list[Subscriber]:
    """List up to `limit` people in the order of their ids, those after `after_id`; `ref` is the id."""
    with db.read() as connection:
        return list(subscribers.listing(connection, after_id, limit))


def _differs(row: Subscriber, known: Subscriber) -> bool:
    return (row.email, row.name, row.locale) != (known.email, known.name, known.locale)
