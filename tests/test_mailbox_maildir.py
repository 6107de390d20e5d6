import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifier.errors import TryAgain
from notifier.mailbox import Fetched, maildir
from notifier.mailbox.maildir import MaildirMailbox

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
RECEIVED = b"Received: from a by b; Mon, 2 Mar 2026 09:00:00 +0000\r\n"


@pytest.fixture
def box(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


def fetch(box: Path, known: Sequence[str] = ()) -> list[Fetched]:
    mailbox = MaildirMailbox(box)
    batches = mailbox.fetch(None, lambda _validity, uids: set(uids) & set(known), lambda: NOW)
    return [mail for batch in batches for mail in batch.mails]


def test_mails_are_read_from_new_and_cur_and_stay_as_they_are(box: Path) -> None:
    (box / "new" / "1.a.host").write_bytes(b"Subject: one\n\n")
    (box / "cur" / "2.b.host:2,S").write_bytes(b"Subject: two\n\n")
    (box / "tmp" / "3.c.host").write_bytes(b"Subject: not there yet\n\n")
    before = sorted((str(file), file.stat().st_mtime_ns) for file in box.rglob("*"))
    mails = fetch(box)
    assert [(mail.uid.partition(";")[0], mail.raw) for mail in mails] == [
        ("1.a.host", b"Subject: one\n\n"),
        ("2.b.host", b"Subject: two\n\n"),
    ]
    assert {mail.account for mail in mails} == {f"maildir:{box}"}
    assert sorted((str(file), file.stat().st_mtime_ns) for file in box.rglob("*")) == before


def test_a_mail_keeps_its_name_when_somebody_reads_it(box: Path) -> None:
    (box / "new" / "1.a.host").write_bytes(b"\n")
    (first,) = fetch(box)
    (box / "new" / "1.a.host").rename(box / "cur" / "1.a.host:2,RS")
    assert fetch(box, known=[first.uid]) == []


def test_a_name_that_is_used_again_is_another_mail(box: Path) -> None:
    (box / "new" / "1.a.host").write_bytes(b"first\n")
    (first,) = fetch(box)
    (box / "new" / "1.a.host").unlink()
    (box / "cur" / "1.a.host:2,S").write_bytes(b"other\n")
    (second,) = fetch(box, known=[first.uid])
    assert second.raw == b"other\n"
    assert fetch(box, known=[first.uid, second.uid]) == []


def test_a_mail_that_moves_between_listing_and_reading_is_read(box: Path) -> None:
    (box / "new" / "1.a.host").write_bytes(b"first\n")
    (box / "new" / "2.a.host").write_bytes(b"second\n")
    (box / "new" / "3.a.host").write_bytes(b"third\n")

    def known(_validity: int, _uids: Sequence[str]) -> set[str]:
        (box / "new" / "2.a.host").rename(box / "cur" / "2.a.host:2,S")
        (box / "new" / "3.a.host").unlink()
        return set()

    batches = list(MaildirMailbox(box).fetch(None, known, lambda: NOW))
    assert [mail.raw for batch in batches for mail in batch.mails] == [b"first\n", b"second\n"]


def test_the_file_s_time_stands_in_where_no_server_said_when(box: Path) -> None:
    for name, raw in (("1", RECEIVED + b"\r\nx"), ("2", b"Subject: x\r\n\r\n" + RECEIVED)):
        (box / "new" / name).write_bytes(raw)
        os.utime(box / "new" / name, (1_700_000_000, 1_700_000_000))
    assert [mail.internaldate for mail in fetch(box)] == [None, datetime.fromtimestamp(1_700_000_000, UTC)]


def test_a_large_mail_is_kept_by_its_headers(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maildir, "MAX_MAIL_BYTES", 1000)
    (box / "new" / "1").write_bytes(b"Subject: large\n\n" + b"x" * 5000)
    (mail,) = fetch(box)
    assert (
        mail.raw
        == b"X-Notifier-Note: only the headers were kept, the mail has 5016 bytes\r\nSubject: large\n\n"
    )


def test_many_mails_come_in_batches(box: Path) -> None:
    for number in range(120):
        (box / "new" / f"{number:04}").write_bytes(b"%d\n" % number)
    batches = list(MaildirMailbox(box).fetch(None, lambda _validity, _uids: set(), lambda: NOW))
    assert [len(batch.mails) for batch in batches] == [50, 50, 20]
    assert {batch.position for batch in batches} == {None}


def test_a_folder_that_is_no_maildir_is_named(tmp_path: Path) -> None:
    with pytest.raises(TryAgain, match="is no Maildir: it has no new/"):
        fetch(tmp_path)


def test_a_name_that_is_no_utf_8_is_taken_in(box: Path) -> None:
    name = os.fsdecode(b"1.\xff.host")
    (box / "new" / name).write_bytes(b"x\n")
    (mail,) = fetch(box)
    assert mail.uid.encode().startswith(b"1.\\udcff.host;2;")


def test_long_names_stay_apart_and_fit_into_the_database(box: Path) -> None:
    for last in "ab":
        (box / "new" / os.fsdecode(b"\xff" * 254 + last.encode())).write_bytes(b"x\n")
    assert [len(mail.uid) <= 280 for mail in fetch(box)] == [True, True]


@pytest.mark.timeout(20)  # opening a pipe waits for its other end
def test_what_is_no_regular_file_is_no_mail(box: Path) -> None:
    (box / "new" / "0.folder").mkdir()
    os.mkfifo(box / "new" / "1.pipe")
    (box / "cur" / "2.nowhere").symlink_to(box / "gone")
    (box / "cur" / "3.a.host").write_bytes(b"a mail\n")
    assert [mail.raw for mail in fetch(box)] == [b"a mail\n"]


def test_a_mail_that_cannot_be_read_keeps_no_other_from_it(box: Path) -> None:
    for number in range(60):
        (box / "new" / f"{number:02}").write_bytes(b"%d\n" % number)
    for name in ("00x", "30x"):  # no permission keeps root from reading, so: links that lead to themselves
        (box / "new" / name).symlink_to(box / "new" / name)
    mails: list[Fetched] = []

    def read() -> None:
        for batch in MaildirMailbox(box).fetch(None, lambda _validity, _uids: set(), lambda: NOW):
            mails.extend(batch.mails)

    with pytest.raises(TryAgain, match=r"cannot be read: .*/new/00x: Too many levels.* \(and 1 more\)"):
        read()
    assert len(mails) == 60
