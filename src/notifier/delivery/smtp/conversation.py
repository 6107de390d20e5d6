"""The mails that go over one session, and what the server's answers mean for the recipient of each.

Where the server takes commands without our waiting for each answer (RFC 2920), a message and the commands of
the next mail go out in one write: one round trip a mail instead of four.
"""

from contextlib import suppress

from notifier.clock import Clock
from notifier.delivery.smtp.commands import envelope, too_big, unsendable
from notifier.delivery.smtp.exchange import Exchange
from notifier.delivery.smtp.session import Session, SmtpServer, Timeouts
from notifier.delivery.smtp.wire import Reply, WireError, on_the_wire
from notifier.delivery.states import Outcome
from notifier.delivery.transport import COME_BACK_LATER, Mail, Result, TransportDown

# The message goes out in blocks of so many bytes, each within `Timeouts.block`.
BLOCK = 64 * 1024

_LOGIN_WANTED = 530
_DONE, _GO_ON, _NOT_NOW, _NO = 2, 3, 4, 5
_OUTCOMES = {_DONE: Outcome.ACCEPTED, _NOT_NOW: Outcome.DEFERRED, _NO: Outcome.REFUSED}


class Conversation:
    """Delivers mails over one session, one after the other.

    Until the final dot is given to the network nothing can have been delivered: whatever breaks, the mail is
    deferred. From then on only the server knows, until it answers: the mail is uncertain (RFC 1047).
    """

    def __init__(
        self,
        session: Session,
        server: SmtpServer,
        timeouts: Timeouts,
        exchange: Exchange,
        clock: Clock,
    ) -> None:
        self._session = session
        self._wire = session.wire
        self._offers = session.extensions
        self._pipelining = "PIPELINING" in session.extensions
        self._server = server
        self._timeouts = timeouts
        self._exchange = exchange
        self._clock = clock
        self._unsent: list[bytes] = []  # commands of the present mail, where they go one by one
        self._begun = False  # the server has heard of the present mail

    async def deliver(self, mail: Mail) -> None:
        """Deliver a mail and those that follow, until there is none for the moment or the session is over.

        Raises TransportDown where the server refuses the sender, or wants a login: that is no recipient's
        fault, and the mail is given back.
        """
        current: Mail | None = mail
        announced = False
        while current is not None:
            if not announced:
                if problem := unsendable(current.recipient, self._offers):
                    self._put(current, Outcome.REFUSED, problem)
                    current = self._next()
                    continue
                self._check_sender(current)
                self._announce(current)
            following = await self._hand_over(current)
            announced = following is not None
            current = following or self._next()

    def _next(self) -> Mail | None:
        return self._exchange.next_now() if self._session.usable else None

    def _announce(self, mail: Mail) -> None:
        """Send the commands of a mail, or the first of them. A connection that is lost shows later."""
        self._unsent = self._commands(mail)
        if self._pipelining:
            self._write(b"".join(self._unsent))
            self._unsent = []

    def _commands(self, mail: Mail) -> list[bytes]:
        self._session.mails_left -= 1
        reset = [b"RSET\r\n"] if self._session.unfinished else []
        return [*reset, *envelope(mail, self._offers)]

    def _write(self, data: bytes) -> None:
        with suppress(WireError):  # the answers will not come either, and that is where it is dealt with
            self._wire.write(data)

    async def _hand_over(self, mail: Mail) -> Mail | None:
        """Go on with an announced mail to its end; the next mail where that is announced by now."""
        try:
            refusal = await self._envelope(mail)
        except WireError as error:
            self._lost_before(mail, error)
            return None
        if refusal is not None:
            self._take_answer(mail, refusal)
            return None
        if not await self._exchange.may_go_out():
            self._wire.abort()  # it waits for a message that is not to come
            self._exchange.give_back(mail, blamed=False)
            return None
        following = self._following()
        try:
            answer = await self._message(mail, following)
        except WireError as error:
            self._wire.abort()
            self._put(mail, Outcome.DEFERRED, str(error), went_out=True)
            goes_on = False
        else:
            goes_on = await self._verdict(mail, answer)
        if following is not None and not goes_on:
            self._exchange.give_back(following, blamed=False)
            return None
        return following

    def _following(self) -> Mail | None:
        """Begin the next mail, where its commands can go out with the message of this one."""
        mail = self._next() if self._pipelining else None
        if mail is None:
            return None
        if unsendable(mail.recipient, self._offers) or self._sender_problem(mail):
            self._exchange.give_back(mail, blamed=False)
            return None
        return mail

    async def _envelope(self, mail: Mail) -> Reply | None:
        """Go as far as 354, where the server waits for the message: None. Else the reply that stopped us.

        Raises WireError, and TransportDown as `deliver` does.
        """
        self._begun = False
        if self._session.unfinished:
            reply = await self._answer("RSET", self._timeouts.command)
            if reply.kind != _DONE:
                raise WireError(f"the server does not begin anew: {reply}")
            self._session.unfinished = False
        refusal = self._said_to_mail(mail, await self._answer("MAIL", self._timeouts.command))
        if self._still_answers(refusal):
            reply = await self._answer("RCPT", self._timeouts.command)
            refusal = refusal or _refusal(reply, wanted=_DONE)
        if refusal is None:
            refusal = _refusal(await self._answer("DATA", self._timeouts.data), wanted=_GO_ON)
        elif self._still_answers(refusal):
            await self._decline()
        if refusal is not None and refusal.code == COME_BACK_LATER:
            return refusal
        if self._wire.unasked:
            # Answers and commands do not belong together any more: no refusal is to be believed either.
            early = await self._wire.reply("DATA", self._timeouts.data)
            raise WireError(f"the server answers out of turn: {early}")
        if refusal is not None and refusal.code == _LOGIN_WANTED:
            raise self._down(mail, _login_wanted(self._server, refusal))
        return refusal

    def _still_answers(self, refusal: Reply | None) -> bool:
        """Whether an answer to the next command is to come: it is sent already, or is sent now."""
        if refusal is None:
            return True
        return self._pipelining and refusal.code != COME_BACK_LATER

    async def _answer(self, to: str, seconds: float) -> Reply:
        """Read the answer to a command, which is sent now where it was not yet. Raises WireError."""
        if self._unsent:
            self._wire.write(self._unsent.pop(0))
        return await self._wire.reply(to, seconds)

    def _said_to_mail(self, mail: Mail, reply: Reply) -> Reply | None:
        """None where a mail is begun, else the reply that puts it off. Raises WireError, TransportDown."""
        if reply.code == COME_BACK_LATER and not self._session.fresh:
            # It has waited too long for us, or takes only so many mails a connection.
            raise WireError(str(reply))
        if reply.kind == _NO and reply.code != _LOGIN_WANTED:
            refused = TransportDown(
                f"mail server {self._server} refuses the sender <{mail.sender}>: {reply}",
                "check [mail] from and bounce_to, and whether a login is needed",
            )
            raise self._down(mail, refused)
        refusal = _refusal(reply, wanted=_DONE)
        if refusal is None:
            self._session.fresh = False
            self._session.unfinished = self._begun = True
        return refusal

    async def _decline(self) -> None:
        """Read the answer to a DATA that went out before its recipient was refused.

        A server that asks for the message all the same gets a lone dot (RFC 2920 sec. 3.1).
        """
        reply = await self._wire.reply("DATA", self._timeouts.data)
        if reply.kind == _GO_ON:
            self._wire.write(b".\r\n")
            await self._wire.reply("the lone dot", self._timeouts.final)

    async def _message(self, mail: Mail, following: Mail | None) -> Reply | None:
        """Send the message, the final dot and the next mail's commands: None.

        Else the reply by which the server cut it short. Raises WireError only before the block with the final
        dot is given to the network.
        """
        wire = self._wire
        whole = (mail.data if mail.clean else on_the_wire(mail.data)) + b".\r\n"
        start = 0
        while len(whole) - start > BLOCK:
            await wire.flushed(self._timeouts.block)
            if wire.unasked:
                return await self._cut_short()
            wire.write(whole[start : start + BLOCK])
            start += BLOCK
        await wire.flushed(self._timeouts.block)
        if wire.unasked:
            return await self._cut_short()
        self._session.unfinished = False
        commands = b"" if following is None else b"".join(self._commands(following))
        wire.write((whole[start:] if start else whole) + commands)
        return None

    async def _cut_short(self) -> Reply:
        early = _refusal(await self._wire.reply("the message", self._timeouts.block), wanted=_GO_ON)
        self._wire.abort()  # it may still be reading a message, or not: no command would be safe
        if early is None:
            raise WireError("the server answered before the message was over")
        return early

    async def _verdict(self, mail: Mail, early: Reply | None) -> bool:
        """Read the answer to the final dot, unless the server answered early, and note it.

        Whether answers to what was sent after the dot can come.
        """
        try:
            reply = early or await self._wire.reply("the final dot", self._timeouts.final)
        except WireError as error:
            return self._unanswered(mail, str(error))
        if reply.kind not in _OUTCOMES:
            return self._unanswered(mail, f"the server answers {reply}")
        self._take_answer(mail, reply, went_out=True)
        return early is None and reply.code != COME_BACK_LATER

    def _unanswered(self, mail: Mail, why: str) -> bool:
        self._wire.abort()
        self._put(mail, Outcome.UNCERTAIN, f"{why}, after the whole message had gone out", went_out=True)
        return False

    def _take_answer(self, mail: Mail, reply: Reply, *, went_out: bool = False) -> None:
        outcome = _OUTCOMES[reply.kind]
        result = Result(mail.key, outcome, self._clock(), reply.code, reply.enhanced, reply.text)
        self._exchange.put(result, went_out=went_out)
        if reply.code == COME_BACK_LATER:
            self._wire.abort()
            self._exchange.close()

    def _put(self, mail: Mail, outcome: Outcome, text: str, *, went_out: bool = False) -> None:
        self._exchange.put(Result(mail.key, outcome, self._clock(), text=text), went_out=went_out)

    def _lost_before(self, mail: Mail, error: WireError) -> None:
        """Deal with a connection that was lost before the message of a mail went out.

        A session that was used before may have been over before it saw anything of this mail: then that
        tries another one.
        """
        self._wire.abort()
        heard = self._session.fresh or self._begun
        if heard or not self._exchange.give_back(mail, blamed=True):
            self._put(mail, Outcome.DEFERRED, str(error))

    def _check_sender(self, mail: Mail) -> None:
        if problem := self._sender_problem(mail):
            raise self._down(mail, problem)

    def _sender_problem(self, mail: Mail) -> TransportDown | None:
        """What would fail for every mail alike."""
        if problem := unsendable(mail.sender, self._offers):
            return TransportDown(
                f"the sender <{mail.sender}> cannot be used: {problem}", "check [mail] from and bounce_to"
            )
        if limit := too_big(mail, self._offers):
            return TransportDown(
                f"mail server {self._server} takes mails of at most {limit} bytes, this one has"
                f" {len(mail.data)}",
                "shorten the notice, or have the limit raised",
            )
        return None

    def _down(self, mail: Mail, problem: TransportDown) -> TransportDown:
        """Give back the mail that met a problem of all mails."""
        self._wire.abort()
        self._exchange.give_back(mail, blamed=False)
        return problem


def _refusal(reply: Reply, *, wanted: int) -> Reply | None:
    """None for a reply that lets us go on, else the reply that says no. Raises WireError on nonsense."""
    if reply.kind == wanted:
        return None
    if reply.kind in (_NOT_NOW, _NO):
        return reply
    raise WireError(f"the server answers out of turn: {reply}")


def _login_wanted(server: SmtpServer, reply: Reply) -> TransportDown:
    return TransportDown(
        f"mail server {server} wants a login or encryption first: {reply}",
        "set [mail] username and password_file, and security",
    )
