"""Bytes to text: what people save as a policy is UTF-8, UTF-16 with a mark, or Windows' Latin-1."""

import codecs
import re

from notifier.errors import WrongUse

# Formats that hold text but are not text; the next thing a person tries after Markdown and HTML.
_CONTAINERS = (
    (b"\xd0\xcf\x11\xe0", "an old Office file (.doc), or an encrypted one"),
    (b"{\\rtf", "an RTF file"),
)
_DECLARED = re.compile(rb"""charset\s*=\s*["']?([\w.:-]{2,40})""", re.IGNORECASE)
# C0 and C1 controls but tab and line ends: they say nothing to a reader and may steer a terminal.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]")
_HEAD = 2048  # where an HTML page has to declare its charset (1024 in the standard; browsers look further)
_MOST_CONTROLS = 0.005  # share of control characters above which the bytes are no text
_REMEDY = "save it as DOCX, PDF, Markdown, HTML or UTF-8 text"


def decode(data: bytes, name: str, media_type: str = "") -> str:
    r"""Text of `data` with line ends as "\\n".

    Tried in order: a byte order mark, UTF-8, the charset declared by `media_type` or by the page itself,
    cp1252. Raises WrongUse when it is empty or no text at all.
    """
    for magic, kind in _CONTAINERS:
        if data.startswith(magic):
            raise WrongUse(f"{name} is {kind}", _REMEDY)
    text = _first_that_fits(data, name, media_type)
    controls = len(_CONTROLS.findall(text))
    if controls > _MOST_CONTROLS * len(text):
        raise WrongUse(f"{name} is not text", _REMEDY)
    if controls:
        text = _CONTROLS.sub("", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise WrongUse(f"{name} is empty", "check that the right file was named")
    return text


def _first_that_fits(data: bytes, name: str, media_type: str) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return _strict(data, encoding, name)
    for encoding in ("utf-8", *_declared(data, media_type), "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise WrongUse(f"{name} is not text in any encoding known here", _REMEDY)


def _strict(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise WrongUse(f"{name} is marked as {encoding} but is not", _REMEDY) from None


def _declared(data: bytes, media_type: str) -> list[str]:
    found = []
    for place in (media_type.encode(), data[:_HEAD]):
        match = _DECLARED.search(place)
        if match is None:
            continue
        encoding = match[1].decode("ascii")
        try:
            info = codecs.lookup(encoding)
        except LookupError:
            continue
        # Python's own codecs such as "hex" turn bytes into bytes, which no page means.
        if info.name not in {"hex", "base64", "bz2", "zlib", "uu", "quopri", "rot13", "idna", "punycode"}:
            found.append(info.name)
    return found
