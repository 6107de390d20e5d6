"""The headings of a summary: data beside the templates, so that a locale can translate them."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from notifier.changes.model import Category
from notifier.errors import WrongUse

FILE = "headings.toml"
_DRAFTED = "policy-change"  # the kind of mail whose summary is drafted


def package_templates() -> Path:
    """Find the templates that come with the program: in the package where installed, else in the checkout."""
    package = Path(__file__).resolve().parents[1]
    installed, checkout = package / "templates", package.parents[1] / "templates"
    return (installed if installed.is_dir() else checkout) / "email"


@cache
def english() -> Mapping[Category, str]:
    """Give the headings a draft is written with."""
    return _read(package_templates() / _DRAFTED / FILE)


def translated(folders: Iterable[Path]) -> dict[str, str]:
    """Map the drafted headings to those of a locale: the first folder that has one decides.

    A heading that a person wrote is in none of them and stays. Raises WrongUse on a file that is no TOML, or
    that names an unknown topic.
    """
    found: dict[Category, str] = {}
    for folder in folders:
        if (folder / FILE).is_file():
            found = dict(_read(folder / FILE)) | found
    return {heading: found[topic] for topic, heading in english().items() if topic in found}


def _read(file: Path) -> Mapping[Category, str]:
    try:
        read = tomllib.loads(file.read_text(encoding="utf-8"))
        return {Category(topic): " ".join(str(heading).split()) for topic, heading in read.items()}
    except OSError as error:
        raise WrongUse(f"{file} cannot be read: {error.strerror}", "check its permissions") from error
    except ValueError as error:  # tomllib's, UnicodeDecodeError and an unknown Category
        raise WrongUse(f"{file} is broken: {error}", f"write lines as in {package_templates()}") from error
