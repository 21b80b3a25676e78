#!/usr/bin/env python3
"""Says where iron-proxy spends its time in one row of run.py.

    bench/load/profile.py DIR ROW [--seconds N]     DIR holds ironc and iron-proxy; ROW is one of run.py's

Runs the row, samples the stacks of iron-proxy with perf while it is under load, and prints its CPU by thread, by library and by function: what ran (self), and what it was called by (in all).
The programs must be allowed to use perf (root, or kernel.perf_event_paranoid at most 1). Exit status 0 when there is a profile, 1 when not, 2 for wrong usage.
"""
import argparse
import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time

import run

def read(script):
    """The samples of perf script: thread, and frames from the one that ran to the outermost."""
    thread, frames = "", []
    for line in script.splitlines():
        if not line.strip():
            if frames:
                yield thread, frames
            thread, frames = "", []
        elif not line.startswith(("\t", " ")):
            thread = line.strip().rpartition(" ")[0].strip() or line.strip()
        elif match := re.match(r"\s+[0-9a-f]+ (.*) \((.*)\)$", line):
            symbol, library = match.groups()
            symbol = re.sub(r"\[[A-Za-z0-9]+\]$", "", symbol)
            frames.append((os.path.basename(library) if "/" in library else library, symbol))
    if frames:
        yield thread, frames


def show(title, counts, total, most):
    print(f"\n{title}")
    for name, count in counts.most_common(most):
        print(f"  {100 * count / total:5.1f} %  {name[:150]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("row")
    parser.add_argument("--seconds", type=int, default=10, help="how long is sampled (10)")
    parser.add_argument("--warm-up", type=int, default=20, help="seconds of load before (20), in which the code is compiled")
    options = parser.parse_args()
    if not (options.bin / "iron-proxy").exists() or shutil.which("perf") is None:
        print("profile.py: " + ("perf is not installed (Debian: linux-perf)" if shutil.which("perf") is None else f"{options.bin} holds no iron-proxy"), file=sys.stderr)
        return 2
    # perf reads the names of compiled methods from a file that the runtime writes; with W^X they are at other addresses than it says.
    os.environ |= {"DOTNET_PerfMapEnabled": "1", "DOTNET_EnableWriteXorExecute": "0"}
    world = run.World(options.bin.resolve())
    try:
        work = run.rows(world).get(options.row, (None, {}))[1].get("iron-proxy")
        if work is None:
            print(f"profile.py: no row {options.row} that loads iron-proxy in turns; there are {', '.join(run.rows(world))}", file=sys.stderr)
            return 2
        proxy = world.iron()
        load = threading.Thread(target=work, args=(proxy, options.warm_up + options.seconds + 2))
        load.start()
        time.sleep(options.warm_up)
        data = world.path / "perf.data"
        subprocess.run(["perf", "record", "-q", "-F", "1999", "-g", "-p", str(proxy.process.pid), "-o", data, "--", "sleep", str(options.seconds)], check=True, stderr=subprocess.DEVNULL)
        load.join()
        script = subprocess.run(["perf", "script", "-i", data, "-F", "comm,tid,ip,sym,dso"], check=True, capture_output=True, text=True, errors="replace").stdout
        pathlib.Path(f"/tmp/perf-{proxy.process.pid}.map").unlink(missing_ok=True)  # Where perf looks for it.
    finally:
        world.close()
    threads, libraries, alone, inside = (collections.Counter() for _ in range(4))
    total = 0
    for thread, frames in read(script):
        total += 1
        threads[thread] += 1
        libraries[frames[0][0]] += 1
        alone["  ".join(frames[0])] += 1
        inside.update({symbol for _, symbol in frames})
    if total == 0:
        print("profile.py: perf has no samples", file=sys.stderr)
        return 1
    print(f"{options.row}: {total} samples of iron-proxy in {options.seconds} s")
    show("by thread", threads, total, 8)
    show("by library", libraries, total, 10)
    show("by function, self", alone, total, 25)
    show("by function, in all", inside, total, 40)
    return 0


if __name__ == "__main__":
    sys.exit(main())
