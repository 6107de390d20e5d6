"""Sentences and addresses as a reader would tell them."""

import pytest

from notifier.policy.clauses import clean, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We keep it. You may ask.", ["We keep it.", "You may ask."]),
        ("We use Acme Inc. and others. Call us.", ["We use Acme Inc. and others.", "Call us."]),
        ("Data goes to the U.S. under a contract.", ["Data goes to the U.S. under a contract."]),
        ("Data goes to the U.S. We protect it there.", ["Data goes to the U.S.", "We protect it there."]),
        ("Some data, e.g. Names, is public.", ["Some data, e.g. Names, is public."]),
        ("Call 1.800.555.0100 or 555.0199. It is free.", ["Call 1.800.555.0100 or 555.0199.", "It is free."]),
        (
            "See https://a.example/x.Html?y=1. Then write.",
            ["See https://a.example/x.Html?y=1.", "Then write."],
        ),
        (
            "It is: (i) relevant, (ii) reliable. It is ours.",
            ["It is: (i) relevant, (ii) reliable.", "It is ours."],
        ),
        ("Who? We! And “you.” Nobody else.", ["Who?", "We!", "And “you.”", "Nobody else."]),
        ("1. We keep it.", ["1. We keep it."]),
        ("J. Doe runs it.", ["J. Doe runs it."]),
        ("我们收集数据。我们保护数据。", ["我们收集数据。", "我们保护数据。"]),
        ("no stop at all", ["no stop at all"]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert list(sentences(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to sales@Acme•example", "write to sales@Acme.example"),
        ("write to jo at acme dot example today", "write to jo@acme.example today"),
        ("write to jo [at] mail [dot] acme [dot] example", "write to jo@mail.acme.example"),
        ("write to jo(at)acme.example", "write to jo@acme.example"),
        ("look at the dot on the map", "look at the dot on the map"),
        ("meet us at noon.", "meet us at noon."),
        ("a\u00a0b\u200b c\n\td", "a b c d"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected
