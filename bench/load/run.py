#!/usr/bin/env python3
"""One table of nginx, squid and iron-proxy under load, measured in turn in one run on loopback.

    bench/load/run.py DIR [--seconds N] [--rounds N] [--warm-up N] [--domains N,N] [ROW...]     DIR holds ironc and iron-proxy, as eng/publish.sh leaves them

Prints a table in Markdown and beside it the goals. Exit status 0 when all that was measured was answered and the goals are met, 1 when not, 2 for wrong usage.
"""

import argparse
import collections
import dataclasses
import json
import os
import pathlib
import platform
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TICK = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 64
NEEDED = {"nginx": "nginx", "squid": "squid-openssl", "wrk": "wrk", "h2load": "nghttp2-client", "dnsperf": "dnsperf", "openssl": "openssl"}

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
limits: {{ new_certificates_per_minute: 10000000 }}
tls: {{ ca_cert: "ca.crt", ca_key: "ca.key" }}
metrics: {{ listen: "127.0.0.1:0" }}
transforms:
  - name: allowlist
    config:
      domains:
"""

# What a policy of some size has behind its allowlist: a secret that is swapped in each request, one whose rules are for others, and headers that are let through.
STEPS = """
  - name: secrets
    config:
      secrets:
        - source: { type: env, var: LOAD_KEY }
          replace: { proxy_value: "pk-proxy-load-key", match_headers: ["Authorization"] }
          rules: [{ host: "*.load.test" }]
          allow_plaintext: true
        - source: { type: env, var: LOAD_KEY }
          inject: { header: "X-Api-Key" }
          rules: [{ host: "other.test" }]
  - name: header_allowlist
    config:
      headers: ["Authorization", "User-Agent", "Accept"]
"""
PLACEHOLDER = "Bearer pk-proxy-load-key"


@dataclasses.dataclass
class Result:
    """What one proxy did in one row, all rounds together."""

    requests: int = 0
    errors: int = 0
    seconds: float = 0
    cpu: float = 0
    rss: int = 0
    p50: list = dataclasses.field(default_factory=list)
    p99: list = dataclasses.field(default_factory=list)

    @property
    def rate(self):
        return self.requests / self.seconds if self.seconds else 0

    @property
    def cost(self):
        """Microseconds of CPU for a request."""
        return self.cpu * 1e6 / self.requests if self.requests else float("inf")


class Server:
    """A process and those that it started."""

    def __init__(self, name, command, folder, **environment):
        self.name = name
        self.log = folder / f"{name}.err"
        self.process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(self.log, "wb"),
            env={"PATH": os.environ["PATH"], "HOME": str(folder), **{k: v for k, v in os.environ.items() if k.startswith("DOTNET_")}, **environment})

    def pids(self):
        found, waiting = [], [self.process.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    waiting += [int(p) for p in task.read_text().split()]
                except OSError:
                    pass
        return found

    def cpu(self):
        """User and system time in seconds, with that of children that ended."""
        total = 0
        for pid in self.pids():
            try:
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
                total += sum(int(f) for f in fields[11:15])
            except OSError:
                pass
        return total / TICK

    def rss(self):
        """Resident memory in MB. What processes share is counted once: their part of it (PSS)."""
        total = 0
        for pid in self.pids():
            try:
                total += next(int(line.split()[1]) for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if line.startswith("Pss:"))
            except OSError:
                pass
        return total // 1024

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


class World:
    """All servers, on ports that were free a moment ago."""

    def __init__(self, bin_folder):
        self.bin = bin_folder
        self.folder = tempfile.TemporaryDirectory(prefix="iron-load-")
        self.path = pathlib.Path(self.folder.name)
        os.chmod(self.path, 0o755)  # squid gives its rights up.
        self.servers = []
        self.ports = {name: free_port() for name in ("UP_HTTP", "UP_HTTPS", "NGINX_HTTP", "NGINX_HTTPS", "SQUID")}
        for name in ("upstream-temp", "nginx-temp", "files"):
            (self.path / name).mkdir()
        (self.path / "files" / "1m").write_bytes(b"x" * (1 << 20))
        (self.path / "hosts").write_text("127.0.0.1 plain.load.test tls.load.test\n")
        self.run(self.bin / "ironc", "ca", "create")
        self.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=load",
                 "-addext", "subjectAltName=DNS:*.load.test,DNS:*.tls.load.test", "-keyout", "up.key", "-out", "up.crt")
        (self.path / "ca.pem").write_text((self.path / "ca.crt").read_text() + (self.path / "ca.key").read_text())
        # The name server and the WebSocket server are those of the endurance runs.
        self.helpers = subprocess.Popen([sys.executable, HERE.parent / "endurance" / "upstreams.py", self.path / "up.crt", self.path / "up.key"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        helping = json.loads(self.helpers.stdout.readline())
        self.ports |= {"UP_WEBSOCKET": helping["http"], "DNS": helping["dns"]}
        self.start("upstream", ["nginx", "-e", "stderr", "-c", self.fill_in("upstream.conf")])
        wait_for(self.ports["UP_HTTP"])

    def run(self, *command):
        subprocess.run(command, cwd=self.path, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def fill_in(self, name):
        text = (HERE / name).read_text().replace("@DIR@", str(self.path)).replace("@BODY@", "x" * 1024)
        for port, number in self.ports.items():
            text = text.replace(f"@{port}@", str(number))
        (self.path / name).write_text(text)
        return self.path / name

    def start(self, name, command, **environment):
        server = Server(name, command, self.path, **environment)
        self.servers.append(server)
        return server

    def nginx(self):
        server = self.start("nginx", ["nginx", "-e", "stderr", "-c", self.fill_in("nginx.conf")])
        wait_for(self.ports["NGINX_HTTP"])
        server.ports = {"http": self.ports["NGINX_HTTP"], "https": self.ports["NGINX_HTTPS"]}
        return server

    def squid(self):
        certificates = self.path / "squid-certificates"
        self.run("/usr/lib/squid/security_file_certgen", "-c", "-s", certificates, "-M", "16MB")
        if os.getuid() == 0:
            self.run("chown", "-R", "proxy:proxy", self.path)
        server = self.start("squid", ["squid", "-N", "-f", self.fill_in("squid.conf")])
        wait_for(self.ports["SQUID"])
        server.ports = {"http": self.ports["SQUID"], "tunnel": self.ports["SQUID"]}
        return server

    def iron(self, name="iron-proxy", domains=3, steps=""):
        names = ["*.load.test", "*.tls.load.test", "other.test"] + [f"host{i}.domains.test" for i in range(domains - 3)]
        (self.path / f"{name}.yaml").write_text(POLICY.format(dns=self.ports["DNS"]) + "".join(f'        - "{n}"\n' for n in names) + steps)
        self.run(self.bin / "ironc", "compile", f"{name}.yaml", "-o", f"{name}.plan.json")
        begun = time.monotonic()
        server = self.start(name, [self.bin / "iron-proxy", "-plan", f"{name}.plan.json"], SSL_CERT_FILE=str(self.path / "up.crt"), LOAD_KEY="real-key-0123456789")
        server.ports = listeners(server)
        answer = ask(server.ports["http"], f"plain.load.test:{self.ports['UP_HTTP']}")
        server.first = time.monotonic() - begun
        if b" 200 " not in answer:
            raise SystemExit(f"run.py: {name} does not answer: {answer[:200]} {server.log.read_text()[-500:]}")
        return server

    def close(self):
        for server in reversed(self.servers):
            server.close()
        self.helpers.stdin.close()
        self.helpers.wait(30)
        self.folder.cleanup()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    for _ in range(600):
        try:
            with socket.create_connection(("127.0.0.1", port), 5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"run.py: nobody listens on port {port}")


def listeners(server):
    for _ in range(6000):
        for line in server.log.read_text().splitlines():
            if '"msg":"ready"' in line:
                return {k: int(v.rsplit(":", 1)[1]) for k, v in json.loads(line)["listeners"].items()}
        if server.process.poll() is not None:
            break
        time.sleep(0.01)
    raise SystemExit(f"run.py: {server.name} did not become ready: {server.log.read_text()[-500:]}")


def ask(port, host):
    with socket.create_connection(("127.0.0.1", port), 30) as client:
        client.sendall(f"GET /1k HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        return client.recv(4096)


# Generators: each returns requests, errors, seconds, and latencies in microseconds.

def run_tool(command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"run.py: {command[0]} failed: {done.stdout[-500:]}{done.stderr[-500:]}")
    return done.stdout


def result_line(output):
    requests, errors, micros, p50, p99 = (int(n) for n in next(line for line in output.splitlines() if line.startswith("RESULT")).split()[1:])
    return requests, errors, micros / 1e6, p50, p99


def wrk(port, host, target, seconds, connections=CONNECTIONS, close=False, authorization=None):
    return result_line(run_tool(["wrk", "-t", 1, "-c", connections, "-d", f"{seconds}s", "--timeout", "20s", "-s", HERE / "requests.lua", f"http://127.0.0.1:{port}", "--",
                                 host, target, "close" if close else "keep", *([authorization] if authorization else [])]))


def h2load(world, port, authority, path, seconds, connections=CONNECTIONS, streams=1, version="h1"):
    log = world.path / "h2load.log"
    log.unlink(missing_ok=True)
    begun = time.monotonic()
    output = run_tool(["h2load", "-t", 1, "-c", connections, "-m", streams, "-D", seconds, *(["--h1"] if version == "h1" else []), f"--connect-to=127.0.0.1:{port}", f"--log-file={log}",
                       f"https://{authority}{path}"])
    took = time.monotonic() - begun
    latencies, errors = [], 0
    for line in log.read_text().splitlines():
        _, status, micros = line.split("\t")[:3]
        errors += status != "200"
        latencies.append(int(micros))
    if not latencies:
        raise SystemExit(f"run.py: h2load got no answers: {output[-800:]}")
    latencies.sort()
    return len(latencies), errors, took, latencies[len(latencies) // 2], latencies[int((len(latencies) - 1) * 0.99)]


def clients(kind, port, upstream, seconds, connections):
    return result_line(run_tool([sys.executable, HERE / "clients.py", kind, seconds, connections, f"127.0.0.1:{port}", upstream]))


def dnsperf(world, port, seconds):
    (world.path / "questions").write_text("".join(f"n{i}.load.test A\n" for i in range(1000)))
    output = run_tool(["dnsperf", "-s", "127.0.0.1", "-p", port, "-d", world.path / "questions", "-l", seconds, "-c", 8])
    values = {line.split(":", 1)[0].strip(): line.split(":", 1)[1].strip() for line in output.splitlines() if ":" in line}
    answered, lost = int(values["Queries completed"].split()[0]), int(values["Queries lost"].split()[0])
    average = float(values["Average Latency (s)"].split()[0]) * 1e6
    return answered, lost, float(values["Run time (s)"]), average, None


# Rows: what each proxy is asked, by its name.

def rows(world):
    plain, secure = f"plain.load.test:{world.ports['UP_HTTP']}", f"tls.load.test:{world.ports['UP_HTTPS']}"
    sockets = f"plain.load.test:{world.ports['UP_WEBSOCKET']}"

    def by_wrk(path, connections=CONNECTIONS, close=False):
        return {
            "nginx": lambda s, t: wrk(s.ports["http"], plain, path, t, connections, close),
            "squid": lambda s, t: wrk(s.ports["http"], plain, f"http://{plain}{path}", t, connections, close),
            "iron-proxy": lambda s, t: wrk(s.ports["http"], plain, path, t, connections, close),
        }

    def by_h2load(path, **options):
        return {name: lambda s, t: h2load(world, s.ports["https"], secure, path, t, **options) for name in ("nginx", "iron-proxy")}

    def by_clients(kind, listener, upstream, connections, *names):
        return {name: lambda s, t: clients(kind, s.ports[listener], upstream, t, connections) for name in names}

    return {
        "plain-1k": ("plain, h1, 1 KiB, kept", by_wrk("/1k")),
        "plain-1m": ("plain, h1, 1 MiB, kept", by_wrk("/1m", 16)),
        "plain-new": ("plain, h1, 1 KiB, new connections", by_wrk("/1k", close=True)),
        "tls-1k": ("TLS on both sides, h1, 1 KiB, kept", by_h2load("/1k")),
        "tls-1m": ("TLS on both sides, h1, 1 MiB, kept", by_h2load("/1m", connections=16)),
        "h2-1k": ("TLS on both sides, h2, 1 KiB, kept", by_h2load("/1k", connections=8, streams=8, version="h2")),
        "h2-1m": ("TLS on both sides, h2, 1 MiB, kept", by_h2load("/1m", connections=4, streams=4, version="h2")),
        "tls-new": ("TLS on both sides, h1, 1 KiB, new connections", by_clients("new", "https", secure, 16, "nginx", "iron-proxy")),
        "hosts": ("TLS on both sides, h1, 1 KiB, a new host each", by_clients("hosts", "https", secure, 16, "iron-proxy")),
        "connect": ("TLS opened in a CONNECT tunnel, 1 KiB, kept", by_clients("connect", "tunnel", secure, 16, "squid", "iron-proxy")),
        "tunnels": ("a CONNECT tunnel and a plain request each", by_clients("tunnels", "tunnel", plain, 16, "squid", "iron-proxy")),
        "websockets": ("WebSocket messages of 100 bytes, there and back", by_clients("websockets", "http", sockets, 16, "nginx", "iron-proxy")),
        "dns": ("DNS questions about names of its own", {"iron-proxy": lambda s, t: dnsperf(world, s.ports["dns"], t)}),
        "steps": ("plain, h1, 1 KiB, kept, by the transforms of the policy", {}),  # Its proxies are made when it is measured.
        "domains": ("plain, h1, 1 KiB, kept, by number of domains", {}),  # The same.
    }


# Goals: what is asked of a row's results, in words, as a value, and whether it is enough.

GOALS = {
    "plain-1k": ("at most 1.8 times nginx's CPU a request", lambda r: r["iron-proxy"].cost / r["nginx"].cost, lambda v: v <= 1.8),
    "plain-1m": ("1 MiB at nginx's rate", lambda r: r["iron-proxy"].rate / r["nginx"].rate, lambda v: v >= 1),
    "tls-1k": ("at least 0.5 of nginx's requests a CPU second", lambda r: r["nginx"].cost / r["iron-proxy"].cost, lambda v: v >= 0.5),
    "tls-1m": ("1 MiB at nginx's rate", lambda r: r["iron-proxy"].rate / r["nginx"].rate, lambda v: v >= 1),
    "hosts": ("300 new hosts a second a core", lambda r: 1e6 / r["iron-proxy"].cost, lambda v: v >= 300),
    "dns": ("100,000 questions a second", lambda r: r["iron-proxy"].rate, lambda v: v >= 100_000),
}
FIRST_ANSWER = 0.25
DOMAINS_WITHIN = 1.1
STEPS_WITHIN = 1.15


def measure(results, server, work, seconds):
    before = server.cpu()
    requests, errors, took, p50, p99 = work(server, seconds)
    result = results[server.name]
    result.cpu += server.cpu() - before
    result.requests += requests
    result.errors += errors
    result.seconds += took
    result.rss = max(result.rss, server.rss())
    result.p50.append(p50)
    result.p99.append(p99)


def in_turn(servers, work, options):
    """Each proxy warms up, until what compiles it is done with what the row runs, and is then measured, in turns with the others."""
    results = collections.defaultdict(Result)
    for name in work:
        work[name](servers[name], options.warm_up)
    for _ in range(options.rounds):
        for name in work:
            measure(results, servers[name], work[name], options.seconds)
    return results


def line(title, name, result):
    def middle(values):
        known = sorted(v for v in values if v is not None)
        return f"{known[len(known) // 2] / 1000:.2f}" if known else ""
    failed = f" ({result.errors} failed)" if result.errors else ""
    return f"| {title} | {name} | {result.rate:,.0f}{failed} | {middle(result.p50)} | {middle(result.p99)} | {result.cost:,.1f} | {result.rss} |"


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("rows", nargs="*")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warm-up", type=int, default=10)
    parser.add_argument("--domains", default="3,100000,1000000")
    options = parser.parse_intermixed_args()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [package for tool, package in NEEDED.items() if shutil.which(tool) is None]
    if missing:
        print(f"run.py: apt-get install {' '.join(missing)}", file=sys.stderr)
        return 2
    if not (options.bin / "iron-proxy").exists():
        print(f"run.py: {options.bin} holds no iron-proxy: run 'eng/publish.sh {options.bin}' first", file=sys.stderr)
        return 2

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(20000, hard), min(20000, hard)))
    world = World(options.bin.resolve())
    try:
        table = rows(world)
        unknown = [r for r in options.rows if r not in table]
        if unknown:
            print(f"run.py: no row {unknown[0]}; there are {', '.join(table)}", file=sys.stderr)
            return 2
        servers = {"iron-proxy": world.iron(), "nginx": world.nginx(), "squid": world.squid()}
        idle = {name: server.rss() for name, server in servers.items()}
        goals, failed = [], False

        def goal(words, value, enough):
            nonlocal failed
            failed |= not enough
            goals.append(f"| {words} | {value:,.2f} | {'met' if enough else 'NOT MET'} |")

        print(f"{os.cpu_count()} processors, {platform.machine()}, {options.rounds} rounds of {options.seconds} s, in turns; {CONNECTIONS} connections over wrk and h2load's kept rows.\n")
        print("| | | requests/s | p50 ms | p99 ms | CPU µs/request | memory MB |\n|---|---|--:|--:|--:|--:|--:|")
        for row in options.rows or table:
            title, work = table[row]
            if row == "domains":
                counts = [int(n) for n in options.domains.split(",")]
                many = {f"{n:,}": world.iron(f"{n:,}", n) for n in counts}
                host = f"plain.load.test:{world.ports['UP_HTTP']}"
                work = {name: lambda s, t: wrk(s.ports["http"], host, "/1k", t) for name in many}
                results = in_turn(many, work, options)
                if len(counts) > 1:
                    goal(f"{counts[-1]:,} domains within 10 % of {counts[0]:,}", results[f"{counts[-1]:,}"].cost / results[f"{counts[0]:,}"].cost,
                         results[f"{counts[-1]:,}"].cost <= DOMAINS_WITHIN * results[f"{counts[0]:,}"].cost)
                for server in many.values():
                    server.close()
            elif row == "steps":
                host = f"plain.load.test:{world.ports['UP_HTTP']}"
                of_steps = {s.name: s for s in (world.iron("allowlist"), world.iron("allowlist-secrets-header_allowlist", steps=STEPS))}
                work = {name: lambda s, t: wrk(s.ports["http"], host, "/1k", t, authorization=PLACEHOLDER) for name in of_steps}
                results = in_turn(of_steps, work, options)
                alone, all_of_them = (r.cost for r in results.values())
                goal("secrets and header_allowlist add at most 15 % of CPU a request", all_of_them / alone, all_of_them <= STEPS_WITHIN * alone)
                for server in of_steps.values():
                    server.close()
            else:
                results = in_turn(servers, work, options)
            for name, result in results.items():
                failed |= result.errors > 0
                print(line(title, name, result), flush=True)
            if row in GOALS:
                words, value, enough = GOALS[row]
                goal(words, value(results), enough(value(results)))
        for name, memory in idle.items():
            print(f"| at rest, before | {name} | | | | | {memory} |")
        first = sorted(world.iron(f"start-{i}").first for i in range(5))[2]
        goal("seconds from the start to the first answer, at most 0.25", first, first <= FIRST_ANSWER)
        print("\n| Goal | Measured | |\n|---|--:|---|\n" + "\n".join(goals))
        return 1 if failed else 0
    finally:
        world.close()


if __name__ == "__main__":
    sys.exit(main())
