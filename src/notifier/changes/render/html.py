"""A comparison as one HTML page that stands alone: no script, no request, everything escaped."""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from notifier.changes import topics
from notifier.changes.model import Change, Comparison, Level, Operation
from notifier.changes.render import wording

# Colours that keep 4.5:1 against both backgrounds; deletions and insertions also differ by their lines.
_STYLE = """
:root { color-scheme: light dark; --fg: #1c1c1e; --bg: #fff; --soft: #5c5c66; --line: #d8d8de;
  --card: #f6f6f8; --del: #8c1d18; --del-bg: #fdeceb; --ins: #11602f; --ins-bg: #e4f6ea; --mark: #8a4b00; }
@media (prefers-color-scheme: dark) { :root { --fg: #ececf0; --bg: #17171a; --soft: #a6a6b0; --line: #3a3a42;
  --card: #212126; --del: #ffb4ab; --del-bg: #4a1a17; --ins: #9be3b4; --ins-bg: #12391f; --mark: #ffc46b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 46rem; background: var(--bg); color: var(--fg);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.35rem; line-height: 1.3; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.soft { color: var(--soft); font-size: .9rem; }
.alarm { border-left: .25rem solid var(--mark); padding: .25rem .75rem; }
article { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: .75rem 1rem; margin: .75rem 0; }
article p { margin: .35rem 0; } .level { font-weight: 600; } .material .level { color: var(--del); }
del { color: var(--del); background: var(--del-bg); text-decoration: line-through; }
ins { color: var(--ins); background: var(--ins-bg); text-decoration: underline; }
nav { font-size: .95rem; } nav ul { padding-left: 1.25rem; margin: .5rem 0; } nav li { margin: .25rem 0; }
a { color: inherit; } article:target { border-color: var(--mark); border-width: 2px; }
del + ins { margin-left: .15em; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .15rem .75rem; margin: .5rem 0; }
dt { color: var(--soft); } dd { margin: 0; }
"""
_LONG = 8  # changes; a page with fewer needs no contents
_TAGS = {Operation.EQUAL: "", Operation.DELETE: "del", Operation.INSERT: "ins"}


def page(comparison: Comparison, lowest: Level = Level.COSMETIC) -> str:
    """The whole page: a summary, contents, each change down to `lowest`, heaviest first, the verdict."""
    title = "What changed in the policy"
    changes = wording.shown(comparison, lowest)
    body = [
        f"<h1>{title}</h1>",
        f"<p><strong>{escape(wording.verdict(comparison))}</strong></p>",
        "<dl>",
        f"<dt>Old</dt><dd>{escape(wording.named(comparison.old))}</dd>",
        f"<dt>New</dt><dd>{escape(wording.named(comparison.new))}</dd>",
        f"<dt>Changes</dt><dd>{escape(wording.counts(comparison))}</dd>",
        *_topics(comparison),
        "</dl>",
        *(
            f'<p class="alarm">{escape(alarm.code)}: {escape(alarm.detail)}</p>'
            for alarm in comparison.alarms
        ),
        *([f'<p class="soft">{escape(wording.STOPPED)}</p>'] if comparison.alarms else []),
    ]
    body += _contents(changes)
    for level, group in groupby(changes, key=lambda change: change.level):
        body.append(f'<h2 id="{level.value}">{escape(level.value.capitalize())}</h2>')
        body += [_article(change) for change in group]
    body.append(f'<p class="verdict"><strong>{escape(wording.line(comparison))}</strong></p>')
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def redline(change: Change) -> str:
    """The clause with <del> and <ins>, escaped: a fragment for any page or mail."""
    tagged = ((_TAGS[part.operation], escape(part.text)) for part in wording.parts(change))
    return "".join(f"<{tag}>{text}</{tag}>" if tag else text for tag, text in tagged)


def _topics(comparison: Comparison) -> list[str]:
    found = wording.by_category(comparison)
    if not found:
        return []
    listed = ", ".join(f"{name} ({number})" for name, number in found)
    return [f"<dt>About</dt><dd>{escape(listed)}</dd>"]


def _contents(changes: Sequence[Change]) -> list[str]:
    """Links to each level, and for the levels that matter to each change by topic; none on a short page."""
    if len(changes) < _LONG:
        return []
    items = []
    for level, group in groupby(changes, key=lambda change: change.level):
        found = list(group)
        inside = _by_topic(found) if level is not Level.COSMETIC else ""
        items.append(f'<li><a href="#{level.value}">{len(found)} {level.value}</a>{inside}</li>')
    return ['<nav aria-label="Contents">', "<ul>", *items, "</ul>", "</nav>"]


def _by_topic(changes: Sequence[Change]) -> str:
    links: dict[str, list[str]] = {}
    for change in sorted(changes, key=topics.weight):
        name = escape(change.id)
        links.setdefault(wording.topic(change), []).append(f'<a href="#{name}">{name}</a>')
    if len(links) == 1 and len(changes) == 1:
        return ""
    items = (f"<li>{escape(topic)}: {', '.join(each)}</li>" for topic, each in links.items())
    return f"<ul>{''.join(items)}</ul>"


def _article(change: Change) -> str:
    about = wording.categories(change)
    label = f"{change.id} {change.level.value}, {change.kind.value}" + (f": {about}" if about else "")
    place, reason = wording.section(change), wording.reason(change)
    return "\n".join(
        [
            f'<article class="{change.level.value}" id="{escape(change.id)}">',
            f'<p class="level">{escape(label)}</p>',
            *([f'<p class="soft">{escape(place)}</p>'] if place else []),
            *([f"<p>{escape(reason)}</p>"] if reason else []),
            *([f'<p class="soft">{escape(wording.overruled(change))}</p>'] if change.overruled else []),
            f"<p>{redline(change)}</p>",
            "</article>",
        ]
    )
