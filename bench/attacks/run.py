#!/usr/bin/env python3
"""Attacks a real iron-proxy beside a client that asks every 100 ms, and shows what becomes of both.

    bench/attacks/run.py DIR [--seconds N] [--nofile N] [ATTACK...]     DIR holds ironc and iron-proxy, as eng/publish.sh leaves them

Exit status 0 when everything held, 1 when something did not, 2 for wrong usage.
"""

import argparse
import collections
import json
import os
import pathlib
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
SECRET = "real-key-" + "k" * 55

# Name of a run: the attack, and what is special about standard error.
RUNS = {
    "idle_connections": ("idle_connections", "read"),
    "many_names": ("many_names", "read"),
    "connect_in_origin_form": ("connect_in_origin_form", "read"),
    "closed_stderr": ("secrets", "closed"),
    "stalled_stderr": ("long_denied", "stalled"),
    "refused_uploads": ("refused_uploads", "read"),
    "silent_names": ("silent_names", "read"),
    "swollen_bodies": ("swollen_bodies", "read"),
    "stalled_bodies": ("stalled_bodies", "read"),
    "empty_posts": ("empty_posts", "read"),
    "unread_responses": ("unread_responses", "read"),
    "early_answers": ("early_answers", "read"),
    "dead_addresses": ("dead_addresses", "read"),
    "reset_bursts": ("reset_bursts", "read"),
}

POLICY = """
dns:
  listen: "127.0.0.1:0"
  proxy_ip: "192.0.2.80"
  upstream_resolver: "127.0.0.1:{dns}"
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
      domains: ["steady.test", "*.attack.test"]
      rules:
        - host: "paths.other.test"
          paths: ["/public/*"]
  - name: secrets
    config:
      secrets:
        - source: {{ type: env, var: API_KEY }}
          allow_plaintext: true
          replace: {{ proxy_value: placeholder-of-attack, match_headers: [Authorization], match_body: true }}
          rules: [{{ host: "any.attack.test" }}, {{ host: "paths.other.test" }}]
"""


class World:
    """A folder with a CA, a policy and a certificate for the servers, and the servers."""

    def __init__(self, bin_folder):
        self.bin = bin_folder
        self.folder = tempfile.TemporaryDirectory(prefix="iron-attacks-")
        self.path = pathlib.Path(self.folder.name)
        for command in (
            [self.bin / "ironc", "ca", "create"],
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=upstream",
             "-addext", "subjectAltName=DNS:*.attack.test,DNS:paths.other.test", "-keyout", "up.key", "-out", "up.crt"],
        ):
            subprocess.run(command, cwd=self.path, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.servers = subprocess.Popen(
            [sys.executable, HERE / "upstreams.py", self.path / "up.crt", self.path / "up.key"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: limit_files(None))
        self.ports = json.loads(self.servers.stdout.readline())
        (self.path / "proxy.yaml").write_text(POLICY.format(dns=self.ports["dns"]))
        subprocess.run([self.bin / "ironc", "compile", "proxy.yaml", "-o", "plan.json"], cwd=self.path, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def seen(self):
        with socket.create_connection(("127.0.0.1", self.ports["control"]), 30) as control:
            control.sendall(b"\n")
            return json.loads(control.makefile().readline())

    def close(self):
        self.servers.stdin.close()
        self.servers.wait(30)
        self.folder.cleanup()


def limit_files(count):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = count or hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), min(count, hard)))


class Proxy:
    """A proxy, and what is read of its standard error."""

    def __init__(self, world, nofile):
        self.pipe, output = os.pipe()
        self.process = subprocess.Popen(
            [world.bin / "iron-proxy", "-plan", "plan.json"], cwd=world.path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=output,
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "SSL_CERT_FILE": str(world.path / "up.crt"), "API_KEY": SECRET,
                 **{k: v for k, v in os.environ.items() if k.startswith("DOTNET_ROOT")}},
            preexec_fn=lambda: limit_files(nofile))
        os.close(output)
        self.records = collections.Counter()
        self.others = collections.Counter()
        self.reading = "read"  # Or "stalled", or "closed".
        self.ports = {}
        ready = threading.Event()
        self.reader = threading.Thread(target=self._read, args=(ready,), daemon=True)
        self.reader.start()
        if not ready.wait(60) or not self.ports:
            raise SystemExit("run.py: iron-proxy did not become ready")

    def _read(self, ready):
        rest = b""
        while self.reading != "closed":
            if self.reading == "stalled" or not select.select([self.pipe], [], [], 0.1)[0]:
                time.sleep(0.1 if self.reading == "stalled" else 0)
                continue
            more = os.read(self.pipe, 1 << 20)
            if not more:
                break
            *lines, rest = (rest + more).split(b"\n")
            for line in lines:
                self._note(json.loads(line) if line.startswith(b"{") else {"msg": line.decode("utf-8", "replace")})
            if self.ports:
                ready.set()
        os.close(self.pipe)
        ready.set()

    def _note(self, line):
        if line["msg"] == "ready":
            self.ports = {k: int(v.rsplit(":", 1)[1]) for k, v in line["listeners"].items()}
        elif line["msg"] == "request":
            self.records[line["audit"]["path"]] += 1
        else:
            self.others[line["msg"]] += line.get("count", 1)

    def rss(self):
        try:
            status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
            return int(status.split("VmRSS:")[1].split()[0]) // 1024
        except (OSError, IndexError):
            return 0

    def descriptors(self):
        try:
            return len(os.listdir(f"/proc/{self.process.pid}/fd"))
        except OSError:
            return 0

    def health(self, path):
        try:
            with socket.create_connection(("127.0.0.1", self.ports["metrics"]), 5) as client:
                client.settimeout(5)
                client.sendall(f"GET {path} HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n".encode())
                return client.recv(64).split(b" ")[1].decode()
        except (OSError, IndexError):
            return "none"

    def stop(self):
        """SIGTERM, and SIGKILL for one that does not obey within 60 s."""
        started = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = f"killed ({self.process.wait(30)})"
        return status, time.monotonic() - started


class Steady(threading.Thread):
    """The client that has nothing to do with the attack."""

    def __init__(self, proxy, port):
        super().__init__(daemon=True)
        self.proxy, self.port, self.latencies, self.failures, self.ends = proxy, port, [], collections.Counter(), False
        self.asked = 0

    def run(self):
        while not self.ends:
            started = time.monotonic()
            self.asked += 1
            try:
                with socket.create_connection(("127.0.0.1", self.proxy.ports["http"]), 10) as client:
                    client.settimeout(10)
                    client.sendall(f"GET /steady-{self.asked} HTTP/1.1\r\nHost: steady.test:{self.port}\r\nConnection: close\r\n\r\n".encode())
                    status = client.recv(4096).split(b" ")[1].decode()
                if status != "200":
                    self.failures[status] += 1
            except (OSError, IndexError) as e:
                self.failures[type(e).__name__] += 1
            self.latencies.append(time.monotonic() - started)
            time.sleep(max(0, 0.1 - (time.monotonic() - started)))


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000 if values else 0


def attack(world, name, seconds, nofile):
    kind, stderr = RUNS[name]
    before_seen = world.seen()
    proxy = Proxy(world, nofile)
    steady = Steady(proxy, world.ports["http"])
    steady.start()
    time.sleep(3)
    row = {"attack": name, "rss": [proxy.rss()], "fds": [proxy.descriptors()]}
    steady.latencies, steady.failures = [], collections.Counter()
    peak, health = 0, collections.Counter()
    ports = json.dumps(proxy.ports | {f"up_{k}": v for k, v in world.ports.items()})
    proxy.reading = stderr
    if stderr == "closed":
        proxy.reader.join(30)
    attacker = subprocess.Popen([sys.executable, HERE / "attacks.py", kind, ports, str(seconds)], stdout=subprocess.PIPE, text=True)
    while attacker.poll() is None:
        peak = max(peak, proxy.rss())
        health[f"{proxy.health('/healthz')}/{proxy.health('/readyz')}"] += 1
        time.sleep(0.5)
    result = json.loads(attacker.stdout.read() or "{}")
    row["during"] = {"p50": percentile(steady.latencies, 0.5), "p99": percentile(steady.latencies, 0.99), "max": percentile(steady.latencies, 1),
                     "asked": len(steady.latencies), "failed": dict(steady.failures)}
    if stderr == "stalled":
        proxy.reading = "read"

    # What the attack held is given back as time limits end, not at once: idle connections to upstreams after a minute.
    for _ in range(75):
        if proxy.descriptors() <= row["fds"][0] + 20 or proxy.process.poll() is not None:
            break
        time.sleep(1)
    time.sleep(2)
    row["rss"] += [max(peak, proxy.rss()), proxy.rss()]
    row["fds"] += [proxy.descriptors()]
    row["health"] = dict(health) | {"after": f"{proxy.health('/healthz')}/{proxy.health('/readyz')}"}
    steady.ends = True
    steady.join(15)
    row["exit"], row["stop"] = proxy.stop()
    proxy.reader.join(30)
    found = sum(n for p, n in proxy.records.items() if p.startswith("/attack"))
    row["records"] = [result.get("records"), found]
    row["steady"] = [steady.asked, sum(n for p, n in proxy.records.items() if p.startswith("/steady"))]
    row["twice"] = sum(1 for p, n in proxy.records.items() if p.startswith("/steady") and n > 1)
    row["answers"], row["log"] = result.get("answers", {}), dict(proxy.others.most_common(6))
    after = world.seen()
    row["upstream"] = {k: after[k] - before_seen[k] for k in ("requests", "secrets", "connects", "cut")} | {"outside": after["outside"], "peak": after["peak"]}
    row["faults"] = faults(row, stderr)
    return row


def faults(row, stderr):
    """What did not hold; empty when all did."""
    found = []
    if stderr == "closed":
        if row["exit"] != 1:
            found.append(f"exit {row['exit']}")
        if row["upstream"]["secrets"]:
            found.append(f"{row['upstream']['secrets']} secrets without a record")
        return found
    if row["exit"] != 0:
        found.append(f"exit {row['exit']}")
    if row["stop"] > 31:
        found.append(f"SIGTERM took {row['stop']:.0f} s")
    if set(row["during"]["failed"]) - ({"503"} if stderr == "stalled" else set()):
        found.append(f"steady failed {row['during']['failed']}")
    if stderr == "stalled" and row["during"]["max"] > 10_000:
        found.append("steady over 10 s")
    if any("500" in answer for answer in row["answers"]):
        found.append("errors inside the proxy")
    if stderr == "read":
        if row["during"]["max"] > 1000:
            found.append("steady over 1 s")
        if row["steady"][0] != row["steady"][1] or row["twice"]:
            found.append("steady records")
        if row["records"][0] is not None and row["records"][0] != row["records"][1]:
            found.append("attack records")
    if any("none" in h for h in row["health"] if h != "after") or row["health"]["after"] != "200/200":
        found.append("health")
    if row["fds"][1] > row["fds"][0] + 50:
        found.append("descriptors")
    if row["rss"][2] > row["rss"][0] * 2 + 60:
        found.append("memory after")
    if row["upstream"]["connects"] or row["upstream"]["outside"]:
        found.append("upstream got what policy never judged")
    if row["attack"] == "dead_addresses" and set(row["answers"]) != {"200"}:
        found.append(f"answers {row['answers']}")
    if row["upstream"]["cut"]:
        found.append(f"{row['upstream']['cut']} cut uploads taken for whole")
    return found


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("attacks", nargs="*")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--nofile", type=int, default=2048)
    options = parser.parse_intermixed_args()
    unknown = [a for a in options.attacks if a not in RUNS]
    if unknown or not (options.bin / "iron-proxy").exists():
        print(f"run.py: {'no attack ' + unknown[0] if unknown else f'{options.bin} holds no iron-proxy'}", file=sys.stderr)
        return 2

    world = World(options.bin.resolve())
    worst = 0
    print(f"{'attack':24} {'p50':>5} {'p99':>6} {'max ms':>7} {'asked':>6} {'failed':>6} {'RSS before/peak/after':>21} {'fds':>11} {'steady records':>15} {'attack records':>15}  held")
    try:
        for name in options.attacks or RUNS:
            row = attack(world, name, options.seconds, options.nofile)
            d = row["during"]
            print(f"{name:24} {d['p50']:5.0f} {d['p99']:6.0f} {d['max']:7.0f} {d['asked']:6} {sum(d['failed'].values()):6} "
                  f"{'/'.join(map(str, row['rss'])):>21} {'/'.join(map(str, row['fds'])):>11} {'/'.join(map(str, row['steady'])):>15} {'/'.join(map(str, row['records'])):>15}  "
                  f"{'yes' if not row['faults'] else 'NO: ' + '; '.join(row['faults'])}")
            print(f"    answers {json.dumps(row['answers'])} health {json.dumps(row['health'])} upstream {json.dumps(row['upstream'])} log {json.dumps(row['log'])} stop {row['stop']:.1f} s", flush=True)
            worst = max(worst, 1 if row["faults"] else 0)
    finally:
        world.close()
    return worst


if __name__ == "__main__":
    sys.exit(main())
