"""What every command that shows a notice prints of it."""

from typing import TYPE_CHECKING

from notifier.cli.show import moment, say

if TYPE_CHECKING:
    from notifier.flow.notices import Notice


def show_notice(notice: "Notice") -> None:
    """Print a notice's head, what people decided about it, and its summary."""
    from notifier.changes.render import wording
    from notifier.flow import notices
    from notifier.notice.editing import to_text

    versions = f"{notice.policy}@{notice.old_number} -> {notice.policy}@{notice.new_number}"
    comparison = notices.judged(notice)
    say(f"notice {notice.id}: {versions}, {notice.state}")
    say(f"drafted by {notice.drafted_by}, window {notice.window_days} days")
    say(wording.line(comparison))
    if notice.alarms_overridden:
        raised = "; ".join(f"{alarm.code}: {alarm.detail}" for alarm in comparison.alarms)
        say(f"alarms: {raised}")
        say(f"overridden by {notice.drafted_by}: {notice.override_reason or 'no reason was kept then'}")
    for one in notice.overrules:
        said = f"{one.change_id} {one.from_level} -> {one.to_level}: {one.reason}"
        say(f"overruled by {one.by} at {moment(one.at)} UTC: {said}")
    say("")
    say(to_text(notice.summary))
