"""Long sequences are cut into stretches that cover both, and that find what is the same."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.changes import sequence
from notifier.changes.sequence import Stretch, stretches

ITEMS = st.lists(st.sampled_from("abcdefghij"), max_size=60)


@given(ITEMS, ITEMS)
def test_the_stretches_cover_both_sequences_in_order(old: list[str], new: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequence, "_LARGEST", 20)
        patch.setattr(sequence, "_RUNS", (3, 1))
        found = list(stretches(old, new))
    ends = (0, 0)
    for stretch in found:
        assert (stretch.old_start, stretch.new_start) == ends
        ends = (stretch.old_end, stretch.new_end)
        assert stretch.pairs <= 40  # an uneven length is rounded
    assert ends == (len(old), len(new))


def test_what_is_short_is_not_cut() -> None:
    assert list(stretches("abc", "abd")) == [Stretch(0, 3, 0, 3)]


def test_what_is_long_is_cut_where_it_is_the_same() -> None:
    chance = random.Random(7)
    old = [chance.randrange(500) for _ in range(30_000)]
    new = [chance.randrange(500) for _ in range(400)] + old[:20_000] + old[21_000:]
    found = list(stretches(old, new))
    assert len(found) > 1
    first = found[0]
    assert old[first.old_end : first.old_end + 50] == new[first.new_end : first.new_end + 50]
