"""Plays the API of Freestyle, v1 and v5, with one VM: python3 freestyle.py RECORD [COMMAND...]

COMMAND runs a command line in the VM, such as 'podman exec -i machine'; files are written by it, too. Without it nothing runs, and
every command succeeds. Each request is written to RECORD, a line of JSON. Prints the port.
"""

import base64
import hashlib
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

KEY = "the-key-of-the-account"

record_path, inside = sys.argv[1], sys.argv[2:]
lock = threading.Lock()
uploads = {}
counts = {"vm": 0, "snapshot": 0}


class Refused(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code


def next_id(kind):
    with lock:
        counts[kind] += 1
        return f"{kind}-{counts[kind]}"


def run(command, user, limit):
    """As the user that was named; a VM's own user is anybody but root."""
    if not inside:
        return {"stdout": "", "stderr": "", "statusCode": 0}
    become = [] if user == "root" else ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    try:
        done = subprocess.run([*inside, *become, "bash", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return {"stdout": "", "stderr": "", "statusCode": None}
    return {"stdout": done.stdout, "stderr": done.stderr, "statusCode": done.returncode}


def write(path, content, mode):
    if not path.startswith("/") or ".." in path.split("/"):
        raise Refused(400, "BAD_REQUEST", f"{path} is no absolute path")
    if inside:
        done = subprocess.run([*inside, "bash", "-c", 'cat > "$1" && chmod "$2" "$1"', "-", path, mode], input=content, capture_output=True, check=False)
        if done.returncode != 0:
            raise Refused(400, "BAD_REQUEST", done.stderr.decode())


def decimal_mode(text):
    return format(int(text), "o")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self):
        url = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(url.query).items()}
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_json = "json" in self.headers.get("Content-Type", "")
        body = json.loads(raw) if is_json and raw else raw
        path = [unquote(p) for p in url.path.strip("/").split("/")]
        noted = {"method": self.command, "path": url.path, "query": query, "user": self.headers.get("X-Freestyle-Vm-Linux-User-Id")}
        if is_json and isinstance(body, dict) and body.get("encoding") == "base64":
            noted["content"] = base64.b64decode(body["content"])[:65536].decode("latin-1")
        elif is_json:
            noted["body"] = body
        else:
            noted["content"] = raw[:65536].decode("latin-1")
        try:
            if self.headers.get("Authorization") != f"Bearer {KEY}":
                raise Refused(401, "UNAUTHORIZED", "the API key is not known")
            status, result = self.v5(path[1:], query, body) if path[0] == "v5" else self.v1(path[1:], body)
        except Refused as refused:
            status, result = refused.status, {"code": refused.code, "message": str(refused), "error": refused.code}
        with lock, open(record_path, "a", encoding="utf-8") as record:
            record.write(json.dumps({**noted, "status": status}) + "\n")
        payload = b"" if result is None else json.dumps(result).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def v5(self, path, query, body):
        match (self.command, *path):
            case ("POST", "vms"):
                if not isinstance(body.get("firewall"), dict):
                    raise Refused(400, "BAD_REQUEST", "firewall is required")
                return 200, {"id": next_id("vm"), "state": "running", "firewallRules": []}
            case ("DELETE", "vms", _) | ("DELETE", "snapshots", _):
                return 204, None
            case ("POST", "vms", vm, "snapshot"):
                name = next_id("snapshot")
                return 200, {"snapshotId": name, "sourceVmId": vm, "snapshot": {"id": name}}
            case ("POST", "vms", _, "exec-await"):
                return 200, run(body["command"], body.get("linuxUser"), body["timeoutMs"] / 1000)
            case ("PUT", "vms", _, "fs", "write"):
                if query.get("sha256") not in (None, hashlib.sha256(body).hexdigest()):
                    raise Refused(400, "BAD_REQUEST", "the content is damaged")
                write(query["path"], body, decimal_mode(query["mode"]))
                return 200, {}
            case ("POST", "vms", _, "fs", "uploads"):
                uploads["one"] = {**body, "bytes": b""}
                return 200, {"uploadId": "one", "receivedBytes": 0}
            case ("PUT", "vms", _, "fs", "uploads", "one"):
                if int(query["offset"]) != len(uploads["one"]["bytes"]):
                    raise Refused(409, "CONFLICT", "there is a gap")
                uploads["one"]["bytes"] += body
                return 200, {"receivedBytes": len(uploads["one"]["bytes"])}
            case ("POST", "vms", _, "fs", "uploads", "one", "commit"):
                upload = uploads.pop("one")
                if len(upload["bytes"]) != upload["size"]:
                    raise Refused(400, "BAD_REQUEST", "the upload is not complete")
                write(upload["path"], upload["bytes"], decimal_mode(upload["mode"]))
                return 200, {}
        raise Refused(404, "NOT_FOUND", f"there is no {self.command} {self.path}")

    def v1(self, path, body):
        user = self.headers.get("X-Freestyle-Vm-Linux-User-Id")
        match (self.command, *path):
            case ("POST", "vms"):
                return 200, {"id": next_id("vm"), "domains": []}
            case ("DELETE", "vms", _) | ("DELETE", "vms", "snapshots", _):
                return 200, {}
            case ("POST", "vms", vm, "snapshot"):
                return 200, {"snapshotId": next_id("snapshot"), "sourceVmId": vm}
            case ("POST", "vms", _, "exec-await"):
                return 200, run(body["command"], user, body["timeoutMs"] / 1000)
            case ("PUT", "vms", _, "files", file):
                # Nothing is said about modes, so this one is as bad as it gets.
                write(file, base64.b64decode(body["content"]), "644")
                return 200, {}
        raise Refused(404, "NOT_FOUND", f"there is no {self.command} {self.path}")


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
