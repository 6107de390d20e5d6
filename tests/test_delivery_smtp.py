"""The SMTP transport against a real server: every misbehaviour leads to the outcome that the design names."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import count, islice

import pytest
import trustme

from notifier.delivery.smtp import SmtpServer as Address
from notifier.delivery.smtp import SmtpTransport, Timeouts
from notifier.delivery.smtp.exchange import AHEAD, MOST_UNRECORDED
from notifier.delivery.smtp.wire import on_the_wire
from notifier.delivery.states import Outcome
from notifier.delivery.transport import Mail, Result, TransportDown
from notifier.errors import WrongUse
from smtp_server import Drop, Hang, Say, SmtpServer, Trouble

# Where a server answers, however busy the machine, and where it is made to hang.
PATIENT = Timeouts(opening=60, command=60, data=60, block=60, final=60)
QUICK = Timeouts(opening=1, command=0.3, data=0.3, block=0.3, final=0.3)
BODY = b"Subject: news\r\n\r\nHello\r\n"


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    """A server that takes every mail."""
    with SmtpServer() as server:
        yield server


def mails(number: int, data: bytes = BODY) -> list[Mail]:
    return [Mail(key, "bounces@example.com", f"p{key}@example.org", data) for key in range(1, number + 1)]


def transport(server: SmtpServer, connections: int = 1, timeouts: Timeouts = PATIENT) -> SmtpTransport:
    return SmtpTransport(
        Address(server.host, server.port, "none"), connections=connections, timeouts=timeouts
    )


def send(
    server: SmtpServer, batch: Sequence[Mail], connections: int = 1, timeouts: Timeouts = PATIENT
) -> list[Result]:
    smtp = transport(server, connections, timeouts)
    try:
        return [result for group in smtp.send(batch) for result in group]
    finally:
        smtp.close()


def send_until_down(smtp: SmtpTransport, batch: Sequence[Mail]) -> tuple[list[Result], TransportDown]:
    results: list[Result] = []
    try:
        for group in smtp.send(batch):
            results += group
    except TransportDown as down:
        return results, down
    finally:
        smtp.close()
    pytest.fail("the transport went on")


def test_a_mail_arrives_as_it_was_written(smtp_server: SmtpServer) -> None:
    data = b"Subject: dots\r\n\r\n.one\r\n..two\r\nthree.\r\n.\r\n"
    (result,) = send(smtp_server, [Mail(7, "bounces@example.com", "ana@example.org", data)])
    assert (result.key, result.outcome) == (7, Outcome.ACCEPTED)
    assert (result.code, result.enhanced, result.text) == (250, "2.0.0", "queued")
    (received,) = smtp_server.received
    assert (received.sender, received.recipient) == ("bounces@example.com", "ana@example.org")
    assert received.data == data


def test_connections_share_the_mails_and_are_kept(smtp_server: SmtpServer) -> None:
    smtp = transport(smtp_server, connections=3)
    first = [result for group in smtp.send(mails(120)) for result in group]
    second = [result for group in smtp.send(mails(30)) for result in group]
    smtp.close()
    assert sorted(result.key for result in first) == list(range(1, 121))
    assert {result.outcome for result in first + second} == {Outcome.ACCEPTED}
    assert len(smtp_server.received) == 150
    assert smtp_server.connections == 3
    assert smtp_server.commands.count("QUIT") == 3


def test_a_single_mail_opens_a_single_connection(smtp_server: SmtpServer) -> None:
    send(smtp_server, mails(1), connections=5)
    assert smtp_server.connections == 1


def test_nothing_to_send_opens_no_connection(smtp_server: SmtpServer) -> None:
    assert send(smtp_server, []) == []
    assert smtp_server.connections == 0


def test_results_come_in_small_groups_and_soon(smtp_server: SmtpServer) -> None:
    smtp = transport(smtp_server, connections=2)
    groups = list(smtp.send(mails(300)))
    smtp.close()
    assert sum(map(len, groups)) == 300
    assert max(map(len, groups)) <= 52


def test_a_result_does_not_wait_for_a_slower_mail() -> None:
    with SmtpServer(Trouble("DOT", Hang(), recipient="p2@example.org")) as server:
        smtp = transport(server, connections=2, timeouts=Timeouts(final=2))
        groups = smtp.send(mails(2))
        assert [result.key for result in next(groups)] == [1]
        assert [result.outcome for result in next(groups)] == [Outcome.UNCERTAIN]
        smtp.close()


# A server to which commands go one by one, and one that takes them together with the message before.
WITH_AND_WITHOUT = [(), ("PIPELINING",)]

REPLIES = [
    ("MAIL", Say("451 4.3.0 later"), Outcome.DEFERRED, (451, "4.3.0", "later")),
    ("RCPT", Say("450 4.2.0 greylisted"), Outcome.DEFERRED, (450, "4.2.0", "greylisted")),
    ("RCPT", Say("550 5.1.1 no such user"), Outcome.REFUSED, (550, "5.1.1", "no such user")),
    ("RCPT", Say("550-5.1.1 no\r\n550 5.1.1 such user"), Outcome.REFUSED, (550, "5.1.1", "no such user")),
    ("DATA", Say("452 4.3.1 disk full"), Outcome.DEFERRED, (452, "4.3.1", "disk full")),
    ("DATA", Say("554 no"), Outcome.REFUSED, (554, "", "no")),
    ("DOT", Say("451 4.7.1 not now"), Outcome.DEFERRED, (451, "4.7.1", "not now")),
    (
        "DOT",
        Say("550 5.7.1 looks like \x1b[31mspam"),
        Outcome.REFUSED,
        (550, "5.7.1", "looks like ?[31mspam"),
    ),
]


@pytest.mark.parametrize("extensions", WITH_AND_WITHOUT)
@pytest.mark.parametrize(("stage", "act", "outcome", "said"), REPLIES)
def test_a_refusal_is_kept_and_the_next_mail_goes_on(
    stage: str, act: Say, outcome: Outcome, said: tuple[int, str, str], extensions: tuple[str, ...]
) -> None:
    trouble = Trouble(stage, act, nth=2, times=1)  # type: ignore[arg-type]  # a Stage
    with SmtpServer(trouble, extensions=extensions) as server:
        results = send(server, mails(3))
        assert [result.outcome for result in results] == [Outcome.ACCEPTED, outcome, Outcome.ACCEPTED]
        assert (results[1].code, results[1].enhanced, results[1].text) == said
        assert [mail.recipient for mail in server.received] == ["p1@example.org", "p3@example.org"]
        assert server.connections == 1


BREAKS = [
    ("RCPT", Drop(), Outcome.DEFERRED, "closed by the server"),
    ("RCPT", Hang(), Outcome.DEFERRED, "no answer to RCPT in 0.3 s"),
    ("RCPT", Say("hello?"), Outcome.DEFERRED, "not SMTP: 'hello?'"),
    ("RCPT", Say("354 too soon"), Outcome.DEFERRED, "out of turn: 354 too soon"),
    ("DATA", Drop(), Outcome.DEFERRED, "closed by the server"),
    ("DATA", Hang(), Outcome.DEFERRED, "no answer to DATA in 0.3 s"),
    ("DATA", Say("250 2.0.0 thanks"), Outcome.DEFERRED, "out of turn: 250"),
    ("DATA", Say("354 go\r\n250 2.0.0 got it"), Outcome.DEFERRED, "out of turn: 250"),
    ("BODY", Hang(), Outcome.UNCERTAIN, "no answer to the final dot in 0.3 s"),
    ("DOT", Drop(), Outcome.UNCERTAIN, "after the whole message had gone out"),
    ("DOT", Drop(keep=True), Outcome.UNCERTAIN, "after the whole message had gone out"),
    ("DOT", Hang(), Outcome.UNCERTAIN, "no answer to the final dot in 0.3 s"),
    ("DOT", Hang(keep=True), Outcome.UNCERTAIN, "no answer to the final dot in 0.3 s"),
    ("DOT", Say("\x00\xff???"), Outcome.UNCERTAIN, "not SMTP"),
    ("DOT", Say("354 and now?"), Outcome.UNCERTAIN, "354 and now?"),
    ("DOT", Say("2" * 20_000), Outcome.UNCERTAIN, "not SMTP"),
]


@pytest.mark.parametrize("extensions", WITH_AND_WITHOUT)
@pytest.mark.parametrize(("stage", "act", "outcome", "text"), BREAKS)
def test_a_break_is_told_apart_by_the_final_dot_and_the_next_mail_goes_on(
    stage: str, act: Say | Drop | Hang, outcome: Outcome, text: str, extensions: tuple[str, ...]
) -> None:
    trouble = Trouble(stage, act, nth=2, times=1)  # type: ignore[arg-type]  # a Stage
    with SmtpServer(trouble, extensions=extensions) as server:
        results = send(server, mails(3), timeouts=QUICK if isinstance(act, Hang) else PATIENT)
        assert [result.outcome for result in results] == [Outcome.ACCEPTED, outcome, Outcome.ACCEPTED]
        assert results[1].code is None
        assert text in results[1].text
        assert server.connections == 2


@pytest.mark.parametrize("act", [Drop(), Hang()])
def test_a_big_mail_broken_off_before_its_end_is_deferred(act: Drop | Hang) -> None:
    big = mails(1, BODY + b"x" * 70 + b"\r\n" + b"y" * 20_000_000)
    with SmtpServer(Trouble("BODY", act)) as server:
        (result,) = send(server, big, timeouts=QUICK if isinstance(act, Hang) else PATIENT)
        assert result.outcome is Outcome.DEFERRED
        assert server.received == []


def test_a_server_that_cuts_a_big_mail_short_is_heard() -> None:
    big = mails(2, BODY + (b"x" * 70 + b"\r\n") * 300_000)
    with SmtpServer(Trouble("BODY", Say("552 5.3.4 too big"), times=1)) as server:
        first, second = send(server, big)
        assert (first.outcome, first.code) == (Outcome.REFUSED, 552)
        assert second.outcome is Outcome.ACCEPTED
        assert len(server.received) == 1


@pytest.mark.parametrize("extensions", WITH_AND_WITHOUT)
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "DOT"])
def test_421_leaves_the_rest_of_the_batch_unbegun(stage: str, extensions: tuple[str, ...]) -> None:
    trouble = Trouble(stage, Say("421 4.3.2 busy"))  # type: ignore[arg-type]  # a Stage
    with SmtpServer(trouble, extensions=extensions) as server:
        (result,) = send(server, mails(5))
        assert (result.key, result.outcome, result.code) == (1, Outcome.DEFERRED, 421)
        assert server.received == []


@pytest.mark.parametrize("act", [Drop(), Say("421 4.4.2 idle for too long")])
def test_a_session_that_went_stale_costs_no_mail_anything(act: Say | Drop) -> None:
    with SmtpServer(Trouble("MAIL", act, nth=3, times=1)) as server:
        results = send(server, mails(4))
        assert [result.outcome for result in results] == [Outcome.ACCEPTED] * 4
        assert server.connections == 2


def test_a_server_that_said_goodbye_between_two_batches_is_met_again(smtp_server: SmtpServer) -> None:
    smtp = transport(smtp_server)
    assert len(list(smtp.send(mails(1)))) == 1
    smtp_server.troubles.append(Trouble("MAIL", Drop(), times=1))
    assert [result.outcome for group in smtp.send(mails(1)) for result in group] == [Outcome.ACCEPTED]
    smtp.close()


def test_a_refused_sender_is_no_recipients_fault() -> None:
    with SmtpServer(Trouble("MAIL", Say("553 5.7.1 not your address"), nth=2)) as server:
        results, down = send_until_down(transport(server), mails(3))
        assert [result.outcome for result in results] == [Outcome.ACCEPTED]
        assert f"{server.host}:{server.port} refuses the sender <bounces@example.com>" in down.what
        assert "553 5.7.1 not your address" in down.what


def test_a_server_that_wants_a_login_is_down_for_us() -> None:
    with SmtpServer(logins={"ana": "secret"}) as server:
        results, down = send_until_down(transport(server), mails(2))
        assert results == []
        assert "wants a login" in down.what
        assert "username" in down.remedy


def test_a_mail_above_the_servers_size_limit_is_no_recipients_fault() -> None:
    with SmtpServer(extensions=("SIZE 10",)) as server:
        _, down = send_until_down(transport(server), mails(1))
        assert "takes mails of at most 10 bytes" in down.what


def test_when_only_the_first_connection_is_let_in_it_does_all() -> None:
    with SmtpServer(Trouble("CONNECT", Say("421 4.7.0 too many connections"), nth=2)) as server:
        assert len(send(server, mails(20), connections=4)) == 20


def test_connections_lost_for_good_end_in_transport_down() -> None:
    refuse = Trouble("CONNECT", Say("554 5.7.1 go away"), nth=2)
    with SmtpServer(refuse, Trouble("DOT", Drop(), nth=3)) as server:
        results, down = send_until_down(transport(server), mails(6))
        assert [result.outcome for result in results] == [Outcome.ACCEPTED] * 2 + [Outcome.UNCERTAIN]
        assert "turns us away: 554 5.7.1 go away" in down.what


def test_a_non_ascii_address_needs_smtputf8() -> None:
    mail = Mail(1, "bounces@example.com", "jürgen@example.org", BODY)
    with SmtpServer() as server:
        (result,) = send(server, [mail])
        assert (result.outcome, result.code) == (Outcome.REFUSED, None)
        assert "SMTPUTF8" in result.text
    with SmtpServer(extensions=("SMTPUTF8",)) as server:
        (result,) = send(server, [mail])
        assert result.outcome is Outcome.ACCEPTED
        assert "MAIL FROM:<bounces@example.com> SMTPUTF8" in server.commands


@pytest.mark.parametrize(
    "recipient", ["a@b.example>\r\nRCPT TO:<c@d.example", "a b@c.example", "a\x00@b.example"]
)
def test_an_address_cannot_smuggle_commands(smtp_server: SmtpServer, recipient: str) -> None:
    (result,) = send(smtp_server, [Mail(1, "bounces@example.com", recipient, BODY)])
    assert result.outcome is Outcome.REFUSED
    assert smtp_server.received == []
    assert not [command for command in smtp_server.commands if command.startswith(("MAIL", "RCPT"))]


@pytest.mark.parametrize("end", [b"\n.\n", b"\r.\r", b"\r\n.\n", b"\n.\r\n", b"\r\n.\r\n"])
def test_a_message_cannot_smuggle_a_second_one(smtp_server: SmtpServer, end: bytes) -> None:
    data = b"Subject: x\r\n\r\nHello" + end + b"MAIL FROM:<a@b.example>\r\n"
    send(smtp_server, mails(1, data))
    (received,) = smtp_server.received
    assert received.data == b"Subject: x\r\n\r\nHello\r\n.\r\nMAIL FROM:<a@b.example>\r\n"


def test_on_the_wire_leaves_a_clean_message_alone() -> None:
    assert on_the_wire(BODY) == BODY
    assert on_the_wire(b"no end") == b"no end\r\n"


def test_a_message_and_the_next_mails_commands_go_out_together() -> None:
    """Every write of the client comes in by itself: the server reads all there is before it answers."""
    writes: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"220 test.example\r\n")
            while came := connection.recv(1_000_000):
                writes.append(came)
                answers = b""
                for line in came.split(b"\r\n")[:-1]:
                    verb = line.split(b" ")[0]
                    if verb == b"EHLO":
                        answers += b"250-test.example\r\n250 PIPELINING\r\n"
                    elif verb == b"DATA":
                        answers += b"354 go\r\n"
                    elif verb in {b"MAIL", b"RCPT", b"RSET", b"."}:
                        answers += b"250 ok\r\n"
                    elif verb == b"QUIT":
                        answers += b"221 bye\r\n"
                connection.sendall(answers)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=(listener,), daemon=True)
        server.start()
        smtp = SmtpTransport(
            Address("127.0.0.1", listener.getsockname()[1], "none"), connections=1, timeouts=PATIENT
        )
        known = [result for group in smtp.send(mails(3)) for result in group]
        smtp.close()
        server.join(10)
    assert [result.outcome for result in known] == [Outcome.ACCEPTED] * 3
    verbs = [
        [line.split(b" ")[0] for line in each.split(b"\r\n") if line.split(b" ")[0].isupper() or line == b"."]
        for each in writes
    ]
    assert verbs == [
        [b"EHLO"],
        [b"MAIL", b"RCPT", b"DATA"],
        [b".", b"MAIL", b"RCPT", b"DATA"],
        [b".", b"MAIL", b"RCPT", b"DATA"],
        [b"."],
        [b"QUIT"],
    ]


def test_what_the_server_offers_is_used() -> None:
    offered = ("SIZE 100000", "8BITMIME", "DSN", "SMTPUTF8")
    eight_bit = Mail(
        1, "bounces@example.com", "ana+x=y@example.org", "Subject: x\r\n\r\nü\r\n".encode(), "e1"
    )
    with SmtpServer(extensions=offered) as server:
        send(server, [eight_bit, mails(2)[1]])
        commands = [each for each in server.commands if each.startswith(("MAIL", "RCPT"))]
    assert commands == [
        f"MAIL FROM:<bounces@example.com> SIZE={len(eight_bit.data)} BODY=8BITMIME RET=HDRS ENVID=e1",
        "RCPT TO:<ana+x=y@example.org> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ana+2Bx+3Dy@example.org",
        f"MAIL FROM:<bounces@example.com> SIZE={len(BODY)}",
        "RCPT TO:<p2@example.org> NOTIFY=FAILURE,DELAY ORCPT=rfc822;p2@example.org",
    ]


def test_a_connection_that_is_not_let_in_again_at_once_comes_back() -> None:
    busy = Say("421 4.3.2 busy")
    troubles = [Trouble("CONNECT", busy, nth=nth, times=1) for nth in (5, 7, 9, 12)]
    with SmtpServer(*troubles) as server:
        address = Address(server.host, server.port, "none")
        smtp = SmtpTransport(address, connections=4, mails_per_connection=10, timeouts=PATIENT)
        assert sum(len(group) for group in smtp.send(mails(200))) == 200
        smtp.close()


def test_a_421_is_a_pause_even_where_not_all_connections_are_let_in() -> None:
    too_many = Trouble("CONNECT", Say("421 4.7.0 too many connections"), nth=3)
    with SmtpServer(too_many, Trouble("DOT", Say("421 4.3.2 busy"), nth=30, times=1)) as server:
        results = send(server, mails(300), connections=4)
    assert 30 <= len(results) < 300
    assert [result.code for result in results].count(421) == 1


def test_a_421_is_heard_where_each_command_gets_one() -> None:
    def serve(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.sendall(b"220 test.example\r\n")
                connection.recv(1000)
                connection.sendall(b"250-test.example\r\n250 PIPELINING\r\n")
                connection.recv(1000)
                connection.sendall(b"250 ok\r\n421 busy\r\n421 busy\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        address = Address("127.0.0.1", listener.getsockname()[1], "none")
        smtp = SmtpTransport(address, connections=1, timeouts=PATIENT)
        (result,) = [result for group in smtp.send(mails(5)) for result in group]
        smtp.close()
        listener.shutdown(socket.SHUT_RDWR)
    assert (result.outcome, result.code) == (Outcome.DEFERRED, 421)


def test_a_connection_that_is_used_up_is_said_goodbye_to(smtp_server: SmtpServer) -> None:
    address = Address(smtp_server.host, smtp_server.port, "none")
    smtp = SmtpTransport(address, connections=2, mails_per_connection=1, timeouts=PATIENT)
    for _ in range(4):
        assert sum(len(group) for group in smtp.send(mails(1))) == 1
    smtp.close()
    assert (smtp_server.connections, smtp_server.commands.count("QUIT")) == (4, 4)


def test_a_connection_takes_only_so_many_mails() -> None:
    with SmtpServer(extensions=("PIPELINING",)) as server:
        address = Address(server.host, server.port, "none")
        smtp = SmtpTransport(address, connections=1, mails_per_connection=4, timeouts=PATIENT)
        assert sum(len(group) for group in smtp.send(mails(10))) == 10
        smtp.close()
        assert server.connections == 3
        assert server.commands.count("QUIT") == 3
        assert len(server.received) == 10


def test_no_message_goes_out_while_too_many_are_unrecorded() -> None:
    """The caller is busy with the first group: of all the others a bounded number goes out meanwhile."""
    with SmtpServer(extensions=("PIPELINING",)) as server:
        smtp = transport(server, connections=5)
        groups = smtp.send(mails(300))
        first = next(groups)
        time.sleep(0.5)
        assert len(first) <= len(server.received) <= MOST_UNRECORDED + 5
        assert len(first) + sum(map(len, groups)) == 300
        smtp.close()


@pytest.mark.parametrize("extensions", WITH_AND_WITHOUT)
def test_what_may_not_begin_any_more_has_no_result(extensions: tuple[str, ...]) -> None:
    with SmtpServer(extensions=extensions) as server:
        smtp = transport(server, connections=2)
        known = [
            result for group in smtp.send(mails(100), lambda: len(server.received) < 20) for result in group
        ]
        smtp.close()
        assert len(known) == len(server.received) < 100
        assert {f"p{result.key}@example.org" for result in known} == {
            mail.recipient for mail in server.received
        }


def test_a_caller_may_have_nothing_for_the_moment(smtp_server: SmtpServer) -> None:
    def slowly() -> Iterator[Mail | None]:
        for mail in mails(3):
            yield None
            yield mail
            yield None

    smtp = transport(smtp_server)
    assert sum(len(group) for group in smtp.send(slowly())) == 3
    smtp.close()


def test_mails_are_taken_only_a_little_ahead(smtp_server: SmtpServer) -> None:
    taken: list[int] = []

    def endless() -> Iterator[Mail]:
        for key in count(1):
            taken.append(key)
            yield Mail(key, "bounces@example.com", "ana@example.org", BODY)

    smtp = transport(smtp_server, connections=2)
    groups = smtp.send(endless())
    known = [result.key for group in islice(groups, 2) for result in group]
    groups.close()
    smtp.close()
    assert len(taken) - len(known) <= MOST_UNRECORDED + 2 + AHEAD
    assert len(smtp_server.received) <= len(taken)


def test_a_mistake_in_the_callers_mails_reaches_the_caller(smtp_server: SmtpServer) -> None:
    def broken() -> Iterator[Mail]:
        yield from mails(1)
        raise LookupError("no more")

    smtp = transport(smtp_server)
    with pytest.raises(LookupError):
        list(smtp.send(broken()))
    smtp.close()


# Connecting


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def refused_because(address: Address) -> TransportDown:
    results, down = send_until_down(SmtpTransport(address, timeouts=QUICK), mails(1))
    assert results == []
    return down


def test_no_server_is_named_with_its_port() -> None:
    port = free_port()
    down = refused_because(Address("127.0.0.1", port, "none"))
    assert f"mail server 127.0.0.1:{port} cannot be reached" in down.what
    assert "host and port" in down.remedy


def test_an_unknown_host_is_named() -> None:
    down = refused_because(Address("mail.invalid", 25, "none"))
    assert "mail.invalid:25 is not found" in down.what


@pytest.mark.timeout(30)
def test_a_silent_server_does_not_hang_us() -> None:
    with SmtpServer(Trouble("CONNECT", Hang())) as server:
        down = refused_because(Address(server.host, server.port, "none"))
    assert "the connection in 1 s" in down.what


@pytest.mark.parametrize(
    ("troubles", "text"),
    [
        (Trouble("CONNECT", Drop()), "closed by the server"),
        (Trouble("CONNECT", Say("554 5.3.2 no mail here")), "turns us away: 554 5.3.2 no mail here"),
        (Trouble("CONNECT", Say("421 4.3.2 busy")), "turns us away: 421 4.3.2 busy"),
        (Trouble("CONNECT", Say("SSH-2.0-OpenSSH_9.2")), "not SMTP: 'SSH-2.0-OpenSSH_9.2'"),
        (Trouble("EHLO", Say("550 5.7.1 who?")), "refuses our greeting: 550 5.7.1 who?"),
        (Trouble("EHLO", Hang()), "no answer to EHLO"),
    ],
)
def test_a_server_that_does_not_let_us_begin(troubles: Trouble, text: str) -> None:
    with SmtpServer(troubles) as server:
        down = refused_because(Address(server.host, server.port, "none"))
    assert text in down.what
    assert f"{server.host}:{server.port}" in down.what


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Iterator[trustme.CA]:
    """An authority that the system's list of certificates ends with."""
    with authority.cert_pem.tempfile() as path:
        monkeypatch.setenv("SSL_CERT_FILE", path)
        yield authority


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN", "CRAM-MD5 PLAIN"])
def test_encrypted_and_logged_in(trusted: trustme.CA, security: str, mechanisms: str) -> None:
    server = SmtpServer(
        certificate=trusted.issue_cert("127.0.0.1"),
        tls=security == "tls",
        logins={"ana": "päss word"},
        mechanisms=mechanisms,
    )
    with server:
        smtp = SmtpTransport(
            Address(server.host, server.port, security, "ana", "päss word"),  # type: ignore[arg-type]  # Security
            connections=2,
            timeouts=QUICK,
        )
        results = [result for group in smtp.send(mails(10)) for result in group]
        smtp.close()
        assert {result.outcome for result in results} == {Outcome.ACCEPTED}
        assert {(mail.login, mail.encrypted) for mail in server.received} == {("ana", True)}


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_for_another_name_is_not_trusted(trusted: trustme.CA, security: str) -> None:
    certificate = trusted.issue_cert("other.example")
    with SmtpServer(certificate=certificate, tls=security == "tls") as server:
        down = refused_because(Address(server.host, server.port, security))  # type: ignore[arg-type]  # Security
    assert "certificate that cannot be trusted: IP address mismatch" in down.what
    assert "name in the certificate" in down.remedy
    assert not any(command.startswith("MAIL") for command in server.commands)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_from_nobody_we_know_is_not_trusted(security: str) -> None:
    certificate = trustme.CA().issue_cert("127.0.0.1")
    with SmtpServer(certificate=certificate, tls=security == "tls") as server:
        down = refused_because(Address(server.host, server.port, security))  # type: ignore[arg-type]  # Security
    assert "cannot be trusted: unable to get local issuer certificate" in down.what


def test_starttls_that_is_not_offered_is_not_done_without(smtp_server: SmtpServer) -> None:
    down = refused_because(Address(smtp_server.host, smtp_server.port, "starttls"))
    assert "offers no STARTTLS" in down.what
    assert 'security = "tls"' in down.remedy


def test_tls_to_a_port_that_wants_starttls(smtp_server: SmtpServer) -> None:
    down = refused_because(Address(smtp_server.host, smtp_server.port, "tls"))
    assert "does not agree on TLS" in down.what
    assert 'security = "starttls"' in down.remedy


def test_clear_text_to_a_port_that_wants_tls(trusted: trustme.CA) -> None:
    with SmtpServer(certificate=trusted.issue_cert("127.0.0.1"), tls=True) as server:
        down = refused_because(Address(server.host, server.port, "starttls"))
    assert 'port 465 wants "tls"' in down.remedy


@pytest.mark.parametrize(
    ("act", "text"),
    [
        (Say("454 4.7.0 not now"), "refuses STARTTLS: 454 4.7.0 not now"),
        (Say("220 go\r\n250 injected"), "sent data in clear text after STARTTLS"),
        (Drop(), "closed by the server"),
        (Hang(), "no answer to STARTTLS"),
        (Say("220 2.0.0 go, but I will not"), "gave no answer in 1 s"),
    ],
)
def test_starttls_that_goes_wrong(trusted: trustme.CA, act: Say | Drop | Hang, text: str) -> None:
    certificate = trusted.issue_cert("127.0.0.1")
    with SmtpServer(Trouble("STARTTLS", act), certificate=certificate) as server:
        down = refused_because(Address(server.host, server.port, "starttls", "ana", "secret"))
    assert text in down.what
    assert not any(command.startswith(("AUTH", "MAIL")) for command in server.commands)


@pytest.mark.parametrize("mechanisms", ["PLAIN", "LOGIN"])
def test_a_refused_login_names_the_user_and_keeps_the_password(mechanisms: str) -> None:
    with SmtpServer(logins={"ana": "right"}, mechanisms=mechanisms) as server:
        address = Address(server.host, server.port, "none", "ana", "hunter2")
        results, down = send_until_down(SmtpTransport(address, connections=4, timeouts=QUICK), mails(9))
    assert results == []
    assert "refuses the login of 'ana' (535 5.7.8)" in down.what
    assert "hunter2" not in f"{down} {address!r} {address}"
    assert server.connections == 1


def test_a_login_we_cannot_do() -> None:
    with SmtpServer(logins={"ana": "x"}, mechanisms="CRAM-MD5") as server:
        down = refused_because(Address(server.host, server.port, "none", "ana", "x"))
    assert "only CRAM-MD5" in down.what


def test_no_password_goes_over_the_network_in_clear_text() -> None:
    with pytest.raises(WrongUse, match='security = "none"'):
        Address("mail.example.com", 25, "none", "ana", "secret")
    Address("localhost", 25, "none", "ana", "secret")
    Address("::1", 25, "none", "ana", "secret")
    Address("mail.example.com", 25, "none")
