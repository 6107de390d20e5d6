"""The commands with the files that people have: Word with tracked changes, PDF."""

from pathlib import Path

import pytest

from command import Desk
from print import Print
from word import came, docx, paragraph, run, went


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path, f"sqlite:///{tmp_path}/notifier.db")
    desk.ok("init")
    return desk


def test_a_word_file_with_tracked_changes_is_both_versions(desk: Desk) -> None:
    policy = desk.folder / "policy.docx"
    change = paragraph(run("We ") + went("do not ") + came("may ") + run("sell your personal data."))
    policy.write_bytes(docx(paragraph("We keep your name for two years."), change))
    out = desk.ok("diff", f"{policy}#rejected", policy, "--format", "text")
    assert "We [-do not-] {+may+} sell your personal data." in out
    assert f"Old: {policy}#rejected" in out
    assert "privacy@1 stored" in desk.ok("policy", "add", "privacy", f"{policy}#rejected")
    assert "privacy@1 is this text already" in desk.ok("policy", "add", "privacy", f"{policy}#rejected")
    assert "privacy@2 stored" in desk.ok("policy", "add", "privacy", policy)
    assert "privacy@1 -> privacy@2, draft" in desk.ok("notice", "draft")


def test_pdfs_are_stored_and_compared(desk: Desk) -> None:
    for name, years in (("old.pdf", "two"), ("new.pdf", "ten")):
        printed = Print()
        printed.heading("Privacy policy")
        printed.paragraph(f"We keep your name and your address for {years} years.")
        (desk.folder / name).write_bytes(printed.data())
        desk.ok("policy", "add", "privacy", desk.folder / name)
    out = desk.ok("diff", "privacy@1", "privacy@2", "--format", "text")
    assert "for [-two-] {+ten+} years." in out
    assert "privacy@1 -> privacy@2, draft" in desk.ok("notice", "draft")


def test_a_view_of_a_file_without_tracked_changes(desk: Desk) -> None:
    (desk.folder / "policy.docx").write_bytes(docx(paragraph("We sell nothing.")))
    path = desk.folder / "policy.docx"
    assert "has no tracked changes" in desk.fails(2, "diff", f"{path}#rejected", path)
