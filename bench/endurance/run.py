#!/usr/bin/env python3
"""Runs a real iron-proxy for long, or opens and closes very many connections, and shows that nothing is left behind.

    bench/endurance/run.py DIR [--seconds N] [RUN...]     DIR holds ironc and iron-proxy, as eng/publish.sh leaves them

Runs: soak, reload, tunnels, websockets, names; without one, all of them. Exit status 0 when everything held, 1 when something did not, 2 for wrong usage.
"""

import argparse
import asyncio
import collections
import pathlib
import re
import subprocess
import sys
import time

from clients import GONE, Clients
from world import Findings, Proxy, Sampler, World, limit_files

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
  upstream_response_header_timeout: 10s
limits: {{ new_certificates_per_minute: 1000000, requests: 5000, requests_per_address: 5000 }}
tls: {{ ca_cert: "ca.crt", ca_key: "ca.key" }}
metrics: {{ listen: "127.0.0.1:0" }}
management: {{ listen: "127.0.0.1:0", api_key_env: IRON_MANAGEMENT_API_KEY }}
transforms:
  - name: allowlist
    config:
      domains: ["*.soak.test"]
      rules:
"""

RULE = '        - {{ host: "{}", paths: ["{}"] }}\n'

# The goals that the resident memory has, in MB, and how much of it may stay behind.
IDLE, LOADED, GROWTH, SHORT_GROWTH = 60, 120, 1.1, 1.25

# How many certificates are kept unless tls.cert_cache_size says otherwise.
KEPT = 1000

# What a proxy says beside its records when nothing is wrong with it: level and text.
EXPECTED = re.compile(
    r"info (starting|ready|stopping|stopped|otel exporter enabled|DNS server answers on .*|the policy was reloaded \((management API|SIGHUP)\): \S+ became \S+)"
    r"|warn (\d+ audit records were not exported: .*)")


def policy(world, *rules):
    return POLICY.format(**world.ports) + "".join(RULE.format(*r) for r in rules or [("nobody.other.test", "/*")])


# soak

SOAK = [
    # What, how many at once, and the pause behind each, in seconds.
    (lambda c: c.requests(), 2, 0.05),
    (lambda c: c.requests("https", name="tls.soak.test"), 2, 0.1),
    (lambda c: c.streams(), 2, 0.2),
    (lambda c: c.tunnel(secure=False, how="connect"), 2, 0.05),
    (lambda c: c.tunnel(secure=False, how="socks5"), 1, 0.05),
    (lambda c: c.tunnel(secure=True, how="connect"), 1, 0.1),
    (lambda c: c.websocket(), 3, 0.05),
    (lambda c: c.denied(), 1, 0.1),
    (lambda c: c.ask_names(), 1, 0.2),
    (lambda c: c.silent(), 2, 0.5),
    (lambda c: c.fault("reset", {502}), 1, 0.1),
    (lambda c: c.fault("close", {502}), 1, 0.1),
    (lambda c: c.fault("garbage", {502}), 1, 0.1),
    (lambda c: c.fault("stall", {504}), 2, 0.1),
    (lambda c: c.fault("half", {0}), 1, 0.1),
    (lambda c: c.fault("chunk", {0}), 1, 0.1),
    (lambda c: c.fault("lie", {200}), 1, 0.1),
    (lambda c: c.fault("drip", {200}), 1, 0.1),
    (lambda c: c.fault("big", {200}), 1, 0.1),
    (lambda c: c.leave("stall"), 1, 0.2),
    (lambda c: c.leave("big"), 1, 0.2),
    (lambda c: c.leave("ok", "POST"), 1, 0.2),
]


async def load(clients, until):
    """All kinds of traffic, until it is time or the clients are to stop."""

    async def repeat(work, pause):
        while not clients.stopping:
            try:
                await work(clients)
            except GONE as e:
                if not clients.stopping:
                    clients.wrong[f"{type(e).__name__}: {e}"[:120]] += 1
            await asyncio.sleep(pause)

    working = [asyncio.ensure_future(repeat(work, pause)) for work, count, pause in SOAK for _ in range(count)]
    await until
    clients.stopping = True
    await asyncio.gather(*working)


def account(clients, records, found, whole=True):
    """Each request that was asked has its record, and no record is of a request that nobody asked."""
    counts = collections.Counter("/".join(r["audit"]["path"].split("/")[:4]) for r in records if r["audit"]["path"])
    for path, status in clients.asked.items():
        count = counts.pop(path, 0)
        # Of one that got no answer, because its connection was not taken any more, there may be none.
        found.expect(count == 1 or (count == 0 and not whole and status in (None, 0, "left")), f"{path} ({status}) has {count} records")
    found.expect(not counts, f"records of nobody's requests: {list(counts.items())[:5]}")
    tunnels = collections.Counter("opened" if r["audit"]["action"] == "allow" else "refused" for r in records if r["audit"]["mode"] in ("connect", "socks5"))
    found.expect(not whole or tunnels == clients.tunnels, f"{dict(clients.tunnels)} tunnels have {dict(tunnels)} records")


def compare(proxy, clients, reloads, found):
    """The counters say what the audit log says."""
    metrics, records = proxy.metrics(), list(proxy.records)

    def total(name, **labels):
        return sum(v for k, v in metrics.items() if k.split("{")[0] == f"iron_proxy_{name}" and all(f'{n}="{x}"' in k for n, x in labels.items()))

    for listener in ("http", "https", "tunnel"):
        for action in ("allow", "reject", "stub"):
            logged = sum(1 for r in records if r["audit"]["listener"] == listener and r["audit"]["action"] == action)
            counted = total("requests_total", listener=listener, action=action)
            found.expect(counted == logged, f"{counted:.0f} requests of {listener} are counted as {action}, and {logged} are in the log")
    reasons = collections.Counter(r["audit"]["reason"] for r in records if r["audit"].get("reason"))
    for reason, logged in reasons.items():
        counted = total("refusals_total", reason=reason)
        found.expect(counted == logged, f"{counted:.0f} times {reason} is counted, and {logged} times it is in the log")
        failed = total("upstream_errors_total", reason=reason)
        found.expect(failed in (0, logged), f"{failed:.0f} times {reason} is counted as an error of an upstream, and {logged} times it is in the log")
    found.expect(total("refusals_total") == reasons.total(), f"{total('refusals_total'):.0f} refusals are counted, and {reasons.total()} are in the log")
    found.expect(total("dns_questions_total") == clients.questions["asked"], f"{total('dns_questions_total'):.0f} questions are counted, and {clients.questions['asked']} were asked")
    found.expect(total("reloads_total", outcome="reloaded") == reloads and not total("reloads_total", outcome="refused"), f"{total('reloads_total'):.0f} reloads are counted, of {reloads}")
    for gauge in ("open_connections", "requests_under_way", "open_websockets", "buffered_body_bytes", "audit_queue_bytes", "log_lines_dropped_total"):
        found.expect(total(gauge) == 0, f"{gauge} is {total(gauge):.0f} when all is over")
    return {o: total("otlp_records_total", outcome=o) for o in ("sent", "failed", "dropped")}, len(records)


async def soak(world, seconds, found):
    hashes = [world.compile(policy(world, ("x.other.test", p)), f"{p[1]}.json") for p in ("/a", "/b")]
    world.put("a.json")
    collector = f"http://127.0.0.1:{world.ports['collector']}"
    proxy = Proxy(world, OTEL_EXPORTER_OTLP_ENDPOINT=collector)
    loop = asyncio.get_running_loop()
    try:
        clients, sampler, reloads = Clients(proxy.ports, world.ports), Sampler(proxy), 0
        before = proxy.usage()
        sampler.start()
        ends = time.monotonic() + seconds

        async def time_passes():
            nonlocal reloads
            while time.monotonic() < ends:
                await asyncio.sleep(2)
                reloads += 1
                world.put("b.json" if reloads % 2 else "a.json")
                if reloads % 5:
                    status, answer = await loop.run_in_executor(None, proxy.reload)
                    found.expect(status == 200 and answer["plan_hash"]["after"] == hashes[reloads % 2], f"a reload was answered {status} {answer}")
                else:
                    proxy.hang_up()

        await load(clients, time_passes())
        sampler.close()
        # What comes before is warming up, and in a short run that is more of it.
        (begin, growth) = (sampler.median(0.2, 0.4), GROWTH) if seconds >= 600 else (sampler.median(0.4, 0.6), SHORT_GROWTH)
        end = sampler.median(0.8, 1)
        after = proxy.settle(before.descriptors + 10)
        # Requests over which a client has lost patience end in their own time, and the export sends its last batch.
        for _ in range(60):
            exported, logged = compare(proxy, clients, reloads, Findings())
            if sum(exported.values()) == logged:
                break
            await asyncio.sleep(1)
        exported, logged = compare(proxy, clients, reloads, found)
        found.expect(sum(exported.values()) == logged and exported["sent"] > 0, f"{exported} records went to the collector, of {logged}")
        account(clients, proxy.records, found)
        found.expect(not clients.wrong, f"answers that are not right: {dict(clients.wrong.most_common(8))}")
        found.expect(end <= begin * growth, f"memory grew from {begin:.0f} to {end:.0f} MB")
        found.expect(after.descriptors <= before.descriptors + 10, f"descriptors grew from {before.descriptors} to {after.descriptors}")
        found.expect(after.threads <= before.threads + 20, f"threads grew from {before.threads} to {after.threads}")

        # The end, while everything goes on.
        last, seen = Clients(proxy.ports, world.ports), len(proxy.records)
        stopping = asyncio.ensure_future(load(last, loop.run_in_executor(None, time.sleep, 6)))
        await asyncio.sleep(3)
        last.stopping = True
        status, took = await loop.run_in_executor(None, proxy.stop)
        await stopping
        found.expect(status == 0 and took < 31, f"SIGTERM ended it with {status} after {took:.0f} s")
        account(last, proxy.records[seen:], found, whole=False)
        unexpected = {line: n for line, n in proxy.lines.items() if not EXPECTED.fullmatch(line)}
        found.expect(not unexpected, f"lines that nobody expects: {unexpected}")
        return [
            f"{len(clients.asked) + sum(clients.tunnels.values())} requests and tunnels, {clients.questions['asked']} questions, {reloads} reloads, each in log and counters",
            f"the collector: {', '.join(f'{n:.0f} {o}' for o, n in exported.items())}",
            f"memory by fifths of the time: {', '.join(f'{sampler.median(i / 5, (i + 1) / 5):.0f}' for i in range(5))} MB; {before} at the start, {after} at the end",
            f"SIGTERM under load: status {status} after {took:.1f} s, {len(last.asked)} requests",
        ]
    finally:
        proxy.close()


# reload

async def reload(world, seconds, found):
    """A reload every 100 ms under full load: what both policies decide alike never changes, and else one of them has decided."""
    # Host and path, and which of the policies allow it.
    cases = {
        ("both.soak.test", "/ok/ok"): {0, 1}, ("denied.test", "/ok/ok"): set(),
        ("first.other.test", "/ok/ok"): {0}, ("second.other.test", "/ok/ok"): {1},
        ("paths.other.test", "/a/ok"): {0}, ("paths.other.test", "/b/ok"): {1}, ("paths.other.test", "/c/ok"): set(),
    }
    hashes = [
        world.compile(policy(world, ("first.other.test", "/*"), ("paths.other.test", "/a/*")), "a.json"),
        world.compile(policy(world, ("second.other.test", "/*"), ("paths.other.test", "/b/*")), "b.json"),
    ]
    world.put("a.json")
    proxy = Proxy(world)
    loop = asyncio.get_running_loop()
    stress = None
    try:
        clients = Clients(proxy.ports, world.ports)
        port = world.ports["http"]
        stress = subprocess.Popen(
            ["wrk", "-t", "1", "-c", "32", "-d", f"{seconds}s", "--timeout", "60s", "-s", pathlib.Path(__file__).parent / "both.lua", f"http://127.0.0.1:{proxy.ports['http']}", "--", f"both.soak.test:{port}"],
            stdout=subprocess.PIPE, text=True)
        decided = collections.Counter()
        ends = time.monotonic() + seconds

        async def ask(listener):
            """Every case again and again on one connection, which outlives many policies."""
            async with clients.open(listener) as (reader, writer):
                if listener == "tunnel" and await clients.connect(reader, writer, "both.soak.test", port) != 200:
                    clients.wrong["a tunnel that both policies allow"] += 1
                    return
                while time.monotonic() < ends:
                    for (host, start), allowing in cases.items():
                        if listener == "tunnel" and host != "both.soak.test":
                            continue
                        path = f"{start}/{next(clients.numbers)}"
                        clients.asked[path] = None
                        status = await clients.ask(reader, writer, path, f"{host}:{port}")
                        clients.note(path, status, {200} if len(allowing) == 2 else {403} if not allowing else {200, 403})
                        decided[(host, start, status)] += 1

        async def stay():
            """A WebSocket that both policies allow stays open."""
            path = clients.path("upgrade", "websocket")
            async with clients.open("http") as (reader, writer):
                clients.note(path, await clients.upgrade(reader, writer, path, "both.soak.test"), {101})
                while time.monotonic() < ends:
                    await clients.echo(reader, writer, b"still here")
                    await asyncio.sleep(0.1)

        async def swap():
            count = 0
            while time.monotonic() < ends:
                begun = time.monotonic()
                count += 1
                world.put("b.json" if count % 2 else "a.json")
                status, answer = await loop.run_in_executor(None, proxy.reload)
                found.expect(status == 200 and answer["plan_hash"]["after"] == hashes[count % 2], f"a reload was answered {status} {answer}")
                await asyncio.sleep(max(0, 0.1 - (time.monotonic() - begun)))
            return count

        results = await asyncio.gather(swap(), stay(), *(ask("http") for _ in range(4)), *(ask("tunnel") for _ in range(2)), return_exceptions=True)
        for result in results[1:]:
            found.expect(not isinstance(result, Exception), f"a connection was broken off: {type(result).__name__} {result}")
        answered, errors = (int(n) for n in next(line for line in (await loop.run_in_executor(None, stress.communicate))[0].splitlines() if line.startswith("RESULT")).split()[1:])
        found.expect(answered > 0 and errors == 0, f"{errors} of {answered} requests that both policies allow failed")
        found.expect(not clients.wrong, f"answers that are not right: {dict(clients.wrong.most_common(8))}")
        for (host, start), allowing in cases.items():
            if len(allowing) == 1:
                found.expect(decided[(host, start, 200)] and decided[(host, start, 403)], f"{host}{start} was not decided by both policies")

        # Each record names the policy that decided, and that policy decides so.
        await asyncio.sleep(2)
        for record in list(proxy.records):
            audit = record["audit"]
            case = (audit["host"], "/".join(audit["path"].split("/")[:3]))
            if case in cases:
                allowed = hashes.index(audit["plan_hash"]) in cases[case]
                found.expect((audit["action"] == "allow") == allowed, f"{audit} is not what its policy decides")
        account(clients, [r for r in proxy.records if r["audit"]["path"] != "/"], found)
        reloads = results[0]
        metrics = proxy.metrics()
        counted = metrics['iron_proxy_reloads_total{outcome="reloaded"}']
        found.expect(counted == reloads, f"{counted:.0f} reloads are counted, of {reloads}")
        return [f"{reloads} reloads in {seconds} s, {answered} requests by wrk and {len(clients.asked)} that are looked at one by one: none failed, and each was decided by the policy in its record"]
    finally:
        if stress is not None and stress.poll() is None:
            stress.kill()
        proxy.close()


# tunnels, websockets, names

async def crowds(world, found, kind, total=10_000, at_once=3_000):
    """Connections in crowds: all of a crowd are open at once. What the first two leave is warmth; what as many more as are asked for add would be a leak."""
    world.compile(policy(world), "plan.json")
    proxy = Proxy(world)
    try:
        await asyncio.sleep(5)
        idle, sampler = proxy.usage(), Sampler(proxy)
        sampler.start()
        clients = Clients(proxy.ports, world.ports)
        left, done, warmth = None, 0, 2 * at_once
        while done < total + warmth:
            if done == warmth:
                left = proxy.settle(idle.descriptors + 10)
            crowd = min(at_once, total + warmth - done)
            gate, waiting = asyncio.Event(), asyncio.Semaphore(200)
            arrived = 0

            def arrive():
                nonlocal arrived
                arrived += 1
                if arrived == crowd:
                    gate.set()

            async def one():
                connection = kind(clients, waiting)
                try:
                    try:
                        await connection.open()
                    finally:
                        arrive()  # Also one that failed: the others do not wait for it.
                    await gate.wait()
                    await connection.use()
                finally:
                    connection.close()

            results = await asyncio.gather(*(one() for _ in range(crowd)), return_exceptions=True)
            failed = collections.Counter(f"{type(r).__name__} {r}"[:100] for r in results if isinstance(r, Exception))
            found.expect(not failed, f"{dict(failed.most_common(3))}")
            done += crowd
        after = proxy.settle(idle.descriptors + 10)
        sampler.close()
        account(clients, proxy.records, found)
        found.expect(not clients.wrong, f"answers that are not right: {dict(clients.wrong.most_common(8))}")
        leaves(found, left, after)
        found.expect(idle.rss <= IDLE and sampler.peak() <= LOADED, f"memory is {idle.rss:.0f} MB at rest and {sampler.peak():.0f} under load; the goals are {IDLE} and {LOADED}")
        return [f"{total} in turn, {at_once} at once: {idle} at rest; {left} behind {warmth} before; {after} behind all; at most {sampler.peak():.0f} MB"]
    finally:
        proxy.close()


def leaves(found, left, after):
    found.expect(after.rss <= left.rss * GROWTH, f"memory grew from {left.rss:.0f} to {after.rss:.0f} MB")
    found.expect(after.descriptors <= left.descriptors + 10, f"descriptors grew from {left.descriptors} to {after.descriptors}")
    found.expect(after.threads <= left.threads + 5, f"threads grew from {left.threads} to {after.threads}")


class Tunnel:
    """A tunnel in which a request is made at once, as one that says nothing is closed after a while, and another when all are open."""

    def __init__(self, clients, waiting):
        self.clients, self.waiting, self.streams = clients, waiting, None

    async def open(self):
        async with self.waiting:
            self.streams = await self.clients.dial("tunnel")
            status = await self.clients.connect(*self.streams, "plain.soak.test", self.clients.upstreams["http"])
            if status != 200:
                raise ValueError(f"a tunnel was answered {status}")
            await self.request()

    async def use(self):
        async with self.waiting:
            await self.request()

    async def request(self):
        path = self.clients.path("tunnel")
        self.clients.note(path, await self.clients.ask(*self.streams, path, f"plain.soak.test:{self.clients.upstreams['http']}"), {200})

    def close(self):
        if self.streams is not None:
            self.streams[1].transport.abort()


class WebSocket(Tunnel):
    """A WebSocket over which a message goes when all are open."""

    async def open(self):
        async with self.waiting:
            self.streams = await self.clients.dial("http")
            path = self.clients.path("upgrade", "websocket")
            status = await self.clients.upgrade(*self.streams, path)
            self.clients.note(path, status, {101})
            if status != 101:
                raise ValueError(f"a WebSocket was answered {status}")

    async def use(self):
        async with self.waiting:
            await self.clients.echo(*self.streams, b"all are here")
            await self.clients.echo(*self.streams, b"\x03\xe8", opcode=8)


async def names(world, found, total):
    """TLS names that were never asked for before, each with a certificate of its own."""
    world.compile(policy(world), "plan.json")
    proxy = Proxy(world)
    try:
        await asyncio.sleep(5)
        idle, sampler = proxy.usage(), Sampler(proxy)
        sampler.start()
        clients = Clients(proxy.ports, world.ports)
        part, behind, begun, cpu = total // 10, [], time.monotonic(), proxy.cpu()
        for at in range(0, total, part):
            numbers = iter(range(at, at + part))

            async def greet():
                for number in numbers:
                    async with clients.open("https", f"n{number}.soak.test"):
                        pass

            await asyncio.gather(*(greet() for _ in range(16)))
            behind.append(proxy.usage())
        took, cpu = time.monotonic() - begun, proxy.cpu() - cpu
        after = proxy.settle(idle.descriptors + 10)
        sampler.close()
        # Certificates are kept, as many as the cache holds: before it is full, memory has to grow.
        left = behind[next(i for i in range(10) if (i + 1) * part >= 2 * KEPT)]
        leaves(found, left, after)
        found.expect(sampler.peak() <= LOADED, f"memory is {sampler.peak():.0f} MB under load; the goal is {LOADED}")
        return [
            f"{total} names in {took:.0f} s, {cpu / total * 1000:.2f} ms of CPU each: {idle} at rest; {left} when {2 * KEPT} were asked for; {after} behind all; at most {sampler.peak():.0f} MB",
            f"memory by tenths: {', '.join(f'{u.rss:.0f}' for u in behind)} MB",
        ]
    finally:
        proxy.close()


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("runs", nargs="*")
    parser.add_argument("--seconds", type=int, default=None)
    parser.add_argument("--names", type=int, default=100_000, choices=range(5 * KEPT, 10_000_001), metavar="N")
    options = parser.parse_intermixed_args()
    runs = {
        "soak": lambda world, found: soak(world, options.seconds or 1800, found),
        "reload": lambda world, found: reload(world, options.seconds or 60, found),
        "tunnels": lambda world, found: crowds(world, found, Tunnel),
        "websockets": lambda world, found: crowds(world, found, WebSocket),
        "names": lambda world, found: names(world, found, options.names),
    }
    unknown = [r for r in options.runs if r not in runs]
    if unknown or not (options.bin / "iron-proxy").exists():
        print(f"run.py: {'no run ' + unknown[0] if unknown else f'{options.bin} holds no iron-proxy'}", file=sys.stderr)
        return 2

    limit_files(1 << 20)
    worst = 0
    for name in options.runs or runs:
        world = World(options.bin.resolve())
        found = Findings()
        try:
            lines = asyncio.run(runs[name](world, found))
        finally:
            world.close()
        print(f"{name}: {'held' if not found else 'DID NOT HOLD'}")
        for line in [*lines, *(f"NOT SO: {f}" for f in found[:20]), *([f"and {len(found) - 20} more"] if len(found) > 20 else [])]:
            print(f"    {line}", flush=True)
        worst = max(worst, 1 if found else 0)
    return worst


if __name__ == "__main__":
    sys.exit(main())
