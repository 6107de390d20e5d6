"""The judgement of single clauses: what turns a promise is material, what only words it otherwise is not."""

import pytest

from made import change
from notifier.changes.compare import compare, side
from notifier.changes.model import Category, Comparison, Direction, Level
from notifier.changes.topics import main
from notifier.policy.read import read

PAGE = """# Privacy

This policy says what we do with your personal data when you use our shop.

{}

The rest of this page stays what it was, and we thank you for reading it with care.
"""


def judged(old: str, new: str) -> Comparison:
    left, right = PAGE.format(old).encode(), PAGE.format(new).encode()
    before, after = read(left, "a.md"), read(right, "a.md")
    return compare(before, after, side(before, "old", left), side(after, "new", right))


MATERIAL = [
    ("We will delete your data after 30 days.", "We may delete your data after 30 days.", Category.RETENTION),
    ("We delete your data within 30 days.", "We delete your data within 60 days.", Category.RETENTION),
    ("We keep invoices for seven years.", "We keep invoices for two years.", Category.RETENTION),
    ("Data stays 30 days, and copies 30 days.", "Data stays 30 days, and copies.", Category.RETENTION),
    ("We never share your data.", "We share your data.", Category.SHARING),
    ("We do not store IP addresses.", "We also store IP addresses.", Category.RETENTION),
    ("We do not and will not charge you.", "We do and will not charge you.", Category.USER_RIGHTS_CHOICE),
    (
        "We share it with our affiliates.",
        "We share it with our affiliates and advertisers.",
        Category.SHARING,
    ),
    ("We share your data with Acmepay.", "We share your data with Boltpay.", Category.SHARING),
    ("We share data only with your consent.", "We share data with your consent.", Category.SHARING),
    ("We share data with your explicit consent.", "We share data.", Category.USER_RIGHTS_CHOICE),
    (
        "You may ask us to delete your data at any time.",
        "You may ask us to delete your data.",
        Category.USER_RIGHTS_CHOICE,
    ),
    ("You can object to profiling.", "You cannot object to profiling.", Category.USER_RIGHTS_CHOICE),
    ("We store data in Germany.", "We store data in the United States.", Category.INTERNATIONAL_TRANSFER),
    ("We collect your name.", "We collect your name and date of birth.", Category.COLLECTION),
    ("We collect your approximate location.", "We collect your precise location.", Category.COLLECTION),
    (
        "We use it to deliver orders.",
        "We use it to deliver orders and for advertising.",
        Category.USE_PURPOSE,
    ),
    ("We encrypt all your data.", "We encrypt some of your data.", Category.SECURITY),
    (
        "Children under 13 years of age may not join.",
        "Children under 16 years of age may not join.",
        Category.CHILDREN,
    ),
    ("The data controller is Acme Ltd.", "The data controller is Bolt Inc.", Category.CONTROLLER_IDENTITY),
    (
        "We use your data based on your consent.",
        "We use your data based on our legitimate interests.",
        Category.LEGAL_BASIS,
    ),
    ("This policy applies only to our website.", "This policy applies to our website.", Category.OTHER),
    (
        "We will notify you by email if we change this policy.",
        "We post changes to this policy here.",
        Category.POLICY_CHANGE_NOTICE,
    ),
    ("", "We sell your personal information to data brokers.", Category.SALE),
    ("We use cookies to track you.", "", Category.COOKIES_TRACKING),
]


@pytest.mark.parametrize(("old", "new", "category"), MATERIAL)
def test_what_turns_a_clause_is_material_both_ways(old: str, new: str, category: Category) -> None:
    for left, right in ((old, new), (new, old)):
        comparison = judged(left, right)
        assert comparison.verdict == "material"
        assert category in comparison.at(Level.MATERIAL)[0].categories
        assert comparison.at(Level.MATERIAL)[0].reason


@pytest.mark.parametrize(
    ("clause", "categories"),
    [
        ("We share the data that we collect with our partners.", ["sharing"]),
        ("Google will share your name and photo with us.", ["collection"]),
        ("Our partners may use your data.", ["sharing"]),
        ("We use your address to print the label.", ["use_purpose"]),
        ("We keep your photo for 30 days.", ["retention"]),
        ("We keep your photo.", ["retention", "collection"]),
        ("We comply with the Privacy Shield for your data.", ["international_transfer"]),
    ],
)
def test_a_word_speaks_for_a_category_by_the_part_it_plays(clause: str, categories: list[str]) -> None:
    assert list(judged("", clause).at(Level.MATERIAL)[0].categories) == categories


def test_other_is_no_topic_beside_one_that_is_known() -> None:
    sold, unknown = change(Category.SALE, None, "We sell it."), change(Category.OTHER, None, "We juggle it.")
    assert main([unknown]) == (Category.OTHER,)
    assert main([sold, unknown]) == (Category.SALE,)


NOT_MATERIAL = [
    ("We collect your e-mail adress.", "We collect your email address.", "cosmetic"),
    ("We use your data to deliver orders.", "We use your data in order to deliver orders.", "cosmetic"),
    (
        "We use the data we collect to help you.",
        "We use the information that we collect to help you.",
        "cosmetic",
    ),
    ("We collect names, emails and photos.", "We collect emails, names and photos.", "cosmetic"),
    ("Last updated: 1 May 2020", "Last updated: 3 June 2021", "cosmetic"),
    ("See our help page for more.", "View our help page for more.", "cosmetic"),
    ("Read it at https://acme.example/x.", "Read it at https://acme.example/y.", "cosmetic"),
    ("Write to [email protected] please.", "Write to jo@acme.example please.", "cosmetic"),
    ("## Your data\n\nIt is safe.", "## Data about you\n\nIt is safe.", "cosmetic"),
    ("For questions write to info@acme.example.", "For questions write to help@acme.example.", "minor"),
    ("For questions call 555 010 0100.", "For questions call 555 010 0199.", "minor"),
    ("We are located at 5 Main Street, Ulm.", "We are located at 9 Oak Street, Ulm.", "minor"),
    ("Welcome to our shop!", "", "cosmetic"),
    ("You can read more about it in our help.", "", "cosmetic"),
    ("You can find the list in our help.", "", "minor"),
    ("Please keep in mind that friends may repost what you share.", "", "minor"),
]


@pytest.mark.parametrize(("old", "new", "level"), NOT_MATERIAL)
def test_what_only_words_it_otherwise_is_not_material(old: str, new: str, level: str) -> None:
    assert judged(old, new).verdict == level
    assert judged(new, old).verdict == level


@pytest.mark.parametrize(
    ("old", "new", "direction"),
    [
        ("We do not sell your data.", "We may sell your data.", Direction.WIDER),
        ("We share your data.", "We never share your data.", Direction.NARROWER),
        ("We keep it for two years.", "We keep it for nine years.", Direction.WIDER),
        ("We keep it for two years.", "We keep it for one year.", Direction.NARROWER),
        ("We collect your name.", "We collect your name and photo.", Direction.WIDER),
        ("", "You have the right to opt out.", Direction.NARROWER),
        ("You have the right to opt out.", "", Direction.WIDER),
    ],
)
def test_direction(old: str, new: str, direction: Direction) -> None:
    assert judged(old, new).at(Level.MATERIAL)[0].direction is direction


def test_a_name_changed_throughout_is_minor_and_a_promise_changed_throughout_is_not() -> None:
    text = "{0} bakes bread. {0} brings it home. {0} likes flour. {0} opens early."
    assert judged(text.format("Acme"), text.format("Bolt")).verdict == "minor"
    text = "We {0} bring it. We {0} delete your data. We {0} ask you. We {0} answer you."
    assert judged(text.format("will"), text.format("may")).verdict == "material"


def test_reason_quotes_the_words_that_decide() -> None:
    (change,) = judged("We do not sell your data to others.", "We may sell your data to others.").changes
    assert change.rule == "negation"
    assert change.reason == '"do not sell your data to" became "may sell your data to"'
    assert (change.words_old, change.words_new) == ("do not sell your data to", "may sell your data to")


def test_each_sentence_of_a_paragraph_is_judged_by_itself() -> None:
    old = "We love bread. We do not sell your data. We bake it in our web site."
    new = "We love bread! We sell your data. We bake it in our website."
    assert [change.level for change in judged(old, new).changes] == [
        Level.COSMETIC,
        Level.MATERIAL,
        Level.COSMETIC,
    ]


def test_a_language_without_vocabulary_is_not_judged() -> None:
    old = "Wir erheben die Daten, die Sie uns geben, und wir verkaufen sie nicht an Dritte."
    new = "Wir erheben die Daten, die Sie uns geben, und wir verkaufen sie an Dritte."
    left, right = (read(text.encode(), "a.md") for text in (old, new))
    comparison = compare(left, right, side(left, "old", b""), side(right, "new", b""))
    assert comparison.verdict == "unjudged"
    assert [change.rule for change in comparison.changes] == ["no-vocabulary"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Wir verkaufen keine Daten.", "Wir verkaufen Daten."),
        ("Kami tidak menjual data pribadi Anda kepada siapa pun.", "Kami menjual data pribadi Anda."),
        ("Hatuuzi data yako kwa mtu yeyote.", "Tunauza data yako kwa mtu yeyote."),
        ("Mēs nepārdodam jūsu datus nevienam citam.", "Mēs pārdodam jūsu datus citiem cilvēkiem."),
    ],
)
def test_a_language_that_is_not_told_apart_is_not_judged_as_english(old: str, new: str) -> None:
    left, right = (read(text.encode(), "a.md") for text in (old, new))
    comparison = compare(left, right, side(left, "old", b""), side(right, "new", b""))
    assert comparison.verdict == "unjudged"


@pytest.mark.timeout(20)
@pytest.mark.parametrize("word", ["a" * 60_000, "+1-" * 20_000])
def test_what_is_no_word_is_not_read_as_one(word: str) -> None:
    comparison = judged(f"We keep {word} here.", f"We keep {word}b here.")
    assert [change.rule for change in comparison.changes] == ["too-long"]


def test_a_letter_that_only_looks_like_another_is_no_crash() -> None:
    assert judged("We keep it for six months.", "We keep it for s\u0131x months.").changes


def test_a_country_added_to_one_who_gets_the_data_is_no_contact_detail() -> None:
    lead = (
        "We share your data with these companies:\n\n- Acme: letters\n- Hollin Online GmbH: hosting (Germany"
    )
    (change,) = judged(f"{lead})", f"{lead} and Finland)").changes
    assert (change.level, change.rule) == (Level.MATERIAL, "things")


def test_a_list_of_nouns_is_english_enough() -> None:
    old = (
        "Account data, usage data, log files, device data.\n\nPayment data, order data, delivery data of you."
    )
    left, right = (read(text.encode(), "a.md") for text in (old, f"{old}\n\nWe sell payment data."))
    assert compare(left, right, side(left, "old", b""), side(right, "new", b"")).verdict == "material"
