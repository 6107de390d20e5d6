"""`notifier demo`: the whole job on invented data."""

import shlex
import sys
import tempfile
from pathlib import Path

import rich_click as click

from notifier.app import App
from notifier.errors import Problem, WrongUse

# A row the import left out and a mail put off are part of the demo.
EXPECTED = {0, 3}


@click.command("demo")
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), help="Where to work; default: a new one."
)
def command(folder: Path | None) -> None:
    """Run the whole job on invented data: diff, draft, approve, send, opt-outs, log.

    Everything is real (database, SMTP on loopback, mailbox) but the people and the passing of days.
    """
    from notifier.cli import main

    try:
        from notifier.demo import story
    except ModuleNotFoundError as error:
        raise WrongUse(f"{error.name} is not installed", "pip install 'notifier[demo]'") from error

    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix="notifier-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise WrongUse(f"{folder} is not empty", "name a new folder")
    calendar = story.Calendar()

    with App(folder / "config.toml", calendar) as app:

        def notifier(*words: object) -> None:
            args = [str(word) for word in words]
            shown = shlex.join(arg.replace(f"{folder}/", "") for arg in args)
            click.secho(f"\n$ notifier {shown}", fg="cyan")
            sys.stdout.flush()
            try:
                code = main.main(args, prog_name="notifier", standalone_mode=False, obj=app)
            except Problem as problem:  # pragma: no branch
                code = problem.exit_code
            if code not in EXPECTED | {None}:
                raise WrongUse(
                    f"the demo's `notifier {args[0]}` failed with exit code {code}", "please report this"
                )

        story.run(folder, calendar, notifier, lambda text: click.secho(f"\n{text}", bold=True))
