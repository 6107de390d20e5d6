"""What words mean to the judge, per language, as data: the shipped TOML files and what an admin adds."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from notifier.changes.vocabulary import form
from notifier.changes.vocabulary.compiled import Vocabulary, build
from notifier.changes.vocabulary.lexis import Found, Index, Lexis, Term, Token, plain_same_length, tokens
from notifier.errors import WrongUse

__all__ = [
    "SHIPPED",
    "Found",
    "Index",
    "Lexis",
    "Term",
    "Token",
    "Vocabularies",
    "Vocabulary",
    "extended",
    "plain_same_length",
    "tokens",
]

_MODEL = "en"  # the vocabulary that has every table there is


@dataclass(frozen=True, slots=True)
class Vocabularies:
    """The vocabulary of each language: the shipped one, with the tables of `more` (by language) added."""

    more: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    _made: dict[str, Vocabulary | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of(self, language: str) -> Vocabulary | None:
        """The vocabulary of an ISO 639-1 language, None where there is none; made when first asked for."""
        if language not in self._made:
            tables = form.merged(_shipped(language), self.more.get(language, {}))
            if tables and language != _MODEL:
                tables = form.merged(form.emptied(_shipped(_MODEL)), tables)
            self._made[language] = build(tables, language) if tables else None
        return self._made[language]


SHIPPED = Vocabularies()


def extended(files: Iterable[tuple[str, str]]) -> Vocabularies:
    """The shipped vocabularies with what TOML files add; `files`: how each is called, and its text.

    Raises WrongUse naming the file and the table for what is no vocabulary, see `docs/vocabulary.md`.
    """
    more: dict[str, Mapping[str, Any]] = {}
    for name, text in files:
        try:
            data = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # also a number too long, brackets too deep
            raise WrongUse(f"{name} is not TOML: {error}", "mend the line it names") from error
        for language, tables in data.items():
            known = form.merged(_shipped(language), more.get(language, {}))
            form.Check(name, _shipped(_MODEL), known).language(language, tables)
            more[language] = form.merged(more.get(language, {}), form.lowered(tables))
    return Vocabularies(more)


def _shipped(language: str) -> Mapping[str, Any]:
    """The tables that come with the program, none for a language it does not know."""
    file = resources.files(__package__).joinpath(f"{language}.toml")
    if not re.fullmatch(r"[a-z]{2}", language) or not file.is_file():
        return {}
    return tomllib.loads(file.read_text("utf-8"))
