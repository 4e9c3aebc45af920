#!/usr/bin/python3 -B
"""How planning grows with the number of hosts, and how many runs a second the simulator does on one core.

    tests/bench/plan_figures.py [--windlass build/release/bin/windlass]

Prints a Markdown table: hosts, seconds of `windlass plan` (best of five whole processes, and what is left when reading the catalog is
taken off), bytes of the plan, peak memory."""
import argparse
import os
import pathlib
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOSTS = (0, 10, 1000, 10000, 100000)


def run(windlass, hosts):
    """Seconds, bytes and KiB of one process."""
    start = time.monotonic()
    process = subprocess.Popen([windlass, "--catalog", ROOT, "plan", "--from", "2025.1", "--to", "2026.1", "--hosts", str(hosts), "-o", "json"],
                               stdout=subprocess.PIPE)
    size = len(process.stdout.read())
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"windlass plan ended with {status}")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, size, usage.ru_maxrss


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--windlass", default=ROOT / "build" / "release" / "bin" / "windlass")
    windlass = parser.parse_args().windlass
    print("| hosts | wall s | CPU s | CPU s beyond 0 hosts | plan bytes | peak MiB |\n|---|---|---|---|---|---|")
    base = None
    for hosts in HOSTS:
        best = min((run(windlass, hosts) for _ in range(5)), key=lambda figures: figures[1])
        base = best[1] if base is None else base
        print(f"| {hosts} | {best[0]:.3f} | {best[1]:.3f} | {best[1] - base:.3f} | {best[2]} | {best[3] / 1024:.0f} |")
    print()
    subprocess.run(["taskset", "-c", "0", windlass, "--catalog", ROOT, "simulate", "--all", "--runs", "5000"], check=True)


main()
