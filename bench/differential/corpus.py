"""Raw requests for the differential run: valid ones, what differs between parsers in each of their parts, and random damage.

Each names its number in its path, and is followed by one that is well-formed: who misjudges where the first one ends sees another second one.
"""

import codecs
import pathlib
import random
import re

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get", "Get", "G-T", "G_T", "G.T", "!#$", "GET ", " GET", "GE\tT", "GÉT", "", "X" * 300]
VERSIONS = ["HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "http/1.1", "HTTP/1.1 ", "HTTP/01.1", "HTTP/1.10", "HTTP/1,1", "HTTP 1.1", "", "HTTP/1.1\t", "ICY/1.1"]
TARGETS = [
    "{}", "{}?a=b", "{}?a=b?c", "{}#f", "{}?#", "/{}", "{}/", "{}//x", "{}/./x", "{}/../x", "{}/%2e%2e/x", "{}/%2E%2E/x", "{}/..;/x", "{}/%2f", "{}%2fx", "{}%5cx", "{}\\x",
    "{}/%", "{}/%4", "{}/%zz", "{}/%00", "{}/%0d%0a", "{}/\x7f", "{}/\x80", "{}/é", "{}/a b", "{}/a\tb", "{}/<>", "{}/\"", "{}/{{}}", "{}/|^`", "{}/;a=b", "{}/,", "{}/:@", "{}/~",
    "{}/%u002e", "{}/..%3b/x", "{}/%252e%252e/x", "{}/.%00./x", "{}/%c0%ae%c0%ae/x", "http://{host}{}", "HTTP://{host}{}", "https://{host}{}", "http:{}", "//{host}{}",
    "http://{host}", "http://{host}?x", "http://u@{host}{}", "http://u:p@{host}{}", "http://{host}#{}", "http://other.test{}", "{host}", "*", "", "{}?" + "q" * 3000, "{}/" + "p" * 3000,
    "{}\x00", "{}\x0b", "{}\r", "{}?\x00", "?{}", "#{}", ".{}", "x{}", "{}/%2e", "{}/.", "{}/..", "{}/...", "{}/%2e.", "{}/a/%2e%2e", "{}/a;b/..;c/d", "{}/%09", "{}/%20", "{}/+",
]
LENGTHS = ["5", "05", "+5", "-5", "5 ", " 5", "5,5", "5, 5", "5,6", "0x5", "5.0", "5e0", "", "5\t", "\t5", "5;", "5\x0b", "5\x00", "99999999999999999999", "18446744073709551621", "4", "6", "0", "٥", "5_0", "'5'", '"5"', "5\r\n 5", "5\n"]
CODINGS = ["chunked", "Chunked", "CHUNKED", "chunked ", " chunked", "\tchunked", "chunked\t", "chunked\x0b", "chunked,", ",chunked", "chunked, chunked", "gzip, chunked", "chunked, gzip", "identity", "identity, chunked", "chunked;q=1",
           "x-chunked", "\"chunked\"", "chunked\x00", "chunke", "chunkedd", "", "chunked\r\n ", "\r\n chunked", "chun\tked", "xchunked", "chunked, identity", "trailers", "deflate", "chunk\xe9d"]
TRANSFER_NAMES = ["Transfer-Encoding", "transfer-encoding", "Transfer-Encoding ", " Transfer-Encoding", "Transfer_Encoding", "Transfer-Encoding\t", "Transfer-Encoding\x00", "Transfer--Encoding", "X\r\nTransfer-Encoding", "Transfer\x0bEncoding",
                  "Content-Length", "content-length", "Content-Length ", "Content_Length", " Content-Length", "Content-Length\x00", "CONTENT-LENGTH"]
CHUNKS = [
    "5\r\nhello\r\n0\r\n\r\n", "05\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "5\t\r\nhello\r\n0\r\n\r\n",
    "5;a\r\nhello\r\n0\r\n\r\n", "5;a=b\r\nhello\r\n0\r\n\r\n", "5;a=\"b\"\r\nhello\r\n0\r\n\r\n", "5 ;a\r\nhello\r\n0\r\n\r\n", "5;\r\nhello\r\n0\r\n\r\n", "5;;\r\nhello\r\n0\r\n\r\n", "5;a\nb\r\nhello\r\n0\r\n\r\n", "5;a\rb\r\nhello\r\n0\r\n\r\n",
    "5;\x00\r\nhello\r\n0\r\n\r\n", "5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n", "5\nhello\n0\n\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhello\r\r\n0\r\n\r\n", "5\rhello\r\n0\r\n\r\n", "5\r\nhello\r\n00\r\n\r\n", "5\r\nhello\r\n000;a\r\n\r\n",
    "5\r\nhello\r\n0\r\nX: y\r\n\r\n", "5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n", "5\r\nhello\r\n0\r\nHost: other\r\n\r\n", "5\r\nhello\r\n0\r\nX\r\n\r\n", "5\r\nhello\r\n0\r\n X: y\r\n\r\n", "5\r\nhello\r\n0\r\n\n", "5\r\nhello\r\n0\n\r\n",
    "g\r\nhello\r\n0\r\n\r\n", "\r\nhello\r\n0\r\n\r\n", "5\r\nhell\r\n0\r\n\r\n", "5\r\nhelloo\r\n0\r\n\r\n", "ffffffffffffffff5\r\nhello\r\n0\r\n\r\n", "00000000000000000000005\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n0\r\n\r\n", "1\r\nh\r\n4\r\nello\r\n0\r\n\r\n",
    "5_0\r\nhello\r\n0\r\n\r\n", "5.0\r\nhello\r\n0\r\n\r\n", "٥\r\nhello\r\n0\r\n\r\n", "0\r\n\r\n", "", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\n", "A\r\nhellohello\r\n0\r\n\r\n", "a\r\nhellohello\r\n0\r\n\r\n",
]
HEADERS = [
    "X: y", "X:y", "X:", "X: ", "X : y", "X\t: y", ": y", "X", " X: y", "\tX: y", "X: y\r\n z", "X: y\r\n\tz", "X: \x00", "X: a\x00b", "X: a\x01b", "X: a\x7fb", "X: a\x0bb", "X: a\rb", "X: a\nY: z", "X: \xe9", "X: \x80\xff", "X@: y", "X/: y", "X(: y", "X\x00: y",
    "X\xe9: y", "X_y: z", "X.y: z", "X!#$%&'*+-.^_`|~: y", "X\"y: z", "Connection: close", "Connection: keep-alive", "Connection: X-Secret\r\nX-Secret: s", "Connection: Content-Length", "Connection: Transfer-Encoding", "Connection: Host",
    "Connection: Authorization\r\nAuthorization: a", "Connection: close, X\r\nX: y", "Connection: \"close\"", "Keep-Alive: timeout=1", "Proxy-Connection: keep-alive", "TE: trailers", "TE: chunked", "Trailer: X", "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAAA",
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13", "Expect: 100-continue", "Expect: 200-ok", "Host: other.test", "Host: {host}", "Host:", "host: {host}", "X: " + "v" * 5000,
    "Cookie: a=b\r\nCookie: c=d", "X: a\r\nX: b", "X: a,b", "X-Forwarded-Host: other.test", "X-HTTP-Method-Override: DELETE", "X-Original-URL: /other", "Forwarded: host=other.test", "Content-Type: text/plain", "Range: bytes=0-1", "Proxy-Authorization: Basic eA==",
    "Content-Encoding: gzip", "Accept-Encoding: gzip", "Via: 1.1 x", "Max-Forwards: 0", "Authorization: Basic eA==", "Date: x", "If-None-Match: *", "Server: x", "Status: 404 x", "Http/1.1: x", "GET / HTTP/1.1", "X: y\r\n\r\nY: z", "X;a: b", "X=: y", "X,: y",
]
HOSTS = ["{host}", " {host}", "{host} ", "{HOST}", "{host}.", "{host}:", "{host}:0", "{host},other.test", "other.test", "u@{host}", "{host}/x", "{host}?x", "{host}#x", "", "[::1]", "127.1", "{host}\x00", "{host}\t", "é.test", "{host}\r\n x", "http://{host}", "*.differ.test"]
DAMAGE = ["\r", "\n", "\t", " ", "\x00", ":", ";", ",", "\x0b", "\x7f", "\x80", "%", "\\", "\"", "/", "0", "\r\n", "\r\n\r\n", "\n\n", "\x1f"]


def build(method="GET", target="{}", version="HTTP/1.1", host="{host}", headers=(), body=""):
    lines = [f"{method} {target} {version}", f"Host: {host}", *headers]
    return "\r\n".join(lines) + "\r\n\r\n" + body


def systematic():
    """Each part in all of its forms, the others valid."""
    for method in METHODS:
        yield build(method)
        yield build(method, headers=["Content-Length: 5"], body="hello")
    for version in VERSIONS:
        yield build(version=version)
        yield build("POST", version=version, headers=["Transfer-Encoding: chunked"], body=CHUNKS[0])
        yield build("POST", version=version, headers=["Content-Length: 5"], body="hello")
    for target in TARGETS:
        yield build(target=target)
        yield build("POST", target, headers=["Content-Length: 5"], body="hello")
    for host in HOSTS:
        yield build(host=host)
    for length in LENGTHS:
        yield build("POST", headers=[f"Content-Length: {length}"], body="hello")
        yield build("GET", headers=[f"Content-Length: {length}"], body="hello")
        yield build("POST", headers=[f"Content-Length: {length}", "Content-Length: 5"], body="hello")
        yield build("POST", headers=["Content-Length: 5", f"Content-Length: {length}"], body="hello")
        yield build("POST", headers=[f"Content-Length: {length}", "Transfer-Encoding: chunked"], body=CHUNKS[0])
    for coding in CODINGS:
        for method, version in (("POST", "HTTP/1.1"), ("GET", "HTTP/1.1"), ("POST", "HTTP/1.0")):
            yield build(method, version=version, headers=[f"Transfer-Encoding: {coding}"], body=CHUNKS[0])
        yield build("POST", headers=[f"Transfer-Encoding: {coding}", "Content-Length: 5"], body=CHUNKS[0])
        yield build("POST", headers=["Content-Length: 15", f"Transfer-Encoding: {coding}"], body=CHUNKS[0])
        yield build("POST", headers=[f"Transfer-Encoding: {coding}", "Transfer-Encoding: chunked"], body=CHUNKS[0])
        yield build("POST", headers=["Transfer-Encoding: chunked", f"Transfer-Encoding: {coding}"], body=CHUNKS[0])
    for name in TRANSFER_NAMES:
        yield build("POST", headers=[f"{name}: chunked"], body=CHUNKS[0])
        yield build("POST", headers=[f"{name}: 5"], body="hello")
        yield build("POST", headers=[f"{name}: chunked", "Content-Length: 5"], body=CHUNKS[0])
        yield build("POST", headers=["Transfer-Encoding: chunked", f"{name}: 5"], body=CHUNKS[0])
    for chunks in CHUNKS:
        yield build("POST", headers=["Transfer-Encoding: chunked"], body=chunks)
        yield build("GET", headers=["Transfer-Encoding: chunked"], body=chunks)
    for header in HEADERS:
        yield build(headers=[header])
        yield build("POST", headers=[header, "Content-Length: 5"], body="hello")
        yield build("POST", headers=["Transfer-Encoding: chunked", header], body=CHUNKS[0])
    for before in ("\r\n", "\n", "\r\n\r\n", " ", "\x00", "\r"):
        yield before + build()


def damaged(rng):
    """A valid or a systematic request with one to three bytes changed."""
    while True:
        text = rng.choice([
            build("POST", rng.choice(TARGETS), headers=[rng.choice(HEADERS), f"Content-Length: {rng.choice(LENGTHS)}"], body="hello"),
            build("POST", headers=["Transfer-Encoding: " + rng.choice(CODINGS), rng.choice(HEADERS)], body=rng.choice(CHUNKS)),
            build(rng.choice(METHODS), rng.choice(TARGETS), headers=[rng.choice(HEADERS)]),
            build("POST", headers=["Transfer-Encoding: chunked"], body=CHUNKS[0]),
            build("POST", headers=["Content-Length: 5", "X: y"], body="hello"),
            build(headers=[rng.choice(HEADERS), rng.choice(HEADERS)]),
        ])
        for _ in range(rng.randint(0, 3)):
            at = rng.randrange(len(text))
            text = text[:at] + rng.choice(DAMAGE) + text[at + rng.choice((0, 1)):]
        yield text


def from_cases(folder):
    """What the bypass cases about framing send."""
    for path in sorted(pathlib.Path(folder).glob("*.yaml")):
        for quoted in re.findall(r'^  - "(.*)"$', path.read_text(), re.MULTILINE):
            text = codecs.decode(quoted, "unicode_escape")
            if re.match(r"[A-Z]+ /\S* HTTP/1", text) and "{http}" in text:
                text = re.sub(r"[\w.-]+:\{http\}", "{host}", text)
                yield re.sub(r"^([A-Z]+) /\S*", r"\1 {}", text)


def corpus(count, seed, cases):
    rng = random.Random(seed)
    texts = [*from_cases(cases), *systematic()]
    more = damaged(rng)
    while len(texts) < count:
        texts.append(next(more))
    return texts[:count]


def fill(text, number, host):
    """The bytes of a request for one server, and the well-formed one behind it."""
    path = f"/case-{number}"
    text = text.replace("{host}", host).replace("{HOST}", host.upper()).replace("{{}}", "\x02").replace("{}", path).replace("\x02", "{}")
    raw = text.encode("utf-8") if any(ord(c) > 255 for c in text) else text.encode("latin-1")
    return raw + f"GET /behind-{number} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
