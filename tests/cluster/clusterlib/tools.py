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
USER_TOOLS = {"kubectl": "kubernetes", "helm": "helm"}


@functools.cache
def ensure():
    """tool -> folder of its binaries, after building what the cache does not have (progress goes to stderr)."""
    names = [*MACHINE_TOOLS, "cni-plugins", *IMAGE_TOOLS, "helm"]
    done = subprocess.run([GO_BUILD, "--print-bin", *names], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise files.ClusterError("the cluster's programs could not be built; the lines above say why")
    return dict(zip(names, map(pathlib.Path, done.stdout.split()), strict=True))


def cache():
    return pathlib.Path(os.environ.get("WINDLASS_CACHE") or pathlib.Path.home() / ".cache/windlass")


def binary(tool, name):
    return ensure()[tool] / name


def link_user_tools(folder):
    """One folder for PATH with the programs a person wants: kubectl and helm in the cluster's versions."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, tool in USER_TOOLS.items():
        if not (folder / name).exists() or (folder / name).resolve() != binary(tool, name).resolve():
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to(binary(tool, name))
    return folder


def binds():
    """[host folder, folder in a machine], read-only."""
    found = [[str(ensure()[tool]), f"/opt/windlass-cluster/{tool}"] for tool in MACHINE_TOOLS]
    return found + [[str(ensure()["cni-plugins"]), "/opt/cni/bin"]]


def path():
    own = [f"/opt/windlass-cluster/{tool}" for tool in MACHINE_TOOLS]
    return ":".join([*own, "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
