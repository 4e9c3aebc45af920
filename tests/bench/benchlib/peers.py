"""The peers: how each is built and called."""
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))
sys.path.insert(0, str(ROOT / "tools" / "lib"))
import go_toolchain  # noqa: E402
from steps import say  # noqa: E402

SOURCES = ROOT / "tests" / "bench" / "peers"
BUILD = ROOT / "build" / "bench"
RUST_MINIMUM = (1, 89)  # rust-version of the crate kube 5.0
WINDLASS, GO, RUST, RAW = "windlass", "controller-runtime", "kube-rs", "client-go raw"
RUST_HINT = f"""
  ******************************************************************************************************************
  NO RUST {RUST_MINIMUM[0]}.{RUST_MINIMUM[1]} OR NEWER: kube-rs IS LEFT OUT. Debian 12's rustc is too old for it. Install a stable toolchain with
  rustup (https://rustup.rs) so that `cargo` is on PATH or in ~/.cargo/bin, and call this again.
  ******************************************************************************************************************
"""


@dataclasses.dataclass
class Built:
    name: str
    command: list


def build_windlass(steps):
    steps.run("configure release", ["cmake", "--preset", "release"])
    steps.run("build windlass", ["nice", "cmake", "--build", ROOT / "build/release", "--target", "bench-windlass"], show="FAILED|error:")
    return Built(WINDLASS, [ROOT / "build/release/bin/bench-windlass"])


def build_go(steps):
    go = go_toolchain.find_or_fetch(go_toolchain.cache_root())
    environment = {"GOFLAGS": "-mod=readonly -trimpath -buildvcs=false", "GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0"}
    BUILD.mkdir(parents=True, exist_ok=True)
    steps.run("build controller-runtime", ["nice", go, "build", "-o", f"{BUILD}/", "./controller", "./load"], cwd=SOURCES / "go",
              env=environment)
    return Built(GO, [BUILD / "controller"])


def load_tool():
    return BUILD / "load"


def rust_version(cargo):
    try:
        text = subprocess.run([cargo, "--version"], capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.match(r"cargo (\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else None


def find_cargo():
    """A cargo that is new enough, on PATH or where rustup puts it, or None."""
    candidates = [shutil.which("cargo"), os.path.expanduser("~/.cargo/bin/cargo")]
    return next((cargo for cargo in candidates if cargo and (rust_version(cargo) or (0, 0)) >= RUST_MINIMUM), None)


def build_rust(steps):
    cargo = find_cargo()
    if not cargo:
        say(RUST_HINT)
        return None
    steps.run("build kube-rs", ["nice", cargo, "build", "--release", "--locked", "--target-dir", BUILD / "rust"],
              cwd=SOURCES / "kube-rs", show="error")
    return Built(RUST, [BUILD / "rust/release/bench-kube-rs"])


BUILDERS = {WINDLASS: build_windlass, GO: build_go, RUST: build_rust}


def binary_sizes(peer):
    """MB of the program without debug information, and of the libraries it brings along (all but the C library)."""
    copy = BUILD / "stripped"
    shutil.copyfile(peer.command[0], copy)
    copy.chmod(0o755)
    subprocess.run(["strip", copy], check=True)
    size = copy.stat().st_size
    copy.unlink()
    listing = subprocess.run(["ldd", peer.command[0]], capture_output=True, text=True).stdout
    libraries = {pathlib.Path(path).resolve() for path in re.findall(r"=> (/\S+)", listing)}
    system = re.compile(r"^(libc|libm|libgcc_s|libstdc\+\+|ld-linux.*|libdl|libpthread|librt)[.-]")
    return {"binary_mb": size / 1e6,
            "libraries_mb": sum(path.stat().st_size for path in libraries if not system.match(path.name)) / 1e6}
