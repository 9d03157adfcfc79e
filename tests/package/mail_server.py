#!/usr/bin/env python3
"""A mail server for tests/package/finance.sh: TLS from the first byte, a login, and a file for each message.

Prints its port. In FOLDER it finds tls.pem and tls.key, writes into mails/, refuses what names the text of `refuse`, and of what
names the text of `lose` it loses the receipt.
"""

import base64
import email
import email.policy
import pathlib
import socketserver
import ssl
import sys

FOLDER = pathlib.Path(sys.argv[1])
LOGIN = base64.b64encode(b"\0tijian\0secret").decode()


class Server(socketserver.TCPServer):
    allow_reuse_address = True
    received = 0

    def get_request(self):
        connection, address = super().get_request()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(FOLDER / "tls.pem", FOLDER / "tls.key")
        return context.wrap_socket(connection, server_side=True), address


class Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def names(self, mail, file):
        path = FOLDER / file
        parts = email.message_from_bytes(mail, policy=email.policy.default).iter_attachments()
        return path.exists() and path.read_text().strip() in [part.get_filename() for part in parts]

    def handle(self):
        is_known = False
        self.say("220 localhost")
        while line := self.rfile.readline().decode().strip():
            command, _, argument = line.partition(" ")
            match command.upper():
                case "EHLO":
                    self.say("250-localhost")
                    self.say("250 AUTH PLAIN")
                case "AUTH":
                    given = argument.removeprefix("PLAIN").strip()
                    if not given:
                        self.say("334 ")
                        given = self.rfile.readline().decode().strip()
                    is_known = given == LOGIN
                    self.say("235 known" if is_known else "535 not known")
                case "MAIL" | "RCPT":
                    self.say("250 good" if is_known else "530 log in first")
                case "DATA":
                    self.say("354 go on")
                    lines = []
                    while (text := self.rfile.readline()) != b".\r\n":
                        lines.append(text.removeprefix(b"."))
                    if not self.take(b"".join(lines)):
                        return
                case "QUIT":
                    self.say("221 good bye")
                    return
                case _:
                    self.say("502 unknown")

    def take(self, mail):
        """False: the connection ends without a word."""
        if self.names(mail, "refuse"):
            self.say("552 too large")
            return True
        Server.received += 1
        (FOLDER / "mails" / f"{Server.received:03}.eml").write_bytes(mail)
        if self.names(mail, "lose"):
            return False
        self.say("250 taken")
        return True


with Server(("127.0.0.1", 0), Session) as server:
    # A client that does not trust us, or leaves, is no trouble of ours.
    server.handle_error = lambda *_: None
    print(server.server_address[1], flush=True)
    server.serve_forever()
