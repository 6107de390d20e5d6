"""`notifier policy`: keep the versions of a policy."""

import rich_click as click

from notifier.app import App
from notifier.cli.show import say, table
from notifier.errors import WrongUse


@click.group("policy")
def command() -> None:
    """Keep versions of a policy, each under NAME@NUMBER."""


@command.command()
@click.argument("name")
@click.argument("source", required=False)
@click.pass_obj
def add(app: App, name: str, source: str | None) -> None:
    """Store a version of the policy NAME.

    SOURCE is a path, a URL, git:REV:PATH or - for standard input; without it, [policies.NAME] source of the
    configuration. The same text twice is no new version.
    """
    from notifier.flow import policies
    from notifier.source import fetch

    if source is None:
        section = app.settings.policies.get(name)
        source = section.source if section else ""
        if not source:
            raise WrongUse(f"no source for the policy {name!r}", f"name one, or set [policies.{name}] source")
    version, new = policies.add(app.db, name, fetch(source), app.clock())
    dated = f", dated {version.effective_date}" if version.effective_date else ""
    say(f"{name}@{version.number}{dated} " + ("stored" if new else "is this text already"))


@command.command("list")
@click.argument("name", required=False)
@click.pass_obj
def list_(app: App, name: str | None) -> None:
    """List the stored versions, of one policy or of all."""
    from notifier.flow import policies

    table(
        ("version", "dated", "language", "added (UTC)", "source", "sha256"),
        (
            (
                f"{version.policy}@{version.number}",
                version.effective_date,
                version.language,
                version.added_at,
                version.source,
                version.sha256[:12],
            )
            for version in policies.versions(app.db, name)
        ),
    )
