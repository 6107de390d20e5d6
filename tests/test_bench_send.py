"""The benchmark of sending, with so few mails that its rates say nothing: that it counts right."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers import require

BENCH = Path(__file__).parents[1] / "bench"
DEADLINE = 100
ROUND_TRIP = 0.05


@pytest.fixture(autouse=True)
def _postfix() -> None:
    require("smtp-sink", "postfix")


def bench(*arguments: str) -> list[list[str]]:
    """Run it; the words of each line it prints."""
    process = subprocess.Popen(
        [sys.executable, BENCH / "send.py", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        printed, said = process.communicate(timeout=DEADLINE)
    finally:
        process.terminate()  # it stops its servers then
        process.wait()
    assert process.returncode == 0, said
    return [line.split() for line in printed.splitlines()]


def row(lines: list[list[str]], name: str) -> list[str]:
    (found,) = (line[1:] for line in lines if line[:1] == [name])
    return found


def mails(words: list[str]) -> list[int]:
    """The numbers of the line that says how many were sent, and how many came in."""
    return [int(word.replace(",", "")) for word in words if word[0].isdigit()]


def test_every_mail_of_every_contender_comes_in_once() -> None:
    require("initdb", "postgresql", *sorted(Path("/usr/lib/postgresql").glob("*/bin")))
    lines = bench("--mails", "200", "--runs", "1")
    (size,) = mails(lines[0][:1])
    assert 10_000 <= size < 10_300
    for name in ("sqlite", "postgresql", "smtp-source", "smtplib"):
        rate, median, by_source, by_smtplib, *_ = row(lines, name)
        assert rate == median
        assert by_source == "1.00" or name != "smtp-source"
        assert by_smtplib == "1.00" or name != "smtplib"
    assert float(row(lines, "sqlite")[-1]) > 20  # MB: its own process has Python in it
    assert mails(lines[-1]) == [800, 800]


def test_at_a_distance_the_line_and_the_sums_are_there() -> None:
    lines = bench("--mails", "200", "--runs", "1", "--rtt", "5")
    rate, median, *_ = row(lines, "sqlite")
    assert rate == median
    assert row(lines, "smtplib")[2] == "1.00"
    assert lines[-2][:5] == ["connections", "/", "round", "trip:", "2,000;"]
    assert mails(lines[-1]) == [240, 240]  # smtplib sends a fifth


def test_a_smaller_and_a_larger_audience_are_compared() -> None:
    lines = bench("--runs", "1", "--growth", "50,150")
    ratio = float(row(lines, "150")[2]) / float(row(lines, "50")[2])
    assert float(lines[-2][-1]) == pytest.approx(ratio, abs=0.02)
    assert mails(lines[-1]) == [200, 200]


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(BENCH)!r})\n"
        "import programs; programs.FOLDERS = ()\n"
        "import send; send.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "send: smtp-sink is missing: on Debian: apt-get install postfix\n"


@pytest.fixture
def far_away() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection through the delaying proxy."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        command = [sys.executable, str(BENCH / "delay_proxy.py"), port, str(ROUND_TRIP * 1000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as proxy:
            assert proxy.stdout is not None
            near = socket.create_connection(("127.0.0.1", int(proxy.stdout.readline())), timeout=30)
            far, _ = server.accept()
            far.settimeout(30)
            with near, far:
                yield near, far
            proxy.send_signal(signal.SIGTERM)


def test_the_proxy_keeps_the_order_and_loses_nothing(far_away: tuple[socket.socket, socket.socket]) -> None:
    near, far = far_away
    sent = b"".join(b"%d\n" % number for number in range(100_000))
    for start in range(0, len(sent), 10_000):
        near.sendall(sent[start : start + 10_000])
    near.close()
    with far.makefile("rb") as file:
        assert file.read() == sent


def test_the_proxy_takes_its_time(far_away: tuple[socket.socket, socket.socket]) -> None:
    near, far = far_away
    began = time.monotonic()
    near.sendall(b"PING")
    assert far.recv(10) == b"PING"
    far.sendall(b"PONG")
    assert near.recv(10) == b"PONG"
    assert time.monotonic() - began > ROUND_TRIP - 0.003
