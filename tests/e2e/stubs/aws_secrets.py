"""Stand-ins for Secrets Manager, Parameter Store and where the SDKs of AWS find credentials. botocore judges every signature.

usage: aws_secrets.py REGION ACCESS_KEY_ID SECRET_ACCESS_KEY

Serves on a free port of 127.0.0.1. Prints "listening PORT", then a line for each request. Lines on its standard input are values, as
JSON: {"name": ..., and members of the answer}. Ends with its standard input.
"""
import base64
import datetime
import hashlib
import http.server
import json
import sys
import threading
import urllib.parse

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGION, KEY_ID, SECRET = sys.argv[1:]
ROLE_ID, ROLE_SECRET, ROLE_TOKEN = "ASIAROLE", SECRET + "-role", "session-token-canary/+="
TYPES = {"secretsmanager.GetSecretValue": "secretsmanager", "AmazonSSM.GetParameter": "ssm"}

values = {}


def find_fault(handler, body, service):
    """The error of a request whose signature is not the one that botocore makes; None when it is."""
    scheme, _, rest = handler.headers.get("Authorization", "").partition(" ")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    key_id, _, scope = parts.get("Credential", "").partition("/")
    date = handler.headers.get("X-Amz-Date", "")
    secret, token = {KEY_ID: (SECRET, None), ROLE_ID: (ROLE_SECRET, ROLE_TOKEN)}.get(key_id, (None, None))
    if scheme != "AWS4-HMAC-SHA256" or not date:
        return "MissingAuthenticationTokenException"
    if secret is None or handler.headers.get("X-Amz-Security-Token") != token:
        return "UnrecognizedClientException"
    signed_at = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    if abs(datetime.datetime.now(datetime.timezone.utc) - signed_at) > datetime.timedelta(minutes=5):
        return "InvalidSignatureException"
    signed = parts.get("SignedHeaders", "").split(";")
    needed = {"host", "content-type", "x-amz-date", "x-amz-target"} | ({"x-amz-security-token"} if token else set())
    if scope != f"{date[:8]}/{REGION}/{service}/aws4_request" or not needed <= set(signed):
        return "InvalidSignatureException"
    if handler.headers.get("X-Amz-Content-SHA256", hashlib.sha256(body).hexdigest()) != hashlib.sha256(body).hexdigest():
        return "InvalidSignatureException"
    request = AWSRequest(
        method=handler.command,
        url=f"http://{handler.headers['Host']}{handler.path}",
        headers={name: handler.headers[name] for name in signed if name in handler.headers},
        data=body,
    )
    request.context["timestamp"] = date
    judge = SigV4Auth(Credentials(key_id, secret, token), service, REGION)
    text = judge.string_to_sign(request, judge.canonical_request(request))
    return None if parts.get("Signature") == judge.signature(text, request) else "InvalidSignatureException"


class Services(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            return self.assume_role(dict(urllib.parse.parse_qsl(body.decode())))
        target = self.headers.get("X-Amz-Target")
        service = TYPES.get(target)
        if service is None or self.headers.get("Content-Type") != "application/x-amz-json-1.1":
            return self.error(400, "UnknownOperationException")
        if fault := find_fault(self, body, service):
            return self.error(400, fault)
        asked = json.loads(body)
        if service == "ssm" and not isinstance(asked.get("WithDecryption"), bool):
            return self.error(400, "ValidationException")
        name = asked["SecretId"] if service == "secretsmanager" else asked["Name"]
        value = values.get(name)
        if value is None:
            return self.error(400, "ResourceNotFoundException" if service == "secretsmanager" else "ParameterNotFound")
        if "error" in value:
            return self.error(value.get("status", 400), value["error"])
        if "raw" in value:
            return self.answer(value.get("status", 200), value["raw"].encode(), value.get("location"))
        if "size" in value:
            return self.answer(200, b"{" + b" " * value["size"] + b"}")
        if service == "secretsmanager":
            answer = {k: value[k] for k in ("SecretString", "SecretBinary") if k in value}
            return self.answer(200, json.dumps({"ARN": "arn", "Name": name, "VersionId": "v", **answer}).encode())
        secure = value.get("Type") == "SecureString" and not asked["WithDecryption"]
        text = base64.b64encode(b"ciphertext").decode() if secure else value["Value"]
        self.answer(200, json.dumps({"Parameter": {"Name": name, "Type": value.get("Type", "String"), "Value": text, "Version": 1}}).encode())

    def do_GET(self):
        """Credentials of a container, and those of an instance (IMDSv2)."""
        role = {"AccessKeyId": ROLE_ID, "SecretAccessKey": ROLE_SECRET, "Token": ROLE_TOKEN, "Expiration": "2099-01-01T00:00:00Z"}
        if self.path == "/container" and self.headers.get("Authorization") == "container-token":
            return self.answer(200, json.dumps(role).encode())
        path = "/latest/meta-data/iam/security-credentials/"
        if self.headers.get("X-aws-ec2-metadata-token") == "imds-token" and (self.path + "/").startswith(path):
            listed = self.path == path.rstrip("/")
            return self.answer(200, b"role" if listed else json.dumps({"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2020-01-01T00:00:00Z", **role}).encode())
        self.answer(404, b"")

    def do_PUT(self):
        self.answer(200, b"imds-token") if self.path == "/latest/api/token" else self.answer(404, b"")

    def assume_role(self, form):
        if form.get("Action") != "AssumeRoleWithWebIdentity" or form.get("WebIdentityToken") != "web-identity-token":
            return self.answer(400, b"<ErrorResponse><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code><Message>canary</Message></Error></ErrorResponse>")
        self.answer(200, (
            '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>'
            f"<Credentials><AccessKeyId>{ROLE_ID}</AccessKeyId><SecretAccessKey>{ROLE_SECRET}</SecretAccessKey><SessionToken>{ROLE_TOKEN}</SessionToken>"
            "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/r/s</Arn><AssumedRoleId>R:s</AssumedRoleId></AssumedRoleUser>"
            "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>").encode())

    def error(self, status, code):
        self.answer(status, json.dumps({"__type": code, "Message": "canary: not for logs"}).encode())

    def answer(self, status, body, location=None):
        print(self.command, self.path, self.headers.get("X-Amz-Target", "-"), status, flush=True)
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Services)
print("listening", server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
for line in sys.stdin:
    value = json.loads(line)
    values[value.pop("name")] = value
    print("kept", flush=True)
