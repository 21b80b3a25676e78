#!/usr/bin/env python3
"""Drives the same raw requests through iron-proxy to nginx and to Node, and compares what they understood with what its audit log says.

    bench/differential/run.py DIR [--count N] [--seed N]     DIR holds ironc and iron-proxy, as eng/publish.sh leaves them

Exit status 0 when there is no difference, 1 when there is one, 2 for wrong usage.
"""

import argparse
import base64
import collections
import concurrent.futures
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import corpus

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE.parent.parent / "tests" / "e2e" / "bypass" / "framing"
NAMES = {"nginx": "nginx.differ.test", "node": "node.differ.test"}

# What ends a request after a part of it went upstream: the servers may or may not have seen it whole.
AFTERWARDS = {"client_closed", "malformed_body", "internal_error"}
# How a server says that it does not understand a request, or does not want to: nothing came of it, so there is nothing to compare.
REFUSALS = {400, 405, 411, 413, 414, 417, 421, 431, 501, 505}

# Headers that each hop writes by itself. The handshake of a WebSocket has an Upgrade, which nginx does not pass on.
OWN = {"host", "connection", "upgrade", "content-length", "transfer-encoding", "keep-alive", "te", "expect"}


POLICY = """
dns:
  listen: "127.0.0.1:0"
  proxy_ip: "192.0.2.80"
  records:
    - {{ name: "nginx.differ.test", type: A, value: "127.0.0.1" }}
    - {{ name: "node.differ.test", type: A, value: "127.0.0.1" }}
proxy:
  http_listen: "127.0.0.1:0"
  https_listen: "127.0.0.1:0"
  tunnel_listen: "127.0.0.1:0"
  upstream_deny_cidrs: []
tls: {{ ca_cert: "ca.crt", ca_key: "ca.key" }}
metrics: {{ listen: "127.0.0.1:0" }}
transforms:
  - name: allowlist
    config:
      domains: ["*.differ.test"]
"""

NGINX = """
daemon off;
worker_processes 1;
pid {dir}/nginx.pid;
error_log {dir}/nginx-error.log;
events {{ worker_connections 1024; }}
http {{
    log_format seen escape=json '{{"server":"nginx","method":"$request_method","target":"$request_uri","host":"$http_host","status":"$status"}}';
    access_log {dir}/nginx.log seen;
    client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
    client_max_body_size 0;
    ignore_invalid_headers off;
    underscores_in_headers on;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{behind};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Connection "";
        }}
    }}
}}
"""


class World:
    def __init__(self, binaries):
        self.folder = tempfile.TemporaryDirectory(prefix="iron-differential-")
        self.path = pathlib.Path(self.folder.name)
        quiet = {"cwd": self.path, "check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([binaries / "ironc", "ca", "create"], **quiet)
        (self.path / "proxy.yaml").write_text(POLICY.format())
        subprocess.run([binaries / "ironc", "compile", "proxy.yaml", "-o", "plan.json"], **quiet)
        self.servers = subprocess.Popen(["node", HERE / "servers.mjs", self.path / "node.log"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ports = json.loads(self.servers.stdout.readline())
        self.ports = {"node": ports["node"], "nginx": free_port()}
        (self.path / "nginx.conf").write_text(NGINX.format(dir=self.path, port=self.ports["nginx"], behind=ports["behind_nginx"]))
        self.nginx = subprocess.Popen(["nginx", "-c", self.path / "nginx.conf", "-p", self.path, "-e", self.path / "nginx-error.log"],
                                      env=os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin"})
        self.proxy = subprocess.Popen([binaries / "iron-proxy", "-plan", "plan.json"], cwd=self.path, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.records, self.log, self.http, ready = [], collections.Counter(), None, threading.Event()
        self.reader = threading.Thread(target=self._read, args=(ready,))
        self.reader.start()
        if not ready.wait(60) or not self.http:
            raise SystemExit("run.py: iron-proxy did not become ready")

    def _read(self, ready):
        for line in self.proxy.stderr:
            line = json.loads(line) if line.startswith(b"{") else {"msg": line.decode("utf-8", "replace")}
            if line["msg"] == "ready":
                self.http = int(line["listeners"]["http"].rsplit(":", 1)[1])
                ready.set()
            elif line["msg"] == "request":
                self.records.append(line["audit"])
            else:
                self.log[line["msg"].split('"')[0]] += 1
        ready.set()

    def understood(self):
        lines = []
        for name in ("nginx.log", "node.log"):
            for line in (self.path / name).read_text("utf-8", "replace").splitlines():
                lines.append(json.loads(line))
        return lines

    def close(self):
        """Ends all of it; what is still to be written has been by then."""
        for process, name in ((self.proxy, signal.SIGTERM), (self.nginx, signal.SIGQUIT)):
            process.send_signal(name)
            process.wait(60)
        self.reader.join(60)
        self.servers.stdin.close()
        self.servers.wait(60)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def send(port, raw):
    """Sends and reads until the proxy has hung up, or has nothing more to say."""
    answer = b""
    try:
        with socket.create_connection(("127.0.0.1", port), 20) as client:
            client.sendall(raw)
            while select.select([client], [], [], 1.0)[0]:
                piece = client.recv(65536)
                if not piece:
                    break
                answer += piece
    except OSError:
        pass  # A refusal may come while the rest is sent.
    return answer


def path_of(target):
    """The path of a target as the audit log writes it."""
    if "://" in target and not target.startswith("/"):
        rest = target.split("://", 1)[1]
        target = "/" + rest.split("/", 1)[1] if "/" in rest else "/"
    return target.split("?", 1)[0]


def compare(world, lines):
    """Every difference, as a sentence."""
    differences = []
    port_names = {port: name for name, port in world.ports.items()}
    allowed, perhaps, got, refusals, refused = ({n: collections.Counter() for n in NAMES} for _ in range(5))
    for record in world.records:
        name = port_names.get(record.get("port"))
        key = (record["method"], record["path"])
        if name and record["action"] == "allow" and record["status_code"] in REFUSALS:
            refusals[name][key] += 1
        elif name and record["action"] == "allow":
            allowed[name][key] += 1
        elif name and record.get("reason", "").startswith("upstream_"):
            refusals[name][key] += 1
        elif name and record.get("reason") in AFTERWARDS:
            perhaps[name][key] += 1

    whole = {"node": {}, "behind_nginx": {}}
    for line in lines:
        if line.get("refused") == "HPE_INVALID_EOF_STATE" or ("refused" in line and line["server"] == "behind_nginx"):
            continue  # An upload that was broken off, as it was to the proxy; and what nginx hands on is its own affair.
        if "refused" in line:
            method, target, *_ = (line.get("bytes", "").split("\r\n")[0] + "  ").split(" ")
            refused["node"][(method, path_of(target))] += 1
        elif line["server"] == "nginx" and int(line["status"]) in REFUSALS:
            refused["nginx"][(line["method"], path_of(line["target"]))] += 1
        elif line["server"] == "nginx":
            got["nginx"][(line["method"], path_of(line["target"]))] += 1
        elif line["complete"]:
            whole[line["server"]].setdefault((line["method"], line["target"]), []).append(line)
            if line["server"] == "node":
                got["node"][(line["method"], path_of(line["target"]))] += 1

    for name in NAMES:
        for key, count in (got[name] - allowed[name] - perhaps[name] - refusals[name]).items():
            differences.append(f"{name} got {count} of {key} that the audit log does not let through")
        for key, count in (allowed[name] - got[name]).items():
            differences.append(f"the audit log lets through {count} of {key} that {name} did not get")
        nameless = refused[name].pop(("", ""), 0)
        for key, count in (refused[name] - refusals[name] - perhaps[name]).items():
            differences.append(f"{name} refused {key} {count} times more often than the audit log lets it through")
        unmatched = sum((refusals[name] - refused[name]).values())
        if nameless > unmatched:
            differences.append(f"{name} refused {nameless} requests that it could not even name, and the audit log knows of {unmatched}")

    for key in whole["node"].keys() & whole["behind_nginx"].keys():
        ours, theirs = whole["node"][key], whole["behind_nginx"][key]
        if len(ours) != 1 or len(theirs) != 1:
            continue
        for part in ("body", "headers"):
            a, b = (base64.b64decode(x["body"]) if part == "body" else headers_of(x) for x in (ours[0], theirs[0]))
            if a != b:
                differences.append(f"the {part} of {key} is {a!r} for node and {b!r} behind nginx")
    return differences, {n: sum(c.values()) for n, c in got.items()}


def headers_of(line):
    raw = line["headers"]
    pairs = [(raw[i].lower(), raw[i + 1]) for i in range(0, len(raw), 2)]
    return sorted(p for p in pairs if p[0] not in OWN)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if not (options.bin / "iron-proxy").exists():
        print(f"run.py: {options.bin} holds no iron-proxy", file=sys.stderr)
        return 2

    texts = corpus.corpus(options.count, options.seed, CASES)
    world = World(options.bin.resolve())
    try:
        jobs = [(n, text, name) for n, text in enumerate(texts) for name in NAMES]
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda j: send(world.http, corpus.fill(j[1], j[0], f"{NAMES[j[2]]}:{world.ports[j[2]]}")), jobs))
        time.sleep(2)
    finally:
        world.close()

    differences, got = compare(world, world.understood())
    reasons = collections.Counter(r.get("reason", "let through") for r in world.records)
    for difference in sorted(differences):
        print(difference)
    print(f"{len(texts)} cases to each of {len(NAMES)} servers, seed {options.seed}: {len(world.records)} records, nginx understood {got['nginx']} requests and node {got['node']}; {len(differences)} differences")
    print("records: " + ", ".join(f"{n} {r}" for r, n in reasons.most_common()))
    if world.log:
        print("log lines: " + ", ".join(f"{n} {m}" for m, n in world.log.most_common(8)))
    world.folder.cleanup()
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
