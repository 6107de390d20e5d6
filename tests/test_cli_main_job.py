"""The main job through the commands, on both databases: from two texts to the opt-out log."""

import csv
import io
import json
import mailbox
import os
import socket
import subprocess
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from command import Desk
from servers import require, server_folder


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Desk:
    desk = Desk(tmp_path, database_url)
    desk.ok("init")
    return desk


def sent(desk: Desk) -> dict[str, EmailMessage]:
    """The mails in the outbox, by recipient."""
    found = {}
    for path in sorted((desk.folder / "outbox" / "new").iterdir()):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        found[str(mail["To"].addresses[0].addr_spec)] = mail
    return found


def reply(desk: Desk, mail: EmailMessage, sender: str, words: str) -> None:
    answer = EmailMessage()
    answer["From"] = sender
    answer["To"] = str(mail["Reply-To"])
    answer["Subject"] = f"Re: {mail['Subject']}"
    answer["In-Reply-To"] = str(mail["Message-ID"])
    answer.set_content(words)
    mailbox.Maildir(desk.folder / "inbox").add(answer.as_bytes())


def send_all(desk: Desk) -> None:
    desk.ok("subscribers", "import", desk.folder / "customers.csv")
    desk.ok("send", desk.folder / "old.md", desk.folder / "new.md", "--policy", "privacy", "--yes")


def test_the_whole_way_step_by_step(desk: Desk) -> None:
    folder = desk.folder
    assert "3 added" in desk.ok("subscribers", "import", folder / "customers.csv")
    assert "privacy@1, dated 2024-03-01 stored" in desk.ok("policy", "add", "privacy", folder / "old.md")
    assert "privacy@2" in desk.ok("policy", "add", "privacy", folder / "new.md")
    assert "is this text already" in desk.ok("policy", "add", "privacy", folder / "new.md")
    drafted = desk.ok("notice", "draft", "--by", "Dana")
    assert "may sell your personal data to our partners" in drafted

    desk.ok("notice", "preview", "1", "-o", folder / "preview")
    parts = {path.name: path.read_text(encoding="utf-8") for path in (folder / "preview").iterdir()}
    assert set(parts) == {"subject.txt", "body.txt", "body.html", "changes.html"}
    assert "9 Garden Row" in parts["body.txt"]
    assert "9 Garden Row" in parts["body.html"]

    assert "approved" in desk.fails(2, "send", "1", "--yes")
    desk.ok("notice", "approve", "1", "--by", "Dana")
    assert "dry run: nothing was sent" in desk.ok("send", "1", "--dry-run")
    assert not (folder / "outbox").exists()
    assert "2 accepted" in desk.ok("send", "1", "--yes", "--limit", "2")
    assert len(sent(desk)) == 2
    assert "3 accepted" in desk.ok("send", "--yes")
    mails = sent(desk)
    assert set(mails) == {"ana@mail.example", "ben@mail.example", "cem@mail.example"}
    assert mails["ana@mail.example"]["To"].addresses[0].display_name == "Ana Alder"

    reply(desk, mails["ana@mail.example"], "ana@mail.example", "Please opt me out of this change.")
    reply(desk, mails["ben@mail.example"], "stranger@other.example", "opt out")
    assert "2 new mails" in desk.ok("receive")
    assert "0 new mails" in desk.ok("receive")
    (entry,) = csv.DictReader(io.StringIO(desk.ok("optouts", "list")), dialect="excel-tab")
    assert (entry["email"], entry["scope"], entry["timing"]) == (
        "ana@mail.example",
        "this change",
        "in window",
    )
    (waiting,) = csv.DictReader(io.StringIO(desk.ok("optouts", "list", "--waiting")), dialect="excel-tab")
    assert waiting["from"] == "stranger@other.example"

    resolved = desk.ok("optouts", "resolve", waiting["mail"], "opt-out-change", "--note", "same person")
    assert "in window" in resolved
    assert len(json.loads(desk.ok("optouts", "export", "--format", "json"))) == 2
    status = desk.ok("status")
    assert "wait" not in status.partition("\n\n")[2]
    (row,) = csv.DictReader(io.StringIO(status.partition("\n\n")[0]), dialect="excel-tab")
    assert (row["enrolled"], row["accepted"], row["opted out"], row["state"]) == ("3", "3", "2", "sent")


def test_in_one_go(desk: Desk) -> None:
    send_all(desk)
    assert len(sent(desk)) == 3


def test_an_answer_of_no_sends_nothing(desk: Desk) -> None:
    desk.ok("subscribers", "import", desk.folder / "customers.csv")
    out = desk.ok("send", desk.folder / "old.md", desk.folder / "new.md", stdin="n\n")
    assert "not sent; go on with notice 1" in out
    assert not (desk.folder / "outbox").exists()


def test_a_test_mail_is_marked_and_not_counted(desk: Desk) -> None:
    desk.ok("notice", "draft", desk.folder / "old.md", desk.folder / "new.md")
    desk.ok("send", "1", "--test-to", "me@hollin.example")
    (mail,) = sent(desk).values()
    assert str(mail["Subject"]).startswith("[TEST] ")
    (row,) = csv.DictReader(io.StringIO(desk.ok("status").partition("\n\n")[0]), dialect="excel-tab")
    assert (row["enrolled"], row["state"]) == ("0", "draft")
    reply(desk, mail, "me@hollin.example", "opt out")
    desk.ok("receive")
    assert not list(csv.DictReader(io.StringIO(desk.ok("optouts", "list")), dialect="excel-tab"))


def test_an_edit_voids_the_approval(desk: Desk) -> None:
    desk.ok("notice", "draft", desk.folder / "old.md", desk.folder / "new.md")
    desk.ok("notice", "approve", "1")
    desk.ok("notice", "edit", "1", "--from", "-", stdin="We change our policy.\n\n- We may sell your data.\n")
    assert "We may sell your data." in desk.ok("notice", "show", "1")
    assert "approve" in desk.fails(2, "send", "1", "--yes")


def test_what_changed_after_the_approval_must_be_approved_again(desk: Desk) -> None:
    """A new postal address in the configuration is another mail than the approved one."""
    desk.ok("notice", "draft", desk.folder / "old.md", desk.folder / "new.md")
    desk.ok("notice", "approve", "1")
    text = desk.config.read_text(encoding="utf-8")
    desk.config.write_text(text.replace("9 Garden Row", "10 Garden Row"), encoding="utf-8")
    assert "approve" in desk.fails(2, "send", "1", "--yes")
    assert not (desk.folder / "outbox").exists()


def test_a_cancelled_notice_is_not_sent(desk: Desk) -> None:
    desk.ok("notice", "draft", desk.folder / "old.md", desk.folder / "new.md")
    desk.ok("notice", "cancel", "1")
    desk.fails(2, "send", "1", "--yes")
    desk.fails(2, "notice", "approve", "1")


def test_a_mail_from_the_pipe_is_taken_and_logged(desk: Desk) -> None:
    send_all(desk)
    mail = sent(desk)["ana@mail.example"]
    raw = f"From: ana@mail.example\nIn-Reply-To: {mail['Message-ID']}\nSubject: Re\n\nPlease opt me out.\n"
    assert desk.ok("receive", "-", stdin=raw) == ""
    (entry,) = csv.DictReader(io.StringIO(desk.ok("optouts", "list")), dialect="excel-tab")
    assert entry["email"] == "ana@mail.example"


def test_the_pipe_asks_the_mail_server_to_keep_a_mail_that_cannot_be_stored(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "sqlite:///notifier.db")
    done = desk("receive", "-", stdin="Subject: opt out\n\n")
    assert done.code == 75
    assert done.err.startswith("notifier: ")


def test_an_opt_out_by_telephone_is_entered_by_hand(desk: Desk) -> None:
    send_all(desk)
    assert "this change, in window" in desk.ok("optouts", "add", "ben@mail.example", "--note", "called us")
    (entry,) = csv.DictReader(io.StringIO(desk.ok("optouts", "export")))
    assert (entry["via"], entry["note"]) == ("admin", "called us")
    assert "called us" in desk.ok("optouts", "show", entry["id"])


def test_run_is_quiet_when_all_is_well(desk: Desk) -> None:
    send_all(desk)
    (desk.folder / "inbox").mkdir()
    for name in ("cur", "new", "tmp"):
        (desk.folder / "inbox" / name).mkdir()
    done = desk("run")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_run_takes_what_came_in(desk: Desk) -> None:
    send_all(desk)
    reply(desk, sent(desk)["ana@mail.example"], "ana@mail.example", "opt out")
    assert "1 new mail: 1 opt-out" in desk.ok("run")


def test_what_was_approved_is_sent_whatever_the_configuration_says_since(desk: Desk) -> None:
    """A sender and a signing key changed in mid-send change neither the mails nor their Message-IDs."""
    with desk.config.open("a", encoding="utf-8") as file:
        file.write('[notice]\ntoken_keys = ["token.key"]\n')
    desk.ok("subscribers", "import", desk.folder / "customers.csv")
    desk.ok("send", desk.folder / "old.md", desk.folder / "new.md", "--yes", "--limit", "1")
    (desk.folder / "new.key").write_text("ab" * 32, encoding="ascii")
    text = desk.config.read_text(encoding="utf-8")
    text = text.replace('from = "privacy@hollin.example"', 'from = "news@other.example"')
    desk.config.write_text(text.replace('["token.key"]', '["new.key", "token.key"]'), encoding="utf-8")
    desk.ok("send", "--yes")
    mails = sent(desk)
    assert len(mails) == 3
    assert {str(mail["From"]) for mail in mails.values()} == {"Hollin Herbs <privacy@hollin.example>"}
    assert {str(mail["Message-ID"]).rpartition("@")[2] for mail in mails.values()} == {"hollin.example>"}
    reply(desk, mails["cem@mail.example"], "cem@mail.example", "opt out")
    desk.ok("receive")
    assert "confirmed" in desk.ok("optouts", "list")


def test_a_lost_key_stops_the_send_and_init_makes_no_other(desk: Desk) -> None:
    desk.ok("subscribers", "import", desk.folder / "customers.csv")
    desk.ok("send", desk.folder / "old.md", desk.folder / "new.md", "--yes", "--limit", "1")
    (desk.folder / "token.key").unlink()
    assert "restore it" in desk.fails(2, "send", "--yes")
    assert "restore it" in desk.fails(2, "init")


def test_a_dry_run_and_the_real_one_after_it(desk: Desk) -> None:
    desk.ok("subscribers", "import", desk.folder / "customers.csv")
    texts = (desk.folder / "old.md", desk.folder / "new.md")
    for _ in range(2):
        assert "dry run: nothing was sent" in desk.ok("send", *texts, "--dry-run")
    assert "3 accepted" in desk.ok("send", *texts, "--yes")
    assert "announced before" in desk.fails(2, "send", *texts, "--yes")


def test_a_refused_draft_leaves_no_version_behind(desk: Desk) -> None:
    german = "Wir speichern Ihren Namen und Ihre Adresse, und wir dürfen sie an unsere Partner verkaufen.\n"
    (desk.folder / "neu.md").write_text(german, encoding="utf-8")
    assert "alarm" in desk.fails(2, "notice", "draft", desk.folder / "old.md", desk.folder / "neu.md")
    assert "privacy@" not in desk.ok("policy", "list")


def test_the_next_notice_starts_from_what_was_announced(desk: Desk) -> None:
    """A version that nobody was told of is not skipped."""
    send_all(desk)
    for number in (3, 4):
        text = (desk.folder / "new.md").read_text(encoding="utf-8").replace("ten years", f"{number} years")
        (desk.folder / "next.md").write_text(text, encoding="utf-8")
        desk.ok("policy", "add", "privacy", desk.folder / "next.md")
    assert "privacy@2 -> privacy@4" in desk.ok("notice", "draft")


def test_the_ledger_says_who_and_what(desk: Desk) -> None:
    send_all(desk)
    rows = list(csv.DictReader(io.StringIO(desk.ok("notice", "deliveries", "1")), dialect="excel-tab"))
    assert [(row["email"], row["state"]) for row in rows] == [
        ("ana@mail.example", "accepted"),
        ("ben@mail.example", "accepted"),
        ("cem@mail.example", "accepted"),
    ]
    desk.ok("notice", "deliveries", "1", "--state", "refused", "-o", desk.folder / "refused.csv")
    assert (desk.folder / "refused.csv").read_text(encoding="utf-8").count("\n") == 1


def test_a_notice_over_smtp_to_postfix_s_own_sink(tmp_path: Path) -> None:
    sink = require("smtp-sink", "postfix")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    mail = f'transport = "smtp"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
    desk = Desk(tmp_path, "sqlite:///notifier.db", mail)
    desk.ok("init")
    with server_folder("nobody") as folder:
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = [str(sink), *user, "-d", f"{folder}/mail.", f"127.0.0.1:{port}", "100"]
        with subprocess.Popen(command) as running:
            try:
                wait_for(port)
                send_all(desk)
            finally:
                running.terminate()
        texts = [path.read_text(encoding="ascii") for path in folder.iterdir()]
    assert len(texts) == 3
    assert all("Auto-Submitted: auto-generated" in text for text in texts)
    assert "3" in desk.ok("status")


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("smtp-sink did not start")


def test_only_what_was_previewed_is_approved(desk: Desk) -> None:
    desk.ok("notice", "draft", desk.folder / "old.md", desk.folder / "new.md")
    seen = desk.ok("notice", "preview", "1", "-o", desk.folder / "preview").split()[-1]
    desk.ok("notice", "edit", "1", "--from", "-", stdin="We change our policy.\n\n- We may sell your data.\n")
    assert "preview it again" in desk.fails(2, "notice", "approve", "1", "--hash", seen)
    again = desk.ok("notice", "preview", "1", "-o", desk.folder / "preview").split()[-1]
    assert again != seen
    assert "is approved" in desk.ok("notice", "approve", "1", "--hash", again)
