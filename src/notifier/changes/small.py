"""Rules for small words that turn a clause, though most small words change nothing; each is material."""

from collections.abc import Iterator

from notifier.changes import lean
from notifier.changes.finding import Case, Finding, decisive, finding, replaced, topics
from notifier.changes.model import Category, Direction

_COMPANY = frozenset(["we", "us", "our", "ours"])
_PERSON = frozenset(["you", "your", "yours"])
_PASSIVE = frozenset(["be", "been", "is", "are"])
_SHORT = 2  # words; "we may" stands against "you may"


def actor(case: Case) -> Finding | None:
    """As in "you may decide" -> "we may decide": another one does it, or it is done to another."""
    if bool(_PASSIVE & {*case.gone}) != bool(_PASSIVE & {*case.come}):
        return None  # "we will tell you" -> "you will be told": the same ones do the same
    for old, new in _short_swaps(case):
        if old & _PERSON and new & _COMPANY and not (old & _COMPANY or new & _PERSON):
            return finding("actor", words=decisive(case), direction=Direction.WIDER)
        if old & _COMPANY and new & _PERSON and not (old & _PERSON or new & _COMPANY):
            return finding("actor", words=decisive(case), direction=Direction.NARROWER)
    return None


def way(case: Case) -> Finding | None:
    """As in "we send it to partners" -> "from partners": the data goes the other way."""
    if any({frozenset(old), frozenset(new)} == _BOTH_WAYS for old, new in _short_swaps(case)) and topics(
        case
    ):
        return finding("way", words=decisive(case), direction=Direction.OTHER)
    return None


_BOTH_WAYS = {frozenset(["to"]), frozenset(["from"])}


def channel(case: Case) -> Finding | None:
    """As in "tell you by email" -> "tell you on our site": how people are told, or use a right."""
    rights = all(facts.practised()[:1] == [Category.USER_RIGHTS_CHOICE] for facts in (case.old, case.new))
    tells = case.old.tells or case.new.tells
    lost = case.old.sign("channel") - case.new.sign("channel")
    gained = case.new.sign("channel") - case.old.sign("channel")
    if not (tells or rights) or not (lost or gained) or (rights and not tells and not (lost and gained)):
        return None
    direction = Direction.OTHER if lost and gained else lean.when(better=bool(gained))
    category = Category.POLICY_CHANGE_NOTICE if tells else Category.USER_RIGHTS_CHOICE
    return finding("channel", words=decisive(case, "channel"), direction=direction, categories=[category])


def _short_swaps(case: Case) -> Iterator[tuple[set[str], set[str]]]:
    for old, new in replaced(case):
        if old and new and max(len(old.split()), len(new.split())) <= _SHORT:
            yield {*old.split()}, {*new.split()}


SMALL = (channel, actor, way)
