"""As much of HTTP/2 (RFC 9113) as attacks need: frames written by hand, and answers read as far as their status."""

import asyncio
import ssl

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK = 0x1, 0x4, 0x1
REFUSED_STREAM, CANCEL = 0x7, 0x8
INDEXED_STATUS = {0x88: 200, 0x89: 204, 0x8A: 206, 0x8B: 304, 0x8C: 400, 0x8D: 404, 0x8E: 500}


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def fields(pairs):
    """Header fields as literals that are never indexed, with plain strings (RFC 7541, 6.2.3)."""
    block = b""
    for name, value in pairs:
        for number, text in ((0x10, name.encode()), (None, value.encode())):
            block += b"" if number is None else bytes((number,))
            block += bytes((len(text),)) if len(text) < 127 else b"\x7f" + _number(len(text) - 127)
            block += text
    return block


def _number(value):
    out = b""
    while value >= 128:
        out += bytes((value % 128 + 128,))
        value //= 128
    return out + bytes((value,))


def client_tls(name):
    """The proxy's certificate is not what is tested here."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return {"ssl": context, "server_hostname": name}


async def read_frame(reader):
    head = await reader.readexactly(9)
    return head[3], head[4], int.from_bytes(head[5:9], "big") & 0x7FFFFFFF, await reader.readexactly(int.from_bytes(head[:3], "big"))


class Client:
    """One connection. `answers` has the status of each stream that was answered, 0 for one that was reset."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.answers, self.next, self.window, self.closed = {}, 1, 65535, False
        self._more = asyncio.Event()
        self.reading = asyncio.ensure_future(self._read())

    @classmethod
    async def connect(cls, port, name, local=None):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=local, **client_tls(name))
        writer.write(PREFACE + frame(SETTINGS, 0, 0) + frame(WINDOW_UPDATE, 0, 0, (1 << 20).to_bytes(4, "big")))
        return cls(reader, writer)

    def start(self, pairs, end=True):
        stream, self.next = self.next, self.next + 2
        self.writer.write(frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream, fields(pairs)))
        return stream

    def reset(self, stream):
        self.writer.write(frame(RST_STREAM, 0, stream, CANCEL.to_bytes(4, "big")))

    async def send(self, stream, body):
        """Sends a body within the connection's window; stops when the stream has been answered."""
        for at in range(0, len(body), 16384):
            piece = body[at:at + 16384]
            while self.window < len(piece) and not self.closed and stream not in self.answers:
                self._more.clear()
                await self._more.wait()
            if self.closed or stream in self.answers:
                return
            self.window -= len(piece)
            self.writer.write(frame(DATA, END_STREAM if at + 16384 >= len(body) else 0, stream, piece))
            await self.writer.drain()

    async def answered(self, streams):
        while not self.closed and not all(s in self.answers for s in streams):
            self._more.clear()
            await self._more.wait()

    async def _read(self):
        try:
            while True:
                kind, flags, stream, payload = await read_frame(self.reader)
                if kind == HEADERS:
                    self.answers.setdefault(stream, _status(payload))
                elif kind == RST_STREAM:
                    self.answers.setdefault(stream, 0)
                elif kind == SETTINGS and not flags & ACK:
                    self.writer.write(frame(SETTINGS, ACK, 0))
                elif kind == PING and not flags & ACK:
                    self.writer.write(frame(PING, ACK, 0, payload))
                elif kind == WINDOW_UPDATE and stream == 0:
                    self.window += int.from_bytes(payload, "big")
                elif kind == DATA and payload:
                    self.writer.write(frame(WINDOW_UPDATE, 0, 0, len(payload).to_bytes(4, "big")))
                self._more.set()
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            self.closed = True
            self._more.set()

    def close(self):
        self.reading.cancel()
        self.writer.close()


def _status(block):
    """-1 for one that the server put into its table before and now names by number."""
    while block and block[0] & 0xE0 == 0x20:  # A change of the table's size comes first.
        block = block[1:]
    first = block[0] if block else 0
    if first in INDEXED_STATUS:
        return INDEXED_STATUS[first]
    text = block[2:5]
    return int(text) if first in (0x48, 0x08, 0x18) and text.isdigit() else -1
