"""Where results live.

    <cache>/images/layers/<key>/      layer.tar.zst and layer.json
    <cache>/images/images/<key>/      image.tar (OCI layout) and image.json
    <cache>/images/current/<name>.tar a link to the tar that the present inputs give
    <cache>/images/work/              builds in progress; a leftover here belongs to a build that was killed
    <cache>/images/failed/            the log of the last failure of each name

A result appears under its key by one rename, so it is whole or absent. Whoever builds a key holds the lock of that key.
"""

import contextlib
import fcntl
import os
import shutil
import threading
import time
from pathlib import Path


class Cache:
    def __init__(self, root=None):
        default = os.environ.get("WINDLASS_CACHE") or str(Path.home() / ".cache" / "windlass")
        self.root = Path(root or default, "images").absolute()
        self.layers = self.root / "layers"
        self.images = self.root / "images"
        self.current = self.root / "current"
        self.work = self.root / "work"
        self.failed = self.root / "failed"
        self.locks = self.root / "locks"
        self.tools = self.root / "tools"
        for folder in (self.layers, self.images, self.current, self.work, self.failed, self.locks, self.tools):
            folder.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def lock(self, name, waiting=None):
        """Holds the lock `name` of this cache; calls `waiting()` once when somebody else holds it now."""
        with open(self.locks / name, "w") as stream:
            if not _try_lock(stream):
                if waiting:
                    waiting()
                fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    @contextlib.contextmanager
    def workplace(self, key):
        """An empty folder to build `key` in; the caller holds its lock. It is removed at the end, also after a failure."""
        place = self.work / key
        remove(place)
        place.mkdir()
        try:
            yield place
        finally:
            remove(place)

    def sweep(self):
        """Removes what killed builds left in work/; a build that runs holds its lock and is left alone."""
        for place in self.work.iterdir():
            with open(self.locks / place.name, "w") as stream:
                if _try_lock(stream):
                    remove(place)

    def point(self, name, target):
        """Makes current/<name>.tar a link to `target`, atomically; does nothing when it already is."""
        link = self.current / f"{name}.tar"
        wanted = os.path.relpath(target, self.current)
        if link.is_symlink() and os.readlink(link) == wanted:
            return
        fresh = self.current / f".{name}.{os.getpid()}.{threading.get_ident()}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(wanted)
        fresh.rename(link)


def publish(folder, target):
    """Renames a finished folder to its final name. Its files reach the disk first, so a crash cannot leave a short one."""
    for path in folder.iterdir():
        with open(path, "rb") as stream:
            os.fsync(stream.fileno())
    remove(target)
    folder.rename(target)


def remove(path):
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)


def age(path):
    """Seconds since `path` was last made or used; 0 when it is gone."""
    try:
        return max(0.0, time.time() - path.stat().st_mtime)
    except FileNotFoundError:
        return 0.0


def _try_lock(stream):
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
