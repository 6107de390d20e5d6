"""Where the parts are wired together for one call of the program: settings, database, transport, mailbox.

The faces ask this for what they hand to `flow`; nothing is opened before it is asked for.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from notifier.clock import Clock, utc_now
from notifier.errors import WrongUse

if TYPE_CHECKING:
    from notifier.changes.vocabulary import Vocabularies
    from notifier.config import Settings
    from notifier.delivery.transport import Transport
    from notifier.fleet import Fleet
    from notifier.flow.notices import Notice
    from notifier.flow.receiving import Decided
    from notifier.flow.sending import Drained, Progress
    from notifier.mailbox import Mailbox
    from notifier.notice.texts import MailTexts, Sender
    from notifier.source import Source
    from notifier.store.audience import AudienceSource
    from notifier.store.database import Database

KIND = "policy-change"
# A policy called so needs no "policy" after its name.
_SAYS_WHAT = ("policy", "notice", "statement", "terms")
_CHANGES = re.compile(rb"^\s*(?:\[\s*changes\b|changes\s*[.=])", re.MULTILINE)
_STORED = re.compile(r"([a-z0-9][a-z0-9-]*)@(\d{1,9})")


class App:
    """Opens what a command asks for, once, and closes it at the end."""

    def __init__(self, config: Path, clock: Clock = utc_now) -> None:
        self.config_path = config
        self.clock = clock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if "db" in self.__dict__:
            self.db.close()

    @cached_property
    def settings(self) -> "Settings":
        """The configuration. Raises WrongUse."""
        from notifier import config

        return config.load(self.config_path)

    @cached_property
    def db(self) -> "Database":
        """The open database. Raises WrongUse or TryAgain."""
        from notifier.store import database

        return database.connect(self.settings.database.url)

    @cached_property
    def keys(self) -> list[bytes]:
        """The keys of the reply tokens; the first one signs. Raises WrongUse."""
        from notifier import config

        return config.token_keys(self.settings.notice.token_keys)

    def version(self, spec: str) -> "Source | None":
        """Fetch the stored version that NAME@N names; None where `spec` is not of that form or is a file."""
        stored = _STORED.fullmatch(spec)
        if stored is None or Path(spec).exists():
            return None
        from notifier.flow import policies
        from notifier.source import Source

        version = policies.load(self.db, stored[1], int(stored[2]))
        return Source(data=version.raw, label=spec, media_type=version.media_type)

    def source(self, spec: str) -> "Source":
        """Fetch a version by path, URL, git:REV:PATH, - or NAME@N. Raises WrongUse or TryAgain."""
        from notifier import source

        return self.version(spec) or source.fetch(spec)

    @cached_property
    def vocabularies(self) -> "Vocabularies":
        """What words mean to the judge: the shipped vocabulary and the configured files. Raises WrongUse."""
        from notifier import source

        return source.vocabularies(self.settings.changes.vocabulary)

    @property
    def vocabulary_files(self) -> tuple[Path, ...]:
        """The configured vocabulary files, for a command that needs no configuration. Raises WrongUse.

        The `config.toml` that lies here may be another program's: it is not read unless it has [changes].
        """
        if not self.config_path.is_file() or not _CHANGES.search(self.config_path.read_bytes()):
            return ()
        return self.settings.changes.vocabulary

    @cached_property
    def audience(self) -> "AudienceSource":
        """Who is to be told: the company's table where one is configured, else the imported list."""
        from notifier.store import audience

        return audience.open_audience(self.db, self.settings.audience)

    @cached_property
    def fleet(self) -> "Fleet":
        """The workers on other machines. Raises WrongUse where none are configured, or can be."""
        from notifier import config, fleet
        from notifier.store import database

        section = self.settings.fleet
        if not section.broker:
            raise WrongUse("[fleet] broker is not set", "name the broker that calls the workers")
        url = self.settings.database.url
        if database.parse_url(url).get_backend_name() != "postgresql":
            raise WrongUse(
                f"a fleet needs PostgreSQL, and the database is {database.shown(url)}, for one machine only",
                "set [database] url to one on PostgreSQL, or send with `notifier send --here`",
            )
        if self.settings.mail.transport == "outbox":
            raise WrongUse(
                'a fleet hands mails to a server, and [mail] transport is "outbox", a folder on each machine',
                'set [mail] transport = "smtp", or send with `notifier send --here`',
            )
        return fleet.connect(
            section.broker, config.secret(section.password_file, "fleet.password_file"), section.queue
        )

    def transport(self) -> "Transport":
        """Open the configured way out. Raises WrongUse where the password cannot be read."""
        from notifier import config

        mail = self.settings.mail
        if mail.transport == "outbox":
            from notifier.delivery.outbox import OutboxTransport

            return OutboxTransport(mail.outbox, clock=self.clock)
        from notifier.delivery.smtp import SmtpServer, SmtpTransport, Timeouts

        return SmtpTransport(
            SmtpServer(
                host=mail.host,
                port=mail.port,
                security=mail.security,
                username=mail.username,
                password=config.secret(mail.password_file, "mail.password_file"),
            ),
            connections=mail.connections,
            mails_per_connection=mail.mails_per_connection,
            timeouts=Timeouts(opening=mail.connect_timeout),
            clock=self.clock,
        )

    def policy_title(self, policy: str) -> str:
        """What the mail calls the policy."""
        section = self.settings.policies.get(policy)
        if section and section.title:
            return section.title
        name = policy.replace("-", " ").replace("_", " ")
        return name if name.endswith(_SAYS_WHAT) else f"{name} policy"

    def mails(self, notice: "Notice") -> list["MailTexts"]:
        """Render the notice's mail in each locale that has templates. Raises WrongUse on a broken one."""
        from notifier.changes.render import html
        from notifier.flow import notices
        from notifier.notice import render

        title = self.policy_title(notice.policy)
        comparison = notices.judged(notice)
        # Customers know the policy by its title, not by the name it is stored under, and no alarms.
        shown = replace(
            comparison,
            alarms=(),
            old=replace(comparison.old, source=f"{title}, version {notice.old_number}"),
            new=replace(comparison.new, source=f"{title}, version {notice.new_number}"),
        )
        section = self.settings.policies.get(notice.policy)
        context = render.MailContext(
            company_name=self.settings.company.name,
            postal_address=self.settings.company.postal_address,
            site_url=self.settings.company.site_url,
            contact=self.settings.company.contact,
            policy_title=title,
            effective_date=comparison.new.effective_date,
            window_days=notice.window_days,
            summary=notice.summary,
            policy_url=section.url if section else "",
            redline=html.page(shown),
            opt_out_address=self._reply_to,
        )
        overrides = self.settings.notice.templates
        return [
            render.render_texts(KIND, locale, context, overrides)
            for locale in render.locales(KIND, overrides)
        ]

    def content_hash(self, notice: "Notice", mails: Sequence["MailTexts"]) -> str:
        """What an approval is bound to (DESIGN, States)."""
        from notifier.notice import approval

        return approval.content_hash(
            old_sha256=notice.old_sha256,
            new_sha256=notice.new_sha256,
            summary=notice.summary,
            mails=mails,
            audience=self.audience.describe(),
            window_days=notice.window_days,
            sender=self.sender,
        )

    @property
    def sender(self) -> "Sender":
        """Who a notice's mails come from by today's configuration; an approved notice has its own."""
        from notifier.delivery import token
        from notifier.notice.texts import Sender

        mail = self.settings.mail
        return Sender(
            address=mail.from_,
            name=self.settings.company.name,
            reply_to=self._reply_to,
            bounce_to=mail.bounce_to or mail.from_,
            key_id=token.key_id(self.keys[0]),
        )

    def send(
        self,
        notice: "Notice",
        *,
        stop: Callable[[], bool],
        limit: int | None = None,
        progress: "Callable[[Progress], None]" = lambda _progress: None,
    ) -> "Drained":
        """Send what is due of a notice in state sending. Raises WrongUse or TryAgain."""
        from notifier.flow import sending

        keys = self.keys
        with closing(self.transport()) as transport:
            return sending.send(
                self.db,
                notice.id,
                transport=transport,
                keys=keys,
                clock=self.clock,
                stop=stop,
                limit=limit,
                rate=self.settings.mail.rate,
                progress=progress,
            )

    def receive(
        self,
        mailbox: "Mailbox",
        progress: Callable[[int], None] = lambda _done: None,
    ) -> tuple[int, "Decided"]:
        """Take in what is new in the mailbox and decide it: how many mails there were, and what they were."""
        from notifier.flow import receiving

        mail = self.settings.mail
        own = {mail.from_, self._reply_to, mail.bounce_to or mail.from_, self.settings.company.contact}
        try:
            taken = receiving.take(self.db, mailbox, clock=self.clock, progress=progress)
        finally:
            # What came in before the mailbox broke is decided all the same.
            decided = receiving.decide(
                self.db, keys=self.keys, own_addresses=own, clock=self.clock, progress=progress
            )
        return taken, decided

    @property
    def _reply_to(self) -> str:
        return self.settings.mail.reply_to or self.settings.mail.from_

    def mailbox(self) -> "Mailbox":
        """Open the configured mailbox. Raises WrongUse where none is configured."""
        from notifier import config
        from notifier.mailbox.imap import ImapMailbox, ImapServer
        from notifier.mailbox.maildir import MaildirMailbox

        box = self.settings.mailbox
        if box.kind == "maildir" and box.path is not None:
            return MaildirMailbox(box.path)
        if box.kind == "imap" and box.host:
            server = ImapServer(
                host=box.host,
                port=box.port,
                security=box.security,
                username=box.username,
                password=config.secret(box.password_file, "mailbox.password_file"),
            )
            return ImapMailbox(server, box.folder)
        missing = {"": "kind", "maildir": "path", "imap": "host"}[box.kind]
        raise WrongUse(f"[mailbox] {missing} is not set", "name the mailbox that opt-outs are written to")
