"""From bytes to a verdict: who wrote, what it is, what is asked for. No machine opts anyone out."""

import random
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letters import KEY, OURS, QUOTED, SUBJECT, bounce, letter
from notifier.delivery import token
from notifier.delivery.message import Person, compile_mail
from notifier.notice.render import MailContext, render_texts
from notifier.notice.texts import Group, Sender, Summary
from notifier.optout import markup, parse, written
from notifier.optout.understand import grade, understand
from notifier.optout.verdict import Bounce, Grade, Kind, Scope, Verdict

TOKEN = token.make(1, KEY)


def read(raw: bytes, ours: str = "") -> Verdict:
    return understand(
        raw,
        keys=[KEY],
        own_addresses=[OURS, "bounces+{token}@example.com"],
        find_token=token.find,
        own_text=lambda _delivery, _sender: ours,
    )


# Who wrote, and to which mail


@pytest.mark.parametrize(
    "place",
    [
        f"To: privacy+{TOKEN}@example.com",
        f"To: {OURS}\nDelivered-To: privacy+{TOKEN.upper()}@example.com",
        f"In-Reply-To: <{TOKEN}@example.com>",
        f"References: <a@b>\n <{TOKEN}@example.com> <c@d>",
        f"Subject: opt out {TOKEN}",
        f"Subject: Re: x\n\nopt out\n\n> Reference: {TOKEN}",
        f"Subject: Re: x\nContent-Type: text/html\n\n<p>opt out</p><blockquote>{TOKEN}</blockquote>",
    ],
)
def test_the_token_is_found_wherever_it_stands(place: str) -> None:
    assert read(f"From: p1@example.org\n{place}\n\nopt out\n".encode()).delivery == 1


def test_the_nearest_token_counts() -> None:
    older = token.make(2, KEY)
    raw = f"From: a@example.org\nReferences: <{older}@x> <{TOKEN}@x>\n\nopt out\n> {older}\n"
    assert read(raw.encode()).delivery == 1


@given(st.integers(0, 2**40 - 1), st.binary(min_size=1))
def test_a_token_of_another_key_is_told_from_none(number: int, key: bytes) -> None:
    other = token.make(number, b"not " + key)
    for written_as in (other, other.upper()):
        verdict = read(f"From: a@example.org\nTo: privacy+{written_as}@example.com\n\nopt out\n".encode())
        assert (verdict.delivery, verdict.foreign_token) == (None, True)
    assert not read(f"From: a@example.org\n\nopt out n0{'x' * 200}\n".encode()).foreign_token


def test_beside_a_token_of_ours_a_foreign_one_is_nothing() -> None:
    raw = f"From: a@example.org\nIn-Reply-To: <{TOKEN}@x>\n\nopt out\n> {token.make(1, b'other')}\n"
    assert (read(raw.encode()).delivery, read(raw.encode()).foreign_token) == (1, False)


def test_a_token_with_one_wrong_letter_is_none() -> None:
    broken = TOKEN[:-1] + ("a" if TOKEN[-1] != "a" else "b")
    assert read(f"From: a@example.org\nIn-Reply-To: <{broken}@x>\n\nopt out\n".encode()).delivery is None


@pytest.mark.parametrize(
    ("delivery", "sender", "email", "expected"),
    [
        (1, "a@example.org", "A@example.org", Grade.CONFIRMED),
        (1, "b@example.org", "a@example.org", Grade.TOKEN_ONLY),
        (1, "", "a@example.org", Grade.TOKEN_ONLY),
        (1, "a@example.org", "", Grade.UNKNOWN),
        (None, "a@example.org", "a@example.org", Grade.SENDER_ONLY),
        (None, "a@example.org", "", Grade.UNKNOWN),
        (None, "", "", Grade.UNKNOWN),
    ],
)
def test_the_grades(delivery: int | None, sender: str, email: str, expected: Grade) -> None:
    assert grade(read(letter(sender=sender, delivery=delivery)), email) is expected


# Opt-outs


def test_a_plain_answer() -> None:
    verdict = read(letter("Please opt me out.", received=datetime(2026, 3, 3, tzinfo=UTC)))
    assert (verdict.kind, verdict.scopes, verdict.sender) == (
        Kind.OPT_OUT,
        (Scope.THIS_CHANGE,),
        "p1@example.org",
    )
    assert verdict.received_at == datetime(2026, 3, 3, tzinfo=UTC)
    assert not verdict.to_person
    assert verdict.reasons == ('asks to opt out of this change: "please opt me out"',)


def test_an_answer_without_own_words_is_for_a_person() -> None:
    verdict = read(letter(""))
    assert (verdict.kind, verdict.to_person, verdict.reasons) == (
        Kind.UNCLEAR,
        True,
        ("no words of their own",),
    )


@pytest.mark.parametrize(
    "charset", ["utf-8", "iso-8859-1", "x-unknown", "punycode", "idna", "\0", "base64", "utf-7"]
)
def test_whatever_charset_is_claimed(charset: str) -> None:
    raw = f"From: p1@example.org\nContent-Type: text/plain; charset={charset}\n\nI'm sure: opt out!\nGrüße\n"
    assert read(raw.encode()).kind is Kind.OPT_OUT


def test_an_html_mail_with_its_quote() -> None:
    html = '<div>Please <b>opt me out</b></div><div class="gmail_quote">do not opt out</div>'
    raw = f"From: p1@example.org\nContent-Type: text/html\n\n{html}"
    assert read(raw.encode()).scopes == (Scope.THIS_CHANGE,)


@pytest.fixture(scope="module")
def notice() -> tuple[str, str]:
    """The text of a real notice as approved, and as one customer got it."""
    context = MailContext(
        company_name="Example",
        postal_address="1 Main Street\nTown",
        site_url="https://example.com",
        contact=OURS,
        policy_title="Privacy Policy",
        effective_date=date(2026, 4, 1),
        window_days=7,
        summary=Summary(
            "We change how we share your data.",
            (Group("Sale of your data", ("We may now sell your email address to partners.",)),),
        ),
        policy_url="https://example.com/privacy",
        redline="<p>x</p>",
        opt_out_address=OURS,
    )
    texts = render_texts("policy-change", "", context, None)
    sender = Sender(OURS, "Example", OURS, OURS, "k")
    person = Person("Ana", "p1@example.org", TOKEN, datetime(2026, 3, 2, tzinfo=UTC))
    got = parse.parse(compile_mail(texts, sender, 7).fill(person)).text
    return texts.text + "\n" + markup.to_text(texts.html), got


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("", ()),
        ("Thanks for telling me.", ()),
        ("How do I do that?", ()),
        ("Opt out of this change", (Scope.THIS_CHANGE,)),
        ("opt out of all communications", (Scope.ALL,)),
    ],
)
def test_our_mail_below_an_answer_without_any_mark_is_nobody_s_wish(
    notice: tuple[str, str], answer: str, expected: tuple[Scope, ...]
) -> None:
    ours, got = notice
    assert "pt out of this change" in got
    wrapped = "\n".join(
        line[start : start + 60] for line in got.split("\n") for start in range(0, len(line) or 1, 60)
    )
    lost = got.replace("\u201c", "?").replace("\u201d", "?")
    for copy in (got, got.replace("\n\n", "\n"), lost, wrapped):
        raw = letter(f"{answer}\n\n{copy}", quoted=False)
        assert read(raw, ours).scopes == expected
    assert "?opt out?" in lost


def test_a_paragraph_of_our_mail_without_any_mark_is_nobody_s_wish(notice: tuple[str, str]) -> None:
    ours, got = notice
    paragraphs = [piece for piece in re.split(r"\n\s*\n|\n(?=- )", got) if "pt out" in piece]
    assert len(paragraphs) >= 2
    for paragraph in paragraphs:
        for text in (f"What does this mean?\n\n{paragraph}", f"{paragraph}\n\nWhat?", paragraph):
            assert read(letter(text, quoted=False), ours).kind is Kind.UNCLEAR
        assert read(letter(f"{paragraph}\n\nopt out", quoted=False), ours).kind is Kind.UNCLEAR
        assert read(letter(f"opt out\n\n{paragraph}", quoted=False), ours).kind is Kind.OPT_OUT


def test_our_notice_quoted_by_any_mark(notice: tuple[str, str]) -> None:
    ours, got = notice
    quoted = "\n".join(f"> {line}" for line in got.split("\n"))
    head = f"-----Original Message-----\nFrom: {OURS}\nSent: Monday\nSubject: {SUBJECT}\n\n"
    for below in (quoted, head + got, f"On 2 Mar 2026, {OURS} wrote:\n\n{got}"):
        raw = letter(f"Is this real?\n\n{below}", quoted=False)
        assert read(raw, "").kind is Kind.UNCLEAR
        assert read(raw, ours).kind is Kind.UNCLEAR


# Machines


@pytest.mark.parametrize(
    "mark",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-notified; owner-email=a@b",
        "Precedence: auto_reply",
        "X-Autoreply: yes",
        "X-Autorespond: vacation",
        "X-Apple-Action: VACATION",
        "Delivered-To: Autoresponder",
    ],
)
def test_an_auto_reply_is_no_opt_out(mark: str) -> None:
    verdict = read(letter("I am away. To stop, unsubscribe. Please opt me out.", headers=mark))
    assert (verdict.kind, verdict.to_person) == (Kind.AUTO_REPLY, False)


@pytest.mark.parametrize(
    "mark",
    [
        "List-Id: <sales.example.com>",
        "Precedence: bulk",
        "Auto-Submitted: auto-generated",
        "Return-Path: <>",
    ],
)
def test_a_wish_with_a_weak_mark_of_a_machine_is_for_a_person(mark: str) -> None:
    wish = read(letter("Please opt me out.", headers=mark))
    assert (wish.kind, wish.scopes, wish.to_person) == (Kind.UNCLEAR, (), True)
    assert read(letter("How do I opt out?", headers=mark)).to_person
    assert read(letter("Hello all", headers=mark)).kind is Kind.AUTO_REPLY


def test_a_customer_may_be_a_postmaster() -> None:
    verdict = read(letter("opt out", sender="postmaster@ana.example"))
    assert (verdict.kind, verdict.to_person) == (Kind.UNCLEAR, True)
    assert read(letter("Message queued.", sender="postmaster@ana.example")).kind is Kind.AUTO_REPLY


def test_out_of_office_by_its_subject_only() -> None:
    verdict = read(letter("I am back on Monday.", subject="Automatic reply: " + SUBJECT))
    assert (verdict.kind, verdict.to_person) == (Kind.AUTO_REPLY, False)


def test_not_an_auto_reply() -> None:
    raw = letter("opt out", headers="Auto-Submitted: no\nX-Auto-Response-Suppress: All")
    assert read(raw).kind is Kind.OPT_OUT


@pytest.mark.parametrize("sender", [OURS, f"Example <{OURS.upper()}>", f"bounces+{TOKEN}@example.com"])
def test_our_own_mail_coming_back_is_no_opt_out(sender: str) -> None:
    for mark in (f"Message-ID: <{TOKEN}@example.com>", "Auto-Submitted: auto-generated"):
        verdict = read(letter(sender=sender, headers=mark))
        assert (verdict.kind, verdict.to_person) == (Kind.AUTO_REPLY, False)


@pytest.mark.parametrize("text", ["Please opt me out.", "Ana phoned: opt out please", "Is this real?"])
@pytest.mark.parametrize(
    "headers",
    [
        "Message-ID: <x@y>",
        "X-Original-From: ana@example.org\nReply-To: ana@example.org\nList-Id: <privacy.example.com>",
    ],
)
def test_what_a_group_or_staff_pass_on_under_our_address_is_for_a_person(text: str, headers: str) -> None:
    verdict = read(letter(text, sender=f'"Ana via Privacy" <{OURS}>', headers=headers))
    assert (verdict.kind, verdict.scopes, verdict.to_person) == (Kind.UNCLEAR, (), True)


def test_a_bounce_by_the_book() -> None:
    verdict = read(bounce(1, "p1@example.org"))
    assert verdict.kind is Kind.BOUNCE
    assert verdict.bounce == Bounce(permanent=True, address="p1@example.org", status="5.1.1")
    assert verdict.delivery == 1
    delayed = read(bounce(1, "p1@example.org", action="delayed", status="4.4.1"))
    assert delayed.bounce == Bounce(permanent=False, address="p1@example.org", status="4.4.1")


def test_a_report_of_success_is_no_bounce() -> None:
    assert read(bounce(1, "p1@example.org", action="delivered", status="2.0.0")).kind is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("opt out", "My first mail could not be delivered. Please opt me out."),
        ("Delivery of my order and opt out", "Please opt me out."),
        ("Privacy", "I opt out. Your form says that my answer was returned to sender."),
        ("Failed to deliver: opt out", "opt out please"),
    ],
)
def test_a_person_who_writes_of_lost_mail_is_no_mail_server(subject: str, text: str) -> None:
    verdict = read(letter(text, subject=subject, delivery=None, quoted=False))
    assert (verdict.kind, verdict.scopes) == (Kind.OPT_OUT, (Scope.THIS_CHANGE,))


def test_what_only_sounds_like_a_bounce_is_for_a_person() -> None:
    raw = letter("The parcel was returned to sender.", subject="Parcel", delivery=None, quoted=False)
    verdict = read(raw)
    assert (verdict.kind, verdict.bounce, verdict.to_person) == (Kind.BOUNCE, Bounce(None, "", ""), True)
    verdict = read(letter("550 user unknown", sender="MAILER-DAEMON@a.example", delivery=None, quoted=False))
    assert (verdict.kind, verdict.to_person) == (Kind.BOUNCE, False)


def test_a_bare_bounce_with_a_wish_in_it_is_for_a_person() -> None:
    raw = letter(
        "Please opt me out.",
        subject="Delivery of my answer failed",
        delivery=None,
        quoted=False,
        headers="Return-Path: <>",
    )
    assert (read(raw).kind, read(raw).to_person) == (Kind.UNCLEAR, True)


def test_a_mail_of_a_group_with_a_disclaimer_above_it_is_not_lost() -> None:
    text = "This message is confidential and intended for the addressee.\nPlease opt me out."
    verdict = read(letter(text, headers="List-Id: <privacy.example.com>"))
    assert (verdict.kind, verdict.to_person) == (Kind.UNCLEAR, True)


def test_a_feedback_report_is_a_complaint_for_a_person() -> None:
    raw = f"""From: feedback@isp.example
Subject: opt out
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b

opt out
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
--b
Content-Type: message/rfc822

Message-ID: <{TOKEN}@example.com>

x
--b--
"""
    verdict = read(raw.encode())
    assert (verdict.kind, verdict.to_person, verdict.delivery) == (Kind.COMPLAINT, True, 1)


# Hostile and broken mail


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 1000,
        b"\n\n\n",
        b"From: " + b"a@b.example, " * 50_000 + b"\n\nopt out",
        b"Subject: " + b"=?utf-8?q?" * 50_000 + b"\n\nx",
        b"Subject: =?utf-8?b?!!!?= =?x?q?=ZZ?=\n\nx",
        b"Content-Type: text/plain; " + b'a="b";' * 100_000 + b"\n\nx",
        b"Content-Type: multipart/mixed; boundary=" + b"b" * 100_000 + b"\n\n--b\n\nx",
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000)),
        b"Content-Type: message/rfc822\n\n" * 5000,
        b"Content-Type: text/html\n\n" + b"<div>" * 100_000,
        b"Content-Type: text/html\n\n" + b"<" * 200_000,
        b"Content-Type: text/plain; charset=idna\n\n" + b"xn--" * 100_000,
        b"From: a@b.example\n\n" + b"On 2026 wrote:\n" * 60_000,
        b"From: a@b.example\n\n" + b">" * 1_000_000,
        b"From: a@b.example\nReferences: " + b"<n0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@x> " * 20_000 + b"\n\nx",
        b"X: y\n" * 300_000,
        b"From: a@b.example\nDate: Fri, 31 Dec 9999 23:59:59 +0000\n\nx",
        b"Return-Path: <>\nSubject: failure notice\n\n" + b"," * 200_000,
        b"Return-Path: <>\nSubject: failure notice\n\n" + b"<" * 200_000,
        b"Return-Path: <>\nSubject: failure notice\n\n" + b" " * 300_000,
        b"Return-Path: <>\nSubject: failure notice\n\n" + b"a@b.example " * 100_000,
        b"Return-Path: <>\nSubject: failure notice\n\n" + b"\n" * 1_000_000,
        b"Return-Path: <>\nSubject: failure notice\n\n" + b"\n" * 30_000_000,
        b"Subject: failure notice\n\n" + b"opt out \n" * 4_000_000,
        b"Date: Mon, 99 Foo 99999999999999999999 99:99:99 +9999\nReceived: x; 31 Feb 0001 00:00 -2400\n\nx",
    ],
    ids=lambda raw: f"{raw[:24]!r} {len(raw)}",
)
@pytest.mark.timeout(10)
def test_hostile_mail_is_read_in_bounded_time(raw: bytes) -> None:
    verdict = read(raw)
    assert verdict.kind is not Kind.OPT_OUT
    assert verdict.reasons


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2000))
def test_no_bytes_raise_or_opt_out(raw: bytes) -> None:
    assert read(raw).kind is not Kind.OPT_OUT


HARMLESS = [
    letter("How do I opt out?"),
    letter("Do not opt me out, please."),
    letter("I am away.", headers="Auto-Submitted: auto-replied"),
    bounce(1, "p1@example.org"),
    letter("", quoted=True),
]


def mutated(raw: bytes, seed: int) -> bytes:
    """Flip bits, cut, double, and put NULs into a mail."""
    chance = random.Random(seed)
    data = bytearray(raw)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(data) or 1)
        match chance.randrange(5):
            case 0:
                data[at : at + 1] = bytes([data[at] ^ 1 << chance.randrange(8)]) if data else b""
            case 1:
                del data[at : at + chance.randint(1, 40)]
            case 2:
                data[at:at] = data[at : at + 40]
            case 3:
                data[at:at] = b"\0" * chance.randint(1, 9)
            case _:
                data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 9)))
    return bytes(data[: chance.randrange(len(data) or 1)] if chance.random() < 0.1 else data)


def test_mutated_mails_are_understood_and_none_without_a_wish_opts_out() -> None:
    taken: list[tuple[int, tuple[str, ...]]] = []
    for seed in range(3000):
        raw = mutated(HARMLESS[seed % len(HARMLESS)], seed)
        verdict = read(raw)
        # A piece of our words that was doubled onto a line of its own is a wish.
        if verdict.kind is Kind.OPT_OUT and not re.search(
            rb'^[\s\0]*("|words )*opt out"?\W*$', raw, re.MULTILINE
        ):
            taken.append((seed, verdict.reasons))
    assert taken == []


# Real mails


def real(folder: Path, pattern: str) -> Iterator[tuple[str, Verdict]]:
    for file in sorted(folder.glob(pattern)):
        if file.is_file() and file.name != "LICENSE":
            yield file.name, read(file.read_bytes())


@pytest.mark.shared
def test_real_bounces_are_recognised(shared: Path) -> None:
    verdicts = dict(real(shared / "mail" / "bounces", "*/*"))
    others = {name: verdict.kind for name, verdict in verdicts.items() if verdict.kind is not Kind.BOUNCE}
    # These two are none: a hotel's answer to a guest, and an auto-reply.
    assert others == {"groupwise_03.txt": Kind.UNCLEAR, "qmail_08.txt": Kind.AUTO_REPLY}


@pytest.mark.shared
def test_no_real_mail_is_taken_for_an_opt_out_and_every_one_is_read(shared: Path) -> None:
    folder = shared / "mail"
    verdicts = [
        each
        for pattern in ("bounces/*/*", "ordinary/*/*", "replies/*/emails/*")
        for each in real(folder, pattern)
    ]
    assert len(verdicts) > 200
    assert [name for name, verdict in verdicts if verdict.kind is Kind.OPT_OUT] == []
    assert [name for name, verdict in verdicts if "could not be read" in " ".join(verdict.reasons)] == []


@pytest.mark.shared
def test_what_the_person_wrote_is_told_from_the_rest(shared: Path) -> None:
    folder = shared / "mail" / "replies" / "email_reply_trimmer"
    pairs = [
        (
            written.reply(file.read_text(encoding="utf-8")),
            (folder / "trimmed" / file.name).read_text(encoding="utf-8"),
        )
        for file in sorted((folder / "emails").iterdir())
    ]
    right = sum(got.split() == wanted.split() for got, wanted in pairs)
    assert right >= 0.95 * len(pairs)


def test_a_quote_is_not_own_words() -> None:
    assert written.own_words(f"opt out\n\n{QUOTED}") == "opt out"
    assert written.own_words(QUOTED) == ""
    assert written.own_words(f"{QUOTED}\nopt out") == "opt out"
    assert written.own_words('> answer with the words\n"opt out"\n> and we will') == ""


def test_a_mail_without_a_sender_is_for_a_person() -> None:
    verdict = read(b"Subject: opt out\n\nopt out\n")
    assert (verdict.kind, verdict.to_person) == (Kind.UNCLEAR, True)
