"""From a summary to the mail's texts: Jinja2 templates, the admin's own before the package's.

`<kind>/subject.txt`, `body.txt` and `body.html` make a mail; `<kind>/<locale>/` holds them in another
language. Each file is looked for by itself: in the admin's folder for the locale ("de-at", then "de"), in
the admin's default, then likewise in the package. templates/email/README.md tells admins. Templates run
sandboxed, an unknown name is an error, and only HTML is escaped.
"""

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import css_inline
import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifier.errors import WrongUse
from notifier.notice import headings
from notifier.notice.headings import package_templates
from notifier.notice.quote import one_line
from notifier.notice.slots import SLOTS, Slot, mailto, slot, without_markers
from notifier.notice.texts import MailTexts, Summary
from notifier.notice.wording import day

_TEXT_WIDTH = 72
_SLOT_WIDTH = 28  # of "21 November 2026, 14:05 UTC", the longest value that stands inside a paragraph
_FILLER = "\ufffe"  # no character (Unicode sec. 23.7)
_LOCALE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*")

# What a template can do wrong; its expressions are code and fail as code does.
_TEMPLATE_FAULTS = (
    jinja2.TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class MailContext:
    """What the templates are given besides the slots.

    `window_days` is the time to opt out, in days; `policy_url` and `site_url` are "" where there is none;
    `redline` is the full comparison as an HTML file to attach. `opt_out_address` may hold "{token}", as in
    "privacy+{token}@example.com".
    """

    company_name: str
    postal_address: str
    site_url: str
    contact: str
    policy_title: str
    effective_date: date | None
    window_days: int
    summary: Summary
    policy_url: str
    redline: str | None
    opt_out_address: str


def render_texts(kind: str, locale: str, context: MailContext, overrides: Path | None) -> MailTexts:
    """Render a notice's mail in one locale ("" is the default), its slots still open.

    Slots may stand in the bodies, not in the subject. Raises WrongUse where there is no template, and on a
    broken one, naming file and line.
    """
    environment = _environment(kind, locale, overrides)
    fixed = fixed_values(context, locale, headings.translated(_folders(kind, locale, overrides)))
    slots = {name.value: slot(name) for name in SLOTS}
    return MailTexts(
        locale=locale,
        subject=one_line(_rendered(environment, "subject.txt", fixed)),
        text=_wrapped(_rendered(environment, "body.txt", fixed | slots)),
        html=_inlined(_rendered(environment, "body.html", fixed | slots)),
        redline=context.redline,
    )


def locales(kind: str, overrides: Path | None) -> list[str]:
    """List the locales there are templates for, as "pt-br"; the first is "", the default."""
    folders = [entry for root in _roots(overrides) for entry in _locale_folders(root / kind)]
    return ["", *sorted({_tag(folder.name) for folder in folders})]


def _environment(kind: str, locale: str, overrides: Path | None) -> jinja2.Environment:
    return ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader(list(_folders(kind, locale, overrides))),
        undefined=jinja2.StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html"),
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _folders(kind: str, locale: str, overrides: Path | None) -> Iterator[Path]:
    """Where to look, in order: the locale's folder, its language's, the default."""
    known = _tag(locale)
    for root in _roots(overrides):
        for name in dict.fromkeys((known, known.partition("-")[0])):
            yield from (folder for folder in _locale_folders(root / kind) if _tag(folder.name) == name)
        yield root / kind


def _locale_folders(folder: Path) -> list[Path]:
    entries = folder.iterdir() if folder.is_dir() else ()
    return sorted(entry for entry in entries if _LOCALE.fullmatch(entry.name) and entry.is_dir())


def _tag(locale: str) -> str:
    """Bring a locale into the form that a customer's has: "pt-br" for the folder "pt_BR"."""
    return locale.lower().replace("_", "-")


def _roots(overrides: Path | None) -> list[Path]:
    if overrides is not None and not overrides.is_dir():
        raise WrongUse(
            f"there is no template folder {overrides}", "create it, or take out [notice] templates"
        )
    return [root for root in (overrides, package_templates()) if root is not None]


def fixed_values(context: MailContext, locale: str, translated: Mapping[str, str]) -> dict[str, Any]:
    """Give what is the same for everyone (see templates/email/README.md). Foreign text opens no slot.

    `translated` maps the summary's headings to those of the locale.
    """
    # Who types the address is spared the token: mail to "privacy+..." arrives at "privacy" as well.
    address = without_markers(context.opt_out_address)
    typed = address.replace("+{token}", "").replace("{token}", slot(Slot.TOKEN))
    linked = address.replace("{token}", slot(Slot.TOKEN))
    return {
        "company_name": without_markers(context.company_name),
        "contact": without_markers(context.contact),
        "effective_date": day(context.effective_date, locale) if context.effective_date else "",
        "has_redline": context.redline is not None,
        "locale": locale or "en",
        "opt_out_address": typed,
        "opt_out_all_link": mailto(linked, f"opt out of all communications {slot(Slot.TOKEN)}"),
        "opt_out_link": mailto(linked, f"opt out {slot(Slot.TOKEN)}"),
        "intro": without_markers(context.summary.intro).split("\n\n"),
        "groups": [
            {
                "heading": without_markers(translated.get(group.heading, group.heading)),
                "points": [without_markers(point) for point in group.points],
            }
            for group in context.summary.groups
        ],
        "points": [without_markers(point) for point in context.summary.points],
        "closing": without_markers(context.summary.closing),
        "policy_title": without_markers(context.policy_title),
        "policy_url": without_markers(context.policy_url),
        "postal_address": [
            line.strip() for line in without_markers(context.postal_address).splitlines() if line.strip()
        ],
        "site_url": without_markers(context.site_url),
        "window_days": context.window_days,
    }


def _rendered(environment: jinja2.Environment, name: str, values: dict[str, Any]) -> str:
    try:
        return environment.get_template(name).render(values)
    except _TEMPLATE_FAULTS as error:
        raise WrongUse(*_fault(environment, name, error)) from error


def _fault(environment: jinja2.Environment, name: str, error: Exception) -> tuple[str, str]:
    """Say where a template is broken, and what to do about it."""
    assert isinstance(environment.loader, jinja2.FileSystemLoader)
    folders = [Path(folder) for folder in environment.loader.searchpath]
    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no template {error.name}", f"put it into {folders[0]}"
    file = next((folder / name for folder in folders if (folder / name).is_file()), Path(name))
    if isinstance(error, UnicodeDecodeError):
        line = error.object[: error.start].count(b"\n") + 1
        return f"the template {file} is not UTF-8 (line {line})", "save it as UTF-8"
    if isinstance(error, OSError):
        return f"the template {file} cannot be read: {error.strerror}", "check its permissions"
    if isinstance(error, jinja2.TemplateSyntaxError):
        file, line = Path(error.filename or file), error.lineno
        return _broken(file, line, error.message or "")
    # Jinja2 puts the template's own lines into the traceback; the last of them is where it broke.
    line, trace = 0, error.__traceback__
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if path.parent in folders:
            file, line = path, trace.tb_lineno
        trace = trace.tb_next
    return _broken(file, line, str(error))


def _broken(file: Path, line: int, reason: str) -> tuple[str, str]:
    what = f"the template {file}, line {line} is broken: {one_line(reason).rstrip('.')}"
    return what, "mend it, or delete it to use the default"


def _wrapped(text: str) -> str:
    """Wrap each line of a template's output; a list item's further lines are indented. URLs stay whole."""
    for name in SLOTS:
        text = text.replace(slot(name), slot(name).ljust(_SLOT_WIDTH, _FILLER))
    lines: list[str] = []
    for line in text.strip().splitlines():
        indent = "  " if line.startswith("- ") else ""
        lines += textwrap.wrap(
            line,
            _TEXT_WIDTH,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return "\n".join(lines).replace(_FILLER, "") + "\n"


def _inlined(html: str) -> str:
    """Copy the style sheet into the elements, as mail programs want it; media queries stay in the head."""
    inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False, minify_css=True)
    return inliner.inline(html)
