"""Who a mail says it is from: one address, or none. Never a guess (CVE-2023-27043)."""

from notifier.audience import address

# RFC 5322, 2.1.1 allows 998 characters a line; a From much longer than that is no person's.
LONGEST = 2000


def one_address(header: str) -> str:
    """Read the one address in a From header (RFC 5322, 3.4), as `audience.address.parse` gives it.

    Raises ValueError with the reason where there is none, more than one, a group, or where an unquoted
    display name is itself another address: mail programs differ in which of the two they would show.
    """
    if len(header) > LONGEST:
        raise ValueError("it is too long")
    name, found = _name_and_address(header)
    if found is None:
        return address.parse(name)
    if "@" in name and name.casefold() != found.casefold():
        raise ValueError(f"the name {name!r} looks like another address")
    return address.parse(found)


def _name_and_address(header: str) -> tuple[str, str | None]:
    """Split a mailbox into what stands outside the angle brackets, without what is quoted, and inside."""
    outside: list[str] = []
    inside: list[str] | None = None
    closed = False
    position = 0
    while position < len(header):
        char = header[position]
        if char == '"':
            position = _quoted_end(header, position)
            continue
        if char == "(":
            position = _comment_end(header, position)
            continue
        if char in ",;:" or (char == "<" and inside is not None):
            raise ValueError("it holds more than one address")
        if char == ">" and (inside is None or closed):
            raise ValueError("an angle bracket was never opened")
        if char == "<":
            inside = []
        elif char == ">":
            closed = True
        elif closed and not char.isspace():
            raise ValueError("there is something after the address")
        else:
            (outside if inside is None or closed else inside).append(char)
        position += 1
    if inside is not None and not closed:
        raise ValueError("an angle bracket is not closed")
    return "".join(outside).strip(), None if inside is None else "".join(inside).strip()


def _quoted_end(header: str, start: int) -> int:
    """Where the quoted string at `start` ends (RFC 5322, 3.2.4)."""
    position = start + 1
    while position < len(header):
        if header[position] == '"':
            return position + 1
        position += 2 if header[position] == "\\" else 1
    raise ValueError("a quotation mark is not closed")


def _comment_end(header: str, start: int) -> int:
    """Where the comment at `start` ends; comments nest (RFC 5322, 3.2.2)."""
    depth = 0
    position = start
    while position < len(header):
        char = header[position]
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        if depth == 0:
            return position + 1
        position += 2 if char == "\\" else 1
    raise ValueError("a comment is not closed")
