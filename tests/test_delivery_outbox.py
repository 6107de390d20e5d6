"""The outbox: a Maildir that other programs can read."""

import mailbox
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notifier.audience.subscriber import Subscriber
from notifier.delivery.outbox import OutboxTransport
from notifier.delivery.states import Outcome, State
from notifier.delivery.transport import Mail, Result, TransportDown
from notifier.flow.drain import Drained, drain
from notifier.store.database import Database
from ready import KEY, SENDER, People, address, started, template

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
# The second one makes a mail that is larger than the others.
NAMES = ("Ana", "Ö" * 200, "Cy")


def mail(key: int, recipient: str = "ana@example.org", text: bytes = b"Hello") -> Mail:
    return Mail(key, "bounces@example.com", recipient, b"Subject: news\r\n\r\n" + text + b"\r\n")


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def send(folder: Path, *mails: Mail) -> list[Result]:
    return [result for group in OutboxTransport(folder, clock=lambda: NOW).send(mails) for result in group]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond `size` bytes: the system refuses, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_every_mail_is_a_file_that_a_maildir_reader_finds(tmp_path: Path) -> None:
    results = send(tmp_path / "out" / "box", *(mail(key, text=b"No. %d" % key) for key in range(1, 121)))
    assert [result.key for result in results] == list(range(1, 121))
    assert {(result.outcome, result.at) for result in results} == {(Outcome.ACCEPTED, NOW)}
    box = mailbox.Maildir(tmp_path / "out" / "box", create=False)
    texts = [str(each.get_payload()) for each in box]
    assert sorted(texts) == sorted(f"No. {key}\n" for key in range(1, 121))
    assert not files(tmp_path / "out" / "box" / "tmp")


def test_a_result_names_its_file_which_has_the_mail_with_unix_line_ends(tmp_path: Path) -> None:
    (result,) = send(tmp_path, mail(7))
    name = result.text.removeprefix("written to ")
    assert name.startswith("7.")
    assert (tmp_path / "new" / name).read_bytes() == b"Subject: news\n\nHello\n"


def test_the_same_mail_again_is_the_same_file(tmp_path: Path) -> None:
    send(tmp_path, mail(7))
    send(tmp_path, mail(7))
    assert len(files(tmp_path / "new")) == 1


@pytest.mark.parametrize("other", [mail(8), mail(7, "ben@example.org"), mail(7, text=b"Bye")])
def test_another_mail_is_another_file(tmp_path: Path, other: Mail) -> None:
    send(tmp_path, mail(7), other)
    assert len(files(tmp_path / "new")) == 2


def test_an_outbox_that_cannot_be_written_is_down(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file, not a folder")
    with pytest.raises(TransportDown, match=r"outbox .*/outbox cannot be written: .*mail\] outbox"):
        send(tmp_path / "outbox", mail(1))


def test_a_disk_that_takes_no_more_is_down_and_shows_readers_no_half_mail(tmp_path: Path) -> None:
    groups = OutboxTransport(tmp_path, clock=lambda: NOW).send([mail(1), mail(2, text=b"x" * 2000), mail(3)])
    with files_of_at_most(1000):
        assert [(each.key, each.outcome) for each in next(groups)] == [(1, Outcome.ACCEPTED)]
        with pytest.raises(TransportDown, match="File too large"):
            next(groups)
    assert [path.name[:2] for path in files(tmp_path / "new")] == ["1."]
    assert not files(tmp_path / "tmp")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # whose files are of another process
def test_nobody_gets_two_mails_because_the_disk_was_full(db: Database, tmp_path: Path) -> None:
    notice_id = started(db, NOW, People([Subscriber(str(key), address(key), NAMES[key]) for key in range(3)]))

    def drain_at(now: datetime) -> Drained:
        return drain(
            db,
            notice_id,
            transport=OutboxTransport(tmp_path, clock=lambda: now),
            templates={"": template()},
            token_key=KEY,
            bounce_to=SENDER,
            clock=lambda: now,
        )

    with files_of_at_most(4000):
        full = drain_at(NOW)
    assert full.counts == {State.ACCEPTED: 1, State.PENDING: 2}
    assert "File too large" in str(full.stopped)
    assert drain_at(NOW + timedelta(hours=1)).counts == {State.ACCEPTED: 3}
    recipients = [str(each["To"]) for each in mailbox.Maildir(tmp_path, create=False)]
    assert len(recipients) == len(set(recipients)) == 3
