"""What mail programs write around a person's words, and machines instead: `programs.toml`, compiled."""

import re
import tomllib
from importlib.resources import files

_DATA = tomllib.loads((files("notifier.optout") / "programs.toml").read_text(encoding="utf-8"))
# Marks that stand before a word: "*From:*", "> On ...", "_Sent_".
_MARKS = r"^[\W_]{0,4}"
_COLON = r"[\W_]{0,3}[:\uff1a]"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _one_of(table: str, key: str) -> str:
    return f"(?:{'|'.join(_DATA[table][key])})"


_VERBS = rf"(?<!\w){_one_of('attribution', 'verbs')}(?!\w)"

# An attribution on one line; one that goes on in the next; its last piece; its verb alone after an address.
WROTE = _compiled(rf"{_VERBS}.{{0,120}}[:\uff1a]\W*$|{_VERBS}[\W_]*$")
WROTE_BEGINS = _compiled(_VERBS)
WROTE_ENDS = re.compile(r"^.{0,80}[:\uff1a]\s*$")
WROTE_ALONE = _compiled(rf"^\s*>\s*{_VERBS}\s*[:\uff1a]\s*$")
WHEN_OR_WHO = _compiled(_one_of("attribution", "when_or_who"))
OPENER = _compiled(rf"^[\W_]*{_one_of('attribution', 'openers')}")
DATED = _compiled(_one_of("attribution", "dated"))

FIRST_FIELD = _compiled(_MARKS + _one_of("fields", "first") + _COLON)
OTHER_FIELD = _compiled(_MARKS + _one_of("fields", "others") + _COLON)
ORIGINAL = _compiled(
    rf"{_MARKS}(?:[-_]{{2,}}.{{0,20}}{_one_of('original', 'words')}.{{0,40}}[-_*]{{2,}}"
    rf"|{_one_of('original', 'lines')})",
)
DEVICE = _compiled(rf"^[\W_]*{_one_of('device', 'lines')}")

AUTOMATIC_SUBJECT = _compiled(rf"^\W*{_one_of('automatic', 'subjects')}")
BOUNCE_SUBJECT = _compiled(_one_of("bounce", "subjects"))
BOUNCE_TEXT = _compiled(_one_of("bounce", "texts"))
