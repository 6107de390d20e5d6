"""Bad input: one clear line that names the thing and the remedy, the right exit code, nothing half done."""

import socket
import sqlite3
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from command import Desk

SMTP = 'transport = "smtp"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path, "sqlite:///notifier.db")
    desk.ok("init")
    return desk


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that takes a connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        yield port


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def outbox(desk: Desk) -> list[Path]:
    return list((desk.folder / "outbox" / "new").iterdir()) if (desk.folder / "outbox").exists() else []


def test_a_missing_file(desk: Desk) -> None:
    assert "none.md" in desk.fails(2, "diff", desk.folder / "none.md", desk.folder / "new.md")
    assert "none.csv" in desk.fails(2, "subscribers", "import", desk.folder / "none.csv")
    assert "none.md" in desk.fails(2, "policy", "add", "privacy", desk.folder / "none.md")


def test_a_folder_is_no_policy(desk: Desk) -> None:
    assert str(desk.folder) in desk.fails(2, "diff", desk.folder, desk.folder / "new.md")


@pytest.mark.parametrize("content", [b"", b" \n\t\n", b"\x00\x01\x02\xff\xfe\x00binary\x00" * 40])
def test_an_empty_or_binary_policy(desk: Desk, content: bytes) -> None:
    bad = desk.folder / "bad.md"
    bad.write_bytes(content)
    assert "bad.md" in desk.fails(2, "diff", desk.folder / "old.md", bad)
    assert "bad.md" in desk.fails(2, "policy", "add", "privacy", bad)
    assert "privacy@1" not in desk.ok("policy", "list")


def test_a_policy_in_another_language_is_not_called_cosmetic_and_not_drafted(desk: Desk) -> None:
    german = desk.folder / "neu.md"
    german.write_text(
        "# Datenschutz\n\nWir speichern Ihren Namen und Ihre Adresse für zehn Jahre.\n\n"
        "Wir dürfen Ihre Daten an unsere Partner verkaufen, wenn Sie nicht widersprechen.\n",
        encoding="utf-8",
    )
    assert "unjudged" in desk.ok("diff", desk.folder / "old.md", german)
    line = desk.fails(2, "notice", "draft", desk.folder / "old.md", german)
    assert "alarm" in line
    assert "notice" in desk.ok("notice", "list")
    assert "draft" not in desk.ok("notice", "list").partition("\n")[2]


def test_a_misspelt_key_and_a_wrong_type(desk: Desk) -> None:
    good = desk.config.read_text(encoding="utf-8")
    desk.config.write_text(good.replace("[mailbox]", "[mailbx]"), encoding="utf-8")
    assert "'mailbx', did you mean 'mailbox'?" in desk.fails(2, "status")
    desk.config.write_text(good + '\n[notice]\nwindow_days = "seven"\n', encoding="utf-8")
    assert "notice.window_days" in desk.fails(2, "status")


def test_no_configuration(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "sqlite:///notifier.db")
    desk.config.unlink()
    assert "notifier init" in desk.fails(2, "status")


def test_no_database(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "sqlite:///notifier.db")
    assert "notifier init" in desk.fails(2, "status")
    assert not (tmp_path / "notifier.db").exists()


def test_a_database_server_that_is_not_there(tmp_path: Path) -> None:
    desk = Desk(tmp_path, f"postgresql://someone:secret@127.0.0.1:{closed_port()}/notifier")
    line = desk.fails(3, "status")
    assert "secret" not in line


def test_an_old_database(desk: Desk) -> None:
    with sqlite3.connect(desk.folder / "notifier.db") as connection:
        connection.execute("UPDATE notifier_schema SET version_num = '0000'")
    connection.close()
    line = desk.fails(2, "status")
    assert "notifier.db has an older schema" in line
    assert "notifier init" in line


def test_a_file_that_is_no_database(desk: Desk) -> None:
    (desk.folder / "notifier.db").write_bytes(b"not a database at all, but long enough to look like one" * 50)
    assert "notifier.db" in desk.fails(2, "status")


@pytest.mark.parametrize("port", ["closed", "silent"])
def test_a_mail_server_that_refuses_or_hangs(tmp_path: Path, port: str, silent_port: int) -> None:
    number = closed_port() if port == "closed" else silent_port
    desk = Desk(tmp_path, "sqlite:///notifier.db", SMTP.format(port=number) + "connect_timeout = 2\n")
    desk.ok("init")
    desk.ok("subscribers", "import", tmp_path / "customers.csv")
    line = desk.fails(3, "send", tmp_path / "old.md", tmp_path / "new.md", "--yes")
    assert f"127.0.0.1:{number}" in line
    # Nothing is lost: all three are still to be mailed, and the next try reaches them.
    desk.config.write_text(
        desk.config.read_text(encoding="utf-8").replace('transport = "smtp"', ""), encoding="utf-8"
    )
    assert "3 accepted" in desk.ok("send", "--yes")


def test_a_csv_in_latin_1_imports_nothing(desk: Desk) -> None:
    path = desk.folder / "latin.csv"
    path.write_bytes("email,name\nana@mail.example,Ana\njose@mail.example,José\n".encode("latin-1"))
    line = desk.fails(2, "subscribers", "import", path)
    assert "line 3" in line
    assert "UTF-8" in line
    assert "ana@" not in desk.ok("subscribers", "list")


def test_bad_rows_are_named_and_the_rest_is_imported(desk: Desk) -> None:
    path = desk.folder / "some.csv"
    path.write_text(
        'email;name\nana@mail.example;Ana\nnot-an-address;Bo\neve@mail.example;"Eve\nBcc: x@y.example"\n'
        "zoë@bücher.example;Zoë\nkim@bücher.example;Kim\n",
        encoding="utf-8-sig",
    )
    done = desk("subscribers", "import", path)
    assert done.code == 3
    assert f"{path}:3: " in done.err
    assert f"{path}:4: " in done.err
    assert "kim@xn--bcher-kva.example" in desk.ok("subscribers", "list")
    again = desk("subscribers", "import", path)
    assert "0 added, 0 updated" in again.out


def test_a_hostile_name_in_the_companys_own_table_adds_no_header(desk: Desk) -> None:
    with sqlite3.connect(desk.folder / "shop.db") as shop:
        shop.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, mail TEXT, full_name TEXT)")
        shop.executemany(
            "INSERT INTO customers (mail, full_name) VALUES (?, ?)",
            [
                ("ana@mail.example", "Ana\r\nBcc: victim@mail.example\r\n\r\n<b>hi</b>"),
                ("not an address", "Bo"),
                ("kim@bücher.example", "Kim"),
            ],
        )
    shop.close()
    with desk.config.open("a", encoding="utf-8") as file:
        file.write(
            '\n[audience]\nurl = "sqlite:///shop.db"\ntable = "customers"\n'
            'email = "mail"\nname = "full_name"\n'
        )
    out = desk.ok("send", desk.folder / "old.md", desk.folder / "new.md", "--yes")
    assert "2 accepted" in out
    assert "1 skipped" in out
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in outbox(desk)]
    assert all(mail["Bcc"] is None for mail in mails)
    assert {str(mail["To"].addresses[0].domain) for mail in mails} == {
        "mail.example",
        "xn--bcher-kva.example",
    }
    html = mails[0].get_body(("html",))
    assert html is not None
    assert "<b>hi</b>" not in html.get_content()


def test_a_wrong_notice_number(desk: Desk) -> None:
    for words in (("notice", "show", "9"), ("send", "9", "--yes"), ("notice", "approve", "9")):
        assert "there is no notice 9" in desk.fails(2, *words)
    assert "no notice" in desk.fails(2, "send", "privacy", "--yes")


def test_no_token_key(desk: Desk) -> None:
    desk.ok("subscribers", "import", desk.folder / "customers.csv")
    (desk.folder / "token.key").unlink()
    assert "token.key" in desk.fails(2, "send", desk.folder / "old.md", desk.folder / "new.md", "--yes")
    assert not outbox(desk)


def test_nobody_to_tell(desk: Desk) -> None:
    line = desk.fails(2, "send", desk.folder / "old.md", desk.folder / "new.md", "--yes")
    assert "nobody to tell" in line


def test_a_path_that_cannot_be_written(desk: Desk) -> None:
    desk.ok("notice", "draft", desk.folder / "old.md", desk.folder / "new.md")
    gone = desk.folder / "none" / "x.csv"
    assert str(gone) in desk.fails(2, "optouts", "export", "-o", gone)
    blocked = desk.folder / "old.md" / "preview"
    assert str(blocked) in desk.fails(2, "notice", "preview", "1", "-o", blocked)


def test_a_number_that_no_database_holds(desk: Desk) -> None:
    huge = "9" * 20
    assert "there is no notice" in desk.fails(2, "send", huge, "--yes")
    assert desk("notice", "show", huge).code == 2
    assert "does not exist" in desk.fails(2, "diff", f"privacy@{huge}", desk.folder / "new.md")


def test_a_wrong_environment(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_COMPANY", "xyz")
    assert "environment" in desk.fails(2, "status")
    monkeypatch.delenv("NOTIFIER_COMPANY")
    monkeypatch.setenv("NOTIFIER_MAIL__PORT", "abc")
    line = desk.fails(2, "status")
    assert "environment" in line
    assert "mail.port" in line


def test_a_misspelt_placeholder_in_the_reply_address(desk: Desk) -> None:
    text = desk.config.read_text(encoding="utf-8")
    desk.config.write_text(
        text.replace("[mail]\n", '[mail]\nreply_to = "p+{tokn}@x.example"\n'), encoding="utf-8"
    )
    assert "mail.reply_to" in desk.fails(2, "status")


def test_an_answer_that_never_comes(desk: Desk) -> None:
    desk.ok("subscribers", "import", desk.folder / "customers.csv")
    line = desk.fails(2, "send", desk.folder / "old.md", desk.folder / "new.md", stdin="")
    assert "--yes" in line


def test_the_pipe_keeps_the_mail_whatever_is_wrong(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (desk.folder / "notifier.db").unlink()
    (desk.folder / "notifier.db").mkdir()
    for variable in ("", "NOTIFIER_NOTICE__TOKEN_KEYS"):
        if variable:
            monkeypatch.setenv(variable, "not json")
        done = desk("receive", "-", stdin="Subject: opt out\n\n")
        assert done.code == 75
        assert done.err.count("\n") == 1


@pytest.mark.parametrize("text", ["x" * 3000, "two\nlines", "\udcff", "\x1b[31m"])
def test_a_name_or_a_note_that_no_record_holds(desk: Desk, text: str) -> None:
    for option in ("--by", "--note"):
        line = desk.fails(
            2, "optouts", "add", "a@mail.example", "--scope", "all", "--note", "x", option, text
        )
        assert option in line
    assert "a@mail" not in desk.ok("optouts", "list")
