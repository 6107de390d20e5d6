"""A comparison as JSON, format "notifier-diff/1", and back."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from notifier.changes.model import (
    Alarm,
    Category,
    Change,
    Comparison,
    Cut,
    Direction,
    Edit,
    Kept,
    Kind,
    Level,
    Operation,
    Overruling,
    Piece,
    Side,
)
from notifier.errors import WrongUse

FORMAT = "notifier-diff/1"


def document(comparison: Comparison) -> dict[str, Any]:
    """The comparison as JSON values: keys as in the format, dates as YYYY-MM-DD, what is absent null."""
    return {
        "format": FORMAT,
        "old": _side(comparison.old),
        "new": _side(comparison.new),
        "verdict": comparison.verdict,
        "categories": list(comparison.categories),
        "alarms": [{"code": alarm.code, "detail": alarm.detail} for alarm in comparison.alarms],
        "changes": [_change(change) for change in comparison.changes],
        "pieces": [_piece(piece) for piece in comparison.pieces],
    }


def dump(comparison: Comparison) -> str:
    """The comparison as a JSON text."""
    return json.dumps(document(comparison), ensure_ascii=False, indent=1)


def load(source: str | Mapping[str, Any]) -> Comparison:
    """The comparison that `dump` wrote; raises WrongUse for anything else. The verdict follows from it."""
    try:
        data = json.loads(source) if isinstance(source, str) else source
        if data["format"] != FORMAT:
            raise WrongUse(f'a comparison in format "{data["format"]}"', f'this version reads "{FORMAT}"')
        return Comparison(
            old=_load_side(data["old"]),
            new=_load_side(data["new"]),
            changes=tuple(_load_change(change) for change in data["changes"]),
            alarms=tuple(Alarm(alarm["code"], alarm["detail"]) for alarm in data["alarms"]),
            pieces=tuple(_load_piece(piece) for piece in data.get("pieces", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WrongUse(f"not a comparison ({error})", "write one with notifier diff --format json") from error


def _side(side: Side) -> dict[str, object]:
    return {
        "source": side.source,
        "sha256": side.sha256,
        "effective_date": side.effective_date.isoformat() if side.effective_date else None,
        "language": side.language,
        "words": side.words,
    }


def _load_side(data: Mapping[str, Any]) -> Side:
    dated = data["effective_date"]
    return Side(
        source=data["source"],
        sha256=data["sha256"],
        effective_date=date.fromisoformat(dated) if dated else None,
        language=data["language"],
        words=data.get("words", 0),
    )


def _change(change: Change) -> dict[str, object]:
    return {
        "id": change.id,
        "kind": change.kind,
        "section_old": change.section_old,
        "section_new": change.section_new,
        "old": change.old,
        "new": change.new,
        "edits": [[edit.operation, edit.text] for edit in change.edits],
        "level": change.level,
        "categories": list(change.categories),
        "direction": change.direction,
        "reason": change.reason,
        "rule": change.rule,
        "words_old": change.words_old,
        "words_new": change.words_new,
        "overruled": _overruled(change.overruled),
    }


def _load_change(data: Mapping[str, Any]) -> Change:
    return Change(
        id=data["id"],
        kind=Kind(data["kind"]),
        section_old=data["section_old"],
        section_new=data["section_new"],
        old=data["old"],
        new=data["new"],
        edits=tuple(Edit(Operation(operation), text) for operation, text in data["edits"]),
        level=Level(data["level"]),
        categories=tuple(Category(category) for category in data["categories"]),
        direction=Direction(data["direction"]),
        reason=data["reason"],
        rule=data["rule"],
        words_old=data["words_old"],
        words_new=data["words_new"],
        overruled=_load_overruled(data.get("overruled")),
    )


def _piece(piece: Piece) -> list[object]:
    """["old", first line, number of lines], or [number of the change, first character, last + 1]."""
    if isinstance(piece, Kept):
        return ["old", piece.first, piece.count]
    return [piece.change, piece.start, piece.end]


def _load_piece(data: Sequence[Any]) -> Piece:
    source, first, second = data
    return Kept(first, second) if source == "old" else Cut(source, first, second)


def _overruled(decision: Overruling | None) -> dict[str, str] | None:
    if decision is None:
        return None
    return {
        "judged": decision.judged,
        "by": decision.by,
        "at": decision.at.isoformat(),
        "reason": decision.reason,
    }


def _load_overruled(data: Mapping[str, Any] | None) -> Overruling | None:
    if data is None:
        return None
    at = datetime.fromisoformat(data["at"])
    return Overruling(Level(data["judged"]), data["by"], at, data["reason"])
