"""Running the program's commands in a folder of their own, as a person would."""

from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from notifier.cli import main

CONFIG = """\
[company]
name = "Hollin Herbs"
postal_address = "9 Garden Row, Northam"
contact = "privacy@hollin.example"

[database]
url = "{url}"

[mail]
from = "privacy@hollin.example"
{mail}

[mailbox]
kind = "maildir"
path = "inbox"

[policies.privacy]
title = "Privacy Policy"
"""

OLD = """\
# Privacy Policy

We keep your name and email address for two years.

We do not sell your personal data.

_Last updated on 1 March 2024._
"""
NEW = """\
# Privacy Policy

We keep your name and email address for ten years.

We may sell your personal data to our partners.

_Last updated on 2 November 2026._
"""
CUSTOMERS = "email,name\nana@mail.example,Ana Alder\nben@mail.example,Ben Birch\ncem@mail.example,\n"


@dataclass
class Done:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


class Desk:
    """A folder with a configuration, two versions of a policy and a customer list."""

    def __init__(self, folder: Path, url: str, mail: str = "") -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.config.write_text(CONFIG.format(url=url, mail=mail), encoding="utf-8")
        (folder / "old.md").write_text(OLD, encoding="utf-8")
        (folder / "new.md").write_text(NEW, encoding="utf-8")
        (folder / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")

    def __call__(self, *words: object, stdin: str | bytes | None = None) -> Done:
        """Run one command; an exception that is no Problem fails the test."""
        args = ["--config", str(self.config), *map(str, words)]
        result = CliRunner().invoke(main, args, input=stdin, catch_exceptions=False, prog_name="notifier")
        assert "Traceback" not in result.output
        return Done(result.exit_code, result.stdout, result.stderr)

    def ok(self, *words: object, stdin: str | bytes | None = None) -> str:
        """Run one command that has to succeed, and give what it printed."""
        done = self(*words, stdin=stdin)
        assert done.code == 0, done
        return done.out

    def fails(self, code: int, *words: object, stdin: str | bytes | None = None) -> str:
        """Run one command that has to fail with one clear line, and give the line."""
        done = self(*words, stdin=stdin)
        assert done.code == code, done
        lines = done.err.strip().splitlines()
        assert lines[-1].startswith("notifier: "), done
        return lines[-1]
