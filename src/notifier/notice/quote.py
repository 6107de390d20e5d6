"""Quoting from a policy: how much of a clause to show, and where to cut it."""

_ELLIPSIS = "…"


def one_line(text: str) -> str:
    """Collapse every run of white space, line breaks included, into one space."""
    return " ".join(text.split())


def excerpt(clause: str, start: int, end: int, limit: int) -> str:
    """Cut a clause to at most `limit` characters at word boundaries, keeping the part from `start` to `end`.

    What is left out at either side is marked by an ellipsis, which is not counted. Where the part to be kept
    is itself longer than the limit, its beginning is kept. A text without spaces is cut between characters.
    The full stop at the clause's end is dropped: the sentence that quotes it brings its own.
    """
    if len(clause) <= limit:
        return _trimmed(clause)
    too_long = end > start + limit
    end = min(end, start + limit)
    # Spread the room that is left evenly around the kept part; what one side cannot use goes to the other.
    left = max(0, min(start - (limit - (end - start)) // 2, len(clause) - limit))
    right = left + limit
    if left > 0:
        space = clause.find(" ", left - 1, start)
        if space >= 0:
            left = space + 1
        elif end > start:
            left = start
    if right < len(clause):
        space = clause.rfind(" ", start if too_long else end, right + 1)
        if space > left:
            right = space
        elif end > start:
            right = end
    before = _ELLIPSIS if left > 0 else ""
    after = _ELLIPSIS if right < len(clause) else ""
    return before + _trimmed(clause[left:right]) + after


def _trimmed(text: str) -> str:
    return text.strip(" ,;").removesuffix(".") or text
