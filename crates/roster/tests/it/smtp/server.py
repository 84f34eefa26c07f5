"""A mail server for tests: it keeps what it accepts, and misbehaves where its rules say so.

Started with a JSON object: {"tls": "starttls" | "tls", "certificate": FILE, "key": FILE, "user": …, "password": …,
"utf8": false}, all of it optional. Commands are lines of JSON on stdin, each answered by one line of JSON on stdout:
{"listen": true} begins to answer, {"rules": […]} replaces the rules, {"waiting": true} answers when a client waits or
hangs, {"go_on": true} ends the waiting, {"mails": true} gives what was accepted since it was last asked. Until it
listens, connections are refused. It ends with its stdin.

A rule is {"at": STEP, "do": ACTION}: at `greeting`, `mail`, `rcpt`, `data`, `content` or `accepted` (behind the moment
from which the mail is kept), it answers with a text such as "451 later", in which {link} is the mail's link, hangs up
("drop"), says nothing more ("hang"), or lets the client wait until it may go on ("wait"). "times" limits how
often it applies, "to" to which recipient.
"""

import asyncio
import email
import email.policy
import json
import logging
import re
import socket
import ssl
import sys
import threading
import warnings

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class State:
    def __init__(self):
        self.rules = []
        self.mails = []
        self.waiting = asyncio.Event()
        self.may_go_on = asyncio.Event()

    def action(self, step, to=None):
        for rule in self.rules:
            if rule["at"] == step and rule.get("to", to) == to and rule.get("times", 1) > 0:
                if "times" in rule:
                    rule["times"] -= 1
                return rule["do"]
        return None

    async def interfere(self, server, step, to=None):
        """The answer that a rule gives instead of the usual one, if there is one."""
        action = self.action(step, to)
        if action == "drop":
            server.transport.abort()
            return "421 gone"
        if action in ("hang", "wait"):
            self.waiting.set()
        if action == "hang":
            await asyncio.Event().wait()
        if action == "wait":
            await self.may_go_on.wait()
            return None
        return action


class Handler:
    def __init__(self, state):
        self.state = state

    async def handle_MAIL(self, server, session, envelope, address, options):
        answer = await self.state.interfere(server, "mail")
        if answer:
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = await self.state.interfere(server, "rcpt", address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = described(server, session, envelope)
        answer = await self.state.interfere(server, "content")
        if answer:
            return answer.replace("{link}", re.search(r"http\S+", mail["text"])[0])
        self.state.mails.append(mail)
        return await self.state.interfere(server, "accepted") or "250 OK: kept"


class Server(SMTP):
    """aiosmtpd's, with rules where it offers no hook."""

    async def push(self, status):
        if isinstance(status, str) and status.startswith("220 ") and "Python SMTP" in status:
            status = await self.event_handler.state.interfere(self, "greeting") or status
        await super().push(status)

    async def smtp_DATA(self, arg):
        answer = await self.event_handler.state.interfere(self, "data")
        if answer:
            await self.push(answer)
        else:
            await super().smtp_DATA(arg)


def described(server, session, envelope):
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    part = lambda kind: next(
        (p.get_content() for p in message.walk() if p.get_content_type() == kind), None
    )
    return {
        "from": envelope.mail_from,
        "to": envelope.rcpt_tos,
        "options": envelope.mail_options,
        "is_encrypted": server.transport.get_extra_info("sslcontext") is not None,
        "is_signed_in": bool(session.authenticated),
        "headers": {name: str(value) for name, value in message.items()},
        "text": part("text/plain"),
        "html": part("text/html"),
    }


def authenticator(user, password):
    def check(server, session, envelope, mechanism, data):
        expected = LoginPassword(user.encode(), password.encode())
        return AuthResult(success=data == expected, handled=False)

    return check


async def main():
    # Clients that go away are what tests are about.
    logging.disable()
    warnings.simplefilter("ignore")
    options = json.loads(sys.argv[1])
    state = State()
    handler = Handler(state)
    context = None
    if options.get("tls"):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options["certificate"], options["key"])
    starttls = options.get("tls") == "starttls"
    settings = {"enable_SMTPUTF8": options.get("utf8", True), "hostname": "mail.test"}
    if starttls:
        settings |= {"tls_context": context, "require_starttls": True}
    if options.get("user"):
        check = authenticator(options["user"], options["password"])
        settings |= {"authenticator": check, "auth_required": True, "auth_require_tls": starttls}

    # Bound already, so that nobody else gets the port before it listens.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.bind(("127.0.0.1", 0))
    loop = asyncio.get_running_loop()

    async def obey(command):
        if "listen" in command:
            await loop.create_server(
                lambda: Server(handler, loop=loop, **settings),
                sock=bound,
                ssl=None if starttls else context,
            )
        if "rules" in command:
            state.rules = command["rules"]
        if "waiting" in command:
            await asyncio.wait_for(state.waiting.wait(), 60)
        if "go_on" in command:
            state.waiting.clear()
            state.may_go_on.set()
            state.may_go_on.clear()
        mails = []
        if "mails" in command:
            mails, state.mails = state.mails, []
        return mails

    def read():
        try:
            for line in sys.stdin:
                answer = asyncio.run_coroutine_threadsafe(obey(json.loads(line)), loop).result()
                print(json.dumps(answer), flush=True)
        finally:
            loop.call_soon_threadsafe(ended.set)

    ended = asyncio.Event()
    print(json.dumps(bound.getsockname()[1]), flush=True)
    threading.Thread(target=read, daemon=True).start()
    await ended.wait()


asyncio.run(main())
