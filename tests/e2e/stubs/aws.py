"""A stand-in for services of AWS: answers requests over TLS whose signature botocore's own signers agree with, and refuses all others.

usage: aws.py CERTIFICATE KEY ACCESS_KEY_ID SECRET_ACCESS_KEY SESSION_TOKEN HOST_WITH_TOKEN

Requests to HOST_WITH_TOKEN must carry the session token, all others none. Prints "port PORT", then a line for each request:
SERVICE REGION METHOD TARGET PAYLOAD STATUS WHY.
"""
import base64
import datetime
import hashlib
import hmac
import http.server
import json
import ssl
import sys
import urllib.parse
import zlib

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

CERTIFICATE, KEY, KEY_ID, SECRET, TOKEN, HOST_WITH_TOKEN = sys.argv[1:]
OBJECTS = {}
UPLOADS = {}
EMPTY = hashlib.sha256(b"").hexdigest()


class Refused(Exception):
    """Says why a request is not answered."""


def require(holds, why):
    if not holds:
        raise Refused(why)


class Signature:
    """What a request says of its signature."""

    def __init__(self, handler):
        self.target, _, query = handler.path.partition("?")
        self.parameters = urllib.parse.parse_qsl(query, keep_blank_values=True)
        own = dict(self.parameters)
        scheme, _, rest = handler.headers.get("Authorization", "").partition(" ")
        require(len(own) == len(self.parameters) or "X-Amz-Signature" not in own, "a parameter comes twice")
        self.in_query = "X-Amz-Signature" in own
        require(not (self.in_query and scheme), "two signatures")
        if self.in_query:
            scheme, credential = own["X-Amz-Algorithm"], own["X-Amz-Credential"]
            self.headers, self.value, self.time = own["X-Amz-SignedHeaders"], own["X-Amz-Signature"], own["X-Amz-Date"]
            self.token = own.get("X-Amz-Security-Token")
        else:
            parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
            credential, self.headers, self.value = (parts.get(name, "") for name in ("Credential", "SignedHeaders", "Signature"))
            self.time = handler.headers.get("X-Amz-Date", "")
            self.token = handler.headers.get("X-Amz-Security-Token")
        require(scheme == "AWS4-HMAC-SHA256", f"the algorithm is {scheme or 'missing'}")
        self.key_id, self.day, self.region, self.service, end = credential.split("/")
        require(end == "aws4_request" and self.day == self.time[:8], "the scope is not one")
        self.names = self.headers.split(";")


def parts_of(body):
    """The parts of aws-chunked: (extension, bytes), and the lines behind the last."""
    while True:
        line, _, body = body.partition(b"\r\n")
        size, _, extension = line.partition(b";")
        size = int(size, 16)
        yield extension.decode(), body[:size]
        body = body[size:]
        if size == 0:
            yield None, [line.decode() for line in body.split(b"\r\n") if line]
            return
        require(body.startswith(b"\r\n"), "a part does not end")
        body = body[2:]


def check_parts(signature, secret, payload, body):
    """Signatures of parts and trailers, by the pages of S3: botocore makes none."""
    key = ("AWS4" + secret).encode()
    for text in (signature.day, signature.region, signature.service, "aws4_request"):
        key = hmac.new(key, text.encode(), hashlib.sha256).digest()
    scope = f"{signature.day}/{signature.region}/{signature.service}/aws4_request"
    last, content = signature.value, b""

    def sign(kind, *lines):
        return hmac.new(key, "\n".join((kind, signature.time, scope, last) + lines).encode(), hashlib.sha256).hexdigest()

    for extension, part in parts_of(body):
        if extension is None:
            trailers = [line for line in part if not line.startswith("x-amz-trailer-signature:")]
            checksums = [line.partition(":")[2] for line in trailers if line.startswith("x-amz-checksum-crc32:")]
            require(all(base64.b64decode(c) == zlib.crc32(content).to_bytes(4, "big") for c in checksums), "the checksum is wrong")
            require(bool(checksums) == payload.endswith("-TRAILER"), "trailers are missing")
            if payload == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
                text = "".join(line + "\n" for line in trailers)
                expected = sign("AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(text.encode()).hexdigest())
                require(f"x-amz-trailer-signature:{expected}" in part, "the trailers' signature is wrong")
        else:
            content += part
            if payload.startswith("STREAMING-AWS4"):
                last_of_part = sign("AWS4-HMAC-SHA256-PAYLOAD", EMPTY, hashlib.sha256(part).hexdigest())
                require(extension == f"chunk-signature={last_of_part}", "a part's signature is wrong")
                last = last_of_part
            else:
                require(extension == "", "a part has an extension")
    return content


def check(handler, body):
    """What was signed, and the content. An error when botocore would have signed in another way."""
    signature = Signature(handler)
    handler.said = f"{signature.service} {signature.region} {handler.command} {handler.path}"
    host = handler.headers["Host"]
    token = TOKEN if host.partition(":")[0] == HOST_WITH_TOKEN else None
    require(signature.key_id == KEY_ID, "InvalidAccessKeyId")
    require(signature.token == token, "the session token is wrong")
    signed_at = datetime.datetime.strptime(signature.time, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    require(abs((datetime.datetime.now(datetime.timezone.utc) - signed_at).total_seconds()) < 900, "RequestTimeTooSkewed")
    theirs = [name.lower() for name in handler.headers if name.lower().startswith("x-amz-")]
    require("host" in signature.names and all(name in signature.names for name in theirs), "headers of AWS are not signed")

    parameters = [p for p in signature.parameters if p[0] != "X-Amz-Signature"]
    request = AWSRequest(method=handler.command, url=f"https://{host}{signature.target}", params=parameters, data=body)
    for name in signature.names:
        for value in handler.headers.get_all(name) or []:
            request.headers[name] = value
    request.context["timestamp"] = signature.time
    kinds = (S3SigV4QueryAuth, S3SigV4Auth) if signature.service == "s3" else (SigV4QueryAuth, SigV4Auth)
    judge = kinds[not signature.in_query](Credentials(KEY_ID, SECRET, token), signature.service, signature.region)
    text = judge.string_to_sign(request, judge.canonical_request(request))
    require(hmac.compare_digest(signature.value, judge.signature(text, request)), "SignatureDoesNotMatch")

    payload = handler.headers.get("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD" if signature.in_query else "")
    handler.said += f" {payload if '-' in payload else 'hash'}"
    if payload.startswith("STREAMING-"):
        return signature, check_parts(signature, SECRET, payload, body)
    require(payload == "UNSIGNED-PAYLOAD" and signature.in_query or payload == hashlib.sha256(body).hexdigest(), "the hash of the body is wrong")
    return signature, body


class Services(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        self.said = f"- - {self.command} {self.path} -"
        try:
            signature, content = check(self, self.read_body())
        except Refused as refused:
            code = str(refused) if " " not in str(refused) else "SignatureDoesNotMatch"
            self.answer(403, f"<ErrorResponse><Error><Code>{code}</Code><Message>{refused} by {KEY_ID}</Message></Error></ErrorResponse>", str(refused))
            return
        getattr(self, "answer_" + signature.service)(dict(signature.parameters), urllib.parse.unquote(signature.target), content)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def answer_s3(self, parameters, name, content):
        tag = f'"{hashlib.md5(content).hexdigest()}"'
        if "uploads" in parameters:
            UPLOADS[name] = {}
            self.answer(200, "<InitiateMultipartUploadResult><UploadId>one</UploadId></InitiateMultipartUploadResult>")
        elif "partNumber" in parameters:
            UPLOADS[name][int(parameters["partNumber"])] = content
            self.answer(200, "", tag=tag)
        elif "uploadId" in parameters:
            OBJECTS[name] = b"".join(part for _, part in sorted(UPLOADS[name].items()))
            self.answer(200, "<CompleteMultipartUploadResult><ETag>all</ETag></CompleteMultipartUploadResult>")
        elif "list-type" in parameters:
            keys = "".join(f"<Contents><Key>{key.partition('/')[2].partition('/')[2]}</Key><Size>{len(OBJECTS[key])}</Size></Contents>" for key in sorted(OBJECTS) if key.startswith(f"{name}/{parameters['prefix']}"))
            self.answer(200, f"<ListBucketResult><Name>b</Name>{keys}</ListBucketResult>")
        elif self.command == "PUT":
            OBJECTS[name] = content
            self.answer(200, "", tag=tag)
        else:
            self.answer(200 if name in OBJECTS else 404, OBJECTS.get(name, b""))

    def answer_dynamodb(self, _parameters, _name, content):
        self.answer(200, json.dumps({"TableNames": [json.loads(content).get("ExclusiveStartTableName", "")]}))

    def answer_sqs(self, _parameters, _name, content):
        if self.headers.get("Content-Type", "").startswith("application/x-amz-json"):
            self.answer(200, json.dumps({"MessageId": "1", "MD5OfMessageBody": hashlib.md5(json.loads(content)["MessageBody"].encode()).hexdigest()}))
            return
        text = dict(urllib.parse.parse_qsl(content.decode()))["MessageBody"]
        self.answer(200, f"<R><SendMessageResult><MessageId>1</MessageId><MD5OfMessageBody>{hashlib.md5(text.encode()).hexdigest()}</MD5OfMessageBody></SendMessageResult></R>")

    def answer_sts(self, _parameters, _name, _content):
        self.answer(200, "<R><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult></R>")

    def answer_lambda(self, _parameters, name, content):
        self.answer(200, json.dumps([name, content.decode()]))

    def answer(self, status, body, why="", tag=None):
        print(self.said, status, why, flush=True)
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if tag:
            self.send_header("ETag", tag)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Services)
server.daemon_threads = True
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print("port", server.server_address[1], flush=True)
server.serve_forever()
