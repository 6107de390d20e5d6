"""The program as a process: help, cron's pass, the scheduler, the demo, and that the README is true."""

import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from command import Desk
from notifier.cli import COMMANDS, main

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
NOTIFIER = (sys.executable, "-m", "notifier")


def start(desk: Desk, *words: str) -> subprocess.Popen[str]:
    args = [*NOTIFIER, "--config", str(desk.config), *words]
    return subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path, "sqlite:///notifier.db")
    desk.ok("init")
    for name in ("cur", "new", "tmp"):
        (tmp_path / "inbox" / name).mkdir(parents=True)
    return desk


def test_help_imports_nothing_heavy() -> None:
    """`notifier --help` is quick because it waits for no parser, database or mail library."""
    heavy = {"sqlalchemy", "alembic", "pydantic", "jinja2", "lxml", "rapidfuzz", "httpx", "apscheduler"}
    code = "import sys; from notifier.cli import main; main(['--help'], standalone_mode=False); "
    code += "print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "diff" in done.stdout
    assert not heavy & set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_help_that_the_overview_promises(name: str, desk: Desk) -> None:
    assert "Usage" in desk.ok(name, "--help")
    context = main.make_context("notifier", [name, "--help"], resilient_parsing=True)
    resolved, command, _ = main.resolve_command(context, [name])
    assert resolved == name
    assert command is not None
    assert command.name == name


def commands_of(text: str) -> list[list[str]]:
    """The words after "$ notifier" in the README's examples, comments taken off."""
    return [
        shlex.split(line, comments=True) for line in re.findall(r"^\$ notifier (.*)$", text, re.MULTILINE)
    ]


def test_every_command_is_in_the_readme_and_every_one_there_exists() -> None:
    named = set(re.findall(r"notifier (?:--config \S+ )?([a-z]+)", README))
    assert set(COMMANDS) <= named
    for words in commands_of(README):
        assert words[0] in COMMANDS, words
        context = main.make_context("notifier", words, resilient_parsing=True)
        _, command, rest = main.resolve_command(context, words)
        assert command is not None
        sub = getattr(command, "commands", None)
        if sub is not None:
            assert rest[0] in sub, words
            command, rest = sub[rest[0]], rest[1:]
        command.make_context(words[0], rest)  # raises on an option or an argument that is not there


def test_the_scheduler_runs_passes_and_stops_cleanly_on_sigterm(desk: Desk) -> None:
    running = start(desk, "schedule", "--every", "1")
    (desk.folder / "inbox" / "new" / "1.mail").write_text("From: a@mail.example\nSubject: hello\n\nhello\n")
    deadline = time.monotonic() + 30
    while "a@mail.example" not in desk.ok("optouts", "list", "--waiting") and time.monotonic() < deadline:
        time.sleep(0.2)
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=20)
    assert running.returncode == 0
    assert "1 new mail: 1 unclear" in err
    assert "Traceback" not in err


def test_two_passes_at_once_take_a_mail_once(desk: Desk) -> None:
    for number in range(40):
        (desk.folder / "inbox" / "new" / f"{number}.mail").write_text(
            f"From: a{number}@mail.example\n\nhello\n"
        )
    passes = [start(desk, "run") for _ in range(3)]
    outs = [each.communicate(timeout=60) for each in passes]
    assert [each.returncode for each in passes] == [0, 0, 0], outs
    assert len(desk.ok("optouts", "list", "--waiting").splitlines()) == 41


def test_a_pass_that_fails_says_so_and_the_rest_is_done(desk: Desk) -> None:
    """The mailbox is gone, and yet the two mails that were left are sent: exit code 3."""
    desk.ok("subscribers", "import", desk.folder / "customers.csv")
    desk.ok("send", desk.folder / "old.md", desk.folder / "new.md", "--yes", "--limit", "1")
    for name in ("cur", "new", "tmp"):
        (desk.folder / "inbox" / name).rmdir()
    done = desk("run")
    assert done.code == 3
    assert "3 accepted" in done.out
    assert "inbox" in done.err


def test_ctrl_c_stops_cleanly_and_the_next_send_goes_on(desk: Desk) -> None:
    rows = "".join(f"c{number}@mail.example,Customer {number}\n" for number in range(3000))
    (desk.folder / "many.csv").write_text(f"email,name\n{rows}", encoding="utf-8")
    desk.ok("subscribers", "import", desk.folder / "many.csv")
    running = start(desk, "send", str(desk.folder / "old.md"), str(desk.folder / "new.md"), "--yes")
    outbox = desk.folder / "outbox" / "new"
    deadline = time.monotonic() + 60
    while not (outbox.exists() and len(list(outbox.iterdir())) > 100) and time.monotonic() < deadline:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    written = len(list(outbox.iterdir()))
    assert running.returncode == 3, (out, err)
    assert "stopped as you asked" in err
    assert f"{written} accepted" in out
    assert written < 3000
    assert "3000 accepted" in desk.ok("send", "--yes")
    assert len(list(outbox.iterdir())) == 3000


def test_the_demo_runs_the_whole_job(tmp_path: Path) -> None:
    done = subprocess.run(
        [*NOTIFIER, "demo", "--folder", str(tmp_path / "demo")], capture_output=True, text=True, check=True
    )
    assert "198 accepted, 1 deferred, 1 refused" in done.stdout
    assert "9 opt-out, 1 copy request, 4 auto-reply, 1 bounce, 1 unclear" in done.stdout
    assert "late" in done.stdout
    assert "closed" in done.stdout
    assert (tmp_path / "demo" / "optouts.csv").read_text(encoding="utf-8").count("\n") == 10


def test_what_came_in_before_the_mailbox_broke_is_decided(desk: Desk) -> None:
    inbox = desk.folder / "inbox" / "new"
    (inbox / "1.mail").write_text("From: a@mail.example\n\nhello\n")
    (inbox / "2.mail").symlink_to(inbox / "2.mail")  # cannot be read by anybody
    assert "2.mail" in desk.fails(3, "receive")
    assert "a@mail.example" in desk.ok("optouts", "list", "--waiting")
