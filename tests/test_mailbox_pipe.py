import io
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from notifier.errors import WrongUse
from notifier.mailbox import Fetched, pipe
from notifier.mailbox.pipe import PipeMailbox

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def fetch(data: bytes) -> Fetched:
    (batch,) = PipeMailbox(io.BytesIO(data)).fetch(None, lambda _validity, _uids: set(), lambda: NOW)
    (mail,) = batch.mails
    return mail


def test_the_mail_is_named_by_its_digest() -> None:
    mail = fetch(b"Subject: x\n\n\x00\xff")
    assert mail.raw == b"Subject: x\n\n\x00\xff"
    assert mail.uid == sha256(mail.raw).hexdigest()
    assert mail.fetched_at == NOW


@pytest.mark.parametrize("nothing", [b"", b"\n \r\n"])
def test_nothing_on_standard_input_is_no_mail(nothing: bytes) -> None:
    with pytest.raises(WrongUse, match="no mail on standard input"):
        fetch(nothing)


def test_a_large_mail_is_kept_by_its_headers_and_named_by_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipe, "MAX_MAIL_BYTES", 100)
    whole = b"Subject: large\n\n" + b"x" * 100_000
    mail = fetch(whole)
    assert mail.raw.endswith(b"\r\nSubject: large\n\n")
    assert mail.uid == sha256(whole).hexdigest()
