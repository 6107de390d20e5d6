"""The command line: parse, call `flow`, show. A command's module is imported when it is used."""

from errno import EPIPE
from importlib import import_module
from pathlib import Path

import rich_click as click

from notifier import __version__
from notifier.app import App
from notifier.errors import Problem, WrongUse

# name -> (module, what --help says). The help stands here, too, so that --help need import no command.
COMMANDS = {
    "init": ("init", "Write a commented configuration, create the database and the keys."),
    "demo": ("demo", "Run the whole job on invented data, in a folder of its own."),
    "diff": ("diff", "Compare two versions of a policy and judge each change."),
    "policy": ("policy", "Keep versions of a policy: add, list."),
    "subscribers": ("subscribers", "The people to be told: import, list."),
    "notice": ("notice", "The announcement: draft, show, changes, overrule, edit, preview, approve, cancel."),
    "send": ("send", "Mail a notice to everybody who has not got it yet."),
    "receive": ("receive", "Take in the mail that came back and log the opt-outs."),
    "optouts": ("optouts", "The opt-out log: list, show, add, resolve, export."),
    "status": ("status", "Where each notice stands."),
    "run": ("run", "One pass for cron: resume, retry, receive, close windows."),
    "schedule": ("schedule", "The same passes, kept running."),
    "worker": ("worker", "Send with other machines, as one of a fleet."),
}


class Lazy(click.RichGroup):
    """A group that lists its commands without importing them, and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Give the names, in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Give a stand-in that only knows its help."""
        if cmd_name not in COMMANDS:
            return None
        return click.Command(cmd_name, help=COMMANDS[cmd_name][1])

    def resolve_command(
        self,
        ctx: click.Context,
        args: list[str],
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Import the command that is called."""
        name, listed, rest = super().resolve_command(ctx, args)
        if name is None or listed is None:
            return name, listed, rest
        command: click.Command = import_module(f"notifier.cli.{COMMANDS[name][0]}").command
        return name, command, rest

    def invoke(self, ctx: click.Context) -> object:
        """Turn what a person can mend into one line and its exit code."""
        try:
            return super().invoke(ctx)
        except Problem as problem:
            line, code = str(problem), problem.exit_code
        except click.Abort:
            line, code = "stopped without an answer: with --yes nothing is asked", WrongUse.exit_code
        except OSError as error:
            # Of a file that was named to us; a reader who left the pipe is click's business.
            if error.errno == EPIPE or error.filename is None:
                raise
            line = f"{error.filename}: {error.strerror}: check the path and its permissions"
            code = WrongUse.exit_code
        click.echo(f"notifier: {line}", err=True)
        return ctx.exit(code)


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="NOTIFIER_CONFIG",
    default=Path("config.toml"),
    show_default=True,
    help="The configuration file; also from $NOTIFIER_CONFIG.",
)
@click.version_option(__version__, "-V", "--version", prog_name="notifier")
@click.pass_context
def main(ctx: click.Context, config: Path) -> None:
    """Tell every customer what changed in a policy, take their opt-outs, and keep the proof."""
    if ctx.obj is None:
        ctx.obj = ctx.with_resource(App(config))
