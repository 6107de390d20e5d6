"""The summary says in plain sentences what changed, with the old and the new words."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.changes.model import (
    Category,
    Change,
    Comparison,
    Direction,
    Edit,
    Kind,
    Level,
    Operation,
    Side,
)
from notifier.errors import WrongUse
from notifier.notice.quote import Passage, excerpt, excerpts, inside_quotes, passage, phrase
from notifier.notice.summary import MOST_POINTS, draft, from_text, to_text
from notifier.notice.texts import Summary


def change(
    category: Category,
    old: str | None,
    new: str | None,
    *,
    words: tuple[str, str] = ("", ""),
    edits: tuple[Edit, ...] = (),
    level: Level = Level.MATERIAL,
    direction: Direction = Direction.WIDER,
    section: str | None = None,
    kind: Kind | None = None,
) -> Change:
    if kind is None:
        kind = Kind.ADDED if old is None else Kind.REMOVED if new is None else Kind.CHANGED
    return Change(
        id="c1",
        kind=kind,
        section_old=section,
        section_new=section,
        old=old,
        new=new,
        edits=edits,
        level=level,
        categories=(category,),
        direction=direction,
        reason="because",
        rule="rule",
        words_old=words[0],
        words_new=words[1],
    )


def comparison(*changes: Change, dated: date | None = None) -> Comparison:
    old = Side("old.md", "0" * 64, None, "en")
    return Comparison(old, Side("new.md", "1" * 64, dated, "en"), changes, ())


def points(*changes: Change) -> tuple[str, ...]:
    return draft(comparison(*changes), "Privacy Policy", "Acme").points


def point(one: Change) -> str:
    (sentence,) = points(one)
    return sentence


def test_intro_says_who_what_and_of_which_day() -> None:
    one = comparison(change(Category.SALE, None, "We sell your data."), dated=date(2026, 11, 21))
    plain = "Acme Ltd is changing its Privacy Policy."
    assert (
        draft(one, "Privacy Policy", "Acme Ltd").intro
        == f"{plain} The new version is dated 21 November 2026."
    )
    undated = replace(one, new=replace(one.new, effective_date=None))
    assert draft(undated, "Privacy Policy", "Acme Ltd").intro == plain
    same_date = replace(one, old=replace(one.old, effective_date=date(2026, 11, 21)))
    assert draft(same_date, "Privacy Policy", "Acme Ltd").intro == plain


def test_changed_clauses_are_quoted_side_by_side() -> None:
    sale = change(
        Category.SALE,
        "Acme does not sell, trade, or rent your personal information to others.",
        "Acme may rent your name and email address to selected marketing partners.",
        words=(
            "does not sell, trade, or rent your personal information to others",
            "may rent your name and email address to selected marketing partners",
        ),
    )
    assert point(sale) == (
        "Sale of your data: where the policy said “Acme does not sell, trade, or rent your personal "
        "information to others”, it now says “Acme may rent your name and email address to selected "
        "marketing partners”."
    )


def test_short_words_are_quoted_with_their_clause() -> None:
    children = change(
        Category.CHILDREN,
        "We do not collect anything from anyone under 13 years of age.",
        "We do not collect anything from anyone under 16 years of age.",
        words=("13", "16"),
    )
    assert point(children) == (
        "Children's data: where the policy said “We do not collect anything from anyone under 13 years "
        "of age”, it now says “We do not collect anything from anyone under 16 years of age”."
    )


def test_added_and_removed_clauses() -> None:
    kept = change(Category.RETENTION, None, "We keep your orders for ten years.", words=("", "ten years"))
    gone = change(Category.USER_RIGHTS_CHOICE, "You may  opt out\nof marketing.", None)
    assert points(gone, kept) == (
        "How long we keep your data: the policy now also says “We keep your orders for ten years”.",
        "Your rights and choices: the policy no longer says “You may opt out of marketing”.",
    )


def test_words_put_into_a_clause_are_named() -> None:
    collected = change(
        Category.COLLECTION,
        "We ask for your name.",
        "We ask for your name and mobile telephone number.",
        words=("", "and mobile telephone number"),
    )
    assert point(collected) == (
        "What we collect about you: the policy now says “We ask for your name and mobile telephone number”; "
        "“mobile telephone number” is new."
    )


def test_words_taken_out_of_a_clause_are_seen_beside_it() -> None:
    notice = change(
        Category.POLICY_CHANGE_NOTICE,
        "We post the new policy and, where appropriate, tell you by other means.",
        "We post the new policy.",
        words=("and, where appropriate, tell you by other means", ""),
    )
    assert point(notice) == (
        "How we tell you about changes: where the policy said “We post the new policy and, where "
        "appropriate, tell you by other means”, it now says “We post the new policy”."
    )


def test_long_clauses_are_cut_around_the_decisive_words() -> None:
    before, after = "before " * 60, " after" * 60
    long = change(
        Category.RETENTION,
        f"{before}seven days{after}.",
        f"{before}three days{after}.",
        words=("seven", "three"),
    )
    sentence = point(long)
    assert len(sentence) < 400
    assert "seven days" in sentence
    assert "three days" in sentence
    assert sentence.count("“…") == sentence.count("…”") == 2


def test_long_clauses_without_decisive_words_are_cut_around_the_edits() -> None:
    before, after = "before " * 60, " after" * 60
    edits = (
        Edit(Operation.EQUAL, before),
        Edit(Operation.DELETE, "seven"),
        Edit(Operation.INSERT, "three"),
        Edit(Operation.EQUAL, after),
    )
    sentence = point(
        change(Category.RETENTION, f"{before}seven{after}", f"{before}three{after}", edits=edits)
    )
    assert "before seven after" in sentence
    assert "before three after" in sentence


def test_other_changes_are_placed_by_their_section() -> None:
    here = change(Category.OTHER, None, "It holds offline too.", section="SCOPE")
    nowhere = change(Category.OTHER, None, "It holds online too.")
    assert points(here, nowhere) == (
        "In the section “SCOPE”: the policy now also says “It holds offline too”.",
        "Elsewhere in the policy: the policy now also says “It holds online too”.",
    )


def test_a_moved_clause_says_where_to() -> None:
    moved = change(Category.OTHER, "You consent.", "You consent.", kind=Kind.MOVED, section="TERMS")
    assert points(moved) == ("In the section “TERMS”: “You consent” has moved to “TERMS”.",)


def test_most_important_first_and_wider_before_narrower() -> None:
    reverse = [change(category, None, f"About {category}.") for category in reversed(Category)]
    narrower = change(Category.SALE, "We sell it.", None, direction=Direction.NARROWER)
    found = points(narrower, *reverse)
    expected = ["sale", "", "sharing", "collection", "use_purpose", "cookies_tracking", "retention"]
    assert [sentence.partition("“About ")[2].partition("”")[0] for sentence in found[:7]] == expected


def test_no_more_than_twelve_points_and_the_rest_is_counted() -> None:
    def many(number: int) -> tuple[str, ...]:
        return points(*(change(Category.SHARING, None, f"Partner {index}.") for index in range(number)))

    assert len(many(MOST_POINTS)) == MOST_POINTS
    assert len(many(MOST_POINTS + 1)) == MOST_POINTS + 1
    assert many(MOST_POINTS + 1)[-1] == "And 1 further change: see the full comparison."
    assert many(MOST_POINTS + 5)[-1] == "And 5 further changes: see the full comparison."


def test_the_first_category_opens_the_sentence() -> None:
    kept = replace(
        change(Category.OTHER, None, "We keep it."),
        categories=(Category.RETENTION, Category.SALE),
    )
    assert point(kept).startswith("How long we keep your data: ")
    assert point(replace(kept, categories=())).startswith("Elsewhere in the policy: ")


@pytest.mark.parametrize(
    ("categories", "words", "topic"),
    [
        ([Category.COLLECTION, Category.RETENTION], ("", "3 years"), "How long we keep your data"),
        ([Category.COLLECTION, Category.RETENTION], ("", "16 years of age"), "What we collect about you"),
        ([Category.COLLECTION, Category.RETENTION], ("", "mobile number"), "What we collect about you"),
        ([Category.USE_PURPOSE, Category.SHARING], ("", "with our partners"), "Who we share your data with"),
        ([Category.COLLECTION], ("", "3 years"), "What we collect about you"),
        ([Category.SHARING, Category.RETENTION], ("", "3 years"), "Who we share your data with"),
    ],
)
def test_a_telling_category_comes_before_a_general_one(
    categories: list[Category], words: tuple[str, str], topic: str
) -> None:
    one = change(Category.OTHER, "We hold it.", f"We hold it, {words[1]}.", words=words)
    assert point(replace(one, categories=tuple(categories))).startswith(f"{topic}: ")


def test_rows_of_a_table_are_told_as_such() -> None:
    row = "Email | Receipts and marketing | | 3 years"
    added = change(Category.RETENTION, None, row, words=("", row))
    assert point(added) == (
        "How long we keep your data: the policy now also says in a table: "
        "“Email, Receipts and marketing, 3 years”."
    )
    changed = change(Category.RETENTION, "Email | Receipts | 2 years", row, words=("2 years", "3 years"))
    assert point(changed) == (
        "How long we keep your data: where the policy said in a table: “Email, Receipts, 2 years”, it now "
        "says in a table: “Email, Receipts and marketing, 3 years”."
    )


@pytest.mark.parametrize(
    ("clause", "words", "expected"),
    [
        ("We use your precise location to serve you.", "precise", "your precise location"),
        ("Write to our Data Protection Officer at a@b.example.", "Officer", "our Data Protection Officer"),
        ("See the content provided by Acme, now or later.", "provided by", "the content provided by Acme"),
        ("We ask for a name and a phone number.", "and a phone number", "a phone number"),
        ("We may have to email you (by night too).", "email", ""),
        ("Finally, we keep it.", "Finally", ""),
        ("We tell our partners and advertisers.", "advertisers", "advertisers"),
        ("Any questions, comments, or concerns?", "comments", "comments"),
        ("Partners (like Foo or Bar) see it.", "Foo", "like Foo"),
        ("In 2013 we asked 13 people.", "13", "asked 13 people"),
    ],
)
def test_added_words_make_sense_by_themselves(clause: str, words: str, expected: str) -> None:
    assert phrase(passage(clause, words)) == expected


def test_an_added_word_that_says_nothing_alone_is_shown_in_both_texts() -> None:
    asked = change(
        Category.USE_PURPOSE,
        "We may have to write to you.",
        "We may have to email or write to you.",
        words=("", "email"),
    )
    assert point(asked) == (
        "What we use your data for: where the policy said “We may have to write to you”, it now says “We may "
        "have to email or write to you”."
    )


def test_quotes_that_begin_alike_begin_at_the_same_word() -> None:
    alike = "when you visit one of our shops or write to us about an order " * 4
    old, new = f"{alike}we tell nobody.", f"{alike}we may tell our partners, our insurers and the police."
    shown = excerpts(passage(old, "tell nobody"), passage(new, "may tell our partners"), 120)
    begins = [quote.partition(" we ")[0] for quote in shown]
    assert begins[0] == begins[1]
    assert all(quote.startswith("…") for quote in shown)
    assert "tell nobody" in shown[0]
    assert "may tell our partners" in shown[1]


@given(st.integers(40, 130))
def test_numbers_and_addresses_are_not_cut(limit: int) -> None:
    clause = (
        "We keep what you send to privacy@acme.example or 1 Main Street for 30 days after you call "
        "+44 20 7946 0018 and then delete it all"
    )
    shown = excerpt(Passage(clause), limit)
    assert len(shown) <= limit + 1
    for whole in ("privacy@acme.example", "or 1 Main", "for 30 days", "call +44 20 7946 0018 and"):
        before, _, _ = clause.partition(f" {whole}")
        assert whole in shown or len(shown) <= len(before) + len(whole.split()[0]) + 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('our "partners"', "our \u2018partners\u2019"),
        ("the “Services”, or „Dienste“", "the \u2018Services\u2019, or \u2018Dienste\u2019"),
        ('partners" may', "partners may"),
        ("“a” and “b", "\u2018a\u2019 and b"),
        ("we don't", "we don't"),
    ],
)
def test_quotation_marks_within_a_quote_are_single_and_in_pairs(text: str, expected: str) -> None:
    assert inside_quotes(text) == expected


def test_a_quote_ends_without_a_space() -> None:
    sold = change(Category.SALE, None, 'We sell it to our "partners" .')
    assert point(sold).endswith("says “We sell it to our \u2018partners\u2019”.")


def test_the_same_sentence_is_said_once() -> None:
    once = change(Category.SALE, None, "We sell your data.")
    assert len(points(once, once)) == 1


def test_unjudged_counts_as_weighty_and_minor_does_not() -> None:
    unjudged = change(Category.OTHER, None, "Wir verkaufen Ihre Daten.", level=Level.UNJUDGED)
    minor = change(Category.CONTACT, "Call 1.", "Call 2.", level=Level.MINOR)
    assert len(points(unjudged, minor)) == 1
    nothing = draft(comparison(minor), "Privacy Policy", "Acme")
    assert nothing.points == ()
    assert "small ones" in nothing.intro


WORDS = st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1), min_size=1).map(" ".join)
OPENINGS = WORDS.filter(lambda text: not text.startswith("- ") and text != "-")


@given(
    st.lists(OPENINGS, min_size=1, max_size=3).map("\n\n".join),
    st.lists(WORDS, max_size=5).map(tuple),
)
def test_what_is_edited_comes_back_unchanged(intro: str, sentences: tuple[str, ...]) -> None:
    summary = Summary(intro, sentences)
    assert from_text(to_text(summary)) == summary


def test_an_editor_may_wrap_lines() -> None:
    text = "We change\nour policy.\n\nPlease\nread.\n\n-  First\n   point.\n- Second\npoint.\n\n\n"
    assert from_text(text) == Summary(
        "We change our policy.\n\nPlease read.", ("First point.", "Second point.")
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no opening"),
        (" \n\n", "no opening"),
        ("- a point\n", "no opening"),
        ("We change.\n\n- \n", "line 3"),
        ("We change.\n\n- One.\n\nMore words.\n", "line 5"),
    ],
)
def test_a_summary_that_lost_its_form_is_refused(text: str, what: str) -> None:
    with pytest.raises(WrongUse, match=what):
        from_text(text)


@given(st.data())
def test_excerpts_keep_whole_words_and_the_decisive_ones(data: st.DataObject) -> None:
    drawn = data.draw(st.lists(st.text("abcdé", min_size=1, max_size=12), min_size=1, max_size=60))
    words = [f"{number}{word}" for number, word in enumerate(drawn)]
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, min(len(words) - 1, first + 3)))
    clause = " ".join(words)
    start = len(" ".join([*words[:first], ""])) if first else 0
    decisive = " ".join(words[first : last + 1])
    quoted = excerpt(Passage(clause, start, start + len(decisive)), 60)
    assert decisive in quoted
    bare = quoted.strip("…")
    assert len(bare) <= 60
    assert f" {bare} " in f" {clause} "
    assert quoted.startswith("…") == (not clause.startswith(bare))
    assert quoted.endswith("…") == (not clause.endswith(bare))


@pytest.mark.parametrize("limit", [5, 20])
def test_a_text_without_spaces_is_still_quoted(limit: int) -> None:
    assert 0 < len(excerpt(Passage("我们不会出售您的个人信息" * 9), limit).strip("…")) <= limit


def test_decisive_words_longer_than_the_limit_are_cut() -> None:
    assert excerpt(Passage("We may rent and sell everything to everyone", 3, 43), 16) == "…may rent and…"
