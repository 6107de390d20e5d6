"""Many rows handed to one statement as one parameter: a statement a row would be most of the work."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

Cell = str | int | None


def rows(dialect: str, columns: Mapping[str, TypeEngine[Any]]) -> FromClause:
    """Give a table of the rows in the parameter "rows", as `packed` makes it, with these columns."""
    sent = bindparam("rows", type_=Text)
    cells: list[ColumnElement[Any]]
    if dialect == "postgresql":
        each = func.jsonb_array_elements(cast(sent, JSONB)).table_valued("value", name="each")
        cells = [cast(each.c.value.op("->>")(place), kind) for place, kind in enumerate(columns.values())]
    else:
        each = func.json_each(sent).table_valued("value", name="each")
        kinds = enumerate(columns.values())
        cells = [func.json_extract(each.c.value, f"$[{place}]", type_=kind) for place, kind in kinds]
    return select(*(cell.label(name) for cell, name in zip(cells, columns, strict=True))).subquery("new")


def packed(values: Sequence[Sequence[Cell]]) -> str:
    """Give the parameter's value: each row's cells in the order of the columns."""
    return json.dumps(values)


def moment(at: datetime | None) -> str | None:
    """Write a time as both databases read it: UTC, without zone, as SQLite keeps it."""
    if at is None:
        return None
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(" ", "microseconds").removesuffix("+00:00")
