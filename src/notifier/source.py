"""Where a text comes from: a file, a web page, a commit, standard input."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from notifier import __version__
from notifier.errors import TryAgain, WrongUse
from notifier.policy import docx
from notifier.policy.tracked import View

if TYPE_CHECKING:
    import httpx

    from notifier.changes.vocabulary import Vocabularies

LARGEST = 10_000_000  # bytes; the longest real policies are under 1 MB
_REDIRECTS = 5
_SECONDS_TO_CONNECT = 10.0
_SECONDS_BETWEEN_BYTES = 20.0
_SECONDS_IN_ALL = 60.0
_GIT_SECONDS = 30
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
_CLIENT_ERROR = 400


@dataclass(frozen=True, slots=True)
class Source:
    """A text as it was read: its bytes, how it was named, and the media type a server gave ("" otherwise)."""

    data: bytes
    label: str
    media_type: str = ""


def fetch(spec: str) -> Source:
    """Read what `spec` names: a path, an http(s) URL, `git:REV:PATH` (from the current folder), or `-`.

    With `#rejected` after it, a Word document as it was before its tracked changes; with `#accepted`, or
    without either, its text with them. Raises WrongUse when there is no such thing or it is larger than
    10 MB, TryAgain when a server is down.
    """
    plain, _, view = spec.rpartition("#")
    if plain and view in set(View) and not Path(spec).exists():
        return _viewed(fetch(plain), View(view))
    if spec == "-":
        return Source(_capped(sys.stdin.buffer.read(LARGEST + 1), "standard input"), "standard input")
    if spec.startswith("git:"):
        return _git(spec)
    if spec.startswith(("http://", "https://")):
        return _web(spec)
    return _file(spec)


def _viewed(whole: Source, view: View) -> Source:
    if not whole.data.startswith(docx.MAGIC):
        raise WrongUse(
            f"{whole.label} has no tracked changes to be {view}", f"leave out #{view}: only DOCX has them"
        )
    label = f"{whole.label}#{view}"
    if view is View.ACCEPTED:
        return Source(whole.data, label, whole.media_type)
    return Source(docx.rejected(whole.data, whole.label), label, whole.media_type)


def _capped(data: bytes, label: str) -> bytes:
    if len(data) > LARGEST:
        raise WrongUse(f"{label} is larger than {LARGEST // 1_000_000} MB", "name the policy's text alone")
    return data


def _file(spec: str) -> Source:
    path = Path(spec)
    try:
        if path.is_dir():
            raise WrongUse(f"{spec} is a folder", "name a file in it")
        with path.open("rb") as file:
            return Source(_capped(file.read(LARGEST + 1), spec), spec)
    except FileNotFoundError:
        raise WrongUse(f"{spec} does not exist", "name a file, an http(s) URL, git:REV:PATH or -") from None
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise WrongUse(f"{spec} cannot be read", reason) from error


def _git(spec: str) -> Source:
    revision, colon, path = spec.removeprefix("git:").partition(":")
    if not (revision and colon and path) or revision.startswith("-"):
        raise WrongUse(
            f"{spec} names no version in git", "write git:REV:PATH, for example git:HEAD~1:privacy.md"
        )
    git = shutil.which("git")
    if git is None:
        raise WrongUse("git is not installed", "install git, or name a file")
    # "./" has git look from the current folder instead of the top of the repository.
    relative = os.path.relpath(path) if Path(path).is_absolute() else path
    try:
        done = subprocess.run(  # noqa: S603 - no shell; the revision cannot be an option, the path follows a colon
            [git, "cat-file", "blob", f"{revision}:./{relative}"],
            capture_output=True,
            check=False,
            timeout=_GIT_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        raise TryAgain(f"git took longer than {_GIT_SECONDS} s to read {spec}", "try again") from None
    except ValueError as error:  # a null byte
        raise WrongUse(f"{spec!r} names no version in git", str(error)) from error
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        said = lines[0].removeprefix("fatal: ") if lines else f"exit code {done.returncode}"
        raise WrongUse(f"{spec} cannot be read from git", said)
    return Source(_capped(done.stdout, spec), spec)


def _web(spec: str) -> Source:
    import httpx  # noqa: PLC0415 - takes a tenth of a second, which reading a file need not wait for

    label = _without_password(spec)
    timeout = httpx.Timeout(_SECONDS_BETWEEN_BYTES, connect=_SECONDS_TO_CONNECT)
    client = httpx.Client(follow_redirects=True, max_redirects=_REDIRECTS, timeout=timeout)
    try:
        with (
            client,
            client.stream("GET", spec, headers={"User-Agent": f"notifier/{__version__}"}) as response,
        ):
            if response.status_code == _TOO_MANY_REQUESTS or response.status_code >= _SERVER_ERROR:
                raise TryAgain(f"{label} answered {response.status_code}", "try again later")
            if response.status_code >= _CLIENT_ERROR:
                raise WrongUse(f"{label} answered {response.status_code}", "check the address")
            return Source(_body(response, label), label, response.headers.get("content-type", ""))
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise WrongUse(f"{label} is not an address", str(error)) from error
    except httpx.TooManyRedirects:
        raise WrongUse(f"{label} redirects more than {_REDIRECTS} times", "name the page itself") from None
    except httpx.TimeoutException:
        raise TryAgain(f"{label} does not answer in time", "try again later") from None
    except httpx.HTTPError as error:
        raise TryAgain(f"{label} cannot be reached", str(error) or type(error).__name__) from error


def _body(response: "httpx.Response", label: str) -> bytes:
    deadline = time.monotonic() + _SECONDS_IN_ALL
    chunks: list[bytes] = []
    size = 0
    for chunk in response.iter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST:
            break
        if time.monotonic() > deadline:
            raise TryAgain(f"{label} takes longer than {_SECONDS_IN_ALL:.0f} s to send", "try again later")
    return _capped(b"".join(chunks), label)


def _without_password(spec: str) -> str:
    """The address as it may be shown and stored."""
    try:
        parts = urlsplit(spec)
    except ValueError as error:
        raise WrongUse(f"{spec} is not an address", str(error)) from error
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def vocabularies(paths: Iterable[Path]) -> "Vocabularies":
    """The shipped vocabularies with what these files add. Raises WrongUse naming the file."""
    from notifier.changes.vocabulary import extended  # noqa: PLC0415 - fetching a text needs no vocabulary

    files = []
    for path in paths:
        try:
            files.append((str(path), path.read_text("utf-8-sig")))
        except (OSError, UnicodeDecodeError) as error:
            cause = error.strerror if isinstance(error, OSError) else str(error)
            raise WrongUse(f"{path} cannot be read ({cause})", "name a vocabulary, a TOML file") from error
    return extended(files)
