"""Answers Daytona's SDK as its service does, for one sandbox, and writes down what it was asked.

    daytona.py RECORD [COMMAND...]

It prints its port. COMMAND leads into the sandbox as its user, such as 'podman exec --interactive NAME'; files are read and written
through it, as by the program that Daytona has in each sandbox. A line of RECORD is an object: method, path, body (of JSON), size, and
for uploads sha256 and text, the readable characters of what came.
"""

import hashlib
import http.server
import io
import json
import subprocess
import sys
import tarfile
import urllib.parse

RECORD, INSIDE = sys.argv[1], sys.argv[2:]
STATES = {"state": "none"}
FILES = {}
SANDBOX = "5a0d0b0e-1111-4222-8333-444455556666"


def sandbox(port):
    return {
        "id": SANDBOX, "name": "sandbox", "organizationId": "organization", "snapshot": "snapshot", "user": "daytona", "env": {}, "labels": {},
        "public": False, "networkBlockAll": False, "target": "us", "cpu": 1, "gpu": 0, "memory": 1, "disk": 3, "state": STATES["state"],
        "desiredState": "started", "volumes": [], "toolboxProxyUrl": f"http://127.0.0.1:{port}/toolbox",
    }


def parts(body, content_type):
    """Name and content of each part of a form (RFC 7578)."""
    boundary = b"--" + content_type.split("boundary=")[1].strip('"').encode()
    for part in body.split(boundary)[1:-1]:
        head, _, content = part.lstrip(b"\r\n").partition(b"\r\n\r\n")
        name = head.split(b'name="')[1].split(b'"')[0].decode()
        yield name, content.removesuffix(b"\r\n")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            data = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return data
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status, content=b"", kind="application/json"):
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def do(self):
        body, path = self.body(), urllib.parse.urlsplit(self.path).path
        port = self.server.server_address[1]
        entry = {"method": self.command, "path": path, "size": len(body), "text": "".join(chr(b) for b in body if 32 <= b < 127 or b == 10)}
        if (self.headers.get("Content-Type") or "").startswith("application/json") and body:
            entry["body"] = json.loads(body)
        if path.startswith("/s3/") and self.command == "PUT":
            # The SDK signs what it streams in pieces (aws-chunked): the archive is between lines with sizes.
            data = body
            if "aws-chunked" in (self.headers.get("Content-Encoding") or "") or b"chunk-signature" in body[:200]:
                data, rest = b"", body
                while rest:
                    line, _, rest = rest.partition(b"\r\n")
                    size = int(line.split(b";")[0] or b"0", 16)
                    if size == 0:
                        break
                    data, rest = data + rest[:size], rest[size + 2 :]
            with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                entry["files"] = archive.getnames()
        with open(RECORD, "a", encoding="utf-8") as record:
            record.write(json.dumps(entry) + "\n")

        if path == "/api/object-storage/push-access":
            self.answer(200, {
                "accessKey": "key", "secret": "secret", "sessionToken": "token", "organizationId": "organization", "bucket": "bucket",
                "storageUrl": f"http://127.0.0.1:{port}/s3", "region": "us-east-1",
            })
        elif path.startswith("/s3/") and self.command == "GET":
            self.answer(200, b'<?xml version="1.0"?><ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>', "application/xml")
        elif path.startswith("/s3/"):
            self.send_response(200)
            self.send_header("ETag", '"etag"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path == "/api/sandbox" and self.command == "POST":
            STATES["state"] = "started"
            self.answer(200, sandbox(port))
        elif path == f"/api/sandbox/{SANDBOX}" and self.command == "DELETE":
            STATES["state"] = "destroyed"
            self.answer(200, sandbox(port))
        elif path == f"/api/sandbox/{SANDBOX}/start":
            STATES["state"] = "started"
            self.answer(200, sandbox(port))
        elif path == f"/api/sandbox/{SANDBOX}/stop":
            STATES["state"] = "stopped"
            self.answer(200, sandbox(port))
        elif path == f"/api/sandbox/{SANDBOX}" and STATES["state"] != "none":
            self.answer(200, sandbox(port))
        elif path.startswith("/toolbox/") and path.endswith("/files/bulk-upload"):
            form = dict(parts(body, self.headers["Content-Type"]))
            ran = subprocess.run([*INSIDE, "sh", "-c", 'cat > "$1"', "-", form["files[0].path"].decode()], input=form["files[0].file"], capture_output=True)
            self.answer(200 if ran.returncode == 0 else 400, {"message": ran.stderr.decode()})
        elif path.startswith("/toolbox/") and path.endswith("/files/bulk-download"):
            name = json.loads(body)["paths"][0]
            ran = subprocess.run([*INSIDE, "cat", name], capture_output=True, stdin=subprocess.DEVNULL)
            field, content = ("file", ran.stdout) if ran.returncode == 0 else ("error", json.dumps({"message": ran.stderr.decode(), "statusCode": 404}).encode())
            kind = b"application/octet-stream" if field == "file" else b"application/json"
            form = b'--part\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\nContent-Type: %s\r\n\r\n%s\r\n--part--\r\n' % (field.encode(), name.encode(), kind, content)
            self.answer(200, form, "multipart/form-data; boundary=part")
        else:
            self.answer(404, {"message": f"there is no {path}", "statusCode": 404, "error": "Not Found"})

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        # The SDK ends with process.exit, connections and all.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
