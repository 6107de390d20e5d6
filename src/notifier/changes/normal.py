"""What two texts have to share to count as the same words, however they are set."""

import re
import unicodedata
from functools import lru_cache

# Curly, reversed, grave and acute quotes; low and angle quotes; the dashes of Unicode and the minus sign.
_PLAIN = (
    *((quote, "'") for quote in "\u2018\u2019\u201b`\u00b4"),
    *((quote, '"') for quote in "\u201c\u201d\u201e\u00ab\u00bb"),
    *((dash, "-") for dash in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"),
)
# A word: letters and digits with what may stand inside one ("e.g", "1.800.555.0100", "a@b.org", "don't").
_WORD = re.compile(r"\w+(?:[.'@/:&+-]+\w+)*%?|[$€£¥]\s?\d[\d.,]*")
_BULLET = re.compile(r"^(?:\(?[a-z0-9]{1,3}[.)]|[ivx]{1,4}[.)]|[·•*\u2013-])\s+", re.IGNORECASE)
# Words that two unrelated sentences share by chance; languages other than English are told apart by the rest.
SMALL_WORDS = frozenset(
    {
        *(
            "a",
            "an",
            "and",
            "any",
            "are",
            "as",
            "at",
            "be",
            "by",
            "for",
            "from",
            "has",
            "have",
            "in",
            "is",
            "it",
        ),
        *("of", "on", "or", "our", "that", "the", "this", "to", "we", "with", "you", "your"),
    }
)
# Cloudflare and other masks for an address; the text without the page's script shows no address at all.
_ADDRESS = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_MASKED = re.compile(rf"\[*(?:email\s*protected|{_ADDRESS})\]*(?:\(mailto:\s*{_ADDRESS}\))?", re.IGNORECASE)


def plain(text: str) -> str:
    """`text` with one kind of quote and dash and ligatures undone; letters keep their case."""
    if text.isascii():
        return text.replace("`", "'")
    text = unicodedata.normalize("NFKC", text)
    for odd, usual in _PLAIN:  # eight times quicker than str.translate
        text = text.replace(odd, usual)
    return text


@lru_cache(maxsize=20_000)  # most clauses stand in both versions
def words(text: str) -> tuple[str, ...]:
    """The words of a clause in lower case: no punctuation, numbering, apostrophes or emphasis."""
    bare = _BULLET.sub("", plain(text).replace("*", "").replace("_", " ").replace(" & ", " and ")).casefold()
    return tuple(
        [
            word.replace("'", "").replace("-", "") if "'" in word or "-" in word else word
            for word in _WORD.findall(bare)
        ]
    )


def squeezed(text: str) -> str:
    """Letters and digits only, in lower case: equal for texts that differ in spaces and punctuation alone."""
    return "".join(char for char in plain(text).casefold() if char.isalnum())


def without_addresses(text: str) -> str:
    """`text` with every mail address, shown or masked by the page, replaced by one mark."""
    return _MASKED.sub("<mail>", text)
