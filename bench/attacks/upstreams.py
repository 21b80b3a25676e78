#!/usr/bin/env python3
"""The servers that attacks lead to, in a process of their own. Prints their ports as JSON, and what they saw when it is asked.

    upstreams.py CERT KEY
"""

import asyncio
import json
import socket
import ssl
import struct
import sys

import http2

SECRET = b"real-key-" + b"k" * 55
BIG = 32 * 1024 * 1024
UPLOAD = 512 * 1024
seen = {"requests": 0, "secrets": 0, "connects": 0, "outside": [], "cut": 0, "names": 0}
connections = {"now": 0, "peak": 0}


def note(head, body=b""):
    line = head.split(b"\r\n", 1)[0]
    method, target = (line.split(b" ") + [b""])[:2]
    seen["requests"] += 1
    seen["secrets"] += SECRET in head or SECRET in body
    seen["connects"] += method == b"CONNECT"
    if b"paths.other.test" in head and not target.startswith(b"/public/"):
        seen["outside"] = (seen["outside"] + [line.decode("latin-1")])[-10:]


async def serve_http(reader, writer):
    connections["now"] += 1
    connections["peak"] = max(connections["peak"], connections["now"])
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            target = (head.split(b" ") + [b"", b""])[1]
            if b"/early" in target:
                note(head)
                writer.write(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nmuch")
                await writer.drain()
                await asyncio.sleep(5)
                return
            body = await read_body(reader, head)
            note(head, body)
            if b"/big" in target:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BIG)
                for _ in range(BIG // 65536):
                    writer.write(b"x" * 65536)
                    await writer.drain()
            else:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n")
                await writer.drain()
    except (OSError, EOFError, asyncio.LimitOverrunError, ValueError):
        pass  # The proxy hung up, or sent what this small server does not read.
    finally:
        connections["now"] -= 1
        writer.close()


async def read_body(reader, head):
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readuntil(b"\r\n")
        return body
    at = lower.find(b"\r\ncontent-length:")
    return b"" if at < 0 else await reader.readexactly(int(lower[at + 17:].split(b"\r\n", 1)[0]))


async def serve_http2(reader, writer):
    """Refuses every other stream in the middle of its upload, as a server may that is busy, and takes the rest."""
    sizes, refused, count = {}, set(), 0
    try:
        await reader.readexactly(len(http2.PREFACE))
        writer.write(http2.frame(http2.SETTINGS, 0, 0))
        while True:
            kind, flags, stream, payload = await http2.read_frame(reader)
            if kind == http2.SETTINGS and not flags & http2.ACK:
                writer.write(http2.frame(http2.SETTINGS, http2.ACK, 0))
            elif kind == http2.HEADERS and stream not in sizes:
                seen["requests"] += 1
                sizes[stream] = 0
                count += 1
                if count % 2:
                    refused.add(stream)
            elif kind == http2.DATA and stream in sizes:
                sizes[stream] += len(payload)
                grown = len(payload).to_bytes(4, "big")
                if payload:
                    writer.write(http2.frame(http2.WINDOW_UPDATE, 0, 0, grown) + http2.frame(http2.WINDOW_UPDATE, 0, stream, grown))
                if stream in refused and sizes[stream] > 100_000:
                    writer.write(http2.frame(http2.RST_STREAM, 0, stream, http2.REFUSED_STREAM.to_bytes(4, "big")))
                    del sizes[stream]
            if kind in (http2.DATA, http2.HEADERS) and flags & http2.END_STREAM and stream in sizes:
                seen["cut"] += sizes.pop(stream) != UPLOAD
                writer.write(http2.frame(http2.HEADERS, http2.END_HEADERS | http2.END_STREAM, stream, b"\x88"))
            await writer.drain()
    except (OSError, EOFError):
        pass
    finally:
        writer.close()


class Names(asyncio.DatagramProtocol):
    """silent-* is never answered; dead-* leads to an address that takes no connection, and then to one that does."""

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, sender):
        seen["names"] += 1
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1:at + 1 + data[at]])
            at += 1 + data[at]
        kind = struct.unpack("!H", data[at + 1:at + 3])[0]
        if labels and labels[0].startswith(b"silent"):
            return
        addresses = [] if kind != 1 else ["127.0.0.2", "127.0.0.1"] if labels and labels[0].startswith(b"dead") else ["127.0.0.1"]
        answers = b"".join(b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x1e\x00\x04" + socket.inet_aton(a) for a in addresses)
        self.transport.sendto(data[:2] + b"\x81\x80\x00\x01" + struct.pack("!H", len(addresses)) + bytes(4) + data[12:at + 5] + answers, sender)


async def serve_control(reader, writer):
    await reader.readline()
    writer.write(json.dumps(seen | connections).encode() + b"\n")
    seen["outside"], connections["peak"] = [], connections["now"]
    await writer.drain()
    writer.close()


def dead_listener(port):
    """A queue of connections that is full: whoever else connects waits, as with an address that leads nowhere."""
    listener = socket.socket()
    listener.bind(("127.0.0.2", port))
    listener.listen(0)
    queued = []
    for _ in range(4):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.2", port))
        queued.append(client)
    return [listener, *queued]


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
        "control": await asyncio.start_server(serve_control, "127.0.0.1", 0),
    }
    names, _ = await loop.create_datagram_endpoint(Names, local_addr=("127.0.0.1", 0))
    ports = {kind: server.sockets[0].getsockname()[1] for kind, server in servers.items()}
    ports["dns"] = names.get_extra_info("sockname")[1]
    held = dead_listener(ports["http"])
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # Ends with whoever started it.
    del held


asyncio.run(main(*sys.argv[1:]))
