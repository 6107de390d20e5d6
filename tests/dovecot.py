"""A Dovecot that lives as long as the test run, on random loopback ports, with one account and real TLS."""

import grp
import imaplib
import os
import pwd
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
import trustme

from notifier.mailbox.imap import ImapServer
from servers import require, server_folder

# Dovecot's own unprivileged user; it refuses to keep mail as root.
USER = "nobody"
PASSWORD = "correct-horse"
START_SECONDS = 20

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {group}
mail_location = maildir:{folder}/mail/%u
mail_uid = {owner}
mail_gid = {owner_group}
first_valid_uid = 1
first_valid_gid = 1
auth_mechanisms = plain login
auth_failure_delay = 0
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner_group} home={folder}/home/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain_port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  # No waiting after failed logins.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


class Dovecot:
    """The running server. Every test asks for a `user` of its own."""

    def __init__(self, folder: Path, ports: tuple[int, int], authority: trustme.CA) -> None:
        self.folder = folder
        self.plain_port, self.tls_port = ports
        self.trusting = ssl.create_default_context()
        authority.configure_trust(self.trusting)
        self._users = (f"user{number}" for number in count(1))

    def user(self) -> str:
        """A new account with an empty INBOX."""
        return next(self._users)

    def server(self, user: str, security: str = "none", password: str = PASSWORD) -> ImapServer:
        """What a mailbox needs to log in as this user; it trusts the certificate."""
        return ImapServer(
            host="localhost" if security != "none" else "127.0.0.1",
            port=self.tls_port if security == "tls" else self.plain_port,
            security=security,  # type: ignore[arg-type]  # the tests pass literals
            username=user,
            password=password,
            timeout=20,
            tls=self.trusting,
        )

    @contextmanager
    def as_staff(self, user: str) -> Iterator[imaplib.IMAP4]:
        """A session of somebody who works in the mailbox and may change it."""
        client = imaplib.IMAP4("127.0.0.1", self.plain_port, timeout=20)
        client.login(user, PASSWORD)
        try:
            yield client
        finally:
            client.logout()

    def put(self, user: str, *raws: bytes, folder: str = "INBOX") -> None:
        """Append mails to a folder."""
        with self.as_staff(user) as client:
            for raw in raws:
                status, answer = client.append(folder, "", "", raw)
                assert status == "OK", answer

    def flags(self, user: str) -> list[bytes]:
        """The flags of every mail in the INBOX."""
        with self.as_staff(user) as client:
            client.select("INBOX", readonly=True)
            lines = client.fetch("1:*", "(FLAGS)")[1]
            return [line for line in lines if isinstance(line, bytes)]

    def kill_sessions(self, user: str) -> None:
        """Kill the processes that serve this user, as a crash would."""
        doveadm = require("doveadm", "dovecot-core")
        command = [str(doveadm), "-c", str(self.folder / "dovecot.conf"), "who", "-1", user]
        table = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        for line in table.splitlines()[1:]:
            os.kill(int(line.split()[2]), signal.SIGKILL)

    def renumber(self, user: str) -> None:
        """Make the INBOX forget its UIDs: a new UIDVALIDITY, as after a rebuilt index."""
        for file in (self.folder / "mail" / user).glob("dovecot*"):
            file.unlink()
        time.sleep(1.1)  # UIDVALIDITY is the second of its making


@contextmanager
def running() -> Iterator[Dovecot]:
    """Write a configuration of its own and run the server; skips where Dovecot is not installed."""
    binary = require("dovecot", "dovecot-imapd")
    owner = pwd.getpwnam(USER) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    with server_folder() as folder:
        folder.chmod(0o755)
        ports = _free_ports()
        authority = trustme.CA()
        _write(folder, ports, owner, authority)
        process = subprocess.Popen(
            [binary, "-F", "-c", folder / "dovecot.conf"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            _wait(folder, ports[0], process)
            yield Dovecot(folder, ports, authority)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(START_SECONDS)


def _write(folder: Path, ports: tuple[int, int], owner: pwd.struct_passwd, authority: trustme.CA) -> None:
    certificate = authority.issue_cert("localhost")
    certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for name in ("mail", "home"):
        (folder / name).mkdir()
        if os.geteuid() == 0:
            os.chown(folder / name, owner.pw_uid, owner.pw_gid)
    as_root = os.geteuid() == 0
    text = CONFIG.format(
        folder=folder,
        login="dovenull" if as_root else owner.pw_name,
        internal="dovecot" if as_root else owner.pw_name,
        group="dovecot" if as_root else _group(owner),
        owner=owner.pw_uid,
        owner_group=owner.pw_gid,
        password=PASSWORD,
        plain_port=ports[0],
        tls_port=ports[1],
    )
    (folder / "dovecot.conf").write_text(text, encoding="utf-8")


def _group(owner: pwd.struct_passwd) -> str:
    return grp.getgrgid(owner.pw_gid).gr_name


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def _wait(folder: Path, port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    log = folder / "log"
    pytest.fail(f"Dovecot does not start:\n{log.read_text(errors='replace') if log.exists() else ''}")
