"""What people decided about levels and alarms; the summary's points in groups."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NOTICES = sa.table("notices", sa.column("id", ID), sa.column("summary", sa.JSON()))


def upgrade() -> None:
    op.create_table(
        "overrules",
        sa.Column("id", ID, nullable=False),
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("change_id", sa.String(length=20), nullable=False),
        sa.Column("from_level", sa.String(length=20), nullable=False),
        sa.Column("to_level", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_overrules_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overrules")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_overrules_notice_id_id"), "overrules", ["notice_id", "id"])
    op.add_column("notices", sa.Column("override_reason", sa.Text(), nullable=True))
    _group_points()


def _group_points() -> None:
    """Put the points of older summaries, which begin with their topic, into one group without a heading."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(NOTICES.c.id, NOTICES.c.summary)).all():
        points = row.summary["points"]
        groups = [{"heading": "", "points": points}] if points else []
        summary = {"intro": row.summary["intro"], "groups": groups, "closing": ""}
        connection.execute(sa.update(NOTICES).where(NOTICES.c.id == row.id).values(summary=summary))
