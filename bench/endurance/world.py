"""A folder with a CA, policies and a certificate for servers, the servers, and a real iron-proxy with what is read of its log."""

import collections
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
KEY = "key-of-the-management-api"


def limit_files(count):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(count, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


class World:
    """Everything but the proxy."""

    def __init__(self, bin_folder):
        self.bin = bin_folder
        self.folder = tempfile.TemporaryDirectory(prefix="iron-endurance-")
        self.path = pathlib.Path(self.folder.name)
        self._run(self.bin / "ironc", "ca", "create")
        self._run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=upstream",
                  "-addext", "subjectAltName=DNS:*.soak.test", "-keyout", "up.key", "-out", "up.crt")
        self.servers = subprocess.Popen(
            [sys.executable, HERE / "upstreams.py", self.path / "up.crt", self.path / "up.key"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: limit_files(1 << 20))
        self.ports = json.loads(self.servers.stdout.readline())

    def _run(self, *command):
        subprocess.run(command, cwd=self.path, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def compile(self, policy, name):
        """Compiles a policy to a plan, and returns the hash of what it decides."""
        (self.path / "proxy.yaml").write_text(policy)
        self._run(self.bin / "ironc", "compile", "proxy.yaml", "-o", name)
        return json.loads((self.path / name).read_text())["policyHash"]

    def put(self, name):
        """Puts a plan where the proxy reads it. It is never there in part."""
        (self.path / "next.json").write_bytes((self.path / name).read_bytes())
        os.replace(self.path / "next.json", self.path / "plan.json")

    def close(self):
        self.servers.stdin.close()
        self.servers.wait(60)
        self.folder.cleanup()


def prepare(nofile):
    """In the child: what nohup ignores, programs started by it ignore as well, and SIGHUP is one of the ways to reload."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    limit_files(nofile)


class Proxy:
    """A proxy that runs the plan of the world."""

    def __init__(self, world, nofile=20000, **environment):
        self.pipe, output = os.pipe()
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [world.bin / "iron-proxy", "-plan", "plan.json"], cwd=world.path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=output,
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "SSL_CERT_FILE": str(world.path / "up.crt"), "IRON_MANAGEMENT_API_KEY": KEY,
                 **{k: v for k, v in os.environ.items() if k.startswith("DOTNET_ROOT")}, **environment},
            preexec_fn=lambda: prepare(nofile))
        os.close(output)
        self.records = []
        self.lines = collections.Counter()  # The others, level and text.
        self.ports, self.ready_after = {}, None
        self._ready = threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        if not self._ready.wait(60) or not self.ports:
            raise SystemExit(f"run.py: iron-proxy did not become ready: {dict(self.lines)}")

    def _read(self):
        with os.fdopen(self.pipe, "rb") as log:
            for line in log:
                record = json.loads(line) if line.startswith(b"{") else {"level": "none", "msg": line.decode("utf-8", "replace").strip()}
                if record["msg"] == "request":
                    self.records.append(record)
                    continue
                if record["msg"] == "ready":
                    self.ready_after = time.monotonic() - self.started
                    self.ports = {k: int(v.rsplit(":", 1)[1]) for k, v in record["listeners"].items()}
                    self._ready.set()
                self.lines[f"{record['level']} {record['msg']}"] += record.get("count", 1)
        self._ready.set()

    def _status(self, member):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(member + ":"):
                return int(line.split()[1])
        return 0

    def usage(self):
        """
        Resident memory in MB, how much of it is files of programs, which others may share; descriptors but for those of libraries, which are loaded when they are needed
        first; and threads.
        """
        return Usage(self._status("VmRSS") / 1024, self._status("RssFile") / 1024, sum(not name.endswith((".dll", ".so")) for name in self._open_files()), self._status("Threads"))

    def _open_files(self):
        for file in pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                yield os.readlink(file)
            except OSError:
                pass  # It was closed meanwhile.

    def cpu(self):
        """Seconds, in user and in system mode."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['metrics']}/metrics", timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        return {series: float(value) for series, value in (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))}

    def reload(self):
        """Has the proxy read its plan again. Returns the answer's status and what it says."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports['management']}/v1/reload", method="POST", headers={"Authorization": f"Bearer {KEY}"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as e:
            return e.code, json.loads(e.read())

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def settle(self, descriptors, seconds=90):
        """Waits until what was open is closed: idle connections to upstreams after a minute."""
        for _ in range(seconds):
            if self.usage().descriptors <= descriptors:
                break
            time.sleep(1)
        time.sleep(2)
        return self.usage()

    def stop(self):
        """SIGTERM, and SIGKILL for one that does not obey within 60 s."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = f"killed ({self.process.wait(30)})"
        self.reader.join(30)
        return status, time.monotonic() - begun

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(30)


class Usage(collections.namedtuple("Usage", "rss files descriptors threads")):
    def __str__(self):
        return f"{self.rss:.0f} MB ({self.files:.0f} of them files), {self.descriptors} descriptors, {self.threads} threads"


class Sampler(threading.Thread):
    """Looks at a proxy every second."""

    def __init__(self, proxy):
        super().__init__(daemon=True)
        self.proxy, self.samples, self.ends = proxy, [], threading.Event()

    def run(self):
        while not self.ends.wait(1):
            try:
                self.samples.append(self.proxy.usage())
            except OSError:
                return

    def peak(self):
        return max((s.rss for s in self.samples), default=0)

    def median(self, begin, end):
        """Of the resident memory in a part of the time, from 0 to 1."""
        part = sorted(s.rss for s in self.samples[int(len(self.samples) * begin):max(1, int(len(self.samples) * end))])
        return part[len(part) // 2]

    def close(self):
        self.ends.set()
        self.join()


class Findings(list):
    """What did not hold."""

    def expect(self, holds, otherwise):
        if not holds:
            self.append(otherwise)


def connects(port):
    with socket.create_connection(("127.0.0.1", port), 10):
        return True
