"""A real mail server (aiosmtpd) that keeps what it takes in a Maildir and refuses by the recipient's domain.

refused.example: 550, for good.  later.example: 451, for now.
Arguments: port, Maildir, and for STARTTLS certificate and key; then user and password are demanded.
"""

import asyncio
import sys

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

port, folder = int(sys.argv[1]), sys.argv[2]


class Choosy(Mailbox):
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.endswith("@refused.example"):
            return "550 5.1.1 no such mailbox"
        if address.endswith("@later.example"):
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"


def known(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and data.login == b"gateway" and data.password == b"pass word"
    return AuthResult(success=right, handled=False)  # else a refusal would go unsaid


def line():
    if len(sys.argv) < 5:
        return SMTP(Choosy(folder))
    import ssl

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(sys.argv[3], sys.argv[4])
    return SMTP(Choosy(folder), tls_context=tls, require_starttls=True, authenticator=known, auth_required=True)


async def serve():
    server = await asyncio.get_running_loop().create_server(line, "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(serve())
