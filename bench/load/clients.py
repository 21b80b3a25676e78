#!/usr/bin/env python3
"""Clients that wrk, h2load and dnsperf have no form for.

    clients.py KIND SECONDS CONNECTIONS HOST:PORT NAME:PORT

Kinds: tunnels (a CONNECT and a plain request inside, each on a connection of its own), connect (the same over TLS, kept), new (TLS, a request and the end, each on a
connection of its own), hosts (the same, for a name that was never asked for), websockets (messages on kept WebSockets). Prints a line like wrk's: RESULT, requests, errors,
microseconds, and the latencies that half of them and 99 in 100 stay under.
"""

import asyncio
import base64
import itertools
import os
import ssl
import sys
import time

LONGEST = 30


class Run:
    def __init__(self, seconds, proxy, upstream):
        self.ends = time.monotonic() + seconds
        self.host, self.port = proxy.rsplit(":", 1)
        self.name, self.upstream_port = upstream.rsplit(":", 1)
        self.latencies, self.errors, self.numbers = [], 0, itertools.count()
        self.start = f"{os.getpid()}-{time.time_ns()}"
        self.context = ssl.create_default_context()
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE

    def dial(self, name=None):
        return asyncio.open_connection(self.host, int(self.port), ssl=self.context if name else None, server_hostname=name)

    async def get(self, reader, writer, name):
        writer.write(f"GET /1k HTTP/1.1\r\nHost: {name}:{self.upstream_port}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0] + b" ":
            raise ValueError(head.decode("latin-1"))
        await reader.readexactly(1024)

    async def connect(self, reader, writer):
        writer.write(f"CONNECT {self.name}:{self.upstream_port} HTTP/1.1\r\nHost: {self.name}:{self.upstream_port}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0] + b" ":
            raise ValueError(head.decode("latin-1"))

    async def timed(self, work):
        begun = time.monotonic()
        await asyncio.wait_for(work, LONGEST)
        self.latencies.append(time.monotonic() - begun)

    async def tunnels(self):
        async def one():
            reader, writer = await self.dial()
            await self.connect(reader, writer)
            await self.get(reader, writer, self.name)
            writer.transport.abort()
        while time.monotonic() < self.ends:
            await self.timed(one())

    async def connect_kept(self):
        reader, writer = await self.dial()
        await self.connect(reader, writer)
        await writer.start_tls(self.context, server_hostname=self.name)
        while time.monotonic() < self.ends:
            await self.timed(self.get(reader, writer, self.name))

    async def new(self, name=lambda run: run.name):
        async def one():
            asked = name(self)
            reader, writer = await self.dial(asked)
            await self.get(reader, writer, asked)
            writer.transport.abort()
        while time.monotonic() < self.ends:
            await self.timed(one())

    async def hosts(self):
        await self.new(lambda run: f"h{run.start}-{next(run.numbers)}.{run.name}")

    async def websockets(self):
        reader, writer = await self.dial()
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write((f"GET /load/websocket/1 HTTP/1.1\r\nHost: {self.name}:{self.upstream_port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                      f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode())
        if b" 101 " not in await reader.readuntil(b"\r\n\r\n"):
            raise ValueError("no WebSocket")
        message = bytes((0x82, 0x80 | 100)) + bytes(4) + b"x" * 100

        async def one():
            writer.write(message)
            await reader.readexactly(102)
        while time.monotonic() < self.ends:
            await self.timed(one())


async def main(kind, seconds, connections, proxy, upstream):
    run = Run(float(seconds), proxy, upstream)
    work = {"tunnels": run.tunnels, "connect": run.connect_kept, "new": run.new, "hosts": run.hosts, "websockets": run.websockets}[kind]

    async def guarded():
        while time.monotonic() < run.ends:
            try:
                await work()
            except (OSError, EOFError, ValueError, asyncio.TimeoutError) as e:
                run.errors += 1
                if run.errors < 4:
                    print(f"{type(e).__name__}: {e}", file=sys.stderr)
                await asyncio.sleep(0.1)

    begun = time.monotonic()
    await asyncio.gather(*(guarded() for _ in range(int(connections))))
    latencies = sorted(run.latencies) or [0]
    print("RESULT", len(run.latencies), run.errors, int((time.monotonic() - begun) * 1e6), *(int(latencies[int((len(latencies) - 1) * share)] * 1e6) for share in (0.5, 0.99)))


asyncio.run(main(*sys.argv[1:]))
