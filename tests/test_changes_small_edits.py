"""Small edits: a word that turns a practice, a right or a promise is material; its harmless twin is not."""

import pytest

from notifier.changes.model import Category, Direction, Level
from test_changes_judge import judged

WIDER, NARROWER, OTHER = Direction.WIDER, Direction.NARROWER, Direction.OTHER

# The sentence before and after, what the change is about, and what the company may do now that it might not.
TURNED = [
    # a period that stands beside contact details
    (
        "When you write to help@hollin.example or call +44 20 7946 0018, we keep your message for 30 days.",
        "When you write to help@hollin.example or call +44 20 7946 0019, we keep your message for 90 days.",
        "retention",
        WIDER,
    ),
    # how and when people are told of changes
    (
        "We will tell you by email thirty days before any change.",
        "We will tell you on our site thirty days before any change.",
        "policy_change_notice",
        OTHER,
    ),
    (
        "We will tell you by email before any change.",
        "We will tell you by post before any change.",
        "policy_change_notice",
        OTHER,
    ),
    (
        "We will let you know by phone when this policy changes.",
        "We will let you know in the app when this policy changes.",
        "policy_change_notice",
        OTHER,
    ),
    (
        "A banner in the app announces every change of this policy.",
        "A letter announces every change of this policy.",
        "policy_change_notice",
        OTHER,
    ),
    (
        "We will inform you thirty days before we amend this policy.",
        "We will inform you ten days before we amend this policy.",
        "policy_change_notice",
        WIDER,
    ),
    (
        "We will tell you by email before any change.",
        "We may tell you by email before any change.",
        "policy_change_notice",
        WIDER,
    ),
    (
        "We will tell you before any change.",
        "We will tell you after any change.",
        "policy_change_notice",
        OTHER,
    ),
    ("We will tell you by email thirty days before any change.", "", "policy_change_notice", WIDER),
    ("We will write to you whenever we revise this policy.", "", "policy_change_notice", WIDER),
    (
        "You will receive an email seven days before a change takes effect.",
        "You will receive a text message seven days before a change takes effect.",
        "policy_change_notice",
        OTHER,
    ),
    # whose and how much
    ("We store all data.", "We store data.", "retention", OTHER),
    ("We encrypt all messages.", "We encrypt messages.", "security", WIDER),
    (
        "We answer every request for access.",
        "We answer some requests for access.",
        "user_rights_choice",
        WIDER,
    ),
    ("You may decide who sees your diary.", "We may decide who sees your diary.", None, WIDER),
    ("All customers can delete their account.", "Paying customers can delete their account.", None, WIDER),
    ("Only our doctors read your file.", "Our doctors read your file.", None, WIDER),
    ("Only our doctors read your file.", "Only our clerks read your file.", None, OTHER),
    # data types
    ("We collect your name.", "We collect your name and shoe size.", "collection", WIDER),
    ("We ask for your height.", "We ask for your weight.", "collection", OTHER),
    (
        "When you rent or order, we ask for your name, delivery address and phone number.",
        "When you rent or order, we ask for your name, delivery address, date of birth and phone number.",
        "collection",
        WIDER,
    ),
    ("We record your calls.", "We record your calls and heartbeat.", "collection", WIDER),
    ("We collect anonymised figures.", "We collect figures.", "collection", WIDER),
    ("We publish aggregate figures.", "We publish individual figures.", None, WIDER),
    # purposes
    ("We use your address to ship parcels.", "We use your address to plan routes.", "use_purpose", OTHER),
    ("We use your photos to print albums.", "We use your photos to train our models.", "use_purpose", OTHER),
    ("We look at your orders to help you.", "We look at your orders to rate you.", None, OTHER),
    # recipients
    ("We share your address with couriers.", "We share your address with lenders.", "sharing", OTHER),
    (
        "We share your address with couriers.",
        "We share your address with couriers and lenders.",
        "sharing",
        WIDER,
    ),
    ("We pass reports on to your doctor.", "We pass reports on to your landlord.", "sharing", OTHER),
    ("We send data to our partners.", "We receive data from our partners.", None, OTHER),
    ("We send data to our partners.", "We send data from our partners.", "sharing", OTHER),
    ("We never sell your data.", "We rarely sell your data.", "sale", WIDER),
    ("We do not share your name.", "We do not share your name or phone number.", "sharing", NARROWER),
    # countries
    ("We keep the data in Norway.", "We keep the data in Turkey.", None, OTHER),
    ("We store data within the country.", "We store data outside the country.", None, None),
    (
        "We transfer data from Norway to Chile.",
        "We transfer data from Chile to Norway.",
        None,
        OTHER,
    ),
    # periods
    ("We keep order records for two years.", "We keep order records for seven years.", "retention", WIDER),
    (
        "We keep logs for 30 days and orders for 90 days.",
        "We keep logs for 90 days and orders for 30 days.",
        "retention",
        OTHER,
    ),
    ("We delete your file at once.", "We delete your file in due course.", "retention", WIDER),
    ("We delete your file after the visit.", "We delete your file after the season.", "retention", OTHER),
    ("We delete logs daily.", "We delete logs yearly.", "retention", OTHER),
    (
        "We answer requests within ten days.",
        "We answer requests within forty days.",
        "user_rights_choice",
        WIDER,
    ),
    # conditions and consent
    ("We share your file if you agree.", "We share your file unless you object.", "sharing", None),
    ("We ask for explicit consent.", "We ask for implicit consent.", "user_rights_choice", WIDER),
    ("We ask for your explicit consent.", "We ask for your consent.", "user_rights_choice", WIDER),
    ("We ask before we share your file.", "We ask after we share your file.", "sharing", OTHER),
    ("We use your voice with your consent.", "We use your voice.", None, WIDER),
    ("We rely on your consent to use it.", "We rely on a contract to use it.", None, WIDER),
    # security
    ("Your files are encrypted on our disks.", "Your files are on our disks.", "security", WIDER),
    ("We protect your data with strong locks.", "We protect your data with locks.", "security", WIDER),
    ("We check our servers daily for breaches.", "We check our servers for breaches.", "security", WIDER),
    ("Two people guard the stored data.", "Nobody guards the stored data.", None, WIDER),
    # rights and how they are exercised
    ("You can get a copy free of charge.", "You can get a copy.", "user_rights_choice", WIDER),
    ("You may object at any time.", "You may object.", "user_rights_choice", WIDER),
    ("You may opt out by email.", "You may opt out by post.", "user_rights_choice", OTHER),
    ("You can correct or delete your data.", "You can correct your data.", None, WIDER),
    (
        "We may make a small charge for this service.",
        "We do not charge for this service.",
        "user_rights_choice",
        NARROWER,
    ),
    ("You have the right to complain.", "You have the right to comment.", "user_rights_choice", WIDER),
    ("Adults may ask for access.", "Residents may ask for access.", "user_rights_choice", OTHER),
    # cookies, children, controller
    (
        "We set a cookie that counts visits.",
        "We set a cookie that follows visits.",
        "cookies_tracking",
        OTHER,
    ),
    ("Children need the consent of a parent.", "Children need the consent of a teacher.", None, OTHER),
    (
        "Acme Ltd is responsible for your data.",
        "Bolt Ltd is responsible for your data.",
        "controller_identity",
        OTHER,
    ),
    ("Acme Ltd decides how your data is used.", "Bolt Ltd decides how your data is used.", None, OTHER),
    ("Acme Ltd runs this shop.", "Bolt Ltd runs this shop.", "controller_identity", OTHER),
    ("Your data stays in Iceland.", "Your data stays in Panama.", None, OTHER),
    # words that look like a slip of the pen
    ("Data is kept including backups.", "Data is kept excluding backups.", "retention", OTHER),
    ("We collect internal notes.", "We collect external notes.", "collection", OTHER),
    ("The lawful use of data is our rule.", "The unlawful use of data is our rule.", None, OTHER),
    ("We store data of your employer.", "We store data of your employee.", None, OTHER),
    ("We collect your data.", "We correct your data.", None, None),
    ("We collect identifiable data.", "We collect unidentifiable data.", "collection", OTHER),
]


@pytest.mark.parametrize(("old", "new", "about", "direction"), TURNED)
def test_a_word_that_turns_a_clause_is_material(
    old: str, new: str, about: str | None, direction: Direction | None
) -> None:
    change = judged(old, new).at(Level.MATERIAL)[0]
    assert about is None or change.categories[0] == about
    assert direction in {None, change.direction}


@pytest.mark.parametrize(("old", "new"), [row[:2] for row in TURNED])
def test_turning_it_back_is_material_too(old: str, new: str) -> None:
    assert judged(new, old).verdict == "material"


OPPOSITE = {WIDER: NARROWER, NARROWER: WIDER}


@pytest.mark.parametrize(
    ("old", "new", "direction"), [(row[0], row[1], row[3]) for row in TURNED if row[3] in OPPOSITE]
)
def test_turning_it_back_turns_the_direction(old: str, new: str, direction: Direction) -> None:
    assert judged(new, old).at(Level.MATERIAL)[0].direction is OPPOSITE[direction]


HARMLESS = [
    # slips of the pen and spellings
    ("We collect your informaton.", "We collect your information."),
    ("We shre your name with couriers.", "We share your name with couriers."),
    ("We recieve your letters.", "We receive your letters."),
    ("We keep it for for two years.", "We keep it for two years."),
    ("We anonymise your data.", "We anonymize your data."),
    ("We use cookies on our web site.", "We use cookies on our website."),
    ("We honour your right to object.", "We honor your right to object."),
    ("We do not sell your data.", "We don't sell your data."),
    ("You cannot opt out of invoices.", "You can't opt out of invoices."),
    ("We collect your e-mail address.", "We collect your email address."),
    ("We share it with sub-processors.", "We share it with subprocessors."),
    # other words for the same
    ("We use your name to greet you.", "We utilise your name to greet you."),
    ("The data which you give us is stored.", "The data that you give us is stored."),
    ("We use your address in order to ship parcels.", "We use your address to ship parcels."),
    ("We will tell you by email before any change.", "We will inform you by e-mail before any change."),
    (
        "We will tell you on our web site before any change.",
        "We will let you know on our website before any change.",
    ),
    (
        "We share data with our partners, such as couriers.",
        "We share data with our partners, for example couriers.",
    ),
    ("We keep your data when you order.", "We keep your information whenever you order."),
    ("You can get a copy free of charge.", "You can get a copy at no cost."),
    ("We will delete your file.", "We shall delete your file."),
    ("We delete your file prior to the sale.", "We delete your file before the sale."),
    ("We ask for your telephone number.", "We ask for your phone number."),
    ("We delete your file promptly.", "We delete your file without delay."),
    ("We store data about our clients.", "We store data about our customers."),
    ("If you agree, we share your file.", "In case you agree, we share your file."),
    ("We share your name as well as your address.", "We share your name and your address."),
    ("We collect data concerning your visit.", "We collect data about your visit."),
    ("We keep your data for 30 days.", "We keep your data for thirty (30) days."),
    ("We keep your data for one year.", "We keep your data for 1 year."),
    ("In addition, we collect your name.", "We also collect your name."),
    ("We will notify you by e-mail before changes.", "You will be notified by email before changes."),
    # house style
    ("We also store your name.", "Additionally, we store your name."),
    ("We currently store your name.", "We store your name."),
    ("We simply store your name.", "We store your name."),
    ("We store your name (see below).", "We store your name."),
    ("We store your name, as described in section 4.", "We store your name, as described below."),
    ("You may at any time object.", "You may object at any time."),
    ("We share names and photos with couriers.", "We share photos and names with couriers."),
    ("We keep orders for 90 days and logs for 30 days.", "We keep logs for 30 days and orders for 90 days."),
    ("## Your rights\n\nYou may object.", "## What you may do\n\nYou may object."),
    ("## Sharing\n\nWe share nothing.", "## Who gets your data\n\nWe share nothing."),
    ("We do not share any data.", "We do not share data."),
    ("We never share any leters.", "We never share letters."),
    ("Our shop sells bread.", "Our shop sells fresh bread."),
    ("Our office has a red door.", "Our office has a blue door."),
    ("We hope you like our new pages.", "We hope you enjoy our new pages."),
]


@pytest.mark.parametrize(("old", "new"), HARMLESS)
def test_the_same_in_other_words_is_not_material(old: str, new: str) -> None:
    assert judged(old, new).verdict in {"cosmetic", "none"}
    assert judged(new, old).verdict in {"cosmetic", "none"}


@pytest.mark.parametrize(
    ("old", "new", "categories"),
    [
        (
            "When you rent or order, we ask for your name and phone number.",
            "When you rent or order, we ask for your name, date of birth and phone number.",
            (Category.COLLECTION,),
        ),
        (
            "We keep order records for two years.",
            "We keep order records for seven years.",
            (Category.RETENTION,),
        ),
        ("When you sell a bike, we store it.", "When you sell a bike, we share it.", (Category.SHARING,)),
    ],
)
def test_a_change_is_about_what_decides_it(old: str, new: str, categories: tuple[Category, ...]) -> None:
    assert judged(old, new).at(Level.MATERIAL)[0].categories == categories
