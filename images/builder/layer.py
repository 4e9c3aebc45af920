"""A layer: one deterministic tar, compressed, stored under the key of everything it was made from."""

import hashlib
import json
import os
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from . import cache as caches
from . import host
from .errors import BuildError

MEDIA_TYPE = "application/vnd.oci.image.layer.v1.tar+zstd"
# Level 3 with a fixed number of workers: the output does not depend on the machine's cores
COMPRESS = ["zstd", "-q", "-3", "-T2", "-c"]
CHUNK = 1 << 20


@dataclass(frozen=True)
class Layer:
    key: str
    diff_id: str      # sha256 of the tar
    digest: str       # sha256 of the compressed tar
    size: int         # bytes, compressed
    unpacked: int     # bytes of the tar
    removed: tuple    # paths of lower layers that this one takes away
    path: Path        # the compressed tar

    def descriptor(self):
        return {"mediaType": MEDIA_TYPE, "digest": f"sha256:{self.digest}", "size": self.size}


def load(cache, key):
    """The stored layer, or None."""
    folder = cache.layers / key
    try:
        meta = json.loads((folder / "layer.json").read_text())
    except FileNotFoundError:
        return None
    os.utime(folder)
    return Layer(key=key, path=folder / "layer.tar.zst", removed=tuple(meta.pop("removed")), **meta)


def store(cache, key, tree, place, epoch):
    """Packs `tree` and publishes it as layer `key`; `place` is a scratch folder on the cache's file system."""
    folder = place / "publish"
    folder.mkdir()
    meta = pack(tree, folder / "layer.tar.zst", place, epoch)
    (folder / "layer.json").write_text(json.dumps(meta, indent=1) + "\n")
    caches.publish(folder, cache.layers / key)
    return load(cache, key)


def pack(tree, target, scratch, epoch):
    """Writes the compressed tar of `tree`; returns its digests and sizes."""
    whiteouts = scratch / "whiteouts"
    for path in tree.removed:
        mark = whiteouts / Path(path).parent / f".wh.{Path(path).name}"
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    command = ["tar", "--create", "--format=gnu", "--numeric-owner", f"--mtime=@{epoch}", "--clamp-mtime", "--no-acls",
               "--no-selinux", "--no-xattrs", "--sort=name", "--no-recursion", "--null", "--verbatim-files-from"]
    command += ["-C", str(tree.root), f"--files-from={_list(scratch / 'paths', _paths(tree))}"]
    if tree.removed:
        marks = [str(Path(path).parent / f".wh.{Path(path).name}") for path in tree.removed]
        command += ["-C", str(whiteouts), f"--files-from={_list(scratch / 'marks', marks)}"]
    meta = _pipe(command, target)
    meta["removed"] = list(tree.removed)
    return meta


def unpack(layers, root):
    """Lays `layers` over each other in the empty folder `root`, owners and modes included."""
    root.mkdir(parents=True, exist_ok=True)
    for layer in layers:
        for path in layer.removed:
            caches.remove(root / path)
        done = subprocess.run(["tar", "--extract", "--zstd", "--same-permissions", "--numeric-owner", "--same-owner",
                               "--exclude=.wh.*", "-f", str(layer.path), "-C", str(root)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BuildError(f"unpacking layer {layer.key[:12]} failed: {done.stderr.strip()}; "
                             f"remove {layer.path.parent} to have it built again")


def _paths(tree):
    if tree.paths is not None:
        return tree.paths
    found = []
    for folder, folders, files in os.walk(tree.root):
        found += [os.path.relpath(os.path.join(folder, name), tree.root) for name in folders + files]
    return sorted(found)


def _list(file, paths):
    # "./" keeps tar from reading a path that begins with a dash as an option; it is stripped again by every reader
    file.write_bytes(b"".join(b"./" + os.fsencode(path) + b"\0" for path in paths))
    return file


def _pipe(command, target):
    host.need("tar", "zstd")
    plain, packed = hashlib.sha256(), hashlib.sha256()
    sizes = [0, 0]
    with open(target, "wb") as out:
        tar = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        zstd = subprocess.Popen(COMPRESS, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

        def collect():
            while chunk := zstd.stdout.read(CHUNK):
                packed.update(chunk)
                sizes[1] += len(chunk)
                out.write(chunk)

        collector = threading.Thread(target=collect)
        collector.start()
        try:
            while chunk := tar.stdout.read(CHUNK):
                plain.update(chunk)
                sizes[0] += len(chunk)
                zstd.stdin.write(chunk)
        finally:
            zstd.stdin.close()
            collector.join()
            complaint = tar.stderr.read().decode(errors="replace").strip()
            codes = (tar.wait(), zstd.wait())
    if codes != (0, 0):
        raise BuildError(f"packing a layer failed: tar ended with {codes[0]}, zstd with {codes[1]}: {complaint[-500:]}")
    return {"diff_id": plain.hexdigest(), "digest": packed.hexdigest(), "size": sizes[1], "unpacked": sizes[0]}
