"""Bytes to values: times, texts and charsets of mails that are not quite right."""

from datetime import UTC, datetime

import pytest

from notifier.optout import charset, markup, parse


def test_the_topmost_receipt_counts_and_dates_are_utc() -> None:
    mail = parse.parse(
        b"Received: from a by ours (x; y);\n\tTue, 3 Mar 2026 01:00:00 +0200 (EET)\n"
        b"Received: from b by theirs; Mon, 1 Jan 2001 00:00:00 +0000\n"
        b"Date: Tue, 3 Mar 2026 00:00:00 -0000\n\n"
    )
    assert mail.received_at == datetime(2026, 3, 2, 23, tzinfo=UTC)
    assert mail.claimed_at == datetime(2026, 3, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "date",
    [
        b"",
        b"yesterday",
        b"Mon, 31 Feb 2026 00:00:00 +0000",
        b"1 Jan 1970 00:00:00 +0000",
        b"Fri, 31 Dec 9999 23:59:59 +0000",
        b"1 Jan 2101 00:00:00 +0000",
        b"1 Jul 2026 00:00:00 BST",
        b"1 Jul 2026 00:00:00 CEST",
        b"1 Jul 2026 00:00:00",
    ],
)
def test_a_date_that_is_none(date: bytes) -> None:
    assert parse.parse(b"Date: " + date + b"\n\n").claimed_at is None


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        (b"+0000 (UTC; x)", 12),
        (b"+0100 (a (nested) comment)", 11),
        (b"GMT", 12),
        (b"UT", 12),
        (b"Z", 12),
        (b"EST", 17),
        (b"PDT", 19),
    ],
)
def test_zones_and_comments(zone: bytes, hour: int) -> None:
    mail = parse.parse(b"Received: from a by b; Tue, 3 Mar 2026 12:00:00 " + zone + b"\n\n")
    assert mail.received_at == datetime(2026, 3, 3, hour, tzinfo=UTC)


def test_attachments_and_mails_inside_are_not_the_text() -> None:
    mail = parse.parse(
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n"
        b"--b\nContent-Type: text/plain; name=a.txt\n\nattached\n"
        b"--b\nContent-Type: message/rfc822\n\nSubject: inside\n\nits text\n--b--\n"
    )
    assert mail.text.strip() == "hello"
    assert "Subject: inside" in mail.returned[0]
    assert "its text" in " ".join(mail.returned)


@pytest.mark.parametrize("plain", [b" ", b"Sent from my iPhone"])
def test_html_is_read_where_nobody_wrote_the_plain_text(plain: bytes) -> None:
    mail = parse.parse(
        b"Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
        + plain
        + b"\n--b\nContent-Type: text/html; charset=iso-8859-1\n\n"
        b"<style>p{}</style><p>Gr\xfc\xdfe<br>and more</p>\n--b--\n"
    )
    assert mail.text.split() == ["Grüße", "and", "more"]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><blockquote>two<br>three</blockquote>four", "one\n> two\n> three\nfour"),
        ('a<div class="gmail_quote">b<p>c</div>d', "a\n> b\n> c\nd"),
        ('a<hr><div id="divRplyFwdMsg">From: x</div><p>old</p>', "a\n> From: x\n> old"),
        ('a<div class="gmail_signature">Stop Spam Ltd</div>', "a\n"),
        ('<body class="has-signature"><p>opt out</p><p class="signature">x</p>', "opt out\n"),
        ("<script>x</script>a &amp; b<!-- c -->", "a & b"),
        ("", ""),
        ("<!-- only a comment -->", ""),
    ],
)
def test_html_to_text(html: str, text: str) -> None:
    assert markup.to_text(html).strip() == text.strip()


@pytest.mark.parametrize(
    ("data", "claimed", "text"),
    [
        (b"\x93x\x94", "iso-8859-1", "“x”"),
        ("ü".encode(), "us-ascii", "ü"),
        (b"\xfc", "utf-8", "ü"),
        (b"\xfc", "no-such-charset", "ü"),
        (b"a\0b\x1b", "utf-8", "ab"),
        ("ж".encode("koi8-r"), "koi8-r", "ж"),
        (b"abc", "rot13", "abc"),
        (b"abc-", "punycode", "abc-"),
    ],
)
def test_bodies_are_decoded_somehow(data: bytes, claimed: str, text: str) -> None:
    assert charset.decode(data, claimed) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("=?utf-8?q?caf=C3=A9?= =?utf-8?b?w7w=?=", "caféü"),
        ("x =?utf-8?b?!!!?= y", "x y"),
        ("=?x-none?q?a=FCb?=", "aüb"),
        ("a\r\n\tb\0", "a b"),
        (b"gr\xfc\xdfe".decode("ascii", "surrogateescape"), "grüße"),
        ("grüße".encode().decode("ascii", "surrogateescape"), "grüße"),
    ],
)
def test_headers_are_decoded_somehow(raw: str, text: str) -> None:
    assert charset.header_text(raw) == text
