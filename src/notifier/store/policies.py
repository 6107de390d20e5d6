"""The stored versions of the policies."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select, text

from notifier.store.tables import policy_versions


@dataclass(frozen=True, slots=True)
class Version:
    """One text of a policy. `number` counts up from 1 within the policy; `sha256` is over `raw`.

    `raw` is the bytes as they were read; b"" in a listing.
    """

    id: int
    policy: str
    number: int
    sha256: str
    source: str
    media_type: str
    effective_date: date | None
    language: str | None
    raw: bytes
    added_at: datetime


_ALL_BUT_RAW = [column for column in policy_versions.c if column.name != "raw"]


def lock(connection: Connection) -> None:
    """Keep other transactions from adding versions until this one ends; on SQLite, writing does that."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE policy_versions IN SHARE ROW EXCLUSIVE MODE"))


def add(
    connection: Connection,
    *,
    policy: str,
    sha256: str,
    source: str,
    media_type: str,
    effective_date: date | None,
    language: str | None,
    raw: bytes,
    added_at: datetime,
) -> None:
    """Store a text under the policy's next number. Hold the `lock`, and know that the text is new."""
    newest = connection.scalar(
        select(func.max(policy_versions.c.number)).where(policy_versions.c.policy == policy)
    )
    connection.execute(
        insert(policy_versions).values(
            policy=policy,
            number=(newest or 0) + 1,
            sha256=sha256,
            source=source,
            media_type=media_type,
            effective_date=effective_date,
            language=language,
            raw=raw,
            added_at=added_at,
        ),
    )


def by_sha256(connection: Connection, policy: str, sha256: str) -> Version | None:
    """Find a policy's version by its content."""
    row = connection.execute(
        select(policy_versions).where(policy_versions.c.policy == policy, policy_versions.c.sha256 == sha256),
    ).one_or_none()
    return None if row is None else Version(**row._asdict())


def by_number(connection: Connection, policy: str, number: int | None) -> Version | None:
    """Find a policy's version by its number; None is the newest."""
    query = select(policy_versions).where(policy_versions.c.policy == policy)
    if number is not None:
        query = query.where(policy_versions.c.number == number)
    row = connection.execute(query.order_by(policy_versions.c.number.desc()).limit(1)).one_or_none()
    return None if row is None else Version(**row._asdict())


def listing(connection: Connection, policy: str | None) -> Iterator[Version]:
    """Yield one policy's versions, or all, oldest first, without their bytes."""
    query = select(*_ALL_BUT_RAW).order_by(policy_versions.c.policy, policy_versions.c.number)
    if policy is not None:
        query = query.where(policy_versions.c.policy == policy)
    for row in connection.execute(query):
        yield Version(**row._asdict(), raw=b"")
