"""`notifier diff` as a person runs it."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from notifier.cli.diff import command
from notifier.errors import Problem, WrongUse
from notifier.source import Source

OLD = "# Privacy\n\nWe never sell your data. We like to bake bread for you.\n\nLast updated 1 May 2020.\n"
NEW = "# Privacy\n\nWe may sell your data. We like to bake bread for you!\n\nLast updated 2 June 2021.\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "old.md").write_text(OLD)
    (tmp_path / "new.md").write_text(NEW)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, stdin: str | None = None, obj: object = None) -> Result:
    return CliRunner().invoke(command, arguments, input=stdin, obj=obj, catch_exceptions=False)


def problem(*arguments: str) -> Problem:
    with pytest.raises(Problem) as caught:
        run(*arguments)
    return caught.value


def test_the_terminal_shows_summary_redline_and_verdict(folder: Path) -> None:
    result = run("old.md", "new.md", "--format", "terminal")
    assert result.exit_code == 0
    assert "old.md, dated 2020-05-01" in result.output
    assert "1 material, 2 cosmetic" in result.output
    assert "We [-never-] {+may+} sell your data." in result.output
    assert result.output.rstrip().splitlines()[-1] == "material: sale wider (1); 2 cosmetic"
    assert "\x1b" not in result.output


def test_a_lowest_level_counts_what_it_hides(folder: Path) -> None:
    output = run("old.md", "new.md", "--level", "material", "--format", "terminal").output
    assert "bake bread" not in output
    assert "2 more of a lower level" in output


@pytest.mark.parametrize(
    ("form", "begins"),
    [("text", "Material: "), ("markdown", "## Material: "), ("html", "<!doctype html>"), ("json", "{")],
)
def test_formats(folder: Path, form: str, begins: str) -> None:
    output = run("old.md", "new.md", "--format", form).output
    assert output.startswith(begins)
    assert "sell your data" in output


@pytest.mark.parametrize("form", ["terminal", "text", "markdown", "html"])
def test_every_format_for_people_ends_with_the_verdict_in_one_line(folder: Path, form: str) -> None:
    output = run("old.md", "new.md", "--format", form).output
    shown = re.sub(r"</?\w[^>]*>", "", output).replace("\\", "").rstrip().splitlines()
    assert shown[-1].strip("*") == "material: sale wider (1); 2 cosmetic"


@pytest.mark.parametrize("form", ["terminal", "json"])
def test_output_goes_to_a_file(folder: Path, form: str) -> None:
    assert run("old.md", "new.md", "--format", form, "-o", "out").output == ""
    assert "sell your data" in (folder / "out").read_text()


def test_an_output_that_cannot_be_written(folder: Path) -> None:
    assert "cannot be written" in str(problem("old.md", "new.md", "--format", "json", "-o", "no/such/out"))


def test_exit_code_tells_material_changes(folder: Path) -> None:
    assert run("old.md", "new.md", "--exit-code").exit_code == 1
    assert run("old.md", "old.md", "--exit-code").exit_code == 0


def test_the_format_follows_the_file_s_ending(folder: Path) -> None:
    run("old.md", "new.md", "-o", "changes.html")
    assert (folder / "changes.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_same_text_twice(folder: Path) -> None:
    assert (
        run("old.md", "old.md", "--format", "terminal")
        .output.rstrip()
        .endswith("none: both texts say the same words")
    )
    assert json.loads(run("old.md", "old.md", "--format", "json").output)["verdict"] == "none"


def test_standard_input(folder: Path) -> None:
    assert "material" in run("-", "new.md", stdin=OLD).output
    assert "standard input" in str(problem("-", "-"))


class Stored:
    """A program with one stored version."""

    vocabulary_files = ()

    def version(self, spec: str) -> Source | None:
        return Source(OLD.encode(), spec, "text/markdown") if spec == "privacy@1" else None


def test_a_stored_version(folder: Path) -> None:
    assert "privacy@1" in run("privacy@1", "new.md", obj=Stored()).output


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"", "empty"), (bytes(range(256)), "not text"), (b"%PDF-1.4", "PDF"), (None, "does not exist")],
)
def test_bad_input_names_the_file(folder: Path, data: bytes | None, says: str) -> None:
    if data is not None:
        (folder / "bad.md").write_bytes(data)
    found = problem("old.md", "bad.md")
    assert isinstance(found, WrongUse)
    assert "bad.md" in found.what
    assert says in found.what
    assert found.remedy


def test_a_text_in_another_language_raises_an_alarm(folder: Path) -> None:
    (folder / "de.md").write_text(
        "Wir erheben die Daten, die Sie uns geben, und verkaufen sie nicht an Dritte."
    )
    result = run("old.md", "de.md", "--format", "terminal", "--exit-code")
    assert result.exit_code == 1  # a person has to look
    output = result.output
    assert "ALARM language-changed" in output
    assert output.rstrip().splitlines()[-1] == (
        "unjudged: 5 changes for a person to judge; alarm: language-changed"
    )


def test_latin_1_is_read(folder: Path) -> None:
    (folder / "latin.md").write_bytes("We keep your résumé.".encode("latin-1"))
    assert "résumé" in run("old.md", "latin.md").output
