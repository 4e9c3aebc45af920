"""The programs of this machine that builds use. Their output goes to a log; a failure quotes its last lines.

Each runs in a pid namespace of its own that dies with this process, however that ends, and that stop_all() ends at once: package
tools have many children, and one that outlived its build would write into the next.
"""

import os
import shutil
import subprocess
import threading

from .errors import BuildError

# Debian package of each program, for the remedy in an error
PACKAGES = {
    "mmdebstrap": "mmdebstrap",
    "zstd": "zstd",
    "tar": "tar",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "cc": "gcc",
    "strip": "binutils",
    "ldd": "libc-bin",
    "qemu-img": "qemu-utils",
    "mke2fs": "e2fsprogs",
    "cpio": "cpio",
    "dpkg-deb": "dpkg",
    "pip3": "python3-pip",
}
QUOTED_LINES = 15
_TIED = ["setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
_running = set()
_stopped = threading.Event()
_lock = threading.Lock()


def need(*programs):
    missing = [name for name in programs if not shutil.which(name)]
    if missing:
        packages = " ".join(sorted({PACKAGES.get(name, name) for name in missing}))
        raise BuildError(f"{', '.join(missing)} not found on this machine: run `apt-get install {packages}`")


def run(command, log, what, env=None, cwd=None, stdin=None):
    """Runs `command`, appending its output to the file `log`; raises BuildError naming `what` when it fails."""
    with open(log, "ab") as stream:
        stream.write(("$ " + " ".join(map(str, command)) + "\n").encode())
        stream.flush()
        child = subprocess.Popen(_TIED + list(map(str, command)), stdout=stream, stderr=stream, env={**os.environ, **(env or {})}, cwd=cwd,
                                 stdin=stdin or subprocess.DEVNULL)
        with _lock:
            _running.add(child)
            if _stopped.is_set():
                child.kill()
        status = child.wait()
        with _lock:
            _running.discard(child)
    if status != 0:
        raise BuildError(f"{what} failed: `{command[0]}` ended with status {status}:\n{tail(log)}", log)


def stop_all():
    """Ends all programs that run() has started, with their children, and lets no other start; each run() then raises."""
    _stopped.set()
    with _lock:
        for child in _running:
            child.kill()


def output(command, what):
    """The standard output of a short command."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildError(f"{what} failed: `{command[0]}` ended with status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def tail(log):
    with open(log, errors="replace") as stream:
        return "".join("    " + line for line in stream.readlines()[-QUOTED_LINES:])


def apt_options():
    """This machine's own ways to its package mirror (proxy, date checks), to be used inside images while building."""
    if not shutil.which("apt-config"):
        return []
    kept = []
    for line in output(["apt-config", "dump"], "reading the apt configuration").splitlines():
        name = line.split(" ", 1)[0]
        wanted = name.startswith(("Acquire::http::", "Acquire::https::", "Acquire::Retries", "Acquire::Check-"))
        if wanted and '""' not in line and "::CaInfo" not in name:
            kept.append(line)
    return kept
