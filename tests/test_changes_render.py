"""A comparison for people and programs: complete, safe, and back again."""

import json as stdjson
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from notifier.changes.compare import compare, side
from notifier.changes.model import Comparison, Level
from notifier.changes.render import html, json, markdown, text
from notifier.errors import WrongUse
from notifier.policy.read import read


def compared(old: str, new: str) -> Comparison:
    (left, left_raw), (right, right_raw) = ((read(t.encode(), "a.txt"), t.encode()) for t in (old, new))
    return compare(left, right, side(left, "<old>.txt", left_raw), side(right, "new|`x`.txt", right_raw))


HOSTILE = compared(
    "We never sell <b>your</b> data. Last updated 1 May 2020. <img src=x onerror=alert(1)> We keep it.",
    "We sell <b>your</b> data &amp; *more*. Last updated 2 May 2021. <script>alert(1)</script> "
    "[a](javascript:x) keeps it, ![x](http://evil.example/x.png) and @everyone sees #1. | a | b |",
)


def test_json_has_the_keys_of_the_format() -> None:
    data = stdjson.loads(json.dump(HOSTILE))
    assert list(data) == ["format", "old", "new", "verdict", "alarms", "changes"]
    assert data["format"] == "notifier-diff/1"
    assert data["old"]["effective_date"] == "2020-05-01"
    assert data["verdict"] == "material"
    assert set(data["changes"][0]) == {
        *(
            "id",
            "kind",
            "section_old",
            "section_new",
            "old",
            "new",
            "edits",
            "level",
            "categories",
            "direction",
        ),
        *("reason", "rule", "words_old", "words_new"),
    }


def test_json_comes_back_the_same() -> None:
    assert json.load(json.dump(HOSTILE)) == HOSTILE
    assert json.load(stdjson.loads(json.dump(HOSTILE))) == HOSTILE


@pytest.mark.parametrize(
    "source", ["", "{}", "[]", "nonsense", '{"format": "other/9"}', '{"format": "notifier-diff/1"}']
)
def test_json_that_is_no_comparison_is_refused(source: str) -> None:
    with pytest.raises(WrongUse):
        json.load(source)


def test_text_shows_the_summary_the_reason_and_the_redline() -> None:
    shown = text.dump(compared("We never sell your data.", "We sell your data."))
    assert shown.startswith("Material: ")
    assert "1 material." in shown
    assert "We[- never-] sell your data." in shown
    assert "c1 MATERIAL changed [sale" in shown


def test_the_lowest_level_hides_what_is_below() -> None:
    comparison = compared("We never sell your data. We like bread.", "We sell your data. We like bread!")
    assert text.dump(comparison).count("COSMETIC") == 1
    assert text.dump(comparison, Level.MATERIAL).count("COSMETIC") == 0
    assert "1 material, 1 cosmetic" in text.dump(comparison, Level.MATERIAL)


def test_alarms_are_shown_everywhere() -> None:
    comparison = compared(
        "We keep what you give us and we use it for you. " * 20, "404 not found, we are sorry for it."
    )
    for shown in (text.dump(comparison), markdown.dump(comparison), html.page(comparison)):
        assert "vanished" in shown


TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


SAFE_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p"),
    *("strong", "dl", "dt", "dd", "article", "del", "ins"),
}


def test_html_holds_no_markup_of_the_texts() -> None:
    parser = Tags()
    parser.feed(html.page(HOSTILE))
    assert parser.tags <= SAFE_TAGS
    assert parser.attributes <= {"lang", "charset", "name", "content", "class", "id"}
    assert "<del>" in html.page(HOSTILE)
    assert "<script" not in html.page(HOSTILE)
    assert "alert(1)" in html.page(HOSTILE)


def test_html_is_made_for_phones_and_the_dark() -> None:
    page = html.page(HOSTILE)
    assert "width=device-width" in page
    assert "prefers-color-scheme: dark" in page
    assert not re.search(r"https?://(?!evil)", page)


@given(TEXTS, TEXTS)
def test_html_of_any_text_is_safe(old: str, new: str) -> None:
    parser = Tags()
    parser.feed(html.page(compared(f"We sell data. {old}", f"We sell data. {new}")))
    assert parser.tags <= SAFE_TAGS


def tokens(source: str) -> set[str]:
    parsed = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source)
    return {child.type for token in parsed for child in (token, *(token.children or []))}


def test_markdown_holds_no_markup_of_the_texts() -> None:
    found = tokens(markdown.dump(HOSTILE))
    assert not found & {
        "link_open",
        "image",
        "html_block",
        "html_inline",
        "code_inline",
        "table_open",
        "fence",
    }
    assert "s_open" in found
    assert "@everyone" not in markdown.dump(HOSTILE).replace("\\@", "")


@given(TEXTS, TEXTS)
def test_markdown_of_any_text_is_safe(old: str, new: str) -> None:
    found = tokens(markdown.dump(compared(f"We sell data. {old}", f"We sell data. {new}")))
    assert not found & {
        "link_open",
        "image",
        "html_block",
        "html_inline",
        "code_inline",
        "table_open",
        "fence",
    }
