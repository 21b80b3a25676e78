"""GitHub's API for apps as it is documented (https://docs.github.com/rest/apps/apps), and repositories behind it, which believe nothing.

usage: github.py CERTIFICATE KEY ASSERTION_KEY REPOSITORIES

Prints "port PORT 0", then a line for each token that it was asked for: "token SCENARIO - ANSWER", and one for each request of git: "git SCENARIO METHOD PATH STATUS". A scenario is the first part of a path: the API
of an app is at /SCENARIO, where POST /SCENARIO/app/installations/42/access_tokens makes tokens, and GET /SCENARIO answers "granted SCENARIO NUMBER" to them. POST /release lets the scenario "slow" answer.
Below /git and /read are REPOSITORIES, served by git http-backend to tokens that may. ASSERTION_KEY is the public key (PEM) of the app, which PyJWT reads anew each time.
"""
import base64
import http.server
import json
import os
import secrets
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse

import jwt

CERTIFICATE, KEY, ASSERTION_KEY, REPOSITORIES = sys.argv[1:]
WRITE = {"repositories": ["app"], "permissions": {"contents": "write", "metadata": "read"}}
BODIES = {"git": WRITE, "read": {"permissions": {"contents": "read"}}, "all": {}}
ANSWERS = {
    "down": (503, '{"message":"canary-answer"}'),
    "denied": (422, '{"message":"canary-answer"}'),
    "unknown": (404, '{"message":"canary-answer"}'),
    "suspended": (403, '{"message":"canary-answer"}'),
    "text": (201, "canary-answer"),
    "lines": (201, '{"token":"canary-answer\\r\\nX-Evil: 1"}'),
    "ended": (201, '{"token":"canary-answer","expires_at":"2020-01-01T00:00:00Z"}'),
}
CLOCKS = {"behind": -50, "ahead": 8 * 60, "far_ahead": 30 * 60, "far_behind": -30 * 60}
LIFETIMES = {"short": 12, "turning": 12}

lock = threading.Lock()
released = threading.Event()
issued = {}


def say(*words):
    with lock:
        print(*words, flush=True)


def judge_assertion(header, clock):
    """Why the app is not believed; empty when it is."""
    scheme, _, assertion = header.partition(" ")
    if scheme != "Bearer":
        return "no assertion"
    try:
        with open(ASSERTION_KEY, encoding="ascii") as key:
            # The times are judged below, by the clock of the scenario.
            claims = jwt.decode(assertion, key.read(), algorithms=["RS256"], issuer="Iv23liTheApp", options={"require": ["exp", "iat", "iss"], "verify_exp": False, "verify_iat": False})
    except jwt.PyJWTError as error:
        return type(error).__name__
    now = time.time() + clock
    if claims["iat"] > now:
        return "issued in the future"
    if not now < claims["exp"] <= now + 600:
        return "ends too late or has ended"
    if set(claims) != {"iss", "iat", "exp"} or jwt.get_unverified_header(assertion) != {"alg": "RS256", "typ": "JWT"}:
        return f"claims {sorted(claims)}"
    return ""


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def scenario(self):
        return self.path.split("/")[1].partition("?")[0]

    def date_time_string(self, timestamp=None):
        return super().date_time_string(time.time() + CLOCKS.get(self.scenario, 0))

    def do_POST(self):
        if self.scenario in ("git", "read") and "/access_tokens" not in self.path:
            return self.serve_git()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/release":
            released.set()
            return self.answer(200, "")
        wrong = self.judge()
        if wrong:
            return self.refuse(wrong)
        if self.scenario == "slow":
            released.wait(60)
        if self.path != f"/{self.scenario}/app/installations/42/access_tokens":
            return self.refuse("no such installation", 404)
        if self.headers.get("Content-Type") != "application/json" or json.loads(body) != BODIES.get(self.scenario, {"permissions": {"issues": "write"}}):
            return self.refuse(f"body {body}", 422)
        if self.scenario in ANSWERS:
            say("token", self.scenario, "-", "scripted")
            return self.answer(*ANSWERS[self.scenario])
        with lock:
            number = len(issued) + 1
            token = f"ghs_canary{number}{secrets.token_hex(12)}"
            issued[token] = (self.scenario, number)
        end = time.gmtime(time.time() + CLOCKS.get(self.scenario, 0) + LIFETIMES.get(self.scenario, 3600))
        say("token", self.scenario, "-", "granted")
        self.answer(201, json.dumps({"token": token, "expires_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", end), "permissions": {}, "repository_selection": "selected"}))

    def do_GET(self):
        if self.scenario in ("git", "read"):
            return self.serve_git()
        parts = self.path.split("/")
        if parts[-1] == "installation":
            wrong = self.judge()
            if wrong:
                return self.refuse(wrong)
            found = parts[2:4] == ["users" if self.scenario == "user" else "orgs", "octo-org"] and self.scenario != "nobody"
            return self.answer(200, '{"id":42}') if found else self.answer(404, '{"message":"canary-answer"}')
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        granted, number = issued.get(token, ("", 0))
        if granted != self.scenario or scheme != "Bearer":
            return self.answer(401, f"with {scheme} {token if token == 'iron-proxy-stub-token' else '-'}")
        if parts[2:] == ["repos", "octo-org", "app"]:
            return self.answer(200, json.dumps({"full_name": "octo-org/app"}))
        self.answer(200, f"granted {granted} {number}" + (f": {token}" if self.scenario == "echoed" else ""))

    def do_DELETE(self):
        say("token", self.scenario, "-", "ended")
        self.answer(204, "")

    def judge(self):
        if self.headers.get("Accept") != "application/vnd.github+json" or self.headers.get("X-GitHub-Api-Version") != "2022-11-28" or not self.headers.get("User-Agent"):
            return f"headers {self.headers.keys()}"
        return judge_assertion(self.headers.get("Authorization", ""), CLOCKS.get(self.scenario, 0))

    def serve_git(self):
        """git's own server, by CGI (RFC 3875), for whoever knows a token as the password of x-access-token."""
        url = urllib.parse.urlsplit(self.path)
        writes = "git-receive-pack" in self.path
        body = b""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        scheme, _, given = self.headers.get("Authorization", "").partition(" ")
        try:
            user, _, token = base64.b64decode(given, validate=True).decode().partition(":")
        except ValueError:
            user, token = "", ""
        if scheme != "Basic" or user != "x-access-token" or issued.get(token, ("", 0))[0] != self.scenario:
            say("git", self.scenario, self.command, url.path, 401)
            return self.answer(401, "", ("WWW-Authenticate", 'Basic realm="GitHub"'))
        if writes and self.scenario == "read":
            say("git", self.scenario, self.command, url.path, 403)
            return self.answer(403, "Write access to repository not granted.")
        environment = {
            **os.environ, "GIT_PROJECT_ROOT": REPOSITORIES, "GIT_HTTP_EXPORT_ALL": "1", "REQUEST_METHOD": self.command, "PATH_INFO": url.path.removeprefix("/" + self.scenario), "QUERY_STRING": url.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""), "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "REMOTE_USER": user,
        }
        said = subprocess.run(["git", "http-backend"], input=body, env=environment, stdout=subprocess.PIPE, check=True).stdout
        head, _, rest = said.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode("latin1").split("\r\n")]
        status = next((int(value[:3]) for name, value in lines if name == "Status"), 200)
        say("git", self.scenario, self.command, url.path, status)
        self.send_response(status)
        for name, value in lines:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest)

    def refuse(self, why, status=401):
        say("token", self.scenario, "-", why)
        self.answer(status, '{"message":"canary-answer"}')

    def answer(self, status, text, *headers):
        body = text.encode()
        self.send_response(status)
        for name, value in [("Content-Type", "application/json; charset=utf-8"), *headers]:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print("port", server.server_address[1], 0, flush=True)
server.serve_forever()
