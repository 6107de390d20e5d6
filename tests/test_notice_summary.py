"""The summary says by topic and in plain sentences what changed, the most important first."""

from dataclasses import replace
from datetime import date

import pytest

from made import change, comparison
from notifier.changes.model import Category, Change, Direction, Kind, Level
from notifier.notice.summary import MOST_POINTS, draft
from notifier.notice.texts import Group, Summary


def drafted(*changes: Change, words: tuple[int, int] = (10_000, 10_000)) -> Summary:
    return draft(comparison(*changes, words=words), "Privacy Policy", "Acme")


def points(*changes: Change) -> tuple[str, ...]:
    return drafted(*changes).points


def point(one: Change) -> str:
    (sentence,) = points(one)
    return sentence


def headings(*changes: Change) -> list[str]:
    return [group.heading for group in drafted(*changes).groups]


# The opening


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


def test_unjudged_counts_as_weighty_and_minor_does_not() -> None:
    unjudged = change(Category.OTHER, None, "Wir verkaufen Ihre Daten.", level=Level.UNJUDGED)
    minor = change(Category.CONTACT, "Call 1.", "Call 2.", level=Level.MINOR)
    assert len(points(unjudged, minor)) == 1
    nothing = drafted(minor)
    assert (nothing.groups, nothing.closing) == ((), "")
    assert "small ones" in nothing.intro


# Sentences


def test_few_words_that_were_replaced_are_named_with_their_clause() -> None:
    kept = change(
        Category.RETENTION,
        "We keep your name and your email address for two years.",
        "We keep your name and your email address for ten years.",
    )
    assert point(kept) == ("“two” became “ten”: “We keep your name and your email address for ten years”.")


def test_a_number_is_named_with_what_it_counts() -> None:
    kept = change(
        Category.RETENTION,
        "We keep order records for two years.",
        "We keep order records for seven years.",
        words=("two years", "seven years"),
    )
    assert point(kept) == "“two years” became “seven years”: “We keep order records for seven years”."
    called = change(
        Category.CONTACT,
        "Call us on 0170 555 0111.",
        "Call us on 0170 555 0122.",
        words=("0170 555 0111", "0170 555 0122"),
    )
    assert point(called) == "“0170 555 0111” became “0170 555 0122”: “Call us on 0170 555 0122”."
    denied = change(
        Category.SALE,
        "We do not sell your data to others.",
        "We may sell your data to others.",
        words=("do not sell your data to", "may sell your data to"),
    )
    assert point(denied) == "“do not” became “may”: “We may sell your data to others”."


def test_words_that_do_not_stand_for_each_other_are_shown_in_their_clauses() -> None:
    seen = change(
        Category.SHARING,
        "Your list of books is seen by our librarians only.",
        "Your list of books is seen by our librarians and the city's education office.",
    )
    assert point(seen) == (
        "Where the policy said “Your list of books is seen by our librarians only”, it now says "
        "“Your list of books is seen by our librarians and the city's education office”."
    )


def test_clauses_that_differ_in_many_places_are_quoted_side_by_side() -> None:
    sale = change(
        Category.SALE,
        "Acme does not sell, trade, or rent your personal information to others.",
        "Acme may rent your name and email address to selected marketing partners.",
    )
    assert point(sale) == (
        "Where the policy said “Acme does not sell, trade, or rent your personal information to others”, "
        "it now says “Acme may rent your name and email address to selected marketing partners”."
    )


def test_added_and_removed_clauses() -> None:
    kept = change(Category.RETENTION, None, "We keep your orders for ten years.")
    gone = change(Category.USER_RIGHTS_CHOICE, "You may  opt out\nof marketing.", None)
    assert points(gone, kept) == (
        "No longer in the policy: “You may opt out of marketing”.",
        "New: “We keep your orders for ten years”.",
    )


def test_words_put_into_a_clause_are_named() -> None:
    collected = change(
        Category.COLLECTION,
        "When you order we ask for your name and address.",
        "When you order we ask for your name, mobile number and address.",
    )
    assert point(collected) == (
        "“mobile number” was added: “When you order we ask for your name, mobile number and address”."
    )


def test_words_put_in_at_several_places_are_all_named() -> None:
    told = change(
        Category.SHARING,
        "Our banks and our couriers learn where you live and when you are at home.",
        "Our banks, insurers and our couriers learn where you live, work and when you are at home.",
    )
    assert point(told) == (
        "“insurers” and “work” were added: “Our banks, insurers and our couriers learn where you live, work "
        "and when you are at home”."
    )


def test_nothing_is_called_new_that_was_there_before() -> None:
    asked = change(
        Category.COLLECTION,
        "We don't collect personal information such as your email address.",
        "We don't automatically collect personal information such as your email address.",
    )
    assert point(asked) == (
        "“automatically” was added: “We don't automatically collect personal information such as your email "
        "address”."
    )


def test_words_that_only_join_are_not_quoted() -> None:
    asked = change(
        Category.COLLECTION,
        "When you order with us we ask for your name.",
        "When you order with us we ask for your name and (where needed) your age.",
    )
    assert point(asked).startswith("“(where needed) your age” was added: ")


def test_words_taken_out_of_a_clause_are_named() -> None:
    notice = change(
        Category.POLICY_CHANGE_NOTICE,
        "We post the new policy on this page and tell you by email, thirty days before it holds.",
        "We post the new policy on this page, thirty days before it holds.",
    )
    assert point(notice) == (
        "“tell you by email” was taken out of “We post the new policy on this page and tell you by email, "
        "thirty days before it holds”."
    )


def test_case_and_punctuation_are_not_named() -> None:
    one = change(
        Category.SHARING,
        "We tell Our partners, and nobody else, where you live.",
        "We tell our partners and somebody else where you live.",
    )
    assert point(one).startswith("“nobody” became “somebody”: ")


def test_long_clauses_are_cut_around_the_words() -> None:
    before, after = "before " * 60, " after" * 60
    sentence = point(change(Category.RETENTION, f"{before}seven{after}.", f"{before}three{after}."))
    assert len(sentence) < 400
    assert sentence.startswith("“seven” became “three”: “…before")
    assert "before three after" in sentence
    assert sentence.endswith("after…”.")


def test_a_moved_clause_says_where_to() -> None:
    moved = change(Category.SHARING, "You consent.", "You consent.", kind=Kind.MOVED, section="TERMS")
    assert point(moved) == "“You consent” now stands under “TERMS”."


def test_rows_of_a_table_are_told_as_such() -> None:
    row = "Email | Receipts and marketing | | 3 years"
    assert point(change(Category.RETENTION, None, row, section="Periods")) == (
        "Added to the table under “Periods”: “Email, Receipts and marketing, 3 years”."
    )
    assert point(change(Category.RETENTION, "Email | Receipts | 2 years", row)) == (
        "Where the policy said “Email, Receipts, 2 years”, it now says “Email, Receipts and marketing, "
        "3 years”."
    )


def test_a_row_is_told_by_the_cells_that_changed() -> None:
    calls = "Calls | 30 days | to settle disputes"
    longer = "Calls | 90 days | to settle disputes"
    trained = "Calls | 90 days | to settle disputes and to train our staff"
    assert point(change(Category.RETENTION, calls, longer)) == "“Calls”: “30 days” became “90 days”."
    assert point(change(Category.RETENTION, calls, trained)) == (
        "“Calls”: “30 days” became “90 days”, and “to settle disputes” became “to settle disputes and "
        "to train our staff”."
    )
    assert point(change(Category.RETENTION, "Calls | | law", "Calls | 9 days | law")) == (
        "“Calls”: “9 days” was added."
    )


def test_a_quote_within_a_quote_has_single_marks() -> None:
    sold = change(Category.SALE, None, 'We sell it to our "partners" .')
    assert point(sold) == "New: “We sell it to our \u2018partners\u2019”."


# What belongs together is one sentence


def vendors(*names: str, old: bool = False) -> list[Change]:
    return [
        change(Category.SHARING, name if old else None, None if old else name, section="Our processors")
        for name in names
    ]


def test_names_added_to_a_list_are_one_sentence() -> None:
    five = vendors("Mail Fox", "Adlane Inc.", "Cloudy", "Payjet", "Zip")
    assert points(*five) == (
        "Added to who receives your data (“Our processors”): Mail Fox, Adlane Inc., Cloudy, Payjet and Zip.",
    )
    gone = vendors("Adlane", old=True)
    assert points(*five, *gone)[1] == "Taken out of who receives your data (“Our processors”): Adlane."


def test_a_long_list_is_cut_and_counted() -> None:
    assert points(*vendors(*(f"Vendor{number}" for number in range(20))))[0].endswith("Vendor7 and 12 more.")


def test_items_that_are_no_names_are_not_called_recipients() -> None:
    rights = [
        change(Category.SHARING, None, text, section="Your rights") for text in ("see your data", "move it")
    ]
    assert points(*rights) == ("Added to the list under “Your rights”: see your data and move it.",)


def test_items_with_parts_are_quoted_to_show_their_ends() -> None:
    texts = ("Hotjar: recordings of how visitors use our pages and forms", "Analytix", "salt and pepper")
    added = [change(Category.SHARING, None, text, section="Helpers") for text in texts]
    (told,) = points(*added)
    assert told == (
        "Added to the list under “Helpers”: “Hotjar: recordings of how visitors use our pages and forms”, "
        "Analytix and “salt and pepper”."
    )


def test_the_same_replacement_in_several_places_is_told_once() -> None:
    renamed = [
        change(
            Category.CONTROLLER_IDENTITY,
            f"{text} Acme Ireland Ltd, which is the controller.",
            f"{text} Acme Cyprus Ltd, which is the controller.",
            words=("Ireland", "Cyprus"),
        )
        for text in ("You deal with", "Your data is held by", "Write to")
    ]
    (told,) = points(*renamed)
    assert told == (
        "“Ireland” became “Cyprus”: “You deal with Acme Cyprus Ltd, which is the controller” (and likewise "
        "in 2 other places)."
    )


def test_sentences_that_stand_together_are_quoted_together() -> None:
    said = ("We ask for your birth date.", "We ask for your shoe size.")
    two = [change(Category.COLLECTION, None, text, section="Orders") for text in said]
    assert points(*two) == ("New: “We ask for your birth date. We ask for your shoe size”.",)
    apart = [two[0], change(Category.SALE, None, "Elsewhere.", section="Sale"), two[1]]
    assert len(points(*apart)) == 3
    elsewhere = [two[0], replace(two[1], section_new="Returns")]
    assert len(points(*elsewhere)) == 2


def test_no_sentence_is_lost_in_a_long_passage() -> None:
    sentences = [f"We collect thing number {number} whenever you come to see us." for number in range(9)]
    told = points(*(change(Category.COLLECTION, None, text, section="Things") for text in sentences))
    assert 1 < len(told) < 9
    assert all(f"number {number} " in " ".join(told) for number in range(9))


def test_a_sentence_that_leans_on_another_goes_with_it_or_says_where_it_stands() -> None:
    first = change(Category.COLLECTION, None, "We ask for your birth date.", section="Orders")
    leaning = change(Category.RETENTION, None, "This is kept for ten years.", section="Orders")
    assert points(first, leaning) == ("New: “We ask for your birth date. This is kept for ten years”.",)
    assert points(leaning) == ("New under “Orders”: “This is kept for ten years”.",)


def test_a_new_heading_is_told_with_what_stands_under_it() -> None:
    title = change(Category.OTHER, None, "What about cookies?", section="What about cookies?")
    said = change(Category.COOKIES_TRACKING, None, "We set cookies.", section="What about cookies?")
    summary = drafted(title, said)
    assert summary.groups == (Group("Cookies and tracking", ("New: “What about cookies? We set cookies”.",)),)


def test_the_same_sentence_is_said_once() -> None:
    once = change(Category.SALE, None, "We sell your data.")
    assert len(points(once, once)) == 1


# Groups and their order


def test_changes_stand_under_what_they_mean_to_a_customer() -> None:
    sold = change(Category.SALE, None, "We sell your data.", section="A")
    told = change(Category.SHARING, None, "We tell our partners.", section="B")
    also_told = change(Category.SHARING, "We tell nobody at all.", None, section="C")
    assert drafted(told, sold, also_told).groups == (
        Group("Sale of your data", ("New: “We sell your data”.",)),
        Group(
            "Who gets your data",
            ("New: “We tell our partners”.", "No longer in the policy: “We tell nobody at all”."),
        ),
    )


def test_what_is_about_nothing_in_particular_stands_under_its_section() -> None:
    here = change(Category.OTHER, None, "It holds offline too.", section="SCOPE")
    nowhere = change(Category.OTHER, None, "It holds online too.")
    assert headings(here, nowhere) == ["“SCOPE”", "Other changes"]


def test_most_important_first_and_wider_before_narrower_before_other() -> None:
    def about(category: Category, direction: Direction) -> Change:
        return change(
            category, None, f"About {category}, {direction}.", direction=direction, section=category
        )

    mixed = [
        about(category, way) for way in reversed(Direction) for category in (Category.CONTACT, Category.SALE)
    ]
    assert [sentence[len("New: “About ") : -2] for sentence in points(*mixed)] == [
        "sale, wider",
        "sale, narrower",
        "sale, other",
        "contact, wider",
        "contact, narrower",
        "contact, other",
    ]
    narrower = about(Category.SALE, Direction.NARROWER)
    wider = about(Category.CHILDREN, Direction.WIDER)
    assert headings(narrower, wider) == ["Children", "Sale of your data"]


def many(number: int, category: Category = Category.SHARING) -> list[Change]:
    return [
        change(category, None, f"Partner {index} of ours gets it.", section=f"S{index}")
        for index in range(number)
    ]


def test_no_more_than_twelve_points_and_the_rest_is_counted() -> None:
    all_shown = "the full comparison shows every change."
    assert len(points(*many(MOST_POINTS))) == MOST_POINTS
    assert drafted(*many(MOST_POINTS)).closing == ""
    assert len(points(*many(MOST_POINTS + 5))) == MOST_POINTS
    assert drafted(*many(MOST_POINTS + 1)).closing == f"And 1 further change: {all_shown}"
    small = change(Category.OTHER, "a b", "a c", level=Level.COSMETIC)
    assert drafted(*many(MOST_POINTS + 5), small).closing == (
        f"And 5 further changes, and 1 smaller one in wording and details: {all_shown}"
    )
    assert drafted(*many(1), small, small).closing == (
        f"And 2 smaller changes in wording and details: {all_shown}"
    )


def test_no_topic_takes_every_place() -> None:
    other = change(Category.CONTACT, None, "Write to us elsewhere.", direction=Direction.OTHER)
    assert "How to reach us" in headings(*many(MOST_POINTS), other)


def test_what_was_judged_first_is_the_topic() -> None:
    one = change(Category.USE_PURPOSE, None, "We use it for three years with our partners.")
    several = replace(one, categories=(Category.USE_PURPOSE, Category.RETENTION, Category.SHARING))
    assert headings(several) == ["What we use your data for"]
    assert headings(replace(one, categories=())) == ["Other changes"]


# A policy that was written anew


def rewrite(number: int) -> list[Change]:
    added = [
        change(Category.SHARING, None, f"Partner {index} gets everything we know.", section="N")
        for index in range(number)
    ]
    removed = [
        change(Category.COLLECTION, f"We never ask for thing {index} of yours.", None, section="O")
        for index in range(number)
    ]
    return [one for pair in zip(added, removed, strict=True) for one in pair]


def test_a_rewrite_is_told_by_what_is_new_and_gone() -> None:
    summary = drafted(*rewrite(40), words=(300, 300))
    assert "Much of it was written anew" in summary.intro
    assert [group.heading for group in summary.groups] == ["Who gets your data", "What we collect about you"]
    new, gone = summary.points
    assert new == (
        "New: “Partner 0 gets everything we know”, “Partner 1 gets everything we know”, “Partner 2 gets "
        "everything we know” and 37 more."
    )
    assert gone.startswith("No longer in the policy: “We never ask for thing 0 of yours”, “We never")
    assert gone.endswith(" and 37 more.")
    assert summary.closing == ""


def test_headings_and_questions_are_no_samples_of_a_rewrite() -> None:
    question = change(Category.SHARING, None, "Who gets it all in the end?", section="N")
    (new, _) = drafted(question, *rewrite(40), words=(300, 300)).points
    assert "in the end" not in new


@pytest.mark.parametrize("words", [(300, 3000), (3000, 300), (0, 0)])
def test_a_text_that_only_grew_or_shrank_is_no_rewrite(words: tuple[int, int]) -> None:
    assert "anew" not in drafted(*rewrite(40), words=words).intro
