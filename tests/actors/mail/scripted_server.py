#!/usr/bin/env python3
"""An SMTP server that does what a test tells it to, and says what it sees.

It takes a JSON object as its argument:
  certificate, key   PEM files; without them no STARTTLS is offered
  implicit_tls       TLS from the first octet
  utf8               offers SMTPUTF8
  no_plain           offers AUTH LOGIN only
  anybody            wants no log-in
  late_tls_s         begins the handshake after STARTTLS so much later
  inject             is sent in the same breath as the answer to STARTTLS
  steps              {STEP: [ACTION, …]} with STEP one of GREETING, EHLO, STARTTLS, AUTH, MAIL,
                     RCPT, DATA, TEXT (the end of the mail), QUIT; each time a step is reached the
                     next action is taken, the last one for ever

An action is "ok" (what the server would do anyway), "slow" (silence), "hold" (silence until
SIGUSR1, then "ok"), "die" (the connection is
reset), "drip" (a line of an answer now and then, without an end), "flood" (a line without an
end), or an answer such as "451 later"; "answer + slow" does both.

stdout: {"port": N}, then a line of JSON for each thing that happened.
"""

import asyncio
import json
import signal
import socket
import ssl
import struct
import sys

from aiosmtpd.smtp import SMTP, AuthResult
from read_mail import described

PLAN = json.loads(sys.argv[1])
STEPS = PLAN.get("steps", {})
TAKEN = {}
RELEASED = asyncio.Event()


def tell(**what):
    print(json.dumps(what), flush=True)


def next_action(step):
    actions = STEPS.get(step, ["ok"])
    at = TAKEN.get(step, 0)
    TAKEN[step] = at + 1
    return actions[min(at, len(actions) - 1)]


class Handler:
    async def handle_DATA(self, server, session, envelope):
        answer = await server.act("TEXT")
        tell(
            event="mail",
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            tls=session.ssl is not None or bool(PLAN.get("implicit_tls")),
            user=session.auth_data,
            options=envelope.mail_options,
            taken=answer is None or answer.startswith("2"),
            octets=envelope.original_content.decode("latin-1"),
            mail=described(envelope.original_content),
        )
        return answer or "250 2.0.0 taken"


class Server(SMTP):
    async def act(self, step):
        """Does what the plan says; gives the answer that is to be sent instead, if any."""
        action = next_action(step)
        if action == "ok":
            return None
        tell(event="step", step=step, action=action)
        answer, plus, rest = action.partition(" + ")
        if plus:
            await self.push(answer)
            action = rest
        if action == "hold":
            await RELEASED.wait()
            return None
        if action == "slow":
            await asyncio.sleep(3600)
        if action == "die":
            sock = self.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
            await asyncio.sleep(3600)
        if action == "drip":
            while True:
                self._writer.write(b"220-wait\r\n")
                await asyncio.sleep(0.1)
        if action == "flood":
            while True:
                self._writer.write(b"2" * 10000)
                await asyncio.sleep(0)
        return action

    async def acts(self, step):
        answer = await self.act(step)
        if answer is not None:
            await self.push(answer)
        return answer is not None

    async def push(self, status):
        text = status if isinstance(status, str) else status.decode()
        if text.startswith("220 Ready to start TLS") and PLAN.get("inject"):
            status = text + "\r\n" + PLAN["inject"]
        late = PLAN.get("late_tls_s", 0) if text.startswith("220 Ready to start TLS") else 0
        transport = self.transport
        if late:
            transport.pause_reading()
        await super().push(status)
        if late:
            await asyncio.sleep(late)
            # By then TLS reads.
            asyncio.get_running_loop().call_soon(transport.resume_reading)

    async def _handle_client(self):
        tell(event="connected")
        if await self.acts("GREETING"):
            self.transport.close()
            return
        await super()._handle_client()

    def connection_lost(self, error):
        tell(event="closed")
        super().connection_lost(error)


def scripted(verb):
    real = getattr(SMTP, "smtp_" + verb)

    async def method(self, arg):
        tell(event="command", verb=verb)
        if not await self.acts(verb):
            await real(self, arg)

    # The help texts that the library keeps on its methods.
    method.__dict__.update(real.__dict__)
    return method


for VERB in ("EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"):
    setattr(Server, "smtp_" + VERB, scripted(VERB))


def authenticator(server, session, envelope, mechanism, data):
    good = data.login == b"mailer" and data.password == b"pass w\xc3\xb6rd"
    tell(event="login", mechanism=mechanism, good=good)
    if not good:
        return AuthResult(success=False, handled=False)
    return AuthResult(success=True, auth_data=data.login.decode())


async def main():
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, RELEASED.set)
    context = None
    if "certificate" in PLAN:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(PLAN["certificate"], PLAN["key"])
        if PLAN.get("old_tls"):
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1_1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
    implicit = bool(PLAN.get("implicit_tls"))

    def factory():
        return Server(
            Handler(),
            hostname="localhost",
            enable_SMTPUTF8=bool(PLAN.get("utf8")),
            tls_context=None if implicit else context,
            auth_required=not PLAN.get("anybody"),
            auth_require_tls=not implicit,
            auth_exclude_mechanism=["PLAIN"] if PLAN.get("no_plain") else [],
            authenticator=authenticator,
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(
        factory, "127.0.0.1", 0, ssl=context if implicit else None
    )
    tell(port=server.sockets[0].getsockname()[1])
    await server.serve_forever()


asyncio.run(main())
