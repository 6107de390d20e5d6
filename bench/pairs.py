"""The labelled pairs a benchmark judges: folders of real versions, or one-clause edits in a table."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from notifier.changes.model import Category, Level

_SUFFIXES = (".md", ".txt", ".html", ".htm")
# What surrounds an edit, so that a text stays when the clause is gone, and the language can be told.
_FRAME = "# Privacy policy\n\nThis policy tells you how your personal information is handled.\n\n{}"


class Text(NamedTuple):
    """One version: the name its format is told by, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions with what a reader said of them; `label` is None where nobody has.

    `hard`: the number of changed words misleads; `doubtful`: the reader was not sure.
    """

    source: str
    id: str
    old: Path | Text
    new: Path | Text
    label: Level | None
    categories: frozenset[Category]
    hard: bool = False
    doubtful: bool = False
    note: str = ""
    direction: str = ""

    @property
    def name(self) -> str:
        """How the pair is named in the output."""
        return f"{self.source}/{self.id}"

    def texts(self) -> tuple[Text, Text]:
        """Both versions, read when they are needed."""
        return _text(self.old), _text(self.new)


def _text(version: Path | Text) -> Text:
    return version if isinstance(version, Text) else Text(version.name, version.read_bytes())


def in_folders(folders: Iterable[Path]) -> list[Pair]:
    """The pairs of folders SOURCE/ID/{old,new}.*, with `INDEX.jsonl` or a `meta.json` in each, by name.

    Raises ValueError with the place for what cannot be read as that.
    """
    found = [_pair(folder, row) for folder in folders for row in _rows(folder)]
    return sorted(found, key=lambda pair: pair.name)


def _rows(folder: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Each pair's folder with what is known of it."""
    index = folder / "INDEX.jsonl"
    if index.is_file():
        for line in index.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield folder / row["source"] / row["id"], row
        return
    metas = sorted(folder.rglob("meta.json"))
    if not metas:
        raise ValueError(f"{folder} has neither INDEX.jsonl nor pairs with a meta.json")
    for meta in metas:
        yield meta.parent, json.loads(meta.read_text(encoding="utf-8"))


def _pair(folder: Path, found: tuple[Path, Mapping[str, Any]]) -> Pair:
    place, row = found
    label = row.get("label")
    return Pair(
        source=row.get("source") or place.parent.relative_to(folder.parent).name,
        id=row.get("id") or place.name,
        old=_version(place, "old"),
        new=_version(place, "new"),
        label=Level(label) if label else None,
        categories=frozenset(map(Category, row.get("categories") or ())),
        hard=bool(row.get("hard")),
        doubtful=bool(row.get("doubtful")),
        note=row.get("note") or "",
    )


def _version(place: Path, stem: str) -> Path:
    for suffix in _SUFFIXES:
        if (path := place / f"{stem}{suffix}").is_file():
            return path
    raise ValueError(f"{place} has no {stem} with one of {', '.join(_SUFFIXES)}")


def in_table(path: Path) -> list[Pair]:
    """The edits of a tab-separated table: id, old, new, lead, level, categories, direction.

    `old` is empty for an added clause, `new` for a removed one. A `lead` that ends in a colon leads a list
    in, any other is the heading above the clause. The odd ids are for building rules, the even ones for
    measuring them; they are the two sources.
    """
    with path.open(encoding="utf-8", newline="") as file:
        return [_edit(row) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def _edit(row: Mapping[str, str]) -> Pair:
    return Pair(
        source="measuring" if int(row["id"]) % 2 == 0 else "building",
        id=row["id"],
        old=_framed(row["lead"], row["old"]),
        new=_framed(row["lead"], row["new"]),
        label=Level(row["level"]),
        categories=frozenset(map(Category, row["categories"].split())),
        note=f"{row['old'] or '(nothing)'} -> {row['new'] or '(nothing)'}",
        direction=row["direction"],
    )


def _framed(lead: str, clause: str) -> Text:
    if lead.endswith(":"):
        clause = f"{lead}\n\n- {clause}" if clause else lead
    elif lead:
        clause = f"## {lead}\n\n{clause}"
    return Text("edit.md", _FRAME.format(f"{clause}\n").encode())


def halves(pairs: Sequence[Pair]) -> tuple[frozenset[str], frozenset[str]]:
    """The sources in two halves of similar size: the biggest first, each to the half with fewer pairs.

    Sources of one size go in the order of their names, so the same pairs give the same halves.
    """
    sizes: dict[str, int] = {}
    for pair in pairs:
        sizes[pair.source] = sizes.get(pair.source, 0) + 1
    one: set[str] = set()
    two: set[str] = set()
    for source in sorted(sizes, key=lambda source: (-sizes[source], source)):
        lighter = min(one, two, key=lambda half: sum(sizes[name] for name in half))
        lighter.add(source)
    return frozenset(one), frozenset(two)
