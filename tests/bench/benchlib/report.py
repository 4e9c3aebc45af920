"""docs/benchmark.md from the figures of a run. Pure: a dictionary in, text out."""
from . import peers
from .statistics import ratios, series, spread

FIGURES = [
    # title, figure, digits, how it is to be read
    ("time to converge (s)", "converge_seconds", 2),
    ("start-up to first reconcile (s)", "startup_seconds", 3),
    ("reconciles a second", "reconciles_per_second", 0),
    ("parents a second", "objects_per_second", 0),
    ("write requests a second", "writes_per_second", 0),
    ("CPU of the controller until converged (s)", "cpu_seconds", 2),
    ("CPU of the API server meanwhile (s)", "server_cpu_seconds", 1),
    ("memory at rest (RSS, MiB)", "rss_mb", 1),
    ("memory at peak (VmHWM, MiB)", "peak_mb", 1),
    ("resync after a restart of the API server (s)", "resync_seconds", 2),
    ("not back within 2 minutes of the restart (1: yes)", "resync_missed", 1),
    ("CPU of the resync (s)", "resync_cpu_seconds", 2),
    ("memory after the resync (MiB)", "resync_rss_mb", 1),
    ("memory at peak of the resync (MiB)", "resync_peak_mb", 1),
    ("writes in rest", "rest_writes", 0),
    ("CPU in rest (s)", "rest_cpu_seconds", 2),
    ("SIGTERM to its end (s)", "stop_seconds", 2),
]
CACHE_FIGURES = [
    ("bytes a Pod", "cache_bytes_per_object", 0),
    ("memory with an empty cache (MiB)", "cache_empty_mb", 1),
    ("memory with the cache (MiB)", "cache_rss_mb", 1),
    ("memory at peak (MiB)", "cache_peak_mb", 1),
    ("start to synced (s)", "cache_sync_seconds", 2),
    ("CPU (s)", "cache_cpu_seconds", 2),
]


def number(value, digits):
    return f"{value:,.{digits}f}".replace(",", " ")


def cell(values, digits):
    found = spread(values)
    if found is None:
        return "–"
    low, middle, high = (number(value, digits) for value in found)
    return middle if low == high else f"{middle} ({low}–{high})"


def table(head, rows):
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + ["| " + " | ".join(row) + " |" for row in rows])


def figures_table(run, scenario, figures, names):
    rows = []
    for title, figure, digits in figures:
        cells = [cell(series(run["rounds"], name, scenario, figure), digits) for name in names]
        if any(text != "–" for text in cells):
            rows.append([title, *cells])
    return table(["median (min–max)", *names], rows)


def ratio_table(run, scenario, figures, names):
    rows = []
    for title, figure, _ in figures:
        ours = series(run["rounds"], peers.WINDLASS, scenario, figure)
        cells = []
        for name in names:
            found = ratios(ours, series(run["rounds"], name, scenario, figure))
            cells.append("–" if found is None else f"{found[0]:.2f} / {found[1]:.2f} / {found[2]:.2f}")
        if any(text != "–" for text in cells):
            rows.append([title, *cells])
    return table(["windlass ÷ peer: min / median / max", *names], rows)


def requests_table(run, scenario, figure, names):
    counts = {name: ([found for found in series(run["rounds"], name, scenario, figure) if found] or [{}])[-1] for name in names}
    verbs = sorted({verb for of in counts.values() for verb in of})
    return table(["requests", *names], [[verb, *(str(counts[name].get(verb, 0)) for name in names)] for verb in verbs])


def limit_share(run, scenario):
    """Write requests a second of Windlass over those of the raw writers, by round."""
    return ratios(series(run["rounds"], peers.WINDLASS, scenario, "writes_per_second"),
                  series(run["rounds"], peers.RAW, scenario, "writes_per_second"))


def rounds_of(run):
    """How many measurements of each kind there are, in words: an interrupted run has fewer in its last round."""
    counts = {sum(1 for entry in run["rounds"] if scenario in entry.get(name, {}))
              for name in run["peers"] for scenario in scenarios_of(run, name)}
    low, high = min(counts), max(counts)
    words = f"{low}" if low == high else f"{low} to {high}"
    said = f"{words} round{'' if high == 1 else 's'}" + ("; a single round shows no spread" if high == 1 else "")
    if run.get("resumed"):
        said += "; the run was interrupted, so in one round or more the peers were not measured right after one another"
    return said


def scenarios_of(run, name):
    return [f"converge-{size}" for size in measured_sizes(run)] + (["pods"] if run["pods"] and name != peers.RAW else [])


def load_of(run):
    """The load average before each measurement; what was built and prepared just before is part of it."""
    loads = [value for name in run["peers"] for scenario in scenarios_of(run, name)
             for value in series(run["rounds"], name, scenario, "load_before") if value is not None]
    return "not recorded" if not loads else f"{min(loads):.1f} to {max(loads):.1f}"


def measured_sizes(run):
    """An interrupted first round may not have come to all of them."""
    measured = [size for size in run["sizes"] if any(f"converge-{size}" in entry.get(peers.WINDLASS, {}) for entry in run["rounds"])]
    return measured or run["sizes"]


def targets(run, scenario):
    """[(what, wanted, measured text, met)] for one size; a target whose peer is missing is left out."""
    rounds, rows = run["rounds"], []

    def compare(what, figure, name, limit, smaller=True):
        found = ratios(series(rounds, peers.WINDLASS, scenario, figure), series(rounds, name, scenario, figure))
        if found:
            met = found[1] <= limit if smaller else found[1] >= limit
            rows.append((what, f"{'≤' if smaller else '≥'} {limit:.2f}", f"{found[1]:.2f}", met))

    for name in (peers.GO, peers.RUST):
        compare(f"time to converge ÷ {name}", "converge_seconds", name, 1.0)
    compare(f"CPU ÷ {peers.GO}", "cpu_seconds", peers.GO, 0.5)
    compare(f"memory at rest ÷ {peers.GO}", "rss_mb", peers.GO, 1 / 3)
    compare(f"memory at rest ÷ {peers.RUST}", "rss_mb", peers.RUST, 1.0)
    compare("write requests a second ÷ the raw writers'", "writes_per_second", peers.RAW, 0.9, smaller=False)
    resting = [value for value in series(rounds, peers.WINDLASS, scenario, "rest_writes") if value is not None]
    if resting:
        rows.append(("writes in rest", "0", str(max(resting)), max(resting) == 0))
    cached = spread(series(rounds, peers.WINDLASS, "pods", "cache_bytes_per_object"))
    if cached:
        limit = run["projected_bytes"] + 1500
        rows.append(("bytes of a cached Pod", f"≤ {limit:.0f} (projected {run['projected_bytes']:.0f} + 1500)", f"{cached[1]:.0f}",
                     cached[1] <= limit))
    return rows


def targets_table(run):
    """A column for each size; what does not depend on it stands in each."""
    sizes = measured_sizes(run)
    found = [{what: (wanted, got, met) for what, wanted, got, met in targets(run, f"converge-{size}")} for size in sizes]
    rows = []
    for what, (wanted, _, _) in found[-1].items():
        cells = [f"{of[what][1]} {'met' if of[what][2] else '**missed**'}" if what in of else "–" for of in found]
        rows.append([what, wanted, *cells])
    return table(["target (median)", "wanted", *(f"{number(size, 0)} parents" for size in sizes)], rows)


def page(run, notes):
    names = run["peers"]
    controllers = [name for name in names if name != peers.RAW]
    others = [name for name in controllers if name != peers.WINDLASS]
    parts = [INTRODUCTION.format(**{**run["setup"], "rounds": rounds_of(run), "load": load_of(run), "workers": run["workers"]}),
             "![Windlass beside its peers](benchmark.svg)", "## Targets", targets_table(run)]
    for size in measured_sizes(run):
        scenario = f"converge-{size}"
        parts += [f"## {number(size, 0)} parents", figures_table(run, scenario, FIGURES, names),
                  ratio_table(run, scenario, FIGURES, others),
                  "Requests until settled, of the last round:", requests_table(run, scenario, "requests", names),
                  "Requests to the restarted API server, of the last round:",
                  requests_table(run, scenario, "resync_requests", controllers)]
    if run.get("pod_bytes"):
        parts += [f"## A metadata-only cache of {number(run['pods'], 0)} Pods",
                  f"A Pod has {run['pod_bytes']:.0f} bytes as JSON, of which {run['projected_bytes']:.0f} are kept (metadata without "
                  "managedFields, in every peer).", figures_table(run, "pods", CACHE_FIGURES, controllers),
                  ratio_table(run, "pods", CACHE_FIGURES, others)]
    parts += ["## Size of the programs",
              table(["MB", *run["binaries"]], [
                  ["program, stripped", *(f"{size['binary_mb']:.1f}" for size in run["binaries"].values())],
                  ["shared libraries it needs besides the C and C++ runtimes", *(f"{size['libraries_mb']:.1f}" for size in run["binaries"].values())]])]
    return "\n\n".join(parts + [notes.strip()]) + "\n"


INTRODUCTION = """# Benchmark: Windlass beside controller-runtime and kube-rs
<!-- Made by `make bench`; edit tests/bench/notes.md and tests/bench/benchlib/report.py instead. -->
The same controller in each: a Greeting (kube/examples/crd.yaml) owns a ConfigMap with its text, written by server-side apply in
every reconcile; the status condition is applied when it changes. {workers} workers, no client-side limit of requests, the
library's defaults otherwise, with two exceptions in Windlass: the answers to writes of ConfigMaps, which the controller does not look
at, are not parsed, and the list of Pods is streamed, as client-go does by default. `client-go raw` is no controller: as many writers apply the same two objects a parent with
client-go's REST client and nothing else, which is how fast the API server takes them.

Each measurement has an etcd and a kube-apiserver of its own on the same machine, started on a copy of the same data; the order of
the peers rotates from round to round. {rounds}; ratios are taken within a round. Machine: {machine}; load before each
measurement: {load} (what exceeds the number of its cores was somebody else's work, and times are then noise while CPU and memory
still mean something). {versions}. `make bench` repeats all of it; the single figures are in results/bench/."""
