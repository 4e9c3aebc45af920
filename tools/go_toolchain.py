"""Finds a Go toolchain that is new enough, or fetches the pinned one through the Go module proxy."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MINIMUM = (1, 26)
PINNED = "1.26.8"


class NoToolchain(Exception):
    """No usable Go and no way to get one; the text says what to do."""


def version_of(go):
    """(major, minor) of a go command, or None when it does not run."""
    try:
        text = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, cwd="/", timeout=60,
                              env={**os.environ, "GOTOOLCHAIN": "local"}).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.match(r"go(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else None


def candidates(cache):
    yield cache / f"toolchain-{PINNED}/bin/go"
    on_path = shutil.which("go")
    if on_path:
        yield pathlib.Path(on_path)
    yield pathlib.Path("/usr/local/go/bin/go")
    yield from sorted(pathlib.Path("/usr/lib").glob("go-1.*/bin/go"), reverse=True)


def cache_root():
    return pathlib.Path(os.environ.get("WINDLASS_CACHE") or pathlib.Path.home() / ".cache/windlass") / "go"


def usable(cache):
    """Path of an installed or already fetched go of at least MINIMUM, or None."""
    return next((go for go in candidates(cache) if go.exists() and (version_of(go) or (0, 0)) >= MINIMUM), None)


def any_go():
    """Path of a go of any version: enough to fetch a newer one."""
    return next((go for go in candidates(pathlib.Path("/nonexistent")) if go.exists() and version_of(go)), None)


def find_or_fetch(cache):
    """Path of a go command of at least MINIMUM; fetches PINNED with an older go (Debian's golang-go) if need be."""
    go = usable(cache)
    if go:
        return go
    older = any_go()
    if not older:
        raise NoToolchain("no Go on this machine; run tools/install-deps (it installs Debian's golang-go, which is "
                          f"enough to fetch Go {PINNED} through the Go module proxy)")
    return fetch(older, cache)


def fetch(older, cache):
    """Downloads the toolchain as the module that newer go commands use themselves, checked against the sum database."""
    architecture = subprocess.run([older, "env", "GOARCH"], capture_output=True, text=True, check=True).stdout.strip()
    module = f"golang.org/toolchain@v0.0.1-go{PINNED}.linux-{architecture}"
    print(f"go-build: fetching Go {PINNED} ({module}), about 70 MB", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as empty:
        run = subprocess.run([older, "mod", "download", "-json", module], cwd=empty, capture_output=True, text=True,
                             env={**os.environ, "GOFLAGS": "", "GO111MODULE": "on"})
    try:
        answer = json.loads(run.stdout)
    except ValueError:
        answer = {}
    if run.returncode or "Dir" not in answer:
        raise NoToolchain(f"could not fetch {module}: {(answer.get('Error') or run.stderr).strip()[-400:]}; "
                          "check GOPROXY and the network, or install Go yourself")
    return unpack(pathlib.Path(answer["Dir"]), cache / f"toolchain-{PINNED}")


def unpack(module_dir, final):
    """Copies the module out of the read-only module cache and restores what a module zip cannot carry:
    execute bits and src/go.mod (cmd/go/internal/toolchain does the same)."""
    final.parent.mkdir(parents=True, exist_ok=True)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix=".toolchain-", dir=final.parent))
    try:
        subprocess.run(["cp", "-r", f"{module_dir}/.", scratch], check=True)
        subprocess.run(["chmod", "-R", "u+w", scratch], check=True)
        for folder in (scratch / "bin", scratch / "pkg/tool"):
            for path in folder.rglob("*"):
                if path.is_file():
                    path.chmod(0o755)
        shutil.copyfile(scratch / "src/_go.mod", scratch / "src/go.mod")
        scratch.chmod(0o755)
        try:
            scratch.rename(final)
        except OSError:
            if not final.is_dir():  # otherwise another build fetched it meanwhile
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return final / "bin/go"
