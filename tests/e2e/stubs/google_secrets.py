"""Google Secret Manager and the metadata server of a machine there, after their public documentation.

usage: google_secrets.py SECRETS

SECRETS is a file with a JSON object, which is read for each request: the name of a version, and its value; or an object with "status", "code" and "body" that is answered instead, or with "crc" for a checksum that is another one. Prints
"port PORT", then a line for each token that was given out: "token". What is asked without such a token is refused (401).
https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access
"""
import base64
import http.server
import json
import secrets
import sys
import urllib.parse

TOKENS = set()


def crc32c(data):
    """The checksum of RFC 3720, 12.1, bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/computeMetadata/v1/instance/service-accounts/default/token":
            return self.token(urllib.parse.parse_qs(url.query))
        if self.headers.get("Authorization", "").removeprefix("Bearer ") not in TOKENS:
            return self.error(401, "UNAUTHENTICATED", "canary: request had invalid authentication credentials")
        name, _, verb = url.path.removeprefix("/v1/").rpartition(":")
        with open(sys.argv[1], encoding="utf-8") as file:
            secret = json.load(file).get(name)
        if verb != "access" or secret is None:
            return self.error(404, "NOT_FOUND", f"canary: Secret [{name}] not found")
        if isinstance(secret, dict) and "code" in secret:
            return self.error(secret["status"], secret["code"], "canary: no")
        if isinstance(secret, dict) and "body" in secret:
            return self.answer(secret["status"], secret["body"])
        data = (secret["value"] if isinstance(secret, dict) else secret).encode()
        checksum = secret["crc"] if isinstance(secret, dict) else str(crc32c(data))
        self.answer(200, json.dumps({"name": name, "payload": {"data": base64.b64encode(data).decode(), "dataCrc32c": checksum}}))

    def token(self, query):
        if self.headers.get("Metadata-Flavor") != "Google" or query != {"scopes": ["https://www.googleapis.com/auth/cloud-platform"]}:
            return self.error(403, "PERMISSION_DENIED", "canary: not so")
        token = "canary-token-" + secrets.token_hex(8)
        TOKENS.add(token)
        print("token", flush=True)
        self.answer(200, json.dumps({"access_token": token, "expires_in": 3600, "token_type": "Bearer"}))

    def error(self, status, code, message):
        self.answer(status, json.dumps({"error": {"code": status, "message": message, "status": code}}))

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
print("port", server.server_address[1], flush=True)
server.serve_forever()
