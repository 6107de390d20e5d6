"""Words that an admin adds, from the configuration and the command line to the verdict."""

import json
from pathlib import Path

import pytest

from command import Desk

MORE = '[en.things.data]\nterms = ["zorb*"]\n'
OLD = "# Privacy\n\nWe collect your name when you visit our shop.\n\nThe rest of this page stays as it is.\n"
NEW = OLD.replace("your name", "your name and zorb")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path, "sqlite:///notifier.db")
    (tmp_path / "a.md").write_text(OLD, encoding="utf-8")
    (tmp_path / "b.md").write_text(NEW, encoding="utf-8")
    (tmp_path / "words.toml").write_text(MORE, encoding="utf-8")
    return desk


def configure(desk: Desk, value: str) -> None:
    text = desk.config.read_text(encoding="utf-8")
    desk.config.write_text(f"{text}\n[changes]\nvocabulary = {value}\n", encoding="utf-8")


def rule(desk: Desk, *more: object) -> str:
    shown = json.loads(desk.ok("diff", desk.folder / "a.md", desk.folder / "b.md", "--format", "json", *more))
    return str(shown["changes"][0]["rule"])


def test_words_of_a_file_named_on_the_command_line(desk: Desk) -> None:
    assert rule(desk) == "substance"
    assert rule(desk, "--vocabulary", desk.folder / "words.toml") == "things"


@pytest.mark.parametrize("value", ['"words.toml"', '["words.toml"]'])
def test_words_of_the_configuration_judge_a_diff_and_a_notice(desk: Desk, value: str) -> None:
    configure(desk, value)
    assert rule(desk) == "things"
    desk.ok("init")
    desk.ok("notice", "draft", desk.folder / "a.md", desk.folder / "b.md", "--by", "Dana")
    shown = json.loads(desk.ok("notice", "changes", "1", "--format", "json"))
    assert [change["rule"] for change in shown["changes"]] == ["things"]


def test_the_configuration_of_another_program_is_left_alone(desk: Desk) -> None:
    desk.config.write_text('theme = "paper"\n[params]\ndark = true\n', encoding="utf-8")
    assert rule(desk) == "substance"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "No such file"),
        (b"\xff", "utf-8"),
        (b"en = [", "not TOML"),
        (b"[en.sings]\nnegation = []\n", "en.sings is unknown, did you mean 'signs'"),
    ],
)
def test_a_bad_file_is_said_in_one_line(desk: Desk, text: bytes | None, says: str) -> None:
    if text is not None:
        (desk.folder / "bad.toml").write_bytes(text)
    desk.ok("init")
    configure(desk, '"bad.toml"')
    for command in (["diff"], ["notice", "draft"]):
        line = desk.fails(2, *command, desk.folder / "a.md", desk.folder / "b.md")
        assert str(desk.folder / "bad.toml") in line
        assert says in line
