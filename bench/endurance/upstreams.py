#!/usr/bin/env python3
"""The servers of an endurance run, in a process of their own: web servers that fail as their paths say, a name server and a collector.

    upstreams.py CERT KEY

Prints their ports as JSON, and ends with whoever started it.
"""

import asyncio
import base64
import hashlib
import json
import pathlib
import socket
import ssl
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "attacks"))
import http2  # noqa: E402

BIG = 1 << 20
REFUSE_EVERY = 40
collector = {"batches": 0, "state": "up"}


async def serve_http(reader, writer):
    """The second segment of a path says what becomes of the request: /KIND/HOW/NUMBER."""
    try:
        while await answer(reader, writer):
            await writer.drain()
    except (OSError, EOFError, asyncio.LimitOverrunError, ValueError, asyncio.CancelledError):
        pass  # The proxy hung up, as it may, or all is over.
    finally:
        writer.close()


async def answer(reader, writer):
    head = await reader.readuntil(b"\r\n\r\n")
    how = (head.split(b" ")[1].split(b"/") + [b"", b""])[2]
    if how == b"reset":
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return False
    if how == b"websocket":
        await serve_websocket(reader, writer, head)
        return False
    length = await read_body(reader, head)
    if how == b"stall":
        await asyncio.sleep(30)
        return False
    if how == b"close":
        return False
    if how == b"garbage":
        writer.write(b"\x00\x01\x02 this is no response\n\n")
        return False
    if how == b"half":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 1000)
        return False
    if how == b"chunk":
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + b"x" * 500)
        return False
    if how == b"lie":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\nand more than was announced")
        return True
    if how == b"drip":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
        for _ in range(10):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.1)
            if writer.is_closing():
                return False
        return True
    if how == b"big":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BIG)
        for _ in range(BIG // 65536):
            writer.write(b"x" * 65536)
            await writer.drain()
        return True
    body = b"%d\n" % length
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    return True


async def read_body(reader, head):
    lower = head.lower()
    if b"\r\ntransfer-encoding: chunked" in lower:
        total = 0
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
            total += size
        await reader.readuntil(b"\r\n")
        return total
    at = lower.find(b"\r\ncontent-length:")
    length = 0 if at < 0 else int(lower[at + 17:].split(b"\r\n", 1)[0])
    await reader.readexactly(length)
    return length


async def serve_websocket(reader, writer, head):
    """Sends back what it is sent, whole frames at a time, until it is told to close."""
    key = next(line.split(b":", 1)[1].strip() for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n")
    while True:
        first, second = await reader.readexactly(2)
        length = second & 0x7F
        mask = await reader.readexactly(4)
        payload = bytes(b ^ mask[i % 4] for i, b in enumerate(await reader.readexactly(length)))
        writer.write(bytes((first, length)) + payload)
        await writer.drain()
        if first & 0x0F == 8:
            return


async def serve_http2(reader, writer):
    """Answers each request as its headers come, and refuses one in forty, which the proxy may send once more."""
    count = 0
    try:
        await reader.readexactly(len(http2.PREFACE))
        writer.write(http2.frame(http2.SETTINGS, 0, 0))
        while True:
            kind, flags, stream, payload = await http2.read_frame(reader)
            if kind == http2.SETTINGS and not flags & http2.ACK:
                writer.write(http2.frame(http2.SETTINGS, http2.ACK, 0))
            elif kind == http2.PING and not flags & http2.ACK:
                writer.write(http2.frame(http2.PING, http2.ACK, 0, payload))
            elif kind == http2.HEADERS:
                count += 1
                if count % REFUSE_EVERY == 0:
                    writer.write(http2.frame(http2.RST_STREAM, 0, stream, http2.REFUSED_STREAM.to_bytes(4, "big")))
                else:
                    writer.write(http2.frame(http2.HEADERS, http2.END_HEADERS, stream, b"\x88") + http2.frame(http2.DATA, http2.END_STREAM, stream, b"0\n"))
            await writer.drain()
    except (OSError, EOFError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


class Names(asyncio.DatagramProtocol):
    """Every name has an address, but for silent*, about which nothing is said."""

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, sender):
        at = 12
        first = data[at + 1:at + 1 + data[at]].lower()
        while data[at]:
            at += 1 + data[at]
        if first.startswith(b"silent"):
            return
        kind = struct.unpack("!H", data[at + 1:at + 3])[0]
        answers = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x1e\x00\x04\x7f\x00\x00\x01" if kind == 1 else b""
        self.transport.sendto(data[:2] + b"\x81\x80\x00\x01" + struct.pack("!H", 1 if answers else 0) + bytes(4) + data[12:at + 5] + answers, sender)


async def serve_collector(reader, writer):
    """Takes what comes, at once or slowly."""
    try:
        while True:
            await read_body(reader, await reader.readuntil(b"\r\n\r\n"))
            if collector["state"] == "slow":
                await asyncio.sleep(3)
            collector["batches"] += 1
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
    except (OSError, EOFError, asyncio.LimitOverrunError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


async def run_collector(server):
    """Up, slow, and not there for longer than anybody tries, in turn."""
    host, port = server.sockets[0].getsockname()
    while True:
        for state in ("up", "down", "slow"):
            collector["state"] = state
            if state == "down":
                server.close()
            await asyncio.sleep(30 if state == "down" else 10)
            if state == "down":
                server = await asyncio.start_server(serve_collector, host, port)


async def main(certificate, key):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    tls2 = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls2.load_cert_chain(certificate, key)
    tls2.set_alpn_protocols(["h2"])
    loop = asyncio.get_running_loop()
    servers = {
        "http": await asyncio.start_server(serve_http, "127.0.0.1", 0, backlog=4096),
        "https": await asyncio.start_server(serve_http, "127.0.0.1", 0, backlog=4096, ssl=tls),
        "http2": await asyncio.start_server(serve_http2, "127.0.0.1", 0, backlog=4096, ssl=tls2),
        "collector": await asyncio.start_server(serve_collector, "127.0.0.1", 0),
    }
    names, _ = await loop.create_datagram_endpoint(Names, local_addr=("127.0.0.1", 0))
    ports = {kind: server.sockets[0].getsockname()[1] for kind, server in servers.items()}
    ports["dns"] = names.get_extra_info("sockname")[1]
    collecting = asyncio.ensure_future(run_collector(servers["collector"]))
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    collecting.cancel()


asyncio.run(main(*sys.argv[1:]))
