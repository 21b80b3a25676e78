"""A stand-in for S3: GET of the objects in a folder, for those whose signature botocore agrees with.

usage: s3.py ADDRESS PORT FOLDER REGION ACCESS_KEY_ID SECRET_ACCESS_KEY

FOLDER holds BUCKET/KEY files. Prints "listening PORT", then a line for each request: METHOD PATH STATUS. Ends with its standard input.
"""
import http.server
import os
import sys
import threading
import urllib.parse

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ADDRESS, PORT, FOLDER, REGION, KEY_ID, SECRET = sys.argv[1:]


def is_signed(handler):
    """Whether the request bears the signature that botocore would have made (Signature Version 4)."""
    scheme, _, rest = handler.headers.get("Authorization", "").partition(" ")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    date = handler.headers.get("X-Amz-Date", "")
    if scheme != "AWS4-HMAC-SHA256" or parts.get("Credential") != f"{KEY_ID}/{date[:8]}/{REGION}/s3/aws4_request":
        return False
    signed = parts.get("SignedHeaders", "").split(";")
    request = AWSRequest(
        method=handler.command,
        url=f"http://{handler.headers['Host']}{handler.path}",
        headers={name: handler.headers[name] for name in signed if name in handler.headers},
    )
    request.context["timestamp"] = date
    judge = S3SigV4Auth(Credentials(KEY_ID, SECRET), "s3", REGION)
    text = judge.string_to_sign(request, judge.canonical_request(request))
    return parts.get("Signature") == judge.signature(text, request)


class Bucket(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = os.path.normpath(os.path.join(FOLDER, urllib.parse.unquote(self.path.partition("?")[0]).lstrip("/")))
        bucket = self.path.lstrip("/").partition("/")[0]
        if not is_signed(self):
            self.answer(403, self.error("SignatureDoesNotMatch", "The signature is not what the key makes."))
        elif not os.path.isdir(os.path.join(FOLDER, bucket)):
            self.answer(404, self.error("NoSuchBucket", "The bucket does not exist."))
        elif not path.startswith(FOLDER + os.sep) or not os.path.isfile(path):
            self.answer(404, self.error("NoSuchKey", "The key does not exist."))
        else:
            with open(path, "rb") as file:
                self.answer(200, file.read())

    @staticmethod
    def error(code, message):
        return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()

    def answer(self, status, body):
        print(self.command, self.path, status, flush=True)
        self.send_response(status)
        self.send_header("Content-Type", "application/xml" if status != 200 else "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer((ADDRESS, int(PORT)), Bucket)
print("listening", server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
