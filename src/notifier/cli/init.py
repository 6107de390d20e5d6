"""`notifier init`: configuration, keys, database. Safe to repeat; brings an older database up to date."""

import os
import secrets
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import rich_click as click

from notifier.app import App
from notifier.cli.show import say
from notifier.errors import WrongUse


@click.command("init")
@click.pass_obj
def command(app: App) -> None:
    """Write a commented configuration, create the database and the keys.

    What is there already is kept; an older database is brought up to date.
    """
    from notifier.flow import notices
    from notifier.store import database

    path = app.config_path
    fresh = not path.exists()
    if fresh:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_example(), encoding="utf-8")
        say(f"wrote   {path}")
    missing = [key for key in app.settings.notice.token_keys if not key.exists()]
    with closing(database.create(app.settings.database.url)) as db:
        any_sent = notices.any_sent(db)
    if missing and any_sent:
        raise WrongUse(
            f"{missing[0]} is missing, and mails were signed with it",
            "restore it from its backup: with another key replies to those mails cannot be matched",
        )
    for key in missing:
        _write_key(key)
        say(f"wrote   {key} (back it up: without it replies cannot be matched)")
    say(f"ready   {database.shown(app.settings.database.url)}")
    if fresh:
        say(f"\nNext: fill in [company] and [mail] in {path}, then\n")
        say("  notifier subscribers import customers.csv")
        say("  notifier diff old.md new.md")
        say("  notifier send old.md new.md --policy privacy")


def _example() -> str:
    """Find the example in the wheel, or beside the sources in a checkout."""
    packaged = files("notifier") / "config.example.toml"
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parents[3] / "config.example.toml").read_text(encoding="utf-8")


def _write_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
