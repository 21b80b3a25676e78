"""A token endpoint (RFC 6749, RFC 7523) that believes nothing, and an API that its tokens open.

usage: authorization_server.py CERTIFICATE KEY ASSERTION_KEY

Prints "port PORT PLAIN", then a line for each token that it was asked for: "token SCENARIO GRANT ANSWER". POST /token/SCENARIO is the endpoint of a scenario, GET /SCENARIO
the API, which answers "granted SCENARIO NUMBER" to a token of that scenario. POST /release lets the scenario "slow" answer. ASSERTION_KEY is the public key (PEM) of assertions, which PyJWT reads.
Scenarios that begin with "google" are asked as Google is (https://developers.google.com/identity/protocols/oauth2/service-account). PLAIN is the port of what a machine of Google Cloud has: GET
/computeMetadata/... is its metadata server, and POST /sts exchanges tokens of others (RFC 8693).
"""
import http.server
import json
import secrets
import ssl
import sys
import threading
import time
import urllib.parse

import jwt

CERTIFICATE, KEY, ASSERTION_KEY = sys.argv[1:]
GRANTS = {
    "client_credentials": {"client_id": "the-client", "client_secret": "canary-client-secret"},
    "password": {"username": "the-user", "password": "canary-password +&=é", "client_id": "the-client"},
    "refresh_token": {"client_id": "the-client"},
    "urn:ietf:params:oauth:grant-type:jwt-bearer": {},
}
SCOPES = "https://a.test/x https://a.test/y"
GOOGLE_CLAIMS = {
    "google_subject": {"scope": SCOPES, "sub": "user@example.com"},
    "google_id": {"target_audience": "https://api.example.com"},
    "google_id_short": {"target_audience": "https://api.example.com"},
}
ANSWERS = {
    "down": (503, "text/html", "<h1>canary-answer</h1>"),
    "denied": (400, "application/json", '{"error":"invalid_grant","error_description":"canary-answer"}'),
    "unknown": (400, "application/json", '{"error":"canary-answer"}'),
    "text": (200, "text/plain", "canary-answer"),
    "none": (200, "application/json", '{"token_type":"Bearer"}'),
    "ended": (200, "application/json", '{"access_token":"canary-answer","expires_in":0}'),
    "lines": (200, "application/json", '{"access_token":"canary-answer\\r\\nX-Evil: 1"}'),
    "long": (200, "application/json", '{"access_token":"' + "a" * 1_100_000 + '"}'),
    "instant": (200, "application/json", '{"access_token":"canary-answer","expires_in":0.001}'),
    "turning": (200, "application/json", '{"access_token":"canary-answer","expires_in":0,"refresh_token":"canary-refresh-turned"}'),
    "redirect": (307, "text/plain", ""),
}
HEADERS = {"headers": "X-Token", "google_id": "X-Serverless-Authorization"}
LIFETIMES = {"short": 12, "text_lifetime": "3600", "forever": None, "no_lifetime": "\ud800"}

lock = threading.Lock()
released = threading.Event()
turned = threading.Event()
issued = {}
refresh_tokens = {"canary-refresh-0", "canary-refresh-turning"}


def say(*words):
    with lock:
        print(*words, flush=True)


def judge(scenario, form, headers):
    """Why a request for a token is wrong; empty when it is right."""
    grant = form.pop("grant_type", "")
    if grant not in GRANTS:
        return grant, "a grant that there is not"
    wanted = dict(GRANTS[grant])
    if scenario == "scoped":
        wanted["scope"] = "read write"
    if scenario == "headers" and headers.get("X-Api-Key") != "canary-api-key":
        return grant, "no API key"
    if "Authorization" in headers:
        return grant, "credentials in a header"
    if grant == "refresh_token":
        token = form.pop("refresh_token", "")
        with lock:
            if token not in refresh_tokens:
                return grant, "a refresh token that was used before"
            refresh_tokens.remove(token)
    if grant.endswith("jwt-bearer"):
        assertion = form.pop("assertion", "")
        with open(ASSERTION_KEY, encoding="ascii") as key:
            claims = jwt.decode(
                assertion, key.read(), algorithms=["RS256"], audience="login.example.com", issuer="the-issuer",
                options={"require": ["exp", "iat", "iss", "sub", "aud", "jti"]})
        if claims["sub"] != "the-subject" or claims["exp"] - claims["iat"] > 60 or claims.get("scope") != "read write":
            return grant, f"claims {claims}"
        if jwt.get_unverified_header(assertion) != {"alg": "RS256", "typ": "JWT", "kid": "the-key-id"}:
            return grant, "another head"
        wanted["scope"] = "read write"
    if form != wanted:
        return grant, f"fields {sorted(form)}"
    return grant, ""


def judge_google(scenario, form):
    """The same for an assertion of a service account."""
    grant = form.pop("grant_type", "")
    assertion = form.pop("assertion", "")
    if not grant.endswith("jwt-bearer") or form:
        return grant, f"fields {sorted(form)}"
    url = f"https://login.example.com:{server.server_address[1]}/token/{scenario}"
    with open(ASSERTION_KEY, encoding="ascii") as key:
        claims = jwt.decode(assertion, key.read(), algorithms=["RS256"], audience=url, issuer="robot@project.example", options={"require": ["exp", "iat", "iss", "aud"]})
    if claims["exp"] - claims["iat"] != 3600 or abs(claims["iat"] - time.time()) > 120:
        return grant, f"times {claims}"
    if {k: v for k, v in claims.items() if k not in ("iss", "aud", "iat", "exp", "jti")} != GOOGLE_CLAIMS.get(scenario, {"scope": SCOPES}):
        return grant, f"claims {claims}"
    if jwt.get_unverified_header(assertion) != {"alg": "RS256", "typ": "JWT", "kid": "the-key-id"}:
        return grant, "another head"
    return grant, ""


def issue(scenario):
    """A token that opens the API of a scenario."""
    with lock:
        number = len(issued) + 1
        token = f"canary-access-{number}-{secrets.token_hex(8)}"
        if scenario.startswith("google_id"):
            now = int(time.time())
            token = jwt.encode({"aud": "https://api.example.com", "iat": now, "exp": now + (12 if scenario.endswith("short") else 3600), "jti": token}, "a key")
        issued[token] = (scenario, number)
    return token, number


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/release":
            released.set()
            return self.answer(200, "text/plain", "")
        scenario = self.path.rpartition("/")[2]
        if self.headers.get("Content-Type") != "application/x-www-form-urlencoded" or self.headers.get("Accept") != "application/json":
            return self.refuse(scenario, "-", "no form")
        if scenario.endswith("slow"):
            released.wait(60)
        try:
            form = dict(urllib.parse.parse_qsl(body.decode("ascii"), strict_parsing=True))
            grant, wrong = judge_google(scenario, form) if scenario.startswith("google") else judge(scenario, form, self.headers)
        except Exception as error:  # A judge says why, whatever it is.
            grant, wrong = "-", f"{type(error).__name__}: {error}"
        if wrong:
            return self.refuse(scenario, grant, wrong)
        if scenario == "turning" and "canary-refresh-turning" not in refresh_tokens and not turned.is_set():
            turned.set()
            with lock:
                refresh_tokens.add("canary-refresh-turned")
        elif scenario == "turning":
            return self.grant(scenario, grant)
        if scenario.removeprefix("google_") in ANSWERS:
            say("token", scenario, grant, "scripted")
            return self.answer(*ANSWERS[scenario.removeprefix("google_")])
        self.grant(scenario, grant)

    def grant(self, scenario, grant):
        token, number = issue(scenario)
        lifetime = LIFETIMES.get(scenario.removeprefix("google_"), 3600)
        answer = {"id_token": token} if scenario.startswith("google_id") else {"access_token": token, "token_type": "Bearer", "expires_in": lifetime}
        if lifetime is None:
            del answer["expires_in"]
        if grant == "refresh_token":
            with lock:
                answer["refresh_token"] = f"canary-refresh-{number}"
                refresh_tokens.add(answer["refresh_token"])
        say("token", scenario, grant, "granted")
        self.answer(200, "application/json", json.dumps(answer))

    def do_GET(self):
        scenario = self.path.rpartition("/")[2]
        prefix, _, token = self.headers.get(HEADERS.get(scenario, "Authorization"), "").partition(" ")
        granted, number = issued.get(token or prefix, ("", 0))
        if granted == scenario and (prefix == "Bearer" or scenario == "headers"):
            said = f": {token}" if scenario.startswith("echoed") else ""
            return self.answer(200, "text/plain", f"granted {scenario} {number}{said}")
        self.answer(401, "text/plain", f"with {prefix} {token if token == 'iron-proxy-stub-token' else '-'}")

    def refuse(self, scenario, grant, why):
        say("token", scenario, grant, why)
        self.answer(400, "application/json", '{"error":"invalid_request"}')

    def answer(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status == 307:
            self.send_header("Location", "/token/client_credentials")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Machine(Server):
    """What machines of Google Cloud can ask without TLS."""

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if self.headers.get("Metadata-Flavor") != "Google":
            return self.answer(403, "text/plain", "no Metadata-Flavor")
        if url.path != "/computeMetadata/v1/instance/service-accounts/default/token" or urllib.parse.parse_qs(url.query) != {"scopes": [SCOPES.replace(" ", ",")]}:
            return self.answer(404, "text/plain", self.path)
        self.grant("machine")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode("ascii")
        form = dict(urllib.parse.parse_qsl(body, strict_parsing=True))
        wanted = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider",
            "scope": SCOPES,
            "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "subject_token": "canary-subject-token",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        }
        if self.path != "/sts" or form != wanted:
            say("token", "federated", "-", f"fields {sorted(form.items())}")
            return self.answer(400, "application/json", '{"error":"invalid_request"}')
        self.grant("federated")

    def grant(self, scenario):
        say("token", scenario, "-", "granted")
        answer = {"access_token": issue(scenario)[0], "token_type": "Bearer", "expires_in": 3600, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}
        self.answer(200, "application/json", json.dumps(answer))


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
machine = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Machine)
threading.Thread(target=machine.serve_forever, daemon=True).start()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print("port", server.server_address[1], machine.server_address[1], flush=True)
server.serve_forever()
