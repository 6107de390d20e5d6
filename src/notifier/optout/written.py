"""What the person wrote, out of a text that may hold a whole correspondence.

Every line gets a letter for what it is, and rules on the string of letters say where the person's part begins
and ends. No step takes more than linear time in the text of a line: it comes from strangers.
"""

import re

from notifier.optout import programs

MAX_LINES = 3000
# A line longer than this is nobody's header or attribution.
_LONG = 300

_EMPTY, _QUOTE, _WROTE, _HEADER, _ORIGINAL, _RULE, _DEVICE, _TEXT = "eqwhordt"

_MARKDOWN_LINE = re.compile(r"^\s*#+\s*$")
_RULE_LINE = re.compile(r"^\s*(?:[-_=*#~+\u1427]\s?)+\s*$|^\s*\u2014+\s*$|^\s*\u1427\s*$")
_QUOTE_LINE = re.compile(r"^\s{0,3}(?:>|\||\w{1,15}>(?:\s|$))")


def reply(text: str) -> str:
    """Give what the mail adds to the correspondence; quotes stay where the person wrote between them."""
    lines = text.split("\n")[:MAX_LINES]
    kinds, lines = _kinds(lines)
    lines, kinds = _without_original(lines, kinds)
    lines, kinds = _without_signature(lines, kinds)
    lines, kinds = _without_answered(lines, kinds)
    kept = [line for line, kind in zip(lines, kinds, strict=True) if kind not in {_WROTE, _DEVICE}]
    return "\n".join(kept).strip("\n")


def own_words(text: str) -> str:
    """Give only what the person wrote in this mail, without any quoted line.

    Stricter than `reply`: text under an attribution that is not marked as quoted is taken for quoted, since a
    wish read out of our own notice would be nobody's.
    """
    kinds, lines = _kinds(_without_overflow(text.split("\n")[:MAX_LINES]))
    match = re.search(f"{_WROTE}{_EMPTY}*(?!{_EMPTY}|{_QUOTE}|{_WROTE}|$)", kinds)
    if match:
        lines = lines[: match.start()]
    answer = reply("\n".join(lines))
    return "\n".join(line for line in answer.split("\n") if not _QUOTE_LINE.match(line)).strip()


def is_blank(text: str) -> bool:
    """Whether nobody wrote anything: not a line, or only what a mail program puts there by itself."""
    return all(_kind(line) in {_EMPTY, _DEVICE} for line in text.split("\n")[:MAX_LINES])


def _without_overflow(lines: list[str]) -> list[str]:
    """Leave out single lines between quoted ones: ends of quoted lines that were broken."""
    quoted = [bool(_QUOTE_LINE.match(line)) for line in lines]
    between = [False, *(quoted[index - 1] and quoted[index + 1] for index in range(1, len(lines) - 1)), False]
    return [
        line for index, line in enumerate(lines) if quoted[index] or not between[index] or not line.strip()
    ]


def _kinds(lines: list[str]) -> tuple[str, list[str]]:
    """Give every line its letter. An attribution broken over several lines is put on one."""
    kinds: list[str] = []
    whole: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        index += 1
        kind = _kind(line)
        if kind == _TEXT and index < len(lines) and _is_first_piece(line, lines[index]):
            line = f"{line} {lines[index]}"
            index += 1
        if _ends_attribution(line, kind):
            start = _attribution_start(whole, kinds, line)
            if start is not None:
                line = " ".join([*whole[start:], line])
                del whole[start:], kinds[start:]
                kind = _WROTE
        whole.append(line)
        kinds.append(kind)
    return _with_headers("".join(kinds), whole), whole


def _is_first_piece(line: str, following: str) -> bool:
    return bool(
        len(line) <= _LONG
        and programs.WROTE_ENDS.match(following)
        and not programs.WROTE.search(line)
        and programs.WROTE_BEGINS.search(line)
        and programs.WHEN_OR_WHO.search(line),
    )


def _ends_attribution(line: str, kind: str) -> bool:
    if len(line) > _LONG:
        return False
    found = programs.WROTE.search(line) if kind == _TEXT else programs.WROTE_ALONE.match(line)
    return bool(found or (kind == _TEXT and programs.DATED.match(line)))


def _kind(line: str) -> str:
    short = len(line) <= _LONG
    if not line.strip():
        return _EMPTY
    if _QUOTE_LINE.match(line):
        return _QUOTE
    if not short:
        return _TEXT
    if _RULE_LINE.match(line):
        return _RULE
    if programs.ORIGINAL.match(line):
        return _ORIGINAL
    return _DEVICE if programs.DEVICE.match(line) else _TEXT


def _attribution_start(lines: list[str], kinds: list[str], last: str) -> int | None:
    """Where the attribution that ends in `last` begins among the lines before it; None if it is none."""
    if programs.OPENER.match(last) and programs.WHEN_OR_WHO.search(last):
        return len(lines)
    found = len(lines) if programs.WHEN_OR_WHO.search(last) else None
    joined = len(last)
    for index in range(len(lines) - 1, max(-1, len(lines) - 7), -1):
        joined += len(lines[index])
        if kinds[index] not in {_TEXT, _EMPTY, _QUOTE} or joined > _LONG:
            break
        if programs.OPENER.match(lines[index]) and re.search(r"\d", lines[index]):
            return index
        if found is None and kinds[index] == _TEXT and programs.WHEN_OR_WHO.search(lines[index]):
            found = index
    return found


def _with_headers(kinds: str, lines: list[str]) -> str:
    """Mark a block of From, Sent, To, Subject lines: the head of a mail that was pasted in."""
    marked = list(kinds)
    for index, line in enumerate(lines):
        if kinds[index] == _TEXT and len(line) <= _LONG and programs.FIRST_FIELD.match(line):
            near = [near for near in lines[index + 1 : index + 8] if near.strip()][:3]
            if any(programs.OTHER_FIELD.match(line) for line in near):
                marked[index] = _HEADER
    return "".join(marked)


def _without_original(lines: list[str], kinds: str) -> tuple[list[str], str]:
    """Cut where another mail was pasted in, with the rule above it."""
    match = re.search(f"[{_RULE}{_EMPTY}]*[{_ORIGINAL}{_HEADER}]", kinds)
    return (lines[: match.start()], kinds[: match.start()]) if match else (lines, kinds)


def _without_signature(lines: list[str], kinds: str) -> tuple[list[str], str]:
    """Cut a signature: from a rule ("-- ") on, up to the mail that is answered, or to the end."""
    for index, kind in enumerate(kinds):
        if kind != _RULE or index == 0:
            continue
        rest = re.search(f"[{_WROTE}{_QUOTE}]", kinds[index:])
        stop = index + rest.start() if rest else len(kinds)
        most = 0 if _MARKDOWN_LINE.match(lines[index]) else 3  # name, title, telephone
        if lines[index].strip() in {"--", "\u2014"} or kinds[index:stop].count(_TEXT) <= most:
            return lines[:index] + lines[stop:], kinds[:index] + kinds[stop:]
    return lines, kinds


def _without_answered(lines: list[str], kinds: str) -> tuple[list[str], str]:
    """Cut the mail that is answered: above the person's text, or below it."""
    below = re.match(
        f"[{_EMPTY}{_DEVICE}]*{_WROTE}[{_EMPTY}]*{_QUOTE}[{_QUOTE}{_EMPTY}{_WROTE}]*(?={_TEXT})", kinds
    )
    if below and _QUOTE not in kinds[below.end() :]:
        return lines[below.end() :], kinds[below.end() :]
    # An attribution and then nothing marked as quoted: all of it is the answered mail.
    open_end = re.search(f"(?<={_TEXT})[{_EMPTY}{_DEVICE}]*{_WROTE}{_EMPTY}*(?={_TEXT})", kinds)
    if open_end:
        return lines[: open_end.start()], kinds[: open_end.start()]
    # Own text, then the answered mail, then a few lines that are mostly a signature.
    above = re.search(
        f"(?<={_TEXT})[{_EMPTY}{_DEVICE}]*{_WROTE}[{_EMPTY}{_QUOTE}{_WROTE}{_DEVICE}]*(?:[{_TEXT}{_EMPTY}{_RULE}{_DEVICE}]*)$",
        kinds,
    )
    if above:
        return lines[: above.start()], kinds[: above.start()]
    trailing = re.search(f"(?<={_TEXT})[{_EMPTY}{_QUOTE}{_WROTE}{_RULE}{_DEVICE}]+$", kinds)
    if trailing and (_QUOTE in trailing.group() or _WROTE in trailing.group()):
        return lines[: trailing.start()], kinds[: trailing.start()]
    return lines, kinds
