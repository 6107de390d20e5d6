"""The form of a vocabulary file: a table for each language, with the tables that the English one has."""

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from notifier.changes.model import Category
from notifier.errors import WrongUse

Tables = Mapping[str, Any]

_THING = {"category": "", "weight": 1.0, "terms": []}
_PRACTICE: Tables = {"deeds": [], "words": []}
_REMEDY = "docs/vocabulary.md shows every table with an example"


def merged(tables: Tables, more: Tables) -> Tables:
    """`tables` with `more` added: lists grow at their end, of single values the later counts."""
    both = dict(tables)
    for key, value in more.items():
        if isinstance(value, Mapping):
            both[key] = merged(both.get(key, {}), value)
        else:
            both[key] = [*both.get(key, ()), *value] if isinstance(value, list) else value
    return both


def emptied(model: Tables) -> Tables:
    """Every table of a vocabulary with nothing in it, for a language that has only some."""
    bare: dict[str, Any] = {}
    for key, value in model.items():
        if isinstance(value, Mapping):
            bare[key] = {} if key in _NAMED_FREELY else emptied(value)
        else:
            bare[key] = type(value)()
    return bare


# Tables whose keys are not the same in every language.
_NAMED_FREELY = frozenset({"things", "practices", "numbers", "units"})


def lowered(tables: Tables) -> dict[str, Any]:
    """The same in lower case, in which words are looked up; names of tables stay."""
    low: dict[str, Any] = {}
    for key, value in tables.items():
        if isinstance(value, Mapping):
            low[key] = lowered(value)
        elif isinstance(value, list):
            low[key.lower()] = [line.lower() for line in value]
        else:
            low[key.lower()] = value.lower() if isinstance(value, str) else value
    return low


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a file says only what a vocabulary can: `model` has every table, `known` is what it adds to."""

    file: str
    model: Tables
    known: Tables

    def language(self, code: str, tables: object) -> None:
        """Check what the file says of one language. Raises WrongUse."""
        if not (len(code) == 2 and code.isascii() and code.islower()):  # noqa: PLR2004 - ISO 639-1
            self._wrong(f"[{code}] is no language", 'begin each table with its code, as in "[en.signs]"')
        for name, table in self._table(tables, code).items():
            path = f"{code}.{name}"
            match name:
                case "things":
                    for group, thing in self._table(table, path).items():
                        self._thing(thing, group, f"{path}.{group}")
                case "practices":
                    for category, practice in self._table(table, path).items():
                        self._category(category, f"{path}.{category}")
                        self._like(practice, _PRACTICE, f"{path}.{category}")
                case "numbers" | "units":
                    for word, value in self._table(table, path).items():
                        if not _says_something(word):
                            self._wrong(f"{path} has a word without letters", _REMEDY)
                        self._value(value, 0 if name == "numbers" else [], f"{path}.{word}")
                case _:
                    self._name(name, self.model, path)
                    self._like(table, self.model[name], path)

    def _thing(self, thing: object, group: str, path: str) -> None:
        self._like(thing, _THING, path)
        thing = self._table(thing, path)
        before = self.known.get("things", {}).get(group, {})
        if not ("category" in thing or before):
            self._wrong(f"[{path}] has no category", f"name one: {', '.join(Category)}")
        if "category" in thing:
            self._category(thing["category"], f"{path}.category")
        for key in before.keys() & thing.keys() - {"terms"}:
            if before[key] != thing[key]:
                self._wrong(f"[{path}] has {key} {before[key]!r}", "give your terms a table of another name")

    def _like(self, tables: object, model: Tables, path: str) -> None:
        """Check names and types against those of `model`."""
        for key, value in self._table(tables, path).items():
            self._name(key, model, f"{path}.{key}")
            if isinstance(model[key], Mapping):
                self._like(value, model[key], f"{path}.{key}")
            else:
                self._value(value, model[key], f"{path}.{key}")

    def _table(self, value: object, path: str) -> Tables:
        if not isinstance(value, Mapping):
            self._wrong(f"{path} is no table", _REMEDY)
        return value

    def _name(self, name: str, names: Iterable[str], path: str) -> None:
        if name not in names:
            near = difflib.get_close_matches(name, list(names), n=1)
            hint = f", did you mean {near[0]!r}?" if near else ""
            self._wrong(f"{path} is unknown{hint}", _REMEDY)

    def _category(self, name: object, path: str) -> None:
        if name not in set(Category):
            self._wrong(f"{path} is no category: {name!r}", f"use one of {', '.join(Category)}")

    def _value(self, value: object, model: object, path: str) -> None:
        if isinstance(model, list):
            if not (isinstance(value, list) and all(_says_something(line) for line in value)):
                self._wrong(f"{path} is no list of words", 'write it as in ["one | another", "third"]')
        elif isinstance(model, str):
            if not isinstance(value, str):
                self._wrong(f"{path} is no text", "put it in quotes")
        elif isinstance(value, bool) or not isinstance(value, int if isinstance(model, int) else int | float):
            self._wrong(f"{path} is no number", "write it without quotes, as in 30")
        elif not 0 <= value < math.inf:  # nor nan, which is not even 0
            self._wrong(f"{path} is no weight or number", "write one from 0 up, as in 30")

    def _wrong(self, what: str, remedy: str) -> NoReturn:
        raise WrongUse(f"{self.file}: {what}", remedy)


def _says_something(line: object) -> bool:
    """Whether a line is a text whose forms all hold a letter or digit."""
    return isinstance(line, str) and all(any(map(str.isalnum, form)) for form in line.split("|"))
