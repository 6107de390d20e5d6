"""A folder's name as IMAP4rev1 wants it: modified UTF-7 (RFC 3501, 5.1.3) in a quoted string."""

import re
from base64 import b64encode

_NOT_PRINTABLE_ASCII = re.compile(r"[^\x20-\x7e]+")


def encode(name: str) -> str:
    """Give the name for SELECT, EXAMINE and the like, quotes and all. Any name gives a legal string."""
    coded = _NOT_PRINTABLE_ASCII.sub(_shifted, name.replace("&", "&-"))
    quoted = coded.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def _shifted(run: re.Match[str]) -> str:
    """Give characters in base64 of UTF-16BE, with "," for "/" and without padding."""
    base64 = b64encode(run[0].encode("utf-16-be", "surrogatepass"), altchars=b"+,")
    return f"&{base64.decode('ascii').rstrip('=')}-"
