"""A Postfix as companies run it for a relay: STARTTLS and a login on the way in, another server behind it.

It lives in a folder of its own and touches nothing in /etc. Postfix drops root's rights by itself and cannot
be started without them; Dovecot checks the logins, as it does for most of them.
"""

import os
import shutil
import signal
import smtplib
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from servers import require, server_folder

# With what has to be quoted in many places.
USER = "hollin"
PASSWORD = "s3cr@t /#%"
# It takes mail for anybody here whose address begins so, and knows nobody else.
DOMAIN = "mail.example"
KNOWN = "p"
START_SECONDS = 30
MAX_SIZE = 5_000_000

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example
mynetworks =
mydestination =
alias_maps =
alias_database =
relay_domains = {domain}
relay_recipient_maps = regexp:{folder}/known
relay_transport = relay:[127.0.0.1]:{next_port}
default_transport = error:nobody else is known here
message_size_limit = {max_size}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_error_sleep_time = 0
# As recent releases have it: who sends ahead where RFC 2920 forbids it is cut off.
smtpd_forbid_unauth_pipelining = yes
"""

# service, type, private, unprivileged, chroot, wakeup, processes, command
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

LOGINS = """
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot-state
log_path = {folder}/dovecot.log
protocols =
ssl = no
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = {folder}/logins
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup
}}
service auth {{
  unix_listener {folder}/queue/private/auth {{
    mode = 0666
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


class Postfix:
    """The running relay."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, port: int, authority: trustme.CA) -> None:
        self.folder = folder
        self.port = port
        self.authority = authority

    @property
    def log(self) -> str:
        """What it has written down so far."""
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""


@contextmanager
def running(next_port: int) -> Iterator[Postfix]:
    """Run one that hands on to `next_port`; skips where it is not installed, or we are not root."""
    postfix = require("postfix", "postfix")
    dovecot = require("dovecot", "dovecot-core")
    if os.geteuid() != 0:
        pytest.skip("wants root: Postfix has to be started by it")
    with server_folder() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        authority = trustme.CA()
        _write(folder, port, next_port, authority)
        probe.close()
        logins = subprocess.Popen([dovecot, "-F", "-c", folder / "dovecot.conf"], stdout=subprocess.DEVNULL)
        relay = subprocess.Popen(
            [postfix, "-c", folder, "start-fg"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        server = Postfix(folder, port, authority)
        try:
            _wait(server, relay)
            yield server
        finally:
            subprocess.run([postfix, "-c", folder, "stop"], check=False, capture_output=True)
            relay.wait(START_SECONDS)
            logins.send_signal(signal.SIGTERM)
            logins.wait(START_SECONDS)


def _write(folder: Path, port: int, next_port: int, authority: trustme.CA) -> None:
    folder.chmod(0o755)
    certificate = authority.issue_cert(Postfix.host)
    certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    (folder / "data").mkdir()
    shutil.chown(folder / "data", "postfix")
    (folder / "queue" / "private").mkdir(parents=True)  # Postfix makes the rest; Dovecot comes earlier
    shutil.chown(folder / "queue" / "private", "postfix")
    (folder / "queue" / "private").chmod(0o700)
    (folder / "known").write_text(f"/^{KNOWN}.*@{DOMAIN}$/ ok\n")
    (folder / "logins").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    (folder / "logins").chmod(0o644)
    values = {
        "folder": folder,
        "port": port,
        "next_port": next_port,
        "domain": DOMAIN,
        "max_size": MAX_SIZE,
    }
    for name, text in (("main.cf", MAIN), ("master.cf", MASTER), ("dovecot.conf", LOGINS)):
        (folder / name).write_text(text.format(**values))


def _wait(server: Postfix, relay: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and relay.poll() is None:
        try:
            with smtplib.SMTP(server.host, server.port, timeout=5):
                if (server.folder / "queue" / "private" / "auth").exists():
                    return
        except (OSError, smtplib.SMTPException):
            pass
        time.sleep(0.1)
    pytest.fail(f"Postfix does not start:\n{server.log}")
