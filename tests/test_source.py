"""Texts from files, git, the web and standard input, and what is said when they are not there."""

import io
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from notifier import source
from notifier.errors import TryAgain, WrongUse
from notifier.source import Source, fetch


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "policy.md"
    path.write_bytes(b"We keep it.")
    assert fetch(str(path)) == Source(b"We keep it.", str(path), "")


def test_what_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WrongUse, match=r"nowhere\.md does not exist"):
        fetch("nowhere.md")
    with pytest.raises(WrongUse, match="is a folder"):
        fetch(str(tmp_path))
    with pytest.raises(WrongUse, match="cannot be read"):
        fetch("a\0b")
    monkeypatch.setattr(source, "LARGEST", 10)
    (tmp_path / "large.md").write_bytes(b"x" * 11)
    with pytest.raises(WrongUse, match="larger than"):
        fetch(str(tmp_path / "large.md"))


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"We keep it.")))
    assert fetch("-") == Source(b"We keep it.", "standard input", "")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=Ana", "-c", "user.email=ana@acme.example", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    (tmp_path / "docs").mkdir()
    for text in ("first", "second"):
        (tmp_path / "docs" / "policy.md").write_text(text)
        git("add", ".")
        git("commit", "-m", text)
    monkeypatch.chdir(tmp_path / "docs")
    return tmp_path


def test_a_version_in_git_as_seen_from_the_current_folder(repository: Path) -> None:
    assert fetch("git:HEAD~1:policy.md").data == b"first"
    assert fetch("git:HEAD:./policy.md").data == b"second"
    assert fetch(f"git:HEAD:{repository / 'docs' / 'policy.md'}").data == b"second"
    assert fetch("git:HEAD:../docs/policy.md").label == "git:HEAD:../docs/policy.md"


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("git:", "names no version"),
        ("git:HEAD", "names no version"),
        ("git:HEAD:", "names no version"),
        ("git:--output=x:policy.md", "names no version"),
        ("git:HEAD:other.md", "cannot be read from git"),
        ("git:nosuch:policy.md", "cannot be read from git"),
        ("git:HEAD:../docs", "cannot be read from git"),
    ],
)
def test_what_git_does_not_have(repository: Path, spec: str, says: str) -> None:
    with pytest.raises(WrongUse, match=says):
        fetch(spec)


class Site(BaseHTTPRequestHandler):
    """Answers by path: the status it names, a redirect to itself, a large body, or a page."""

    def do_GET(self) -> None:
        if self.path == "/loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
        elif self.path == "/moved":
            self.send_response(301)
            self.send_header("Location", "/page")
            self.end_headers()
        elif self.path == "/hangup":
            self.close_connection = True
        elif self.path.strip("/").isdigit():
            self.send_response(int(self.path.strip("/")))
            self.end_headers()
        else:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(b"<p>We keep it.</p>" * (100 if self.path == "/large" else 1))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_web_page(site: str) -> None:
    assert fetch(f"{site}/page") == Source(b"<p>We keep it.</p>", f"{site}/page", "text/html; charset=utf-8")
    assert fetch(f"{site}/moved").data == b"<p>We keep it.</p>"


def test_a_password_in_an_address_is_not_kept(site: str) -> None:
    assert fetch(site.replace("//", "//ana:secret@") + "/page").label == f"{site}/page"


@pytest.mark.parametrize(
    ("path", "problem", "says"),
    [
        ("/404", WrongUse, "answered 404"),
        ("/503", TryAgain, "answered 503"),
        ("/429", TryAgain, "answered 429"),
        ("/loop", WrongUse, "redirects more than"),
        ("/hangup", TryAgain, "cannot be reached"),
        ("/large", WrongUse, "larger than"),
    ],
)
def test_what_the_web_does_not_give(
    site: str, path: str, problem: type[Exception], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "LARGEST", 1000)
    with pytest.raises(problem, match=says):
        fetch(f"{site}{path}")


@pytest.mark.parametrize("spec", ["http://", "http://[", "https://:99999/"])
def test_what_is_no_address(spec: str) -> None:
    with pytest.raises(WrongUse, match="is not an address"):
        fetch(spec)


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(TryAgain, match="cannot be reached"):
        fetch("http://127.0.0.1:9/")
