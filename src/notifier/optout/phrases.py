"""How people word what they want: `phrases.toml`, compiled."""

import re
import tomllib
from importlib.resources import files

from notifier.optout.verdict import Kind, Scope

_DATA = tomllib.loads((files("notifier.optout") / "phrases.toml").read_text(encoding="utf-8"))


def _filled(pattern: str) -> str:
    """Put the entries of [words] in for their names; those may hold names themselves."""
    for name, words in _DATA["words"].items():
        pattern = pattern.replace(f"<{name}>", words)
    return pattern.replace("\\\n", "")  # TOML's literal strings keep the end of a broken line


def _any(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{_filled(pattern)})" for pattern in patterns), re.IGNORECASE)


def _each(patterns: list[str], *, end: str = "") -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(f"(?:{_filled(pattern)}){end}") for pattern in patterns)


def _words(patterns: list[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b")


def _scoped(table: dict[str, list[str]]) -> tuple[tuple[re.Pattern[str], Scope], ...]:
    """Give the patterns with their scope, all communications first: they hold the words of the other, too."""
    scopes = (("all", Scope.ALL), ("change", Scope.THIS_CHANGE))
    return tuple((pattern, scope) for name, scope in scopes for pattern in _each(table[name]))


_around = _DATA["around"]

NAMED = _scoped(_DATA["named"])
PLAIN = _scoped(_DATA["plain"])
OTHERS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (_any(_DATA["other"]["copy"]), Kind.COPY_REQUEST),
    (_any(_DATA["other"]["change_data"]), Kind.DATA_CHANGE),
    (_any(_DATA["other"]["complaint"]), Kind.COMPLAINT),
)
NOT_OTHER = _any(_DATA["other"]["not_other"])
LEADS = _each(_around["leads"], end=r"\s*$")
NEGATION = _words(_around["negations"])
HEDGE = _words(_around["hedges"])
MENTION = _any(_around["mentions"])
POLITE = _any(_around["polite"])
QUESTION = _any(_around["questions"])
QUESTION_WORD = _words(_around["question_words"])
KEEP = _any(_around["keeps"])
STAY = _any(_around["stays"])
DENIAL = _any(_around["denials"])
UNDO = _any(_around["undoes"])
LIMIT = _any(_around["limits"])
TOLD = _any(_around["told"])
CONDITION = _any(_around["conditions"])
INSTRUCTION = _any(_around["instructions"])
PERSONAL = _words(_around["personal"])
BARE = _any(_around["bare"])
GREETING = _any(_around["greetings"])
DISCLAIMER = _any(_around["disclaimers"])
# What `clauses` puts for a box that is not ticked.
EMPTY_BOX = "emptybox"
WHOLE_SUBJECT = _any(_DATA["subject"]["whole"])
REPLY_PREFIX = _any(_DATA["subject"]["reply"])
FORWARD_PREFIX = _any(_DATA["subject"]["forward"])
