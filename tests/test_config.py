"""The configuration: what is read, and the one line that says what is wrong."""

import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from notifier import config
from notifier.errors import WrongUse

MINIMAL = """
[company]
name = "Example Ltd"
postal_address = "1 Example Street"
contact = "privacy@example.com"
[mail]
from = "privacy@example.com"
"""
EXAMPLE = Path(__file__).parents[1] / "config.example.toml"


def load(folder: Path, text: str) -> config.Settings:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return config.load(path)


def refused(folder: Path, text: str) -> str:
    with pytest.raises(WrongUse) as caught:
        load(folder, text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_defaults_are_those_of_the_example(tmp_path: Path) -> None:
    settings = load(tmp_path, MINIMAL)
    assert settings.notice.window_days == 7
    assert settings.mail.transport == "outbox"
    assert config.period(settings.notice.retry_for) == timedelta(days=4)


def test_the_example_is_a_working_configuration(tmp_path: Path) -> None:
    settings = load(tmp_path, EXAMPLE.read_text(encoding="utf-8"))
    assert settings.company.name == "Example Ltd"
    assert "privacy" in settings.policies


def test_every_key_stands_in_the_example_with_its_default() -> None:
    """Each key is there, commented or not, and a commented one shows the default that holds without it."""
    text = EXAMPLE.read_text(encoding="utf-8")
    for name, field in config.Settings.model_fields.items():
        section = name if name != "policies" else "policies.privacy"
        model = config.PolicySection if name == "policies" else field.annotation
        assert model is not None
        part = re.search(rf"^\[{re.escape(section)}\]\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
        assert part, f"no section [{section}]"
        for key, value in model.model_fields.items():
            line = re.search(rf"^(?:# )?{value.alias or key} = (.*)$", part[1], re.MULTILINE)
            assert line, f"[{section}] {key} is not in the example"
            if section in {"database", "notice"} and value.default is not None and key != "templates":
                shown = tomllib.loads(f"x = {line[1]}")["x"]
                default = (
                    [str(part) for part in value.default]
                    if isinstance(value.default, tuple)
                    else value.default
                )
                assert shown == default, key


def test_a_misspelt_key_is_named_with_the_right_one(tmp_path: Path) -> None:
    line = refused(tmp_path, MINIMAL + 'repl_to = "x@example.com"\n')
    assert "unknown key 'mail.repl_to', did you mean 'reply_to'?" in line


def test_a_misspelt_section_is_named(tmp_path: Path) -> None:
    assert "unknown key 'notices', did you mean 'notice'?" in refused(
        tmp_path, MINIMAL + "[notices]\nx = 1\n"
    )


def test_a_misspelt_policy_key_is_named(tmp_path: Path) -> None:
    line = refused(tmp_path, MINIMAL + '[policies.privacy]\ntitel = "x"\n')
    assert "unknown key 'policies.privacy.titel', did you mean 'title'?" in line


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ('port = "high"', "mail.port"),
        ("port = 70000", "mail.port"),
        ('security = "ssl"', "mail.security"),
        ('bounce_to = "not an address"', "mail.bounce_to"),
        ("rate = -1", "mail.rate"),
    ],
)
def test_a_wrong_value_is_named_by_its_key(tmp_path: Path, wrong: str, key: str) -> None:
    assert key in refused(tmp_path, f"{MINIMAL}{wrong}\n")


def test_a_line_break_in_the_company_name_never_reaches_a_header(tmp_path: Path) -> None:
    assert "company.name" in refused(tmp_path, MINIMAL.replace("Example Ltd", r"A\nBcc: x@example.com"))


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    assert "mail.from is missing" in refused(tmp_path, MINIMAL.replace("from =", "# from ="))


def test_bad_toml_names_the_line(tmp_path: Path) -> None:
    assert "line 2" in refused(tmp_path, "\n[company\n")


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="notifier init"):
        config.load(tmp_path / "none.toml")


def test_paths_count_from_the_file(tmp_path: Path) -> None:
    settings = load(tmp_path, MINIMAL + 'outbox = "out"\n[mailbox]\npath = "/var/mail/x"\n')
    assert settings.mail.outbox == tmp_path / "out"
    assert settings.mailbox.path == Path("/var/mail/x")
    assert settings.database.url == f"sqlite:///{tmp_path / 'notifier.db'}"
    assert settings.notice.token_keys == (tmp_path / "token.key",)


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_MAIL__HOST", "relay.example.com")
    settings = load(tmp_path, MINIMAL + 'host = "other"\n')
    assert settings.mail.host == "relay.example.com"
    assert settings.mail.from_ == "privacy@example.com"


def test_an_idn_address_is_kept_as_the_network_knows_it(tmp_path: Path) -> None:
    settings = load(
        tmp_path, MINIMAL.replace('from = "privacy@example.com"', 'from = "privacy@bücher.example"')
    )
    assert settings.mail.from_ == "privacy@xn--bcher-kva.example"


def test_a_key_file_must_hold_a_key(tmp_path: Path) -> None:
    short, wrong = tmp_path / "short", tmp_path / "wrong"
    short.write_text("abcd\n")
    wrong.write_text("not hex\n")
    for path, words in ((short, "too short"), (wrong, "holds no key"), (tmp_path / "none", "is missing")):
        with pytest.raises(WrongUse, match=words):
            config.token_keys((path,))


def test_a_password_is_one_line_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("s3 cret \n")
    assert config.secret(path, "mail.password_file") == "s3 cret "
    with pytest.raises(WrongUse, match=r"mail\.password_file"):
        config.secret(tmp_path / "none", "mail.password_file")
