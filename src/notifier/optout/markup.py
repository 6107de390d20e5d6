"""HTML mail to text, with everything that is quoted marked by "> " as in plain mail."""

from collections.abc import Iterator

from lxml import etree

# What mail programs put around the mail they answer (Gmail, Thunderbird, Outlook, Yahoo, Proton, Zoho).
_QUOTE_MARKS = (
    "gmail_quote", "moz-cite-prefix", "divrplyfwdmsg", "yahoo_quoted", "protonmail_quote", "zmail_extra",
    "outlookmessageheader", "appendonsend", "ydpyahoo_quoted", "mail-quote", "gmail_extra",
)  # fmt: skip
# Outlook puts its mark before the answered mail instead of around it: all that follows is quoted.
_QUOTE_FROM_HERE = frozenset({"divrplyfwdmsg", "appendonsend", "outlookmessageheader"})
_SIGNATURES = frozenset(
    {
        "signature",
        "gmail_signature",
        "moz-signature",
        "protonmail_signature_block",
        "ms-outlook-mobile-signature",
    },
)
_BLOCKS = frozenset(
    {
        "p",
        "div",
        "br",
        "tr",
        "li",
        "ul",
        "ol",
        "table",
        "blockquote",
        "pre",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
    },
)
_SILENT = frozenset({"script", "style", "head", "title", "template"})


def to_text(html: str) -> str:
    """Give the text a reader sees, a block a line. Whatever cannot be read is left out; nothing raises."""
    parser = etree.HTMLParser(
        encoding="utf-8", recover=True, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(html.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return ""
    # lxml gives None for a document without any element, whatever its types say.
    lines = "".join(_walk(root)).split("\n") if root is not None else []
    return "\n".join(" ".join(line.split()) for line in lines)


def _walk(root: etree._Element) -> Iterator[str]:
    """Yield pieces of text; a line that is quoted starts with "> "."""
    quotes = 0
    silent = 0
    rest_quoted = False
    at_start = True
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag.lower() if isinstance(element.tag, str) else ""
        marks = f"{element.get('class', '')} {element.get('id', '')}".lower()
        quotes_more = tag == "blockquote" or any(mark in marks for mark in _QUOTE_MARKS)
        # Whole words: a <body class="has-signature"> is no signature.
        hides = tag in _SILENT or not _SIGNATURES.isdisjoint(marks.split())
        if event == "start":
            quotes += quotes_more
            silent += hides
            rest_quoted = rest_quoted or any(mark in marks for mark in _QUOTE_FROM_HERE)
            text = element.text
        else:
            quotes -= quotes_more
            silent -= hides
            text = element.tail if element is not root else None
        if tag in _BLOCKS and not at_start:
            yield "\n"
            at_start = True
        if text and text.strip() and not silent:
            yield ("> " if at_start and (quotes or rest_quoted) else "") + text.replace("\n", " ")
            at_start = False
