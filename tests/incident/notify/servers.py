"""Other sides to send to: a log server, a web server and a mail server, on this machine."""

from __future__ import annotations

import datetime
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Answer = Callable[[dict[str, str], bytes], tuple[int, dict[str, str]]]


def certificate(folder: Path, name: str = "localhost") -> tuple[Path, ssl.SSLContext]:
    """(file of the certificate, which signs itself; a server's context with it)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / f"{name}.pem", folder / f"{name}.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context


class Posts:
    """What a web server was sent: headers and body of each."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answer: Answer = lambda headers, body: (200, {})
        self.port = 0


@contextmanager
def web(context: ssl.SSLContext | None = None) -> Iterator[Posts]:
    posts = Posts()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = dict(self.headers.items())
            posts.got.append((headers, body))
            status, more = posts.answer(headers, body)
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass  # a test's output is not for it

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a handshake that the other side broke off

    server = Server(("localhost", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    posts.port = server.server_address[1]
    with _serving(server):
        yield posts


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Mails:
    """What a mail server was sent, as it came. `refuse`: what it says to an address."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.said: list[bytes] = []
        self.refuse = b""
        self.port = 0


@contextmanager
def mail(context: ssl.SSLContext | None = None) -> Iterator[Mails]:
    """With a context it offers STARTTLS."""
    mails = Mails()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline():
                mails.said.append(line)
                verb = line[:4].upper()
                if verb == b"EHLO":
                    last = b"250 STARTTLS\r\n" if context else b"250 OK\r\n"
                    self.wfile.write(b"250-here\r\n250-AUTH PLAIN\r\n" + last)
                elif verb == b"STAR" and context:
                    self.wfile.write(b"220 go\r\n")
                    self.connection = context.wrap_socket(self.connection, server_side=True)
                    self.rfile = self.connection.makefile("rb", -1)
                    self.wfile = self.connection.makefile("wb", 0)
                elif verb == b"AUTH":
                    self.wfile.write(b"235 welcome\r\n")
                elif verb == b"RCPT" and mails.refuse:
                    self.wfile.write(mails.refuse + b"\r\n")
                elif verb == b"DATA":
                    self.wfile.write(b"354 go\r\n")
                    lines = []
                    while (part := self.rfile.readline()) not in (b".\r\n", b""):
                        lines.append(part)
                    mails.got.append(b"".join(lines))
                    self.wfile.write(b"250 taken\r\n")
                elif verb == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                else:
                    self.wfile.write(b"250 OK\r\n")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a handshake that the other side broke off

    server = Server(("127.0.0.1", 0), Handler)
    mails.port = server.server_address[1]
    with _serving(server):
        yield mails


class Lines:
    """What a log server was sent, a message each."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.port = 0
        self.connections = 0
        self.most = 1 << 30
        """Messages after which it ends a connection."""


@contextmanager
def log(context: ssl.SSLContext | None = None) -> Iterator[Lines]:
    """Over TCP, by octet counting."""
    lines = Lines()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            lines.connections += 1
            for _ in range(lines.most):
                size = b""
                while (byte := self.rfile.read(1)) not in (b" ", b""):
                    size += byte
                if not size:
                    return
                lines.got.append(self.rfile.read(int(size)))

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a handshake that the other side broke off

    server = Server(("localhost", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    lines.port = server.server_address[1]
    with _serving(server):
        yield lines


@contextmanager
def datagrams(path: Path | None = None) -> Iterator[socket.socket]:
    """A socket that takes them; a local one at `path`."""
    with socket.socket(socket.AF_UNIX if path else socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(str(path) if path else ("127.0.0.1", 0))
        made.settimeout(10)
        yield made


def dead_port() -> int:
    """Where nobody listens."""
    with socket.socket() as made:
        made.bind(("localhost", 0))
        port: int = made.getsockname()[1]
        return port
