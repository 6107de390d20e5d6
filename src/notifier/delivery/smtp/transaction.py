"""One mail over one session, and what the server's answers mean for its recipient."""

import re

from notifier.clock import Clock
from notifier.delivery.smtp.session import Session, SmtpServer, Timeouts
from notifier.delivery.smtp.wire import Reply, WireError, on_the_wire
from notifier.delivery.states import Outcome
from notifier.delivery.transport import Mail, Result, TransportDown

# The message goes out in blocks of so many bytes, each within `Timeouts.block`.
BLOCK = 64 * 1024

SERVICE_NOT_AVAILABLE = 421
_LOGIN_WANTED = 530
# What would end the address, or the command, in MAIL and RCPT.
_UNSENDABLE = re.compile(r"[\x00-\x20<>\x7f]")
_DONE, _GO_ON, _NOT_NOW, _NO = 2, 3, 4, 5
_OUTCOMES = {_DONE: Outcome.ACCEPTED, _NOT_NOW: Outcome.DEFERRED, _NO: Outcome.REFUSED}


class StaleSessionError(Exception):
    """The session was of no more use before it had seen anything of this mail: try again over a new one."""


async def hand_over(
    session: Session, mail: Mail, server: SmtpServer, timeouts: Timeouts, clock: Clock
) -> Result:
    """Send one mail and say what became of it.

    Until the final dot is given to the network nothing can have been delivered: whatever breaks, the mail is
    deferred. From then on only the server knows, until it answers: the mail is uncertain (RFC 1047).
    Raises TransportDown where the server refuses the sender, or wants a login: that is no recipient's fault.
    Raises StaleSessionError where a session that was used before turns out to be over.
    """
    _check_sender(session, mail, server)
    if problem := _unreachable(session, mail.recipient):
        return Result(mail.key, Outcome.REFUSED, clock(), text=problem)
    try:
        decisive = await _envelope(session, mail, server, timeouts) or await _message(session, mail, timeouts)
    except WireError as error:
        session.wire.abort()
        return Result(mail.key, Outcome.DEFERRED, clock(), text=str(error))
    if decisive is None:
        try:
            decisive = await _verdict(session, timeouts)
        except WireError as error:
            session.wire.abort()
            text = f"{error}, after the whole message had gone out"
            return Result(mail.key, Outcome.UNCERTAIN, clock(), text=text)
    if decisive.code == SERVICE_NOT_AVAILABLE:
        session.wire.abort()
    outcome = _OUTCOMES[decisive.kind]
    return Result(mail.key, outcome, clock(), decisive.code, decisive.enhanced, decisive.text)


async def _envelope(session: Session, mail: Mail, server: SmtpServer, timeouts: Timeouts) -> Reply | None:
    """Go as far as 354, where the server waits for the message: None. Else the reply that stopped us."""
    refusal = await _mail_from(session, mail, server, timeouts)
    if refusal is None:
        session.fresh = False
        session.unfinished = True
        refusal = _refusal(
            await session.command(f"RCPT TO:<{mail.recipient}>", timeouts.command), wanted=_DONE
        )
    if refusal is None:
        refusal = _refusal(await session.command("DATA", timeouts.data), wanted=_GO_ON)
    if refusal is not None and refusal.code == _LOGIN_WANTED:
        raise _login_wanted(server, refusal)
    return refusal


async def _mail_from(session: Session, mail: Mail, server: SmtpServer, timeouts: Timeouts) -> Reply | None:
    """Begin a mail: None. Else the reply that put it off."""
    try:
        reply = await _begin(session, mail, timeouts)
    except WireError as error:
        session.wire.abort()
        if session.fresh:
            raise
        raise StaleSessionError from error
    if reply.kind == _NO and reply.code != _LOGIN_WANTED:
        raise TransportDown(
            f"mail server {server} refuses the sender <{mail.sender}>: {reply}",
            "check [mail] from and bounce_to, and whether a login is needed",
        )
    return _refusal(reply, wanted=_DONE)


async def _begin(session: Session, mail: Mail, timeouts: Timeouts) -> Reply:
    if session.unfinished:
        reply = await session.command("RSET", timeouts.command)
        if reply.kind != _DONE:
            raise WireError(f"the server does not begin anew: {reply}")
        session.unfinished = False
    utf8 = "" if mail.sender.isascii() and mail.recipient.isascii() else " SMTPUTF8"
    reply = await session.command(f"MAIL FROM:<{mail.sender}>{utf8}", timeouts.command)
    if reply.code == SERVICE_NOT_AVAILABLE and not session.fresh:
        # It has waited too long for us, or takes only so many mails a connection.
        raise WireError(str(reply))
    return reply


async def _message(session: Session, mail: Mail, timeouts: Timeouts) -> Reply | None:
    """Send the message and the final dot: None. Else the reply by which the server cut it short.

    Raises WireError only before the block with the final dot is given to the network.
    """
    wire = session.wire
    whole = on_the_wire(mail.data) + b".\r\n"
    for start in range(0, len(whole), BLOCK):
        await wire.flushed(timeouts.block)
        if wire.unasked:
            early = _refusal(await wire.reply("the message", timeouts.block), wanted=_GO_ON)
            if early is None:
                raise WireError("the server answered before the message was over")
            wire.abort()  # it may still be reading a message, or not: no command would be safe
            return early
        wire.write(whole[start : start + BLOCK])
    return None


async def _verdict(session: Session, timeouts: Timeouts) -> Reply:
    """Read the answer to the final dot."""
    reply = await session.wire.reply("the final dot", timeouts.final)
    if reply.kind not in _OUTCOMES:
        raise WireError(f"the server answers {reply}")
    session.unfinished = False
    return reply


def _refusal(reply: Reply, *, wanted: int) -> Reply | None:
    """None for a reply that lets us go on, else the reply that says no. Raises WireError on nonsense."""
    if reply.kind == wanted:
        return None
    if reply.kind in (_NOT_NOW, _NO):
        return reply
    raise WireError(f"the server answers out of turn: {reply}")


def _check_sender(session: Session, mail: Mail, server: SmtpServer) -> None:
    """Find what would fail for every mail alike. Raises TransportDown."""
    if problem := _unreachable(session, mail.sender):
        raise TransportDown(
            f"the sender <{mail.sender}> cannot be used: {problem}", "check [mail] from and bounce_to"
        )
    limit = session.extensions.get("SIZE", "")
    if limit.isdecimal() and 0 < int(limit) < len(mail.data):
        raise TransportDown(
            f"mail server {server} takes mails of at most {limit} bytes, this one has {len(mail.data)}",
            "shorten the notice, or have the limit raised",
        )


def _unreachable(session: Session, address: str) -> str:
    """Why an address cannot be named to this server, or ""."""
    if _UNSENDABLE.search(address):
        return "the address has characters that cannot be sent"
    if not address.isascii() and "SMTPUTF8" not in session.extensions:
        return "the address is not ASCII, and the server does not offer SMTPUTF8 (RFC 6531)"
    return ""


def _login_wanted(server: SmtpServer, reply: Reply) -> TransportDown:
    return TransportDown(
        f"mail server {server} wants a login or encryption first: {reply}",
        "set [mail] username and password_file, and security",
    )
