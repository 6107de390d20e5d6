"""`notifier diff OLD NEW`: what changed between two texts, and how much it matters."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from notifier.cli import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from notifier.changes.model import Comparison, Level
    from notifier.source import Source

# Everything else is imported in the functions, so that `notifier --help` does not wait for parsers.

_LOOK = 1  # exit code with --exit-code


class Versions(Protocol):
    """What the command needs of the program around it: the stored version that `privacy@3` names."""

    def version(self, spec: str) -> Source | None:
        """The stored version, None when the spec does not name one."""

    @property
    def vocabulary_files(self) -> tuple[Path, ...]:
        """What the configuration adds to the vocabulary."""


@click.command("diff")
@click.argument("old")
@click.argument("new")
@options.form
@options.output
@click.option(
    "--exit-code", is_flag=True, help="Exit with 1 when a person has to look: material, unjudged, an alarm."
)
@options.lowest
@click.option(
    "--vocabulary",
    "more",
    type=click.Path(dir_okay=False, path_type=Path),
    multiple=True,
    help="Judge with the words of this file, too (TOML; docs/vocabulary.md).",
)
@click.pass_context
def command(  # noqa: PLR0917 - click passes them by name
    ctx: click.Context,
    old: str,
    new: str,
    form: str | None,
    output: Path | None,
    lowest: Level,
    more: tuple[Path, ...],
    *,
    exit_code: bool,
) -> None:
    """Compare two versions of a policy and say which changes matter.

    OLD and NEW are each a file, an http(s) URL, git:REV:PATH, NAME@N for a stored version, or - for standard
    input. FILE.docx#rejected is a Word file before its tracked changes.
    """
    from notifier.changes.model import Level
    from notifier.errors import WrongUse

    if old == new == "-":
        raise WrongUse("OLD and NEW are both standard input", "name a file for one of them")
    comparison = _compare(ctx.obj, old, new, more)
    show(comparison, form, lowest, output)
    if exit_code and (comparison.verdict in {Level.MATERIAL, Level.UNJUDGED} or comparison.alarms):
        ctx.exit(_LOOK)


def show(comparison: Comparison, form: str | None, lowest: Level, output: Path | None) -> None:
    """Print a comparison or write it to a file, in the format that is asked for or usual there."""
    form = form or _usual_format(output)
    if form == "terminal":
        _terminal(comparison, lowest, output)
    else:
        _write(_rendered(comparison, form, lowest), output)


def _usual_format(output: Path | None) -> str:
    if output is None:
        return "terminal" if sys.stdout.isatty() else "text"
    return {".html": "html", ".htm": "html", ".md": "markdown", ".json": "json"}.get(
        output.suffix.lower(), "text"
    )


def _compare(versions: Versions | None, old: str, new: str, more: tuple[Path, ...]) -> Comparison:
    from notifier import source
    from notifier.changes.compare import compare, side
    from notifier.policy.read import Original, read_versions

    texts = [(versions.version(spec) if versions else None) or source.fetch(spec) for spec in (old, new)]
    documents = read_versions(*(Original(text.data, text.label, text.media_type) for text in texts))
    sides = [side(document, text.label, text.data) for document, text in zip(documents, texts, strict=True)]
    configured = versions.vocabulary_files if versions else ()
    known = source.vocabularies((*configured, *more))
    return compare(documents[0], documents[1], sides[0], sides[1], known)


def _rendered(comparison: Comparison, form: str, lowest: Level) -> str:
    from notifier.changes.render import html, json, markdown, text

    if form == "json":
        return json.dump(comparison) + "\n"  # whole, whatever is shown: programs choose for themselves
    page: dict[str, Callable[[Comparison, Level], str]] = {
        "text": text.dump,
        "markdown": markdown.dump,
        "html": html.page,
    }
    return page[form](comparison, lowest)


def _terminal(comparison: Comparison, lowest: Level, output: Path | None) -> None:
    from rich.console import Console

    from notifier.cli import redline

    if output is None:
        redline.show(comparison, Console(highlight=False), lowest)
        return
    from io import StringIO

    buffer = StringIO()
    redline.show(comparison, Console(file=buffer, highlight=False, width=100), lowest)
    _write(buffer.getvalue(), output)


def _write(text: str, output: Path | None) -> None:
    from notifier.errors import WrongUse

    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WrongUse(f"{output} cannot be written", error.strerror or str(error)) from error
