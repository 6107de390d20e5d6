"""A comparison for people and programs: complete, safe, and back again."""

import json as stdjson
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from made import change, comparison
from notifier.changes.compare import compare, side
from notifier.changes.model import (
    Alarm,
    Category,
    Change,
    Comparison,
    Direction,
    Level,
    Overruling,
)
from notifier.changes.render import html, json, markdown, text, wording
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
    assert list(data) == ["format", "old", "new", "verdict", "categories", "alarms", "changes", "pieces"]
    assert set(data["old"]) == {"source", "sha256", "effective_date", "language", "words"}
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
        *("reason", "rule", "words_old", "words_new", "overruled"),
    }


def test_json_of_an_earlier_release_is_read() -> None:
    data = stdjson.loads(json.dump(HOSTILE))
    for side_ in ("old", "new"):
        del data[side_]["words"]
    for change_ in data["changes"]:
        del change_["overruled"]
    read_back = json.load(data)
    assert read_back.changes == HOSTILE.changes
    assert (read_back.old.words, read_back.new.words) == (0, 0)


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
    assert "We [-never-] sell your data." in shown
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
        assert "draft" in shown
        assert "override" in shown


TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name == "href"}


SAFE_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p"),
    *("strong", "dl", "dt", "dd", "article", "del", "ins", "nav", "ul", "li", "a"),
}


def test_html_holds_no_markup_of_the_texts() -> None:
    parser = Tags()
    parser.feed(html.page(HOSTILE))
    assert parser.tags <= SAFE_TAGS
    assert parser.attributes <= {"lang", "charset", "name", "content", "class", "id", "href", "aria-label"}
    assert all(link.startswith("#") for link in parser.links)
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


# The verdict in one line


def of(category: Category, direction: Direction, level: Level = Level.MATERIAL) -> Change:
    return change(category, None, "x", direction=direction, level=level)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], "none: both texts say the same words"),
        (
            [
                of(Category.RETENTION, Direction.OTHER),
                *[of(Category.SHARING, Direction.WIDER)] * 3,
                *[of(Category.CONTACT, Direction.OTHER, Level.MINOR)] * 2,
                of(Category.OTHER, Direction.OTHER, Level.COSMETIC),
            ],
            "material: sharing wider (3), retention (1); 2 minor, 1 cosmetic",
        ),
        (
            [of(Category.SHARING, Direction.NARROWER), of(Category.USER_RIGHTS_CHOICE, Direction.WIDER)],
            "material: rights and choices fewer (1), sharing narrower (1)",
        ),
        ([of(Category.CONTACT, Direction.OTHER, Level.MINOR)], "minor: contact (1)"),
        (
            [of(category, Direction.WIDER) for category in Category if category is not Category.OTHER],
            (
                "material: sale wider (1), sharing wider (1), rights and choices fewer (1), "
                "collection wider (1), use wider (1) and 9 more"
            ),
        ),
        (
            [
                replace(of(Category.OTHER, Direction.OTHER, Level.UNJUDGED), categories=()),
                of(Category.OTHER, Direction.OTHER, Level.COSMETIC),
            ],
            "unjudged: 1 change for a person to judge; 1 cosmetic",
        ),
        (
            [replace(of(Category.OTHER, Direction.OTHER, Level.COSMETIC), categories=())] * 2,
            "cosmetic: 2 changes",
        ),
    ],
)
def test_the_verdict_in_one_line(changes: list[Change], expected: str) -> None:
    assert wording.line(comparison(*changes)) == expected


@pytest.mark.parametrize(
    ("category", "direction", "expected"),
    [
        (Category.CONTROLLER_IDENTITY, Direction.WIDER, "who the controller is"),
        (Category.OTHER, Direction.NARROWER, "other"),
        (Category.CHILDREN, Direction.WIDER, "children less protected"),
        (Category.SECURITY, Direction.NARROWER, "security stronger"),
    ],
)
def test_a_direction_is_said_where_it_says_something(
    category: Category, direction: Direction, expected: str
) -> None:
    assert wording.topic(of(category, direction)) == expected


def test_a_reason_that_only_repeats_the_clause_is_left_out() -> None:
    added, changed = (
        compared("We bake.", "We bake. We sell your data to brokers."),
        compared("We bake it.", "We sell it."),
    )
    assert added.changes[0].reason == '"We sell your data to brokers." was added'
    assert text.dump(added).count("We sell your data to brokers.") == 1
    assert html.page(added).count("We sell your data to brokers.") == 1
    assert markdown.dump(added).count("We sell your data to brokers") == 1
    assert changed.changes[0].reason in text.dump(changed)


def test_alarms_stand_in_the_verdict_line() -> None:
    alarmed = replace(comparison(), alarms=(Alarm("text-vanished", "9 words"), Alarm("error-page", "404")))
    assert wording.line(alarmed) == "none: both texts say the same words; alarm: text-vanished, error-page"


def test_main_topics_are_those_of_most_material_changes() -> None:
    two = replace(of(Category.CONTACT, Direction.OTHER), categories=(Category.CONTACT, Category.RETENTION))
    found = comparison(
        two,
        of(Category.CONTACT, Direction.WIDER),
        of(Category.SALE, Direction.OTHER),
        *[of(Category.CHILDREN, Direction.WIDER, Level.MINOR)] * 9,
    )
    assert found.categories == (Category.CONTACT, Category.SALE)
    assert json.document(found)["categories"] == ["contact", "sale"]


# What a person decided


def test_an_overruled_level_is_shown_with_its_reason_everywhere_and_its_author_to_the_admin_only() -> None:
    decision = Overruling(Level.MATERIAL, "Dana Dee", datetime(2026, 3, 2, tzinfo=UTC), "only <b> a typo")
    one = replace(of(Category.SALE, Direction.WIDER, Level.MINOR), overruled=decision)
    found = comparison(one)
    for shown in (text.dump(found), html.page(found), markdown.dump(found).replace("\\", "")):
        assert "level set by a person, judged material: only" in shown
        assert "Dana" not in shown
    assert "<b>" not in html.page(found)
    assert json.document(found)["changes"][0]["overruled"] == {
        "judged": "material",
        "by": "Dana Dee",
        "at": "2026-03-02T00:00:00+00:00",
        "reason": "only <b> a typo",
    }
    assert json.load(json.dump(found)) == found


# Contents


def test_a_long_page_begins_with_links_to_what_matters() -> None:
    shared = [of(Category.SHARING, Direction.WIDER)] * 3
    small = [of(Category.OTHER, Direction.OTHER, Level.COSMETIC)] * 5
    page = html.page(comparison(*shared, *small))
    assert '<li><a href="#material">3 material</a><ul><li>sharing wider: <a href="#c1">c1</a>' in page
    assert '<li><a href="#cosmetic">5 cosmetic</a></li>' in page
    targets = set(re.findall(r'id="(\w+)"', page))
    assert set(re.findall(r'href="#(\w+)"', page)) <= targets
    assert "<nav" not in html.page(comparison(*shared))
