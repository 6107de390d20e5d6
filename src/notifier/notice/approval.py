"""What an approval is bound to: the hash of everything a customer will get, and of who the customers are."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256

from notifier.notice.texts import MailTexts, Sender, Summary


def content_hash(
    *,
    old_sha256: str,
    new_sha256: str,
    summary: Summary,
    mails: Sequence[MailTexts],
    audience: Mapping[str, object],
    window_days: int,
    sender: Sender,
) -> str:
    """Hash what is approved: SHA-256, hex, over canonical JSON (sorted keys, ASCII, no spaces).

    The order of `mails` does not matter. `audience` says where the customers are read from, in values that
    JSON knows. Raises TypeError for others.
    """
    content = {
        "old_sha256": old_sha256,
        "new_sha256": new_sha256,
        "summary": asdict(summary),
        "mails": [asdict(texts) for texts in sorted(mails, key=lambda texts: texts.locale)],
        "audience": dict(audience),
        "window_days": window_days,
        "sender": asdict(sender),
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(canonical.encode("ascii")).hexdigest()
