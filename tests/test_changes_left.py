"""What says nothing new is set aside, and only that: each pair that means little has a twin that does."""

import pytest

from notifier.changes.model import Level
from test_changes_judge import judged

# Tells whose policy it is, as a whole text does.
OWN = "Ulmia bakes bread. The shop of Ulmia is in Ulm. You buy from Ulmia. Write to bread@ulmia.example.\n\n"

LITTLE = [
    # numbering, and what a term is short for
    ("1.2 object to how we use your data", "(b) object to how we use your data"),
    ("You may withdraw your consent (the “Withdrawal Right”).", "You may withdraw your consent."),
    # what recalls a thing named before
    ("We use Boltmail to send those newsletters.", "We use Boltmail to send those blog posts."),
    # the company and its product by name
    ("We run our own analytics script on the site.", "We run the Ulmia analytics script on the site."),
    ("Your rights are told in the help of Ulmia 3.", "Your rights are told in the help of Ulmia 4."),
    ("We store data when you use Ulmia Chat.", "We store data when you use Ulmia."),
    # other words for one's pages and for entering an account
    ("A cookie remembers that you logged into your account.", "A cookie remembers that you signed in."),
    (
        "This site is operated in the United States.",
        "Our products and other web properties are operated in the United States.",
    ),
]
MUCH = [
    ("1.2 object to how we use your data", "1.2 object to how we sell your data"),
    ("We share data with our partners.", "We share data with our partners and insurers."),
    # "such as" and a verb recall nothing
    ("We collect such data, such as names.", "We collect such data, such as names and photos."),
    (
        "These are kept. We keep these photos.",
        "These are kept. We keep these photos and those include videos.",
    ),
    # only one clause recalls something
    ("We keep orders.", "We keep orders and those messages."),
    # somebody else's product
    ("We store data when you use Boltmail Chat.", "We store data when you use Boltmail Analytics."),
    # an exception does not hide who is denied it
    (
        "You are listed in the directory unless you tick the box.",
        "You are not listed in the directory unless you tick the box.",
    ),
    # a platform more
    (
        "On Android: Ulmia by default collects names for Boltmail, our partner.",
        "On Mobile: Ulmia for iOS and Android by default collect names for Boltmail, our partner.",
    ),
]


@pytest.mark.parametrize(("old", "new"), LITTLE)
def test_what_says_nothing_new_is_not_material(old: str, new: str) -> None:
    assert judged(OWN + old, OWN + new).verdict != Level.MATERIAL


@pytest.mark.parametrize(("old", "new"), MUCH)
def test_what_says_more_is_material(old: str, new: str) -> None:
    assert judged(OWN + old, OWN + new).verdict == Level.MATERIAL


def test_a_list_under_the_name_of_its_recipients_is_one_of_sharing() -> None:
    lead = "Subprocessors located in Canada:\n\n- Boltmail\n"
    assert [change.rule for change in judged(lead, f"{lead}- Acmepay\n").changes] == ["listed"]


def test_a_list_of_authorities_is_none() -> None:
    lead = "Supervisory authorities:\n\n- Ulm Data Office\n"
    assert judged(lead, f"{lead}- Bonn Data Office\n").verdict != Level.MATERIAL


@pytest.mark.parametrize(
    "title", ["3. How we may use personal data", "Sharing: with whom we share your data"]
)
def test_a_title_that_asks_is_no_practice(title: str) -> None:
    text = "We bake bread at night.\n\n"
    assert judged(text, f"{text}{title}\n").changes[0].rule == "question"


def test_a_row_that_names_feedback_is_no_way_to_ask() -> None:
    table = "| Purpose | Data |\n|---|---|\n| To improve {} | Feedback |\n"
    old, new = table.format("our services"), table.format("and train our AI models")
    assert judged(old, new).verdict == Level.MATERIAL
