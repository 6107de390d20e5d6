"""A filled mail parses back to what was put in, whatever the customer is called."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from html import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.delivery.message import Person, compile_mail, fill_texts, slot
from notifier.delivery.token import find, make
from notifier.errors import WrongUse
from notifier.notice.texts import MailTexts, Sender

KEY = b"k" * 32
NOON = datetime(2026, 11, 14, 12, 0, 59, tzinfo=UTC)
REPLY_TO = "privacy+{token}@acme.example"
ACME = Sender("privacy@acme.example", "Acme & Söhne", REPLY_TO, "bounces@acme.example", "k")
TEXTS = MailTexts(
    locale="",
    subject="Acme is changing its Privacy Policy",
    text=(
        f"Hello{slot('name')},\n\n.\nFrom here on: at least until {slot('until')}\n"
        f"{slot('token')}{slot('email')}  \ntab\tand space \n{'long ' * 40}\n\n"
        f"100 % = “quoted”{slot('sent_on')}"
    ),
    html=f"<p title=\"x\">Hello{slot('name')}</p>\n<a href='mailto:a?subject={slot('token')}'>ü</a>\n"
    + "é" * 200,
    redline=None,
)
ANA = Person("Ana", "ana@example.com", make(7, KEY), NOON)
PLAIN = compile_mail(TEXTS, ACME, 7)
WITH_REDLINE = compile_mail(replace(TEXTS, redline="<p>all\r\nchanges = ü</p>\n"), ACME, 7)


def parsed(data: bytes) -> EmailMessage:
    return message_from_bytes(data, policy=policy.default)


def name_in(message: EmailMessage, field: str) -> str:
    """The display name of the one address in a field."""
    (address,) = message[field].addresses
    raw = next(value for key, value in message.raw_items() if key == field)
    if "?=\r\n =?" not in raw:
        return str(address.display_name)
    # Python 3.11's new parser keeps the space between encoded words of a phrase, against RFC 2047 sec. 6.2;
    # its older one does not.
    return str(make_header(decode_header(raw.rpartition(" <")[0])))


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def shown(name: str) -> str:
    """What a hostile name must become: controls are spaces, and what only turns text around is gone."""
    name = "".join(
        char for char in name if char not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )
    blanked = [" " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in name]
    return " ".join("".join(blanked).split())


def slowly(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(slot(name), value)
    return text


NAMES = st.one_of(
    st.text(max_size=60),
    st.text("\"\\,;:<>()@=?_ .'", max_size=30),
    st.text("\r\n\t\x00\x7f\x85\u2028\u2029\u202e aB", max_size=30),
    st.text("אבגدذرÄß😀👩\u200d👧", max_size=300),
    st.sampled_from(
        ["=?utf-8?q?x?=", "A" * 2000, "Ana " * 500, "Bcc: x@example.com", ".", "-", "=", "=20", " Ana "]
    ),
)
EMAILS = st.from_regex(r"\A[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}@(xn--bcher-kva|[a-z]{1,60})\.example\Z")


@given(NAMES, EMAILS, st.integers(0, 2**40 - 1), st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 - hypothesis takes naive bounds
@example("Ana\r\nBcc: everyone@example.com", "ana@example.com", 1, datetime(2026, 1, 1))  # noqa: DTZ001 - as above
def test_whatever_the_name_the_mail_parses_back(name: str, email: str, number: int, moment: datetime) -> None:
    person = Person(name, email, make(number, KEY), moment.replace(tzinfo=UTC))
    data = PLAIN.fill(person)
    check_bytes(data)
    message = parsed(data)
    assert message.keys() == parsed(PLAIN.fill(ANA)).keys()
    assert not message.defects
    assert [address.addr_spec for address in message["To"].addresses] == [email]
    assert name_in(message, "To") == shown(name)

    until = person.composed_at + timedelta(days=7)
    values = {
        "name": f" {shown(name)}" if shown(name) else "",
        "email": email,
        "token": person.token,
        "sent_on": f"{person.composed_at.day} {person.composed_at:%B %Y, %H:%M} UTC",
        "until": f"{until.day} {until:%B %Y, %H:%M} UTC",
    }
    values_in_html = {key: escape(value) for key, value in values.items()}
    assert body(message, "plain") == slowly(TEXTS.text, values)
    assert body(message, "html") == slowly(TEXTS.html, values_in_html)
    preview = fill_texts(TEXTS, person, 7)
    assert (preview.text, preview.html) == (slowly(TEXTS.text, values), slowly(TEXTS.html, values_in_html))


def check_bytes(data: bytes) -> None:
    """Check ASCII, CRLF only, no dot to double, the lengths of RFC 5322 sec. 2.1.1 and RFC 2045 sec. 6.7."""
    assert data.isascii()
    assert b"\n." not in data
    assert data.endswith(b"\r\n")
    assert data.count(b"\n") == data.count(b"\r") == data.count(b"\r\n")
    header, _, rest = data.partition(b"\r\n\r\n")
    assert max(map(len, header.split(b"\r\n"))) <= 998
    assert max(map(len, rest.split(b"\r\n"))) <= 76
    assert not any(char < 32 for char in data.replace(b"\r\n", b"").replace(b"\t", b""))


@given(st.text(), st.text(), st.lists(st.sampled_from(["name", "until", "token"]), max_size=4))
@example("." * 200, ".\n..\n" + "a" * 75 + ".b", ["name", "until"])
def test_any_texts_survive_the_encoding(first: str, second: str, names: list[str]) -> None:
    first, second = (text.replace("\ue000", "").replace("\ue001", "") for text in (first, second))
    text = first + second.join(slot(name) for name in names) + second
    template = compile_mail(replace(TEXTS, text=text, html=text, redline=text), ACME, 7)
    data = template.fill(ANA)
    check_bytes(data)
    filled = fill_texts(replace(TEXTS, text=text), ANA, 7).text.replace("\r\n", "\n").replace("\r", "\n")
    part = parsed(data).get_body(("plain",))
    assert part is not None
    assert part.get_payload(decode=True) == filled.replace("\n", "\r\n").encode()


def test_headers_are_what_a_legal_notice_needs() -> None:
    data = PLAIN.fill(ANA)
    message = parsed(data)
    token = ANA.token
    assert {key: str(value) for key, value in message.items()} == {
        "From": "Acme & Söhne <privacy@acme.example>",
        "To": "Ana <ana@example.com>",
        "Subject": "Acme is changing its Privacy Policy",
        "Date": "Sat, 14 Nov 2026 12:00:59 +0000",
        "Message-ID": f"<{token}@acme.example>",
        "Reply-To": f"privacy+{token}@acme.example",
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<mailto:privacy+{token}@acme.example?subject=opt%20out%20{token}>",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/alternative; boundary="=_notifier_alternative"',
    }
    assert b"\r\nSubject: Acme is changing its Privacy Policy\r\n" in data
    assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]


def test_the_token_is_found_wherever_a_reply_carries_it() -> None:
    message = parsed(PLAIN.fill(ANA))
    for field in ("Message-ID", "Reply-To", "List-Unsubscribe"):
        assert find(message[field], [KEY]) == 7
    assert find(body(message, "plain"), [KEY]) == 7


def test_the_full_comparison_is_attached() -> None:
    message = parsed(WITH_REDLINE.fill(ANA))
    assert message.get_content_type() == "multipart/mixed"
    assert body(message, "plain") == body(parsed(PLAIN.fill(ANA)), "plain")
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == "changes.html"
    assert attachment.get_content_type() == "text/html"
    assert attachment.get_content() == "<p>all\r\nchanges = ü</p>\r\n"
    check_bytes(WITH_REDLINE.fill(ANA))


def test_same_person_same_bytes_and_another_moment_other_bytes() -> None:
    again = compile_mail(replace(TEXTS), replace(ACME), 7)
    assert again.fill(Person(*ANA)) == PLAIN.fill(ANA)
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5)))
    assert PLAIN.fill(ANA._replace(composed_at=elsewhere)) == PLAIN.fill(ANA)
    assert PLAIN.fill(ANA._replace(composed_at=NOON + timedelta(seconds=1))) != PLAIN.fill(ANA)


def test_dates_are_written_for_the_locale() -> None:
    german = compile_mail(replace(TEXTS, locale="de"), ACME, 7).fill(ANA)
    assert "until 2026-11-21, 12:00 UTC" in body(parsed(german), "plain")


@pytest.mark.parametrize(
    "email",
    [
        "ana@example.com\r\nBcc: x@example.com",
        "a b@example.com",
        "ana@example.com>,<x@example.com",
        "ana@bücher.example",
        "ana",
        "",
        "ana@example.com\x00",
    ],
)
def test_an_address_that_could_add_something_is_refused(email: str) -> None:
    with pytest.raises(ValueError, match="not a bare address"):
        PLAIN.fill(ANA._replace(email=email))
    with pytest.raises(ValueError, match="not a bare address"):
        compile_mail(TEXTS, replace(ACME, reply_to=email), 7)


@pytest.mark.parametrize(
    "subject",
    [
        "Änderungen " * 30,
        "plain words " * 40,
        "x" * 300,
        "=?utf-8?q?x?=",
        "a\r\nBcc: x@example.com",
        "😀" * 100,
    ],
)
def test_any_subject_and_company_name_survive(subject: str) -> None:
    template = compile_mail(replace(TEXTS, subject=subject), replace(ACME, name=subject), 7)
    data = template.fill(ANA)
    check_bytes(data)
    message = parsed(data)
    assert message["Subject"] == shown(subject)
    assert name_in(message, "From") == shown(subject)
    assert "Bcc" not in message
    assert max(map(len, data.partition(b"\r\nMessage-ID:")[0].split(b"\r\n"))) <= 76


@pytest.mark.parametrize("text", ["\ue000NAME\ue001", "\ue000phone\ue001", "half \ue000name", "half \ue001"])
def test_a_damaged_slot_is_refused(text: str) -> None:
    with pytest.raises(WrongUse, match="plain text"):
        compile_mail(replace(TEXTS, text=text), ACME, 7)


def test_an_unknown_slot_has_no_marker() -> None:
    with pytest.raises(ValueError, match="phone"):
        slot("phone")
