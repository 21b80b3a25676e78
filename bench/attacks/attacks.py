#!/usr/bin/env python3
"""The attacks, each a coroutine that goes on until its time is over. They come from 127.0.0.9, another client than the steady one.

    attacks.py NAME PORTS SECONDS          PORTS is JSON; prints JSON: the records that there must be for `/attack`, and what it saw.
"""

import asyncio
import collections
import json
import logging
import resource
import sys
import time

import http2

HERE = ("127.0.0.9", 0)
PLACEHOLDER = "placeholder-of-attack"


class Attack:
    def __init__(self, ports, seconds):
        self.ports, self.ends = ports, time.monotonic() + seconds
        self.answers = collections.Counter()
        self.records = 0  # What must be recorded; None when the attack cannot know.
        self.held = []

    @property
    def goes_on(self):
        return time.monotonic() < self.ends

    async def rest(self):
        await asyncio.sleep(max(0, self.ends - time.monotonic()))

    def host(self, name="any", domain="attack"):
        return f"{name}.{domain}.test:{self.ports['up_http']}"

    async def open(self, listener="http"):
        reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", self.ports[listener], local_addr=HERE), 15)
        self.held.append(writer)
        return reader, writer

    async def ask(self, head, body=b"", connection=None, patience=20):
        """Sends one request and counts the status of its answer."""
        self.records = None if self.records is None else self.records + 1
        writer = None
        try:
            reader, writer = connection or await self.open()
            writer.write(head.encode("latin-1") + body)
            await writer.drain()
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), patience)
            length = answer.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
            if length.strip() and not head.startswith("HEAD"):
                await asyncio.wait_for(reader.readexactly(int(length)), patience)
            self.answers[answer.split(b" ", 2)[1].decode()] += 1
        except (OSError, EOFError, asyncio.TimeoutError) as e:
            self.answers["late" if isinstance(e, asyncio.TimeoutError) else "hung up"] += 1
        finally:
            if connection is None and writer is not None:
                self.held.remove(writer)
                writer.close()

    async def many(self, count, act):
        await asyncio.gather(*(self.quietly(act, i) for i in range(count)))

    async def quietly(self, act, i):
        try:
            await act(i)
        except (OSError, EOFError, asyncio.TimeoutError) as e:
            self.answers[type(e).__name__] += 1


async def idle_connections(a):
    """Opens connections that say nothing, until no more are to be had, and holds them."""
    async def hold(i):
        for _ in range(200):
            if a.goes_on:
                await a.open(("http", "https", "tunnel")[i % 3])
                a.answers["opened"] += 1
                await asyncio.sleep(0.005)
    await a.many(12, hold)
    await a.rest()


async def many_names(a):
    """Asks for 600 names under an allowed wildcard through one connection: each leaves a kept connection upstream."""
    connection = await a.open()
    for i in range(600):
        if a.goes_on:
            await a.ask(f"GET /attack HTTP/1.1\r\nHost: {a.host(f'n{i}')}\r\n\r\n", connection=connection)
    await a.rest()


async def connect_in_origin_form(a):
    """CONNECT with a path that a rule allows, with a length and a request behind it; over HTTP/2 with :protocol, too."""
    a.records = None  # How many requests the hidden one is counted for depends on what becomes of the first.
    hidden = f"GET /attack HTTP/1.1\r\nHost: {a.host('paths', 'other')}\r\n\r\n"
    while a.goes_on:
        await a.ask(f"CONNECT /public/x HTTP/1.1\r\nHost: {a.host('paths', 'other')}\r\nContent-Length: {len(hidden)}\r\n\r\n", hidden.encode())
        client = await http2.Client.connect(a.ports["https"], "paths.other.test", HERE)
        stream = client.start([
            (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/public/x"),
            (":authority", f"paths.other.test:{a.ports['up_https']}"), ("authorization", PLACEHOLDER)])
        try:
            await asyncio.wait_for(client.answered([stream]), 20)
        except asyncio.TimeoutError:
            pass
        a.answers[f"h2 {client.answers.get(stream, 'none')}"] += 1
        client.close()
        await asyncio.sleep(0.1)


async def long_denied(a):
    """Denied requests with long paths, as fast as they go: their records fill what waits for whoever reads standard error."""
    a.records = None

    async def ask(i):
        while a.goes_on:
            await a.ask(f"GET /attack{'x' * 60000} HTTP/1.1\r\nHost: denied.test\r\nConnection: close\r\n\r\n")
    await a.many(8, ask)


async def secrets(a):
    """Requests with a placeholder, one behind the other."""
    a.records = None
    while a.goes_on:
        await a.ask(f"GET /attack HTTP/1.1\r\nHost: {a.host()}\r\nAuthorization: {PLACEHOLDER}\r\nConnection: close\r\n\r\n", patience=5)
        await asyncio.sleep(0.02)


async def refused_uploads(a):
    """Uploads of 512 KiB over HTTP/2 to a server that refuses every other stream in the middle."""
    async def upload(_):
        while a.goes_on:
            client = await http2.Client.connect(a.ports["https"], "h2.attack.test", HERE)
            stream = client.start([
                (":method", "POST"), (":scheme", "https"), (":path", "/attack"), (":authority", f"h2.attack.test:{a.ports['up_http2']}")],
                end=False)
            a.records += 1
            await client.send(stream, b"x" * 512 * 1024)
            await asyncio.wait_for(client.answered([stream]), 20)
            a.answers[str(client.answers.get(stream, "hung up"))] += 1
            client.close()
    await a.many(4, upload)


async def silent_names(a):
    """Asks for 200 names that no server answers about, at once."""
    await a.many(200, lambda i: a.ask(f"GET /attack HTTP/1.1\r\nHost: {a.host(f'silent-{i}')}\r\nConnection: close\r\n\r\n", patience=90))
    await a.rest()


async def swollen_bodies(a):
    """Bodies that are nothing but placeholders, each for a longer secret."""
    body = PLACEHOLDER.encode() * (1000 * 1000 // len(PLACEHOLDER))

    async def post(_):
        while a.goes_on:
            await a.ask(f"POST /attack HTTP/1.1\r\nHost: {a.host()}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n", body, patience=60)
    await a.many(8, post)


async def stalled_bodies(a):
    """300 requests whose bodies begin and do not go on."""
    a.records = 300

    async def post(i):
        _, writer = await a.open()
        chunked = "Transfer-Encoding: chunked" if i % 2 else "Content-Length: 1000"
        writer.write(f"POST /attack HTTP/1.1\r\nHost: {a.host()}\r\n{chunked}\r\n\r\n{'4' if i % 2 else '1234'}".encode())
        await writer.drain()
        a.answers["sent"] += 1
    await a.many(300, post)
    await a.rest()


async def empty_posts(a):
    """4,000 POSTs over HTTP/2 that say that a body comes, and send none; and once more, and once more."""
    a.records = None  # Some streams are refused by the server's own limit.

    async def post(_):
        client = await http2.Client.connect(a.ports["https"], "any.attack.test", HERE)
        a.held.append(client.writer)
        for _ in range(100):
            client.start([(":method", "POST"), (":scheme", "https"), (":path", "/attack"), (":authority", f"any.attack.test:{a.ports['up_https']}")], end=False)
        await client.writer.drain()
        await a.rest()
        a.answers.update(str(s) for s in client.answers.values())
        a.answers["connections closed"] += client.closed
        client.close()
    await a.many(40, post)


async def unread_responses(a):
    """60 clients that ask for 32 MiB and read nothing of it."""
    a.records = 60

    async def ask(_):
        reader, writer = await a.open()
        writer.transport.pause_reading()
        writer.write(f"GET /attack/big HTTP/1.1\r\nHost: {a.host()}\r\n\r\n".encode())
        await writer.drain()
        a.answers["sent"] += 1
    await a.many(60, ask)
    await a.rest()


async def early_answers(a):
    """Uploads that the server answers at once, with 413, and reads nothing of; the client reads no answer."""
    async def post(_):
        while a.goes_on:
            reader, writer = await a.open()
            writer.transport.pause_reading()
            a.records += 1
            writer.write(f"POST /attack/early HTTP/1.1\r\nHost: {a.host()}\r\nContent-Length: {64 * 1024 * 1024}\r\n\r\n".encode())
            for _ in range(1024):
                if not a.goes_on:
                    break
                writer.write(b"x" * 65536)
                await asyncio.wait_for(writer.drain(), 10)
            writer.close()
    await a.many(20, post)


async def dead_addresses(a):
    """Names whose first address takes no connection."""
    async def ask(i):
        n = 0
        while a.goes_on:
            n += 1
            await a.ask(f"GET /attack HTTP/1.1\r\nHost: {a.host(f'dead-{i}-{n}')}\r\nConnection: close\r\n\r\n", patience=30)
    await a.many(16, ask)


async def reset_bursts(a):
    """Streams over HTTP/2 that are reset as soon as they are opened, thousands a second; and 1,000 that stay half open."""
    a.records = None  # A stream that is reset before the server has begun it was no request yet.

    async def burst(i):
        while a.goes_on:
            client = await http2.Client.connect(a.ports["https"], "any.attack.test", HERE)
            head = [(":method", "GET"), (":scheme", "https"), (":path", "/attack"), (":authority", f"any.attack.test:{a.ports['up_https']}")]
            for n in range(1000):
                stream = client.start(head, end=i % 2 == 0)
                if i < 4:
                    client.reset(stream)
                if n % 50 == 0:
                    await client.writer.drain()
                a.answers["streams"] += 1
                if client.closed or not a.goes_on:
                    break
            await asyncio.sleep(1)
            client.close()
    await a.many(8, burst)


ALL = {f.__name__: f for f in (
    idle_connections, many_names, connect_in_origin_form, long_denied, secrets, refused_uploads, silent_names, swollen_bodies, stalled_bodies,
    empty_posts, unread_responses, early_answers, dead_addresses, reset_bursts)}


async def main(name, ports, seconds):
    attack = Attack(json.loads(ports), float(seconds))
    try:
        await asyncio.wait_for(ALL[name](attack), float(seconds) + 120)
    except (OSError, EOFError, asyncio.TimeoutError) as e:
        attack.answers[type(e).__name__] += 1
    for writer in attack.held:
        if not writer.is_closing():
            writer.transport.abort()
    print(json.dumps({"records": attack.records, "answers": attack.answers}), flush=True)


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # It warns of each write to a connection that the proxy has ended.
    asyncio.run(main(*sys.argv[1:]))
