"""Through a real Postfix as relay, with STARTTLS and a login: what arrives behind it, and what is refused."""

import smtplib
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import pytest

import postfix
from notifier.delivery.message import Person
from notifier.delivery.smtp import SmtpServer as Address
from notifier.delivery.smtp import SmtpTransport
from notifier.delivery.states import Outcome
from notifier.delivery.transport import Mail, Result, TransportDown
from postfix import DOMAIN, PASSWORD, USER, Postfix
from ready import template
from smtp_server import SmtpServer

SENDER = "bounces+{}@hollin.example"
# What the next server offers: with less, Postfix would recode what it hands on.
OFFERED = ("8BITMIME", "SMTPUTF8", "DSN", "SIZE 0", "ENHANCEDSTATUSCODES")


@pytest.fixture(scope="module")
def next_server() -> Iterator[SmtpServer]:
    with SmtpServer(extensions=OFFERED) as server:
        yield server


@pytest.fixture(scope="module")
def running(next_server: SmtpServer) -> Iterator[Postfix]:
    with postfix.running(next_server.port) as server:
        yield server


@pytest.fixture
def relay(running: Postfix, next_server: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postfix]:
    """The relay, whose certificate the system's list ends with, and nothing arrived yet."""
    next_server.received.clear()
    next_server.commands.clear()
    with running.authority.cert_pem.tempfile() as path:
        monkeypatch.setenv("SSL_CERT_FILE", path)
        yield running


def send(
    relay: Postfix, mails: Sequence[Mail], *, connections: int = 1, password: str = PASSWORD
) -> list[Result]:
    smtp = SmtpTransport(Address(relay.host, relay.port, "starttls", USER, password), connections=connections)
    try:
        return [result for group in smtp.send(mails) for result in group]
    finally:
        smtp.close()


def mail(key: int, data: bytes, recipient: str | None = None) -> Mail:
    return Mail(key, SENDER.format(key), recipient or f"p{key}@{DOMAIN}", data)


def wait_for(true: Callable[[], bool], relay: Postfix) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, relay.log
        time.sleep(0.05)


def arrived(next_server: SmtpServer, relay: Postfix, number: int) -> dict[str, bytes]:
    """What the next server has got, by recipient, without the trace the relay adds (RFC 5321 4.4)."""
    wait_for(lambda: len(next_server.received) >= number, relay)
    assert len(next_server.received) == number
    return {each.recipient: _without_trace(each.data) for each in next_server.received}


def _without_trace(data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    assert lines[0].startswith(b"Received: from ")
    first = next(place for place, line in enumerate(lines) if place and not line[:1].isspace())
    return b"".join(lines[first:])


def test_what_it_offers(relay: Postfix) -> None:
    """Else the tests below would show nothing."""
    with smtplib.SMTP(relay.host, relay.port, timeout=20) as client:
        client.starttls(context=ssl.create_default_context())
        client.ehlo()
        offered = {"pipelining", "size", "dsn", "8bitmime", "smtputf8", "enhancedstatuscodes", "auth"}
        assert offered <= client.esmtp_features.keys()


def test_mails_arrive_byte_for_byte(relay: Postfix, next_server: SmtpServer, now: datetime) -> None:
    """Personal mails as we write them, over connections that send ahead, and all from one login each."""
    ours = template()
    people = [
        mail(key, ours.fill(Person(f"Zoë {key}", f"p{key}@{DOMAIN}", f"t{key}", now)))
        for key in range(1, 301)
    ]
    results = send(relay, people, connections=3)
    assert {result.outcome for result in results} == {Outcome.ACCEPTED}
    assert {result.enhanced for result in results} == {"2.0.0"}
    assert all("queued as" in result.text for result in results)
    assert arrived(next_server, relay, 300) == {each.recipient: each.data for each in people}
    assert {each.sender for each in next_server.received} == {each.sender for each in people}


# Postfix adds what is missing of these.
HEAD = (
    b"From: a@hollin.example\r\nDate: Mon, 2 Mar 2026 09:30:00 +0000\r\nMessage-ID: <1@hollin.example>\r\n"
    b"MIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
)
HARD = {
    "lines that begin with dots": b".\r\n..\r\n.one\r\n",
    "8-bit text": "Grüße, 你好\r\n".encode(),
    "blank lines at the end": b"\r\n\r\n\r\n",
    "the longest line there may be (RFC 5322 2.1.1)": b"x" * 998 + b"\r\n",
    "what looks like an end in another convention": b"a\r\n.\n.\r\nb\r\n".replace(b"\n.\r", b"\r\n. \r"),
    "From at a line's start": b"From me to you\r\n",
    "a megabyte": (b"0123456789" * 7 + b"\r\n") * 14_000,
}


@pytest.mark.parametrize("body", HARD.values(), ids=HARD.keys())
def test_hard_bodies_arrive_byte_for_byte(relay: Postfix, next_server: SmtpServer, body: bytes) -> None:
    hard = [mail(key, HEAD + body) for key in (1, 2)]  # the second shows that the first ended where it should
    assert [result.outcome for result in send(relay, hard)] == [Outcome.ACCEPTED] * 2
    assert arrived(next_server, relay, 2) == {each.recipient: each.data for each in hard}


def test_an_unknown_recipient_is_refused_with_its_codes_and_the_others_go_on(
    relay: Postfix, next_server: SmtpServer
) -> None:
    data = b"Subject: news\r\n\r\nHello\r\n"
    unknown = [mail(2, data, f"nobody@{DOMAIN}"), mail(4, data, "p4@elsewhere.example")]
    results = send(relay, [mail(1, data), unknown[0], mail(3, data), unknown[1], mail(5, data)])
    found = {result.key: result for result in results}
    assert {key: result.outcome for key, result in found.items()} == {
        1: Outcome.ACCEPTED,
        2: Outcome.REFUSED,
        3: Outcome.ACCEPTED,
        4: Outcome.REFUSED,
        5: Outcome.ACCEPTED,
    }
    for key in (2, 4):
        assert (found[key].code, found[key].enhanced) == (550, "5.1.1")
    assert "User unknown in relay recipient table" in found[2].text
    arrived(next_server, relay, 3)


def test_a_wrong_password_is_one_clear_line(relay: Postfix, next_server: SmtpServer) -> None:
    with pytest.raises(TransportDown) as caught:
        send(relay, [mail(1, b"Subject: x\r\n\r\nx\r\n")], password="hunter2", connections=3)
    assert str(caught.value) == (
        f"mail server 127.0.0.1:{relay.port} refuses the login of 'hollin' (535 5.7.8): "
        "check [mail] username and password_file"
    )
    assert next_server.received == []
    assert relay.log.count("SASL PLAIN authentication failed") == 1


def test_a_mail_above_its_size_is_not_even_begun(relay: Postfix, next_server: SmtpServer) -> None:
    line = b"y" * 70 + b"\r\n"
    fits = HEAD + line * (postfix.MAX_SIZE // len(line) - 50)  # what it adds itself counts, too
    with pytest.raises(TransportDown, match=f"takes mails of at most {postfix.MAX_SIZE} bytes"):
        send(relay, [mail(1, fits + line * 50)])
    assert [result.outcome for result in send(relay, [mail(2, fits)])] == [Outcome.ACCEPTED]
    assert arrived(next_server, relay, 1) == {f"p2@{DOMAIN}": fits}


def test_the_parameters_it_offers_are_used_and_taken(relay: Postfix, next_server: SmtpServer) -> None:
    """Postfix hands on what it was asked for: SIZE, 8BITMIME, SMTPUTF8 and DSN with our own words."""
    data = "Subject: x\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\n".encode()
    plain = Mail(1, SENDER.format(1), f"p+1=x@{DOMAIN}", data, envelope_id="a+b=c")
    idn = Mail(2, SENDER.format(2), f"pölga@{DOMAIN}", data)
    assert [result.outcome for result in send(relay, [plain, idn])] == [Outcome.ACCEPTED] * 2
    arrived(next_server, relay, 2)
    said = "\n".join(next_server.commands)
    assert f"MAIL FROM:<{plain.sender}> SIZE=" in said
    assert "BODY=8BITMIME ENVID=a+2Bb+3Dc RET=HDRS" in said
    assert f"RCPT TO:<{plain.recipient}> ORCPT=rfc822;p+2B1+3Dx@{DOMAIN} NOTIFY=FAILURE,DELAY" in said
    assert "SMTPUTF8" in said
    assert f"RCPT TO:<{idn.recipient}>" in said
