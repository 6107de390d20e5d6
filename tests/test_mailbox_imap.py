"""Reading a real Dovecot: nothing is changed in it, nothing is lost, nothing comes twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

import dovecot
from dovecot import Dovecot
from notifier.errors import TryAgain
from notifier.mailbox import Batch, Position, headers_only, imap, imap_answers
from notifier.mailbox.imap import ImapMailbox

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def imap_server() -> Iterator[Dovecot]:
    with dovecot.running() as running:
        yield running


@pytest.fixture
def user(imap_server: Dovecot) -> str:
    return imap_server.user()


def clock() -> datetime:
    return NOW


def nothing_known(_uidvalidity: int, _uids: object) -> set[str]:
    return set()


def mail(number: int, size: int = 0) -> bytes:
    body = "x" * 70 + "\r\n"
    return f"From: a@example.org\r\nSubject: mail {number}\r\n\r\n{body * (size // 72)}".encode()


def fetch(mailbox: ImapMailbox, since: Position | None = None) -> list[Batch]:
    return list(mailbox.fetch(since, nothing_known, clock))


def raws(batches: list[Batch]) -> list[bytes]:
    return [mail.raw for batch in batches for mail in batch.mails]


def test_everything_is_read_in_order_with_the_bytes_as_they_are(imap_server: Dovecot, user: str) -> None:
    sent = [mail(number) for number in range(120)]
    imap_server.put(user, *sent)
    batches = fetch(ImapMailbox(imap_server.server(user)))
    assert raws(batches) == sent
    assert [len(batch.mails) for batch in batches] == [50, 50, 20, 0]
    assert batches[-1].position is not None
    assert batches[-1].position.last_uid == 120
    first = batches[0].mails[0]
    assert first.account == f"{user}@127.0.0.1"
    assert first.internaldate is not None
    assert abs(first.internaldate - datetime.now(UTC)).total_seconds() < 60
    assert first.fetched_at == NOW


def test_reading_changes_no_flag(imap_server: Dovecot, user: str) -> None:
    imap_server.put(user, mail(1), mail(2), mail(3))
    with imap_server.as_staff(user) as client:
        client.select("INBOX")
        client.store("2", "+FLAGS", r"(\Seen \Flagged)")
    before = imap_server.flags(user)
    assert len(raws(fetch(ImapMailbox(imap_server.server(user))))) == 3
    assert imap_server.flags(user) == before


def test_only_what_is_new_and_not_known_is_fetched(imap_server: Dovecot, user: str) -> None:
    imap_server.put(user, *(mail(number) for number in range(30)))
    mailbox = ImapMailbox(imap_server.server(user))
    position = fetch(mailbox)[-1].position
    imap_server.put(user, mail(30))
    asked: list[str] = []

    def known(_uidvalidity: int, uids: object) -> set[str]:
        asked.extend(uids)  # type: ignore[arg-type]  # a sequence of strings
        return {uid for uid in asked if int(uid) <= 30}

    assert raws(list(mailbox.fetch(position, known, clock))) == [mail(30)]
    assert asked == [str(uid) for uid in range(30 - imap.OVERLAP + 1, 32)]


def test_a_new_uidvalidity_means_that_all_is_read_again(imap_server: Dovecot, user: str) -> None:
    imap_server.put(user, mail(1), mail(2))
    mailbox = ImapMailbox(imap_server.server(user))
    before = fetch(mailbox)[-1].position
    imap_server.renumber(user)
    again = fetch(mailbox, before)
    after = again[-1].position
    assert before is not None
    assert after is not None
    assert after.uidvalidity != before.uidvalidity
    assert sorted(raws(again)) == [mail(1), mail(2)]


def test_uids_that_began_anew_are_all_read_whatever_is_known(imap_server: Dovecot, user: str) -> None:
    imap_server.put(user, mail(1), mail(2))
    mailbox = ImapMailbox(imap_server.server(user))
    position = fetch(mailbox)[-1].position
    assert position is not None
    beyond = replace(position, last_uid=500)
    batches = list(mailbox.fetch(beyond, lambda _validity, uids: set(uids), clock))
    assert raws(batches) == [mail(1), mail(2)]
    assert [batch.position for batch in batches] == [None, position]


def test_a_deleted_mail_is_no_obstacle(imap_server: Dovecot, user: str) -> None:
    imap_server.put(user, mail(1), mail(2), mail(3))
    with imap_server.as_staff(user) as client:
        client.select("INBOX")
        client.store("2", "+FLAGS", r"\Deleted")
        client.expunge()
    assert raws(fetch(ImapMailbox(imap_server.server(user)))) == [mail(1), mail(3)]


def test_of_a_large_mail_the_headers_are_kept(
    imap_server: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_answers, "MAX_MAIL_BYTES", 10_000)
    large = mail(1, size=50_000)
    imap_server.put(user, large, mail(2))
    kept = raws(fetch(ImapMailbox(imap_server.server(user))))
    assert kept == [headers_only(large, len(large)), mail(2)]
    assert b"only the headers were kept" in kept[0]
    assert len(kept[0]) < 300


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_tls_with_a_certificate_that_is_trusted(imap_server: Dovecot, user: str, security: str) -> None:
    imap_server.put(user, mail(1))
    assert raws(fetch(ImapMailbox(imap_server.server(user, security)))) == [mail(1)]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_is_not_trusted_is_refused(imap_server: Dovecot, user: str, security: str) -> None:
    stranger = replace(imap_server.server(user, security), tls=None)
    with pytest.raises(TryAgain, match=r"certificate of localhost:.* is not trusted.*SSL_CERT_FILE"):
        fetch(ImapMailbox(stranger))


def test_a_certificate_for_another_name_is_refused(imap_server: Dovecot, user: str) -> None:
    other = replace(imap_server.server(user, "tls"), host="127.0.0.1")
    with pytest.raises(TryAgain, match="not trusted"):
        fetch(ImapMailbox(other))


def test_a_refused_login_names_host_user_and_remedy(imap_server: Dovecot, user: str) -> None:
    wrong = imap_server.server(user, password="wrong")
    with pytest.raises(TryAgain, match=f"refuses the login of {user}.*password_file"):
        fetch(ImapMailbox(wrong))
    assert "wrong" not in repr(wrong)


def test_a_password_with_other_letters_than_ascii_is_sent(imap_server: Dovecot, user: str) -> None:
    with pytest.raises(TryAgain, match="refuses the login"):
        fetch(ImapMailbox(imap_server.server(user, password="pässwörd")))


def test_a_folder_that_is_not_there_is_named(imap_server: Dovecot, user: str) -> None:
    with pytest.raises(TryAgain, match="no folder 'Opt-outs'"):
        fetch(ImapMailbox(imap_server.server(user), "Opt-outs"))


def test_a_folder_may_have_any_name(imap_server: Dovecot, user: str) -> None:
    with imap_server.as_staff(user) as client:
        client.create('"Abmeldungen f&APw-r "')
    imap_server.put(user, mail(1), folder='"Abmeldungen f&APw-r "')
    assert raws(fetch(ImapMailbox(imap_server.server(user), "Abmeldungen für "))) == [mail(1)]


def test_nobody_listening_is_said_with_host_and_port(imap_server: Dovecot, user: str) -> None:
    nobody = replace(imap_server.server(user), port=1)
    with pytest.raises(TryAgain, match=r"127\.0\.0\.1:1 does not answer"):
        fetch(ImapMailbox(nobody))


def test_a_connection_that_breaks_in_the_middle_loses_nothing(imap_server: Dovecot, user: str) -> None:
    sent = [mail(number) for number in range(120)]
    imap_server.put(user, *sent)
    mailbox = ImapMailbox(imap_server.server(user))
    batches = mailbox.fetch(None, nothing_known, clock)
    first = next(batches)
    imap_server.kill_sessions(user)
    with pytest.raises(TryAgain, match="does not answer as it should"):
        list(batches)
    assert raws([first]) == sent[:50]
    rest = list(
        mailbox.fetch(first.position, lambda _validity, uids: {u for u in uids if int(u) <= 50}, clock)
    )
    assert raws(rest) == sent[50:]
