"""Large images are unpacked once on this machine, not once for each node of each cluster.

The cache holds the store of a containerd that never runs a container and never forgets an image. A new node's disk begins
with its databases (copied), its blobs (hard links) and symbolic links to its unpacked layers, which the node sees read-only:
containerd never changes a layer, it lays others over it, and when it removes one it removes the link.
"""
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from . import files, linux, tools

LARGE = 20 << 20  # bytes of an archive; smaller ones change often and load in no time
LIMIT = 4 << 30  # bytes of archives in the store; with more it is made anew, as soon as no node uses it
INSIDE = "/opt/windlass-cluster/layers"
LAYERS = "io.containerd.snapshotter.v1.overlayfs/snapshots"
CONFIG = """version = 3
root = "{root}"
state = "{run}/state"
disabled_plugins = ["io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri",
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.erofs", "io.containerd.snapshotter.v1.blockfile", "io.containerd.nri.v1.nri"]
[grpc]
address = "{run}/containerd.sock"
[ttrpc]
address = "{run}/containerd.sock.ttrpc"
"""


def _folder():
    """One store for each build of containerd, so that none has to read what a newer one wrote."""
    return tools.cache() / "cluster-images" / f"store-{tools.binary('containerd', '').parent.name}"


def _lock():
    return files.locked(_folder().with_suffix(".lock"), "another command that uses the store of unpacked images")


def _index():
    """{"images": {reference: digest}, "bytes": of all archives it was ever given}"""
    return files.read_json(_folder() / "images.json") or {"images": {}, "bytes": 0}


def _used():
    """Whether a node that still exists was planted from the store; each left a file with its folder's path."""
    marks = list((_folder() / "users").glob("*"))
    return any(pathlib.Path(mark.read_text()).exists() for mark in marks)


@contextlib.contextmanager
def _containerd():
    """A containerd on the store, in a mount and pid namespace of its own; it ends with this process, however that ends."""
    run = pathlib.Path(tempfile.mkdtemp(prefix="windlass-store-"))
    (run / "config.toml").write_text(CONFIG.format(root=_folder() / "containerd", run=run))
    parent = os.getpid()
    daemon = subprocess.Popen(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", tools.binary("containerd", "containerd"), "--config",
         run / "config.toml"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(run / "log", "w"),
        preexec_fn=lambda: linux.die_with_parent(parent))
    try:
        deadline = time.monotonic() + 30
        while not (run / "containerd.sock").exists():
            if daemon.poll() is not None or time.monotonic() > deadline:
                raise files.ClusterError(f"containerd for the store of images did not start: "
                                         f"{(run / 'log').read_text()[-400:]}")
            time.sleep(0.05)
        yield run / "containerd.sock"
    finally:
        daemon.kill()
        daemon.wait()
        shutil.rmtree(run, ignore_errors=True)


def keep(archives):
    """Adds the large ones to the store. archives: path -> {reference: digest}. What it has is skipped."""
    with _lock():
        index = _index()
        if index["bytes"] > LIMIT and not _used():
            shutil.rmtree(_folder())
            index = _index()
        new = {path: names for path, names in archives.items() if path.is_file() and path.stat().st_size > LARGE
               and names and not names.items() <= index["images"].items()}
        if not new or index["bytes"] > LIMIT:
            return
        (_folder() / "containerd").mkdir(parents=True, exist_ok=True)
        with _containerd() as socket:
            ctr = [tools.binary("containerd", "ctr"), "--address", socket, "-n", "k8s.io", "images"]
            for path, names in new.items():
                files.progress(f"unpacking {', '.join(names)} for clusters to come")
                files.run(*ctr, "import", path, timeout=600)
                for reference, digest in names.items():  # a name of its own keeps it when the tag moves on
                    files.run(*ctr, "tag", "--force", reference, f"windlass.dev/kept:{digest.partition(':')[2]}")
                index["images"] |= names
                index["bytes"] += path.stat().st_size
        files.write(_folder() / "images.json", json.dumps(index))


def plant(machine_dir):
    """Fills the containerd folder of a node that has never run."""
    source, target = _folder() / "containerd", machine_dir / "root/var/lib/containerd"
    if target.exists() or not (source / LAYERS).is_dir():
        return
    scratch = target.with_name(".containerd.new")
    with _lock():
        shutil.rmtree(scratch, ignore_errors=True)
        (scratch / LAYERS).mkdir(parents=True)
        files.write_json(machine_dir / "layers.json", str(source / LAYERS))
        files.write(_folder() / "users" / hashlib.sha256(str(machine_dir).encode()).hexdigest()[:16], str(machine_dir))
        for layer in (source / LAYERS).iterdir():
            (scratch / LAYERS / layer.name).symlink_to(f"{INSIDE}/{layer.name}")
        for database in source.glob("*/*.db"):
            (scratch / database.parent.name).mkdir(exist_ok=True)
            shutil.copy2(database, scratch / database.relative_to(source))
        content = "io.containerd.content.v1.content"
        linked = subprocess.run(["cp", "-al", source / content, scratch / content], stderr=subprocess.DEVNULL)
        if linked.returncode != 0:  # the cache is on another file system
            subprocess.run(["cp", "-a", source / content, scratch / content], check=True)
        scratch.rename(target)


def binds(machine_dir):
    """[host folder, folder in the machine] that a planted node needs at every start."""
    layers = files.read_json(machine_dir / "layers.json")
    return [[layers, INSIDE]] if layers else []
