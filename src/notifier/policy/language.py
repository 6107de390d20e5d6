"""Which language a text is in, by the small words that hold its sentences together."""

import re
import tomllib
from collections import Counter
from importlib import resources

_DATA = tomllib.loads(resources.files(__package__).joinpath("language.toml").read_text("utf-8"))
_FUNCTION_WORDS: dict[str, frozenset[str]] = {
    code: frozenset(words) for code, words in _DATA["function_words"].items()
}
_SCRIPTS: dict[str, re.Pattern[str]] = {
    code: re.compile(f"[{''.join(ranges)}]") for code, ranges in _DATA["scripts"].items()
}
_LETTERS: dict[str, tuple[str, frozenset[str]]] = {
    code: (script, frozenset(letters)) for code, (script, letters) in _DATA["letters"].items()
}
_WORD = re.compile(r"[^\W\d_]+")
_LETTER = re.compile(r"[^\W\d_]")
_FOREIGN = re.compile(r"[^\x00-\u036f]+")  # beyond Latin: every script that is told by its letters
_SAMPLE = 40_000  # characters looked at; a policy does not change language after twenty pages
_LEAST_WORDS = 8  # a heading says nothing about a language
_LEAST_SHARE = 0.12  # function words among all words; real prose has 0.25 and more
_LEAD = 1.15  # the best language has to beat the second by this much
_SCRIPT_SHARE = 0.3  # of all letters: a policy in Russian still names companies in Latin letters
_TELLTALE = 0.003  # of the script's letters


def detect(text: str) -> str | None:
    """ISO 639-1 code of the language of `text`, None where it cannot be told."""
    sample = text[:_SAMPLE]
    return _by_script(sample) or _by_function_words(sample)


def _by_script(sample: str) -> str | None:
    foreign = "".join(_FOREIGN.findall(sample))
    for code, script in _SCRIPTS.items():
        written = len(script.findall(foreign))
        if not written or written < _SCRIPT_SHARE * len(_LETTER.findall(sample)):
            continue
        for other, (shared, telltale) in _LETTERS.items():
            if shared == code and sum(char in telltale for char in sample) > _TELLTALE * written:
                return other
        return code
    return None


def _by_function_words(sample: str) -> str | None:
    words = Counter(_WORD.findall(sample.lower()))
    total = words.total()
    if total < _LEAST_WORDS:
        return None
    shares = sorted(
        (
            (sum(words[word] for word in known & words.keys()) / total, code)
            for code, known in _FUNCTION_WORDS.items()
        ),
        reverse=True,
    )
    best, code = shares[0]
    second = shares[1][0]
    return code if best >= _LEAST_SHARE and best >= _LEAD * second else None
