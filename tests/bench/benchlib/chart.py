"""docs/benchmark.svg: bars of the median with a line from minimum to maximum, drawn by gnuplot."""
import shutil
import subprocess

from . import peers
from .statistics import series, spread

PANELS = [("CPU until converged (s)", "cpu_seconds"), ("memory at rest (MiB)", "rss_mb"), ("memory at peak (MiB)", "peak_mb"),
          ("time to converge (s)", "converge_seconds"), ("resync after a restart (s)", "resync_seconds"),
          ("bytes of a cached Pod", "cache_bytes_per_object")]
COLOURS = {peers.WINDLASS: "#1f77b4", peers.GO: "#9ecae1", peers.RUST: "#fdae6b", peers.RAW: "#bdbdbd"}


def panel(run, title, figure):
    scenario = "pods" if figure.startswith("cache") else f"converge-{max(run['sizes'])}"
    rows = [(name, spread(series(run["rounds"], name, scenario, figure))) for name in run["peers"]]
    rows = [(name, found) for name, found in rows if found]
    if not rows:
        return ""
    lines = "\n".join(f'"{name}" {place} {middle} {low} {high} {int(COLOURS[name][1:], 16)}'
                      for place, (name, (low, middle, high)) in enumerate(rows))
    return (f'set title "{title}"\n$data << END\n{lines}\nEND\n'
            "plot $data using 2:3:(0.6):6:xtic(1) with boxes lc rgb variable notitle, "
            "$data using 2:3:4:5 with yerrorbars lc rgb '#333333' pt 0 notitle\n")


def script(run, path):
    head = f"""set terminal svg size 1000,620 font "sans-serif,11" background "#ffffff"
set output "{path}"
set style fill solid
set yrange [0:*]
set xrange [-0.6:*]
set xtics rotate by -15
set grid ytics lc rgb "#dddddd"
set border 3
set tics nomirror
set multiplot layout 2,3
"""
    return head + "".join(panel(run, title, figure) for title, figure in PANELS) + "unset multiplot\n"


def draw(run, path):
    if not shutil.which("gnuplot"):
        raise RuntimeError("gnuplot is not installed (Debian: gnuplot-nox)")
    subprocess.run(["gnuplot"], input=script(run, path), text=True, check=True)
