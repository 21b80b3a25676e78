"""Clients of the kinds that workloads have. Each request has a path of its own, by which its record is found."""

import asyncio
import base64
import collections
import contextlib
import itertools
import os
import pathlib
import socket
import ssl
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "attacks"))
import http2  # noqa: E402

PATIENCE = 60
GONE = (OSError, EOFError, asyncio.LimitOverrunError, IndexError, ValueError, ssl.SSLError, asyncio.TimeoutError)


def tls():
    """The proxy's certificate is not what is tested here."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Clients:
    """What was asked, and what was answered."""

    def __init__(self, listeners, upstreams):
        self.listeners, self.upstreams = listeners, upstreams
        self.numbers = itertools.count(1)
        self.asked = {}  # Path to the answer's status; None while there is none.
        self.wrong = collections.Counter()
        self.tunnels = collections.Counter()
        self.questions = collections.Counter()
        self.stopping = False
        self.context = tls()

    def path(self, kind, how="ok"):
        path = f"/{kind}/{how}/{next(self.numbers)}"
        self.asked[path] = None
        return path

    def note(self, path, status, expected):
        self.asked[path] = status
        if status not in expected:
            self.wrong[f"{path.rsplit('/', 1)[0]}: {status}"] += 1

    async def dial(self, listener, name=None):
        """A connection; with a name, one over TLS."""
        return await asyncio.wait_for(
            asyncio.open_connection("127.0.0.1", self.listeners[listener], ssl=self.context if name else None, server_hostname=name), PATIENCE)

    @contextlib.asynccontextmanager
    async def open(self, listener, name=None):
        """The same, closed behind its use."""
        reader, writer = await self.dial(listener, name)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def ask(self, reader, writer, path, authority, method="GET", body=b"", chunked=False):
        """One request and its whole answer. Returns the status; a body that is cut raises."""
        framing = b"Transfer-Encoding: chunked\r\n" if chunked else b"Content-Length: %d\r\n" % len(body) if body else b""
        sent = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked else body
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: {authority}\r\n".encode() + framing + b"\r\n" + sent)
        return await self.answer(reader, len(body))

    async def answer(self, reader, sent=None):
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        status = int(head.split(b" ")[1])
        lower = head.lower()
        if b"\r\ntransfer-encoding: chunked" in lower:
            while size := int(await asyncio.wait_for(reader.readline(), PATIENCE), 16):
                await asyncio.wait_for(reader.readexactly(size + 2), PATIENCE)
            await reader.readuntil(b"\r\n")
        elif b"\r\ncontent-length:" in lower:
            length = int(lower.split(b"\r\ncontent-length:")[1].split(b"\r\n", 1)[0])
            body = await asyncio.wait_for(reader.readexactly(length), PATIENCE)
            if status == 200 and sent and body != b"%d\n" % sent:
                raise ValueError(f"{sent} bytes were sent, and {body[:20]!r} came back")
        return status

    async def requests(self, listener="http", count=20, name="plain.soak.test"):
        """Requests on one connection, with and without bodies."""
        secure = listener == "https"
        authority = f"{name}:{self.upstreams['https' if secure else 'http']}"
        async with self.open(listener, name if secure else None) as (reader, writer):
            for i in range(count):
                if self.stopping:
                    return
                path = self.path(listener)
                body = b"x" * (i * 997 % 20000) if i % 3 else b""
                self.note(path, await self.ask(reader, writer, path, authority, "POST" if body else "GET", body, chunked=i % 3 == 2), {200})

    async def streams(self, count=20):
        """Requests over HTTP/2, at once."""
        client = await http2.Client.connect(self.listeners["https"], "h2.soak.test")
        try:
            started = {}
            for _ in range(count):
                path = self.path("h2")
                started[client.start([(":method", "GET"), (":scheme", "https"), (":authority", f"h2.soak.test:{self.upstreams['http2']}"), (":path", path)])] = path
            await asyncio.wait_for(client.answered(list(started)), PATIENCE)
            for stream, path in started.items():
                if stream in client.answers:
                    # Not 200 alone: of a status that the server named by number before, this client sees that it is there.
                    self.note(path, client.answers[stream], {200, -1})
        finally:
            client.close()

    async def connect(self, reader, writer, host, port):
        writer.write(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        status = int((await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)).split(b" ")[1])
        self.tunnels["opened" if status == 200 else "refused"] += 1
        return status

    async def socks(self, reader, writer, host, port):
        writer.write(b"\x05\x01\x00")
        await asyncio.wait_for(reader.readexactly(2), PATIENCE)
        writer.write(b"\x05\x01\x00\x03" + bytes((len(host),)) + host.encode() + struct.pack("!H", port))
        code = (await asyncio.wait_for(reader.readexactly(10), PATIENCE))[1]
        self.tunnels["opened" if code == 0 else "refused"] += 1
        return code

    async def tunnel(self, secure, how):
        """A tunnel with a request inside, over TLS or not."""
        host, port = ("plain.soak.test", self.upstreams["http"]) if not secure else ("tls.soak.test", self.upstreams["https"])
        async with self.open("tunnel") as (reader, writer):
            opened = await (self.connect if how == "connect" else self.socks)(reader, writer, host, port)
            if opened not in (0, 200):
                self.wrong[f"tunnel by {how}: {opened}"] += 1
                return
            if secure:
                await asyncio.wait_for(writer.start_tls(self.context, server_hostname=host), PATIENCE)
            path = self.path(how)
            self.note(path, await self.ask(reader, writer, path, f"{host}:{port}"), {200})

    async def websocket(self, messages=5, pause=0.05):
        path = self.path("upgrade", "websocket")
        async with self.open("http") as (reader, writer):
            status = await self.upgrade(reader, writer, path)
            self.note(path, status, {101})
            if status == 101:
                for i in range(messages):
                    if self.stopping:
                        break
                    await self.echo(reader, writer, b"message %d" % i)
                    await asyncio.sleep(pause)
                await self.echo(reader, writer, b"\x03\xe8", opcode=8)

    async def upgrade(self, reader, writer, path, host="plain.soak.test"):
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write((f"GET {path} HTTP/1.1\r\nHost: {host}:{self.upstreams['http']}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                      f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode())
        return int((await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)).split(b" ")[1])

    async def echo(self, reader, writer, text, opcode=1):
        mask = os.urandom(4)
        writer.write(bytes((0x80 | opcode, 0x80 | len(text))) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(text)))
        back = await asyncio.wait_for(reader.readexactly(2 + len(text)), PATIENCE)
        if back[2:] != text:
            self.wrong[f"a message came back as {back[2:]!r}"] += 1

    async def denied(self):
        """What policy does not allow, in each of the ways to ask."""
        port = self.upstreams["http"]
        async with self.open("http") as (reader, writer):
            path = self.path("denied")
            self.note(path, await self.ask(reader, writer, path, f"denied.test:{port}"), {403})
        async with self.open("http") as (reader, writer):
            path = self.path("malformed")
            writer.write(f"GET {path}/../x HTTP/1.1\r\nHost: plain.soak.test:{port}\r\nConnection: close\r\n\r\n".encode())
            self.note(path, await self.answer(reader), {400})
        async with self.open("tunnel") as (reader, writer):
            if await self.connect(reader, writer, "denied.test", port) != 403:
                self.wrong["a tunnel that policy denies"] += 1
        async with self.open("tunnel") as (reader, writer):
            if await self.socks(reader, writer, "denied.test", port) != 2:
                self.wrong["a tunnel that policy denies, by SOCKS5"] += 1

    async def fault(self, how, expected):
        """An upstream that fails. The client sees a status, or that the answer is cut (status 0)."""
        path = self.path("fault", how)
        status = 0
        try:
            async with self.open("http") as (reader, writer):
                status = await self.ask(reader, writer, path, f"plain.soak.test:{self.upstreams['http']}")
        except GONE:
            pass
        self.note(path, status, expected)

    async def silent(self):
        path = self.path("silent")
        async with self.open("http") as (reader, writer):
            self.note(path, await self.ask(reader, writer, path, f"silent{next(self.numbers)}.soak.test:{self.upstreams['http']}"), {502, 504})

    async def leave(self, how, method="GET"):
        """A client that goes away, before its answer, in the middle of it, or in the middle of its upload."""
        path = self.path("left", how)
        async with self.open("http") as (reader, writer):
            head = f"{method} {path} HTTP/1.1\r\nHost: plain.soak.test:{self.upstreams['http']}\r\n"
            writer.write((head + ("Content-Length: 5000\r\n\r\nonly this" if method == "POST" else "\r\n")).encode())
            await writer.drain()
            if how == "big":
                await asyncio.wait_for(reader.read(1000), PATIENCE)
            await asyncio.sleep(0.2)
        self.asked[path] = "left"

    async def ask_names(self, count=20):
        """Questions for names that are the proxy's to answer, and for one that is not."""
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.setblocking(False)
            client.connect(("127.0.0.1", self.listeners["dns"]))
            for i in range(count):
                name = b"\x05plain\x04soak\x04test\0" if i % 2 else b"\x06denied\x04test\0"
                identifier = struct.pack("!H", next(self.numbers) & 0xFFFF)
                self.questions["asked"] += 1
                await loop.sock_sendall(client, identifier + b"\x01\x00\x00\x01" + bytes(6) + name + struct.pack("!HH", 28 if i % 5 == 0 else 1, 1))
                try:
                    answer = await asyncio.wait_for(loop.sock_recv(client, 1500), PATIENCE)
                    self.questions["answered"] += answer[:2] == identifier
                except GONE:
                    self.wrong["a question without an answer"] += 1
