"""What the inflections of a word have in common, per language."""

from collections.abc import Callable
from functools import cache, lru_cache
from importlib import resources

import snowballstemmer

# The stemmers there are, by ISO 639-1.
_STEMMERS = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}


@cache
def stemmer(language: str) -> Callable[[str], str]:
    """A function from a word to its stem; of a language without one a word is its own stem.

    In English "collected" and "collection" are "collect".
    """
    name, known = _STEMMERS.get(language), stored(language)
    if name not in snowballstemmer.algorithms():
        return str
    stem = lru_cache(maxsize=20_000)(snowballstemmer.stemmer(name).stemWord)  # a language has few words
    return lambda word: known.get(word) or str(stem(word))


def stored(language: str) -> dict[str, str]:
    """Stems that need not be made at every start: of a shipped vocabulary, written by bench/stems.py."""
    file = resources.files(__package__).joinpath(f"{language}.stems")
    if not file.is_file():
        return {}
    words = iter(file.read_text("utf-8").split())
    return dict(zip(words, words, strict=True))
