"""The tables. Times are aware UTC in Python on both databases; a migration makes what stands here."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

# Named constraints, so that SQLite's batch migrations can find them again.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    },
)

# Always with sqlite_autoincrement: SQLite would hand out the id of a deleted last row again, and ids stand in
# tokens and in the ledger.
Id = BigInteger().with_variant(Integer, "sqlite")


class Utc(TypeDecorator[datetime]):
    """An aware UTC datetime; a naive one is refused, since it would be a guess."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time; SQLite, which keeps no zone, gets UTC without one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: pass UTC")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give UTC, in whatever zone the server shows its times."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


policy_versions = Table(
    "policy_versions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("policy", String(100), nullable=False),
    Column("number", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("source", Text, nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("effective_date", Date),
    Column("language", String(10)),
    Column("raw", LargeBinary, nullable=False),
    Column("added_at", Utc, nullable=False),
    UniqueConstraint("policy", "sha256"),
    UniqueConstraint("policy", "number"),
    sqlite_autoincrement=True,
)

notices = Table(
    "notices",
    metadata,
    Column("id", Id, primary_key=True),
    Column("policy", String(100), nullable=False),
    Column("old_version_id", Id, ForeignKey("policy_versions.id"), nullable=False),
    Column("new_version_id", Id, ForeignKey("policy_versions.id"), nullable=False),
    Column("state", String(20), nullable=False),
    Column("window_days", Integer, nullable=False),
    Column("on_uncertain", String(10), nullable=False),
    Column("summary", JSON, nullable=False),
    Column("comparison", JSON, nullable=False),
    Column("revision", Integer, nullable=False),  # counts the edits; an approval holds for one revision
    Column("alarms_overridden", Boolean, nullable=False),
    Column("override_reason", Text),  # the drafter's; None where there was no alarm
    Column("content_hash", String(64)),  # what was approved
    Column("sender", JSON),  # who the mails come from, as approved
    Column("audience", JSON),  # where the audience was read from
    Column("drafted_by", String(200), nullable=False),
    Column("drafted_at", Utc, nullable=False),
    Column("edited_at", Utc),
    Column("sending_at", Utc),
    Column("retry_until", Utc),  # after this nothing is tried again
    Column("sent_at", Utc),
    Column("closed_at", Utc),
    Column("cancelled_at", Utc),
    Index(None, "state"),
    sqlite_autoincrement=True,
)

# What a person decided about the level of a change. Rows are only ever added; a change's last one holds.
overrules = Table(
    "overrules",
    metadata,
    Column("id", Id, primary_key=True),
    Column("notice_id", Id, ForeignKey("notices.id"), nullable=False),
    Column("change_id", String(20), nullable=False),  # as in the comparison: "c1"
    Column("from_level", String(20), nullable=False),
    Column("to_level", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_by", String(200), nullable=False),
    Column("decided_at", Utc, nullable=False),
    Index(None, "notice_id", "id"),
    sqlite_autoincrement=True,
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", Id, primary_key=True),
    Column("notice_id", Id, ForeignKey("notices.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("approved_by", String(200), nullable=False),
    Column("approved_at", Utc, nullable=False),
    UniqueConstraint("notice_id", "revision", "content_hash", "approved_by"),
    sqlite_autoincrement=True,
)

# The mail of a notice in one locale as approved, with slots for what differs per person.
notice_mails = Table(
    "notice_mails",
    metadata,
    Column("notice_id", Id, ForeignKey("notices.id"), primary_key=True),
    Column("locale", String(20), primary_key=True),  # "" is the default
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("redline", Text),  # the full comparison as an HTML attachment, None where the mail links to it
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("email", String(320), nullable=False),
    Column("email_key", String(320), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("locale", String(20), nullable=False),
    Column("added_at", Utc, nullable=False),
    sqlite_autoincrement=True,
)

# The ledger: one row per notice and subscriber.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("notice_id", Id, ForeignKey("notices.id"), nullable=False),
    Column("subscriber_ref", String(200), nullable=False),
    Column("email", String(320), nullable=False),
    Column("email_key", String(320), nullable=False),
    Column("name", Text, nullable=False),
    Column("locale", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("claim", String(32)),  # fencing token of the worker that has it
    Column("lease_until", Utc),
    Column("retry_at", Utc),
    Column("composed_at", Utc),  # the mail's Date; kept, so that every try sends the same bytes
    Column("accepted_at", Utc),
    Column("window_ends_at", Utc),
    Column("smtp_code", Integer),
    Column("smtp_enhanced", String(12), nullable=False, default=""),
    Column("smtp_text", Text, nullable=False, default=""),
    Column("changed_at", Utc, nullable=False),
    UniqueConstraint("notice_id", "subscriber_ref"),
    Index("ix_deliveries_notice_id_state_id", "notice_id", "state", "id"),
    Index("ix_deliveries_email_key_id", "email_key", "id"),
    sqlite_autoincrement=True,
)

# Every mail that reached us, raw, before anything parses it.
inbound = Table(
    "inbound",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", String(300), nullable=False),
    Column("folder", String(300), nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", String(300), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("internaldate_at", Utc),
    Column("fetched_at", Utc, nullable=False),
    # What parsing found; empty until decided.
    Column("received_at", Utc),
    Column("claimed_at", Utc),
    Column("sender", Text, nullable=False, default=""),
    Column("subject", Text, nullable=False, default=""),
    Column("kind", String(20)),
    Column("scope", String(20)),
    Column("grade", String(20)),
    Column("reasons", JSON),
    Column("delivery_id", Id, ForeignKey("deliveries.id")),
    Column("decided_at", Utc),
    Column("waiting", Boolean, nullable=False, default=False),  # for a person
    Column("resolved_at", Utc),
    Column("resolved_by", String(200)),
    Column("resolution", Text),
    UniqueConstraint("account", "folder", "uidvalidity", "uid"),
    Index(None, "sha256"),
    Index(None, "decided_at"),
    Index(None, "waiting"),
    sqlite_autoincrement=True,
)

# How far each mailbox was read; moves in the transaction that stores the mails.
mailbox_cursors = Table(
    "mailbox_cursors",
    metadata,
    Column("account", String(300), primary_key=True),
    Column("folder", String(300), primary_key=True),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("last_uid", BigInteger, nullable=False),
    Column("moved_at", Utc, nullable=False),
)

# The opt-out log. Rows are only ever added.
optouts = Table(
    "optouts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("notice_id", Id, ForeignKey("notices.id")),
    Column("delivery_id", Id, ForeignKey("deliveries.id")),
    Column("email", String(320), nullable=False),
    Column("email_key", String(320), nullable=False),
    Column("scope", String(20), nullable=False),
    Column("timing", String(20), nullable=False),
    Column("grade", String(20), nullable=False),
    Column("via", String(20), nullable=False),  # mail, admin
    # The four clocks; `counted_at` is the one that decides: the earlier of the first two, else fetched.
    Column("received_at", Utc),
    Column("internaldate_at", Utc),
    Column("fetched_at", Utc),
    Column("claimed_at", Utc),
    Column("counted_at", Utc, nullable=False),
    Column("inbound_id", Id, ForeignKey("inbound.id")),
    Column("entered_by", String(200), nullable=False, default=""),
    Column("note", Text, nullable=False, default=""),
    Column("logged_at", Utc, nullable=False),
    Index(None, "notice_id", "id"),
    Index(None, "email_key", "id"),
    sqlite_autoincrement=True,
)

# Who is doing a thing that only one may do at a time.
leases = Table(
    "leases",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("holder", String(100), nullable=False),
    Column("until", Utc, nullable=False),
)

# When the next mail may be begun, for a rate limit that holds over a restart and between processes.
pace = Table(
    "pace",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("next_at", Utc, nullable=False),
)
