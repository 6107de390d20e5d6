"""Workers on a real Redis and PostgreSQL: each person is mailed once, whoever is killed or called twice."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
import trustme
from sqlalchemy import update

import postgres
import redis_server
from command import Desk
from notifier import fleet
from notifier.clock import utc_now
from notifier.delivery.states import State
from notifier.errors import TryAgain
from notifier.flow import sending
from notifier.store import database
from notifier.store.database import Database
from notifier.store.tables import deliveries as table
from redis_server import PASSWORD, Redis
from smtp_server import SmtpServer

# So many mails may be accepted by the server and not yet recorded when a process dies.
MOST_TWICE = 60
NOTICE = 1
_queues = (f"queue-{number}" for number in count(1))


@pytest.fixture(scope="module")
def broker() -> Iterator[Redis]:
    with redis_server.running() as server:
        yield server


@pytest.fixture
def relay() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def url(postgres_server: postgres.Server, postgres_template: str) -> Iterator[str]:
    with postgres_server.database(postgres_template) as name:
        yield postgres_server.url(name)


@pytest.fixture
def desk(tmp_path: Path, url: str, relay: SmtpServer, broker: Redis) -> Desk:
    """A company whose notice is approved, with a fleet."""
    mail = (
        f'transport = "smtp"\nhost = "{relay.host}"\nport = {relay.port}\nsecurity = "none"\nconnections = 2'
    )
    desk = Desk(tmp_path, url, mail)
    set_fleet(desk, f'broker = "{broker.url}"\npassword_file = "broker.password"\nqueue = "{next(_queues)}"')
    (tmp_path / "broker.password").write_text(f"{PASSWORD}\n", encoding="utf-8")
    for name in ("cur", "new", "tmp"):
        (tmp_path / "inbox" / name).mkdir(parents=True)
    (tmp_path / "token.key").write_text("17" * 32, encoding="ascii")
    return desk


@pytest.fixture
def db(url: str, desk: Desk) -> Iterator[Database]:
    opened = database.connect(url)
    yield opened
    opened.close()


def set_fleet(desk: Desk, lines: str) -> None:
    text = desk.config.read_text(encoding="utf-8").partition("[fleet]")[0]
    desk.config.write_text(f"{text}[fleet]\n{lines}\n", encoding="utf-8")


def approved(desk: Desk, people: int) -> None:
    """Draft and approve a notice to so many people."""
    rows = "".join(f"p{number}@example.org,Person {number}\n" for number in range(1, people + 1))
    (desk.folder / "customers.csv").write_text(f"email,name\n{rows}", encoding="utf-8")
    desk.ok("subscribers", "import", desk.folder / "customers.csv")
    for name in ("old.md", "new.md"):
        desk.ok("policy", "add", "privacy", desk.folder / name)
    desk.ok("notice", "draft")
    desk.ok("notice", "approve", NOTICE, "--by", "ana")


def started(desk: Desk, people: int) -> None:
    """The same, and the first mail is out."""
    approved(desk, people)
    desk.ok("send", NOTICE, "--yes", "--limit", "1")


class Worker:
    """`notifier worker` as a process group of its own."""

    def __init__(self, desk: Desk, log: Path, processes: int) -> None:
        self._log = log
        command = [sys.executable, "-m", "notifier", "--config", str(desk.config), "worker"]
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, "--processes", str(processes)],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(lambda: "waiting for calls" in self.said or self.process.poll() is not None)

    @property
    def said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def children(self) -> list[int]:
        """The processes that do the work."""
        pid = self.process.pid
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill(self) -> None:
        """All of it at once, as when the machine is switched off."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)


@contextmanager
def workers(desk: Desk, number: int, processes: int = 1) -> Iterator[list[Worker]]:
    running: list[Worker] = []
    try:
        for _ in range(number):
            running.append(Worker(desk, desk.folder / f"worker-{len(running)}.log", processes))
        yield running
    finally:
        for worker in running:
            worker.kill()
    for worker in running:
        assert "Traceback" not in worker.said, worker.said
        assert PASSWORD not in worker.said


def wait_until(true: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def counts(db: Database) -> dict[State, int]:
    return sending.counts(db, NOTICE)


def assert_everybody_was_told(relay: SmtpServer, people: int) -> Counter[str]:
    """Everybody got the mail, whoever got it twice the very same; how often each."""
    told = Counter(mail.recipient for mail in relay.received)
    assert told.keys() == {f"p{number}@example.org" for number in range(1, people + 1)}
    assert len({(mail.recipient, mail.data) for mail in relay.received}) == people
    return told


def test_two_workers_share_a_notice(desk: Desk, db: Database, relay: SmtpServer) -> None:
    """One call is enough: who finds work calls for help."""
    people = 2000
    approved(desk, people)
    relay.delay = 0.002
    with workers(desk, 2) as both:
        out = desk.ok("send", NOTICE, "--fleet", "--yes")
        assert f"{people} accepted" in out
        for worker in both:
            assert "notice 1: sending" in worker.said
    assert set(assert_everybody_was_told(relay, people).values()) == {1}
    assert "sent" in desk.ok("notice", "list")


def test_a_killed_worker_is_taken_over_after_its_lease(desk: Desk, db: Database, relay: SmtpServer) -> None:
    people = 3000
    started(desk, people)
    relay.delay = 0.005
    with workers(desk, 2) as (one, other):
        assert desk.ok("run") == ""
        wait_until(lambda: "notice 1: sending" in one.said and "notice 1: sending" in other.said)
        wait_until(lambda: len(relay.received) > people / 5)
        one.kill()
        relay.delay = 0
        wait_until(lambda: counts(db).keys() == {State.ACCEPTED, State.SENDING})
        wait_until(lambda: re.search(r"notice 1: \d+ sending, \d+ accepted", other.said))
        late = counts(db)[State.SENDING]
        assert late > 0
        desk.ok("run")
        time.sleep(1)
        assert counts(db)[State.SENDING] == late, "taken over before its lease was over"
        with db.write() as connection:  # a minute goes by
            connection.execute(
                update(table)
                .where(table.c.state == State.SENDING)
                .values(lease_until=utc_now() - timedelta(seconds=1))
            )
        desk.ok("run")
        wait_until(lambda: counts(db) == {State.ACCEPTED: people})
    told = assert_everybody_was_told(relay, people)
    assert sum(often - 1 for often in told.values()) <= MOST_TWICE


def test_a_call_that_comes_five_times_mails_nobody_twice(desk: Desk, db: Database, relay: SmtpServer) -> None:
    people = 1000
    started(desk, people)
    for _ in range(5):
        desk.ok("run")
    with workers(desk, 2, processes=2):
        wait_until(lambda: counts(db) == {State.ACCEPTED: people})
        desk.ok("run")
    assert set(assert_everybody_was_told(relay, people).values()) == {1}


@pytest.mark.parametrize("whom", ["process", "group"])
def test_sigterm_gives_back_what_was_not_begun(
    desk: Desk, db: Database, relay: SmtpServer, whom: str
) -> None:
    """A service manager may signal the worker, or each of its processes."""
    people = 2000
    started(desk, people)
    relay.delay = 0.01
    with workers(desk, 1, processes=2) as (worker,):
        desk.ok("run")
        wait_until(lambda: len(relay.received) > 50)
        (os.kill if whom == "process" else os.killpg)(worker.process.pid, signal.SIGTERM)
        assert worker.process.wait(30) == 0, worker.said
        assert "stopped" in worker.said
    after = counts(db)
    assert after.keys() == {State.ACCEPTED, State.PENDING}
    assert after[State.ACCEPTED] == len(relay.received) < people
    relay.delay = 0
    with workers(desk, 1):
        desk.ok("run")
        wait_until(lambda: counts(db) == {State.ACCEPTED: people})
    assert set(assert_everybody_was_told(relay, people).values()) == {1}


def test_a_process_that_is_asked_to_stop_gives_back_and_answers_again(
    desk: Desk, db: Database, relay: SmtpServer
) -> None:
    people = 1000
    started(desk, people)
    relay.delay = 0.01
    with workers(desk, 1) as (worker,):
        desk.ok("run")
        wait_until(lambda: len(relay.received) > 50)
        (child,) = worker.children
        os.kill(child, signal.SIGTERM)
        wait_until(
            lambda: re.search(r"notice 1: \d+ accepted, \d+ pending\n|notice 1: \d+ pending", worker.said)
        )
        relay.delay = 0
        desk.ok("run")
        wait_until(lambda: counts(db) == {State.ACCEPTED: people})
    assert set(assert_everybody_was_told(relay, people).values()) == {1}


def test_a_killed_process_is_replaced_and_its_call_comes_again(
    desk: Desk, db: Database, relay: SmtpServer
) -> None:
    people = 1000
    started(desk, people)
    relay.delay = 0.01
    with workers(desk, 1) as (worker,):
        desk.ok("run")
        wait_until(lambda: len(relay.received) > 50)
        (child,) = worker.children
        os.kill(child, signal.SIGKILL)
        relay.delay = 0
        wait_until(lambda: worker.said.count("notice 1: sending") > 1)
        wait_until(lambda: counts(db).keys() == {State.ACCEPTED, State.SENDING})


def test_ctrl_c_ends_the_watching_and_the_workers_go_on(desk: Desk, db: Database, relay: SmtpServer) -> None:
    people = 600
    approved(desk, people)
    relay.delay = 0.005
    with workers(desk, 1):
        watching = subprocess.Popen(
            [sys.executable, "-m", "notifier", "--config", str(desk.config), "send", "1", "--yes"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_until(lambda: len(relay.received) > 50)
        watching.send_signal(signal.SIGINT)
        out, err = watching.communicate(timeout=20)
        assert watching.returncode == 3
        assert "the workers that listen to redis://127.0.0.1" in out
        assert "you stopped watching, and the workers go on sending" in err
        assert "Traceback" not in err
        wait_until(lambda: counts(db) == {State.ACCEPTED: people})


def test_a_worker_outlives_its_broker(desk: Desk, db: Database, relay: SmtpServer, broker: Redis) -> None:
    started(desk, 200)
    with workers(desk, 1) as (worker,):
        broker.stop()
        time.sleep(1)
        broker.start()
        # A call made before the worker is back is lost with what Redis keeps, or waits for it.
        desk.ok("run")
        wait_until(lambda: counts(db) == {State.ACCEPTED: 200})
        assert worker.process.poll() is None


def test_what_is_no_call_of_ours_is_ignored(
    desk: Desk, db: Database, relay: SmtpServer, broker: Redis
) -> None:
    started(desk, 20)
    queue = re.findall('queue = "(.*)"', desk.config.read_text())[0]
    ours = fleet.connect(broker.url, PASSWORD, queue)
    with workers(desk, 1) as (worker,):
        for junk in ("1; DROP TABLE deliveries", None, -1, 2**80, [1], 999):
            ours.call(junk)  # type: ignore[arg-type]  # as a stranger with the broker's password might
        desk.ok("run")
        wait_until(lambda: counts(db) == {State.ACCEPTED: 20})
        assert "ignored a call that is none of ours: '1; DROP TABLE" in worker.said
        assert "there is no notice 999" in worker.said


def test_without_its_broker_one_clear_line(desk: Desk) -> None:
    approved(desk, 3)
    set_fleet(desk, 'broker = "redis://:hunter2@127.0.0.1:1/0"')
    for words in (("send", "1", "--yes"), ("worker",)):
        line = desk.fails(3, *words)
        assert "the broker redis://127.0.0.1:1/0 cannot be used: Error 111" in line
        assert "hunter2" not in line
    assert "approved" in desk.ok("notice", "list"), "nobody was enrolled"
    desk.ok("send", "1", "--yes", "--here")


def test_a_pass_without_its_broker_is_to_be_run_again(desk: Desk) -> None:
    started(desk, 3)
    set_fleet(desk, 'broker = "amqp://ana:hunter2@127.0.0.1:1//"')
    line = desk.fails(3, "run")
    assert "the broker amqp://127.0.0.1:1// cannot be used" in line
    assert "hunter2" not in line


def test_a_refused_login(desk: Desk, broker: Redis) -> None:
    (desk.folder / "broker.password").write_text("hunter2\n", encoding="utf-8")
    line = desk.fails(2, "worker")
    assert f"the broker {broker.url} refuses the login" in line
    assert "hunter2" not in line


WRONG = [
    ('broker = "sqs://hunter2@host"', "names 'sqs', which is not supported"),
    ('broker = "hunter2"', "[fleet] broker is no URL"),
    ('broker = "redis://ana:hunter2@host:port/0"', "[fleet] broker is no URL"),
    ('broker = "redis://ana:hunt@er2@host/0"', "more than one @"),
    ('broker = "redis:///0"', "names no host"),
    ('broker = ""', "[fleet] broker is not set"),
    ('broker = "redis://host/0"\npassword_file = "missing"', "fleet.password_file"),
    ('broker = "redis://host/0"\nqueue = "a queue"', "fleet.queue"),
]


@pytest.mark.parametrize(("lines", "text"), WRONG)
def test_a_wrong_setting_is_named(desk: Desk, lines: str, text: str) -> None:
    set_fleet(desk, lines)
    line = desk.fails(2, "worker")
    assert text in line
    assert "hunt" not in line
    assert "er2" not in line


def test_a_fleet_needs_postgresql(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "sqlite:///notifier.db")
    desk.ok("init")
    set_fleet(desk, 'broker = "redis://host/0"')
    desk.ok("subscribers", "import", tmp_path / "customers.csv")
    for words in (("worker",), ("send", tmp_path / "old.md", tmp_path / "new.md", "--yes")):
        assert "a fleet needs PostgreSQL" in desk.fails(2, *words)
    desk.ok("notice", "approve", 1)
    assert "3 accepted" in desk.ok("send", 1, "--here", "--yes")


@pytest.mark.parametrize("scheme", ["rediss", "amqps"])
def test_the_brokers_certificate_is_checked(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    # It is no broker, but it never comes to that.
    with SmtpServer(certificate=authority.issue_cert("localhost"), tls=True) as server:
        there = fleet.connect(f"{scheme}://localhost:{server.port}/0")
        with pytest.raises(TryAgain, match="certificate verify failed"):
            there.check()
        assert server.connections == 0
        with authority.cert_pem.tempfile() as path:
            monkeypatch.setenv("SSL_CERT_FILE", path)
            with pytest.raises(TryAgain) as caught:
                there.check()
        assert server.connections > 0, caught.value


def test_a_limit_is_for_one_process(desk: Desk) -> None:
    approved(desk, 3)
    assert "--limit" in desk.fails(2, "send", "1", "--fleet", "--limit", "2", "--yes")


def test_without_celery_it_says_what_to_install(desk: Desk) -> None:
    code = "import sys; sys.modules['celery'] = None; from notifier.cli import main; main(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, "--config", str(desk.config), "worker"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "notifier: celery is not installed: pip install 'notifier[fleet]'\n"
