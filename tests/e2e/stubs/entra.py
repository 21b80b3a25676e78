"""Token endpoints of Microsoft Entra ID as they are documented (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow), which believe nothing, and an API that their tokens open.

usage: entra.py CERTIFICATE KEY ASSERTION_KEY APPLICATION TOKEN_FILE

Prints "port PORT PLAIN", then a line for each token that it was asked for: "token SCENARIO WAY ANSWER". A scenario is a tenant: POST /SCENARIO.example/oauth2/v2.0/token is its endpoint, and GET /SCENARIO is
the API, which answers "granted SCENARIO NUMBER" to a token of that scenario. POST /release lets the scenario "slow" answer. APPLICATION is the certificate (PEM) of the application, with whose key PyJWT checks
assertions; TOKEN_FILE holds the token of another issuer that it trusts now. PLAIN is the port of what a machine of Azure has: its metadata server, and GET /app-service, as App Service has it.
"""
import base64
import http.server
import json
import secrets
import ssl
import sys
import threading
import time
import urllib.parse

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes

CERTIFICATE, KEY, _, APPLICATION, TOKEN_FILE = sys.argv[1:]
CLIENT = "00001111-aaaa-2222-bbbb-3333cccc4444"
SCOPE = "https://management.azure.com/.default"
WAYS = {"certificate": "certificate", "behind": "certificate", "ahead": "certificate", "late": "certificate", "federated": "token", "turning": "token", "workload": "token"}
ANSWERS = {
    "down": (503, "<h1>canary-answer</h1>"),
    "denied": (401, '{"error":"invalid_client","error_description":"canary-answer","error_codes":[7000215],"trace_id":"canary-answer"}'),
    "text": (200, "canary-answer"),
    "lines": (200, '{"access_token":"canary-answer\\r\\nX-Evil: 1"}'),
    "ended": (200, '{"access_token":"canary-answer","expires_in":0}'),
}
CLOCKS = {"behind": -50, "ahead": 8 * 60, "late": 30 * 60}
LIFETIMES = {"short": 12, "turning": 12}

lock = threading.Lock()
released = threading.Event()
issued = {}


def say(*words):
    with lock:
        print(*words, flush=True)


def judge_assertion(assertion, endpoint, clock):
    """Why an assertion is not believed; empty when it is."""
    with open(APPLICATION, "rb") as file:
        certificate = x509.load_pem_x509_certificate(file.read())
    thumbprint = base64.urlsafe_b64encode(certificate.fingerprint(hashes.SHA256())).rstrip(b"=").decode()
    if jwt.get_unverified_header(assertion) != {"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint}:
        return "another head"
    # The times are judged below, by the clock of the scenario.
    claims = jwt.decode(
        assertion, certificate.public_key(), algorithms=["PS256"], audience=endpoint, issuer=CLIENT,
        options={"require": ["aud", "exp", "iss", "jti", "nbf", "sub", "iat"], "verify_exp": False, "verify_iat": False, "verify_nbf": False})
    now = time.time() + clock
    if claims["sub"] != CLIENT or claims["exp"] - claims["nbf"] > 600:
        return f"claims {sorted(claims)}"
    return "" if claims["nbf"] <= now < claims["exp"] else "too early or too late"


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode("ascii")
        if self.path == "/release":
            released.set()
            return self.answer(200, "")
        scenario, _, rest = self.path[1:].partition(".")
        way = WAYS.get(scenario, "secret")
        try:
            wrong = self.judge(scenario, way, rest, dict(urllib.parse.parse_qsl(body, strict_parsing=True)))
        except Exception as error:  # A judge says why, whatever it is.
            wrong = f"{type(error).__name__}: {error}"
        if wrong:
            say("token", scenario, way, wrong)
            return self.answer(400, '{"error":"invalid_request"}')
        if scenario == "slow":
            released.wait(60)
        if scenario in ANSWERS:
            say("token", scenario, way, "scripted")
            return self.answer(*ANSWERS[scenario])
        self.answer(200, json.dumps({"token_type": "Bearer", "expires_in": LIFETIMES.get(scenario, 3599), "ext_expires_in": 3599, "access_token": self.issue(scenario, way)}))

    def judge(self, scenario, way, rest, form):
        if rest != "example/oauth2/v2.0/token" or self.headers.get("Content-Type") != "application/x-www-form-urlencoded" or "Authorization" in self.headers:
            return "no form"
        wanted = {"grant_type": "client_credentials", "client_id": CLIENT, "scope": SCOPE}
        if way == "secret":
            wanted["client_secret"] = "canary~secret +&=é"
        else:
            wanted["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            assertion = form.pop("client_assertion", "")
            if way == "certificate":
                wrong = judge_assertion(assertion, f"https://login.example.com:{server.server_address[1]}{self.path}", CLOCKS.get(scenario, 0))
                if wrong:
                    return wrong
            else:
                with open(TOKEN_FILE, encoding="ascii") as file:
                    if assertion != file.read().strip():
                        return "a token that is not trusted any more"
        return "" if form == wanted else f"fields {sorted(form)}"

    def issue(self, scenario, way):
        with lock:
            number = len(issued) + 1
            token = f"eyJ0eXAiOiJKV1QifQ.canary{number}.{secrets.token_hex(12)}"
            issued[token] = (scenario, number)
        say("token", scenario, way, "granted")
        return token

    def do_GET(self):
        scenario = self.path[1:]
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        granted, number = issued.get(token, ("", 0))
        if granted != scenario or scheme != "Bearer":
            return self.answer(401, f"with {scheme} {token if token == 'iron-proxy-stub-token' else '-'}")
        self.answer(200, f"granted {granted} {number}" + (f": {token}" if scenario == "echoed" else ""))

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Machine(Server):
    """What machines of Azure can ask without TLS."""

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        resource = SCOPE.removesuffix("/.default")
        if url.path == "/metadata/identity/oauth2/token" and self.headers.get("Metadata") == "true":
            if query != {"api-version": ["2018-02-01"], "resource": [resource]}:
                return self.answer(400, json.dumps({"error": "invalid_request", "error_description": str(query)}))
            token = self.issue("machine", "managed")
            return self.answer(200, json.dumps({"access_token": token, "client_id": CLIENT, "expires_in": "86399", "expires_on": str(int(time.time()) + 86399), "resource": resource, "token_type": "Bearer"}))
        if url.path == "/app-service" and self.headers.get("X-IDENTITY-HEADER") == "canary-identity-header":
            if query != {"api-version": ["2019-08-01"], "resource": [resource]}:
                return self.answer(400, str(query))
            return self.answer(200, json.dumps({"access_token": self.issue("machine", "managed"), "expires_on": str(int(time.time()) + 86399), "resource": resource, "token_type": "Bearer"}))
        self.answer(404, self.path)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
machine = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Machine)
threading.Thread(target=machine.serve_forever, daemon=True).start()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print("port", server.server_address[1], machine.server_address[1], flush=True)
server.serve_forever()
