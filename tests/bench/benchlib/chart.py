"""docs/benchmark.svg: bars of the median with a line from minimum to maximum, drawn by gnuplot. Less is better in every panel."""
import shutil
import subprocess

from . import peers
from .report import measured_sizes
from .statistics import series, spread

PANELS = [("CPU until converged, s", "cpu_seconds"), ("memory at rest, MiB", "rss_mb"), ("memory at peak, MiB", "peak_mb"),
          ("time to converge, s", "converge_seconds"), ("resync after a restart, s", "resync_seconds"),
          ("bytes of a cached Pod", "cache_bytes_per_object")]
COLOURS = {peers.WINDLASS: "#1f77b4", peers.GO: "#9ecae1", peers.RUST: "#fdae6b", peers.RAW: "#bdbdbd"}
# In two lines where one would reach into the next bar's.
LABELS = {peers.GO: "controller-\\nruntime", peers.RAW: "client-go\\nraw"}


def shown(value):
    """Three significant digits, whole from a hundred on."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def panel(run, title, figure):
    scenario = "pods" if figure.startswith("cache") else f"converge-{max(measured_sizes(run))}"
    rows = [(name, spread(series(run["rounds"], name, scenario, figure))) for name in run["peers"]]
    rows = [(name, found) for name, found in rows if found]
    if not rows:
        return ""
    lines = "\n".join(f'"{LABELS.get(name, name)}" {place} {middle} {low} {high} {int(COLOURS[name][1:], 16)} "{shown(middle)}"'
                      for place, (name, (low, middle, high)) in enumerate(rows))
    top = max(high for _, (_, _, high) in rows) * 1.18 or 1
    return (f'set title "{title}"\nset yrange [0:{top}]\nset xrange [-0.6:{len(rows) - 0.4}]\n$data << END\n{lines}\nEND\n'
            "plot $data using 2:3:(0.62):6:xtic(1) with boxes lc rgb variable notitle, "
            "$data using 2:4:(0):($5-$4) with vectors heads size 0.06,90 lc rgb '#333333' notitle, "
            "$data using 2:5:7 with labels offset 0,0.8 font ',11' notitle\n")


def heading(run):
    parents, pods = (f"{count:,}".replace(",", " ") for count in (max(measured_sizes(run)), run["pods"]))
    return f"Windlass beside its peers: {parents} parents, {pods} Pods; less is better"


def script(run, path):
    head = f"""set encoding utf8
set terminal svg size 1100,640 font "sans-serif,12" background "#ffffff"
set output "{path}"
set style fill solid
set grid ytics lc rgb "#e4e4e4"
set border 3
set tics nomirror
set xtics scale 0
set multiplot layout 2,3 title "{heading(run)}" font ",14" margins 0.05,0.99,0.09,0.88 spacing 0.055,0.16
"""
    return head + "".join(panel(run, title, figure) for title, figure in PANELS) + "unset multiplot\n"


def draw(run, path):
    if not shutil.which("gnuplot"):
        raise RuntimeError("gnuplot is not installed (Debian: gnuplot-nox)")
    subprocess.run(["gnuplot"], input=script(run, path), text=True, check=True)
