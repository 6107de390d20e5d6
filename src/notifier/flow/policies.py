"""Keep the versions of each policy: every text once, under a number that counts up."""

import hashlib
import re
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from notifier.errors import WrongUse
from notifier.policy.document import Document
from notifier.policy.read import read
from notifier.store import policies
from notifier.store.database import Database
from notifier.store.policies import Version

__all__ = ["Text", "Version", "add", "load", "put", "versions"]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")


class Text(Protocol):
    """A policy's bytes and where they came from, as `source.fetch` gives them."""

    @property
    def data(self) -> bytes: ...  # noqa: D102 - what `read` takes

    @property
    def label(self) -> str: ...  # noqa: D102 - a path, a URL or git:REV:PATH

    @property
    def media_type(self) -> str: ...  # noqa: D102 - "" where unknown


def add(db: Database, policy: str, source: Text, now: datetime) -> tuple[Version, bool]:
    """Store a text as the policy's next version; False and the old version where it is stored already.

    Raises WrongUse for a name that is none and for a text that is empty or cannot be read.
    """
    document = read(source.data, source.label, source.media_type)
    with db.write() as connection:
        return put(connection, policy, source, document, now)


def put(
    connection: Connection, policy: str, source: Text, document: Document, now: datetime
) -> tuple[Version, bool]:
    """Store a text that was read into `document`, as `add` does, within a transaction."""
    if not _NAME.fullmatch(policy):
        raise WrongUse(
            f"{policy[:120]!r} is no name for a policy", "use up to 100 of a-z, 0-9 and -, as in privacy"
        )
    sha256 = hashlib.sha256(source.data).hexdigest()
    policies.lock(connection)
    known = policies.by_sha256(connection, policy, sha256)
    if known is not None:
        return known, False
    policies.add(
        connection,
        policy=policy,
        sha256=sha256,
        source=source.label,
        media_type=source.media_type[:100],
        effective_date=document.effective_date,
        language=document.language,
        raw=source.data,
        added_at=now,
    )
    added = policies.by_sha256(connection, policy, sha256)
    assert added is not None
    return added, True


def versions(db: Database, policy: str | None = None) -> list[Version]:
    """List one policy's versions, or all, oldest first; `raw` is left out (b"")."""
    with db.read() as connection:
        return list(policies.listing(connection, policy))


def load(db: Database, policy: str, number: int | None = None) -> Version:
    """Load a version with its bytes, the newest without `number`. Raises WrongUse where there is none."""
    with db.read() as connection:
        found = policies.by_number(connection, policy, number)
        if found is not None:
            return found
        stored = list(policies.listing(connection, policy))
        names = sorted({version.policy for version in policies.listing(connection, None)})
    if stored:
        raise WrongUse(
            f"there is no {policy}@{number}", f"{policy}@1 to {policy}@{stored[-1].number} are stored"
        )
    raise WrongUse(
        f"no version of the policy {policy!r} is stored",
        f"stored are: {', '.join(names)}" if names else f"add one with `notifier policy add {policy} FILE`",
    )
