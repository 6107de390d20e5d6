"""What `storm_server` wrote down: one line an event, its words parted by tabs.

open CONNECTION                     close CONNECTION
begin CONNECTION SENDER TRY         a mail was named; SENDER is its return path, TRY counts from 1
end CONNECTION SENDER TRY RECIPIENT STAGE KIND TOLD CODE SHA-256 MESSAGE-ID
                                    how the try ended: TOLD is what the client has to make of it (an
                                    Outcome), CODE the reply's or 0, SHA-256 that of the message as it was
                                    taken, - where it was not
wrong CONNECTION SENDER TRY WHY     the client broke the rules of SMTP
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from notifier.delivery.states import Outcome


@dataclass(frozen=True, slots=True)
class Try:
    """How one try of a mail ended; `told` is DEFERRED for one that was begun and never ended."""

    connection: int
    recipient: str = ""
    stage: str = ""
    kind: str = "left"
    told: Outcome = Outcome.DEFERRED
    code: int | None = None
    digest: str = ""
    message_id: str = ""

    @property
    def kept(self) -> bool:
        """Whether the server took the mail, whatever it told."""
        return bool(self.digest)

    def __str__(self) -> str:
        where = f" at {self.stage}" if self.stage else ""
        taken = ", taken" if self.kept else ""
        return f"{self.kind}{where}{taken} ({self.told})"


@dataclass(slots=True)
class Receipts:
    """All of a file that was read so far. `tries` are by return path, then by number."""

    path: Path
    tries: defaultdict[str, dict[int, Try]] = field(default_factory=lambda: defaultdict(dict))
    events: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _offset: int = 0

    def read(self) -> None:
        """Take in what was added since. A last line that is not whole is left for the next time."""
        with self.path.open("rb") as file:
            file.seek(self._offset)
            added = file.read()
        whole = added[: added.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.decode("utf-8", "replace").splitlines():
            self._take(line.split("\t"))

    def sequence(self, sender: str) -> list[Try]:
        """The tries of one mail, in order."""
        return [one for _, one in sorted(self.tries.get(sender, {}).items())]

    @property
    def taken(self) -> int:
        """How many mails the server took, copies counted."""
        return self.events["taken"]

    @property
    def quiet(self) -> bool:
        """Whether every connection is closed."""
        return self.events["open"] == self.events["close"]

    def _take(self, words: list[str]) -> None:
        event, connection, *rest = words
        self.events[event] += 1
        match event, rest:
            case "begin", [sender, number]:
                self.tries[sender].setdefault(int(number), Try(int(connection)))
            case "end", [sender, number, recipient, stage, kind, told, code, digest, message_id]:
                self.tries[sender][int(number)] = Try(
                    connection=int(connection),
                    recipient="" if recipient == "-" else recipient,
                    stage=stage,
                    kind=kind,
                    told=Outcome(told),
                    code=int(code) or None,
                    digest="" if digest == "-" else digest,
                    message_id="" if message_id == "-" else message_id,
                )
                self.events["taken"] += digest != "-"
            case "wrong", [sender, number, why]:
                self.wrong.append(f"{why} (connection {connection}, {sender}, try {number})")
