"""Write the stems of a shipped vocabulary's words: `python bench/stems.py [en]`, after words were added.

To make them anew at every start takes a fifth of a small comparison. A word that is missing is stemmed when
it is met, so an old file makes nothing wrong; a test says when much is missing.
"""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import snowballstemmer

FOLDER = Path(__file__).parents[1] / "src/notifier/changes/vocabulary"
LANGUAGES = {"en": "english"}


def words(tables: Any) -> Iterator[str]:  # noqa: ANN401 - any TOML value
    """Every single word of a vocabulary, its mark for any ending left out."""
    if isinstance(tables, dict):
        tables = list(tables.values())
    if isinstance(tables, list):
        for part in tables:
            yield from words(part)
    elif isinstance(tables, str):
        yield from (word.strip("*.").lower() for word in tables.replace("|", " ").split())


def main() -> None:
    """Read the command line."""
    language = sys.argv[1] if len(sys.argv) > 1 else "en"
    tables = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    stemmer = snowballstemmer.stemmer(LANGUAGES[language])
    found = sorted({word for word in words(tables) if word.isalpha() and stemmer.stemWord(word)})
    lines = (f"{word} {stemmer.stemWord(word)}\n" for word in found)
    (FOLDER / f"{language}.stems").write_text("".join(lines), "utf-8")
    print(f"{len(found)} stems")


if __name__ == "__main__":
    main()
