"""What a comparison yields: changes with their judgement, and alarms. Values only."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Level(StrEnum):
    """How much a change matters to the person whose data it is about."""

    MATERIAL = "material"
    MINOR = "minor"
    COSMETIC = "cosmetic"
    UNJUDGED = "unjudged"


class Kind(StrEnum):
    """What happened to a clause."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


class Direction(StrEnum):
    """Whether the company may do more with the data than before, or less."""

    WIDER = "wider"
    NARROWER = "narrower"
    OTHER = "other"


class Category(StrEnum):
    """What a change is about."""

    COLLECTION = "collection"
    USE_PURPOSE = "use_purpose"
    SHARING = "sharing"
    SALE = "sale"
    RETENTION = "retention"
    SECURITY = "security"
    COOKIES_TRACKING = "cookies_tracking"
    USER_RIGHTS_CHOICE = "user_rights_choice"
    CHILDREN = "children"
    INTERNATIONAL_TRANSFER = "international_transfer"
    LEGAL_BASIS = "legal_basis"
    CONTROLLER_IDENTITY = "controller_identity"
    CONTACT = "contact"
    POLICY_CHANGE_NOTICE = "policy_change_notice"
    OTHER = "other"


class Operation(StrEnum):
    """One step of a word-by-word edit."""

    EQUAL = "equal"
    DELETE = "delete"
    INSERT = "insert"


@dataclass(frozen=True, slots=True)
class Edit:
    """A run of text kept, out or in; equal + delete joined is the old clause, equal + insert the new."""

    operation: Operation
    text: str


@dataclass(frozen=True, slots=True)
class Overruling:
    """A person's decision about a change's level: what was judged before it, who decided, when and why."""

    judged: Level
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between clauses, judged.

    `old` is None for an added clause, `new` for a removed one. `words_old` and `words_new` are the decisive
    words, verbatim from the clauses ("" where there are none); `reason` is one line for a person; `rule`
    names the rule that decided. Where a person decided otherwise, `level` is theirs and `overruled` says so.
    """

    id: str
    kind: Kind
    section_old: str | None
    section_new: str | None
    old: str | None
    new: str | None
    edits: tuple[Edit, ...]
    level: Level
    categories: tuple[Category, ...]
    direction: Direction
    reason: str
    rule: str
    words_old: str = ""
    words_new: str = ""
    overruled: Overruling | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that stops a draft until a person overrides it: `code` is stable, `detail` is for people."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Side:
    """Which text was compared. `sha256` is over the bytes as they were read; `words` is how long it is.

    `words` is 0 where a comparison was stored before they were counted.
    """

    source: str
    sha256: str
    effective_date: date | None
    language: str | None
    words: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """Lines of the old text that stand in the new one as they are; lines are headings and clauses, from 0."""

    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Cut:
    """One line of the new text: the characters `start` to `end` of what a change's edits yield.

    `change` counts the changes from 0.
    """

    change: int
    start: int
    end: int


Piece = Kept | Cut


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two versions, in the order of the new text.

    `pieces` are the whole new text from beginning to end, see `rebuild`; none in a comparison stored before
    there were any.
    """

    old: Side
    new: Side
    changes: tuple[Change, ...]
    alarms: tuple[Alarm, ...]
    pieces: tuple[Piece, ...] = ()

    @property
    def verdict(self) -> str:
        """The heaviest level found; `none` where nothing differs. Unjudged outweighs all but material."""
        levels = {change.level for change in self.changes}
        for level in (Level.MATERIAL, Level.UNJUDGED, Level.MINOR, Level.COSMETIC):
            if level in levels:
                return level.value
        return "none"

    @property
    def categories(self) -> tuple[Category, ...]:
        """What the comparison is mainly about, the weightiest first."""
        from notifier.changes.topics import main  # noqa: PLC0415 - it is about these values

        return main(self.changes)

    def at(self, level: Level) -> tuple[Change, ...]:
        """The changes of one level, in order."""
        return tuple(change for change in self.changes if change.level is level)
