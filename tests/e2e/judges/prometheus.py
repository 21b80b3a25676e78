"""Reads metrics from the standard input with Prometheus' own client for Python, and prints each sample: NAME{LABELS} VALUE.

A name without type or help, a counter that does not end in _total, and a sample that is there twice are faults: exit status 1.
"""
import sys

from prometheus_client.parser import text_string_to_metric_families

seen = set()
faults = []
for family in text_string_to_metric_families(sys.stdin.read()):
    if family.type not in ("counter", "gauge") or not family.documentation:
        faults.append(f"{family.name} has the type '{family.type}' and the help '{family.documentation}'")
    for sample in family.samples:
        labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
        if family.type == "counter" and not sample.name.endswith("_total"):
            faults.append(f"{sample.name} is a counter without _total")
        if (sample.name, labels) in seen:
            faults.append(f"{sample.name}{{{labels}}} is there twice")
        seen.add((sample.name, labels))
        print(f"{sample.name}{{{labels}}} {sample.value:g}")
if not seen:
    faults.append("there is no sample")
for fault in faults:
    print(f"fault: {fault}")
sys.exit(1 if faults else 0)
