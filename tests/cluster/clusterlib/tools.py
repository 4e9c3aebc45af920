"""The programs a cluster runs: built by tools/go-build, shown to every machine under /opt/windlass-cluster/<tool>."""
import functools
import os
import pathlib
import subprocess

from . import files

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
GO_BUILD = REPOSITORY / "tools/go-build"
MACHINE_TOOLS = ["kubernetes", "etcd", "containerd", "runc"]
IMAGE_TOOLS = ["coredns", "local-path-provisioner"]


@functools.cache
def ensure():
    """tool -> folder of its binaries, after building what the cache does not have (progress goes to stderr)."""
    names = [*MACHINE_TOOLS, "cni-plugins", *IMAGE_TOOLS]
    done = subprocess.run([GO_BUILD, "--print-bin", *names], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise files.ClusterError("the cluster's programs could not be built; the lines above say why")
    return dict(zip(names, map(pathlib.Path, done.stdout.split()), strict=True))


def cache():
    return pathlib.Path(os.environ.get("WINDLASS_CACHE") or pathlib.Path.home() / ".cache/windlass")


def binary(tool, name):
    return ensure()[tool] / name


def binds():
    """[host folder, folder in a machine], read-only."""
    found = [[str(ensure()[tool]), f"/opt/windlass-cluster/{tool}"] for tool in MACHINE_TOOLS]
    return found + [[str(ensure()["cni-plugins"]), "/opt/cni/bin"]]


def path():
    own = [f"/opt/windlass-cluster/{tool}" for tool in MACHINE_TOOLS]
    return ":".join([*own, "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
