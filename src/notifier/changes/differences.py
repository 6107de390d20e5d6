"""What differs between two texts, clause by clause, and how the old one with that makes the new one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from notifier.changes.align import TELLING, Match, align
from notifier.changes.finding import Difference
from notifier.changes.model import Cut, Kept, Kind, Piece
from notifier.changes.units import Unit
from notifier.changes.words import edits


def differences(old: Sequence[Unit], new: Sequence[Unit]) -> tuple[list[Difference], tuple[Piece, ...]]:
    """All differences in the order of the new text, and the new text as pieces of the old one and of them."""
    reader = _Reader(old, new)
    for match in align(old, new):
        reader.take(match)
    return reader.result()


@dataclass(slots=True)
class _Reader:
    """Goes through the matches and keeps the run of moved clauses that is not finished yet."""

    old: Sequence[Unit]
    new: Sequence[Unit]
    found: list[Difference | None] = field(default_factory=list)
    pieces: dict[int, Piece] = field(default_factory=dict)  # by the line of the new text
    run: list[tuple[Unit, Unit]] = field(default_factory=list)
    last: tuple[int, int] = (0, 0)  # where the run's last clause stood and stands
    place: int = 0  # of the run among the differences

    def take(self, match: Match) -> None:
        """Add what one match says."""
        ours, theirs = [self.old[i] for i in match.old], [self.new[j] for j in match.new]
        same = len(ours) == len(theirs) == 1 and ours[0].text == theirs[0].text
        if not same:
            self._differ(match, ours, theirs)
            return
        self.pieces[match.new[0]] = Kept(match.old[0], 1)
        if match.moved:
            self._move(match.old[0], match.new[0])
        elif not (ours[0].listed and self.run and ours[0].number == self.run[-1][0].number):
            self._finish()  # a list that was put in another order keeps some of its items in place

    def _differ(self, match: Match, ours: list[Unit], theirs: list[Unit]) -> None:
        kind = Kind.CHANGED if ours and theirs else Kind.REMOVED if ours else Kind.ADDED
        start = 0
        for place, unit in zip(match.new, theirs, strict=True):
            self.pieces[place] = Cut(len(self.found), start, start + len(unit.text))
            start += len(unit.text) + 1
        self.found.append(_difference(kind, ours, theirs))

    def _move(self, i: int, j: int) -> None:
        left, right = self.old[i], self.new[j]
        if self.run and not self._goes_on(i, j):
            self._finish()
        if not self.run:
            self.place = len(self.found)
            self.found.append(None)
        self.run.append((left, right))
        self.last = i, j

    def _goes_on(self, i: int, j: int) -> bool:
        """Whether a clause moved together with the last: it follows it, or is of the same list or section."""
        before, after = (self.old[i], self.new[j]), self.run[-1]
        if _leads(*before) != _leads(*after):
            return False
        if (i, j) == (self.last[0] + 1, self.last[1] + 1):
            return True
        same_section = [unit.number for unit in before] == [unit.number for unit in after]
        return same_section and (i > self.last[0] or all(unit.listed for unit in (*before, *after)))

    def _finish(self) -> None:
        """What moved together is one difference; a heading that went along is named as the section."""
        clauses = [pair for pair in self.run if not pair[0].heading]
        relocated = any(_leads(*pair) for pair in clauses)
        if relocated or sum(len(left.words) for left, _ in clauses) >= TELLING:
            self.found[self.place] = _difference(
                Kind.MOVED, [left for left, _ in clauses], [right for _, right in clauses]
            )
        self.run = []

    def result(self) -> tuple[list[Difference], tuple[Piece, ...]]:
        """Number the differences, and join lines that follow each other."""
        self._finish()
        found: list[Difference] = []
        numbers: dict[int, int] = {}
        for place, difference in enumerate(self.found):
            if difference is not None:
                numbers[place] = len(found)
                found.append(difference)
        return found, tuple(_joined([self.pieces[line] for line in range(len(self.new))], numbers))


def _leads(left: Unit, right: Unit) -> tuple[str | None, str | None] | None:
    """What a clause stood and stands under, where that is not the same."""
    return (left.lead, right.lead) if left.lead != right.lead else None


def _difference(kind: Kind, old: Sequence[Unit], new: Sequence[Unit]) -> Difference:
    before, after = _text(old), _text(new)
    return Difference(
        kind=kind,
        section_old=old[0].section if old else None,
        section_new=new[0].section if new else None,
        old=before,
        new=after,
        edits=edits(before, after),
        unit=(new or old)[0].kind,
        lead_old=old[0].lead if old else None,
        lead_new=new[0].lead if new else None,
    )


def _text(units: Sequence[Unit]) -> str | None:
    return " ".join(unit.text for unit in units) or None


def _joined(pieces: Sequence[Piece], numbers: dict[int, int]) -> Iterator[Piece]:
    run: Kept | None = None
    for piece in pieces:
        if isinstance(piece, Kept) and run and piece.first == run.first + run.count:
            run = Kept(run.first, run.count + 1)
            continue
        if run:
            yield run
        run = piece if isinstance(piece, Kept) else None
        if isinstance(piece, Cut):
            yield Cut(numbers[piece.change], piece.start, piece.end)
    if run:
        yield run
