"""Looking at an unpacked file tree: what is in it, what changed, and making it the same on every build."""

import os
import shutil
import stat
from dataclasses import dataclass, field
from pathlib import Path

from . import digest

# Left behind by package tools; differs from build to build and serves nobody at run time. Folders are emptied, files removed.
EMPTIED = ("dev", "var/log", "var/cache/apt", "var/lib/apt/lists", "tmp", "var/tmp", "run", "var/cache/debconf", "root/.cache")
REMOVED = ("var/cache/ldconfig/aux-cache", "var/lib/dpkg/status-old", "var/lib/dpkg/diversions-old", "var/lib/systemd/catalog/database",
           "var/lib/dpkg/statoverride-old", "etc/machine-id", "etc/hostname", "etc/resolv.conf", "etc/passwd-", "etc/group-",
           "etc/shadow-", "etc/gshadow-", "etc/.pwd.lock", "var/lib/dpkg/lock", "var/lib/dpkg/lock-frontend",
           "var/lib/dpkg/triggers/Lock", "var/lib/apt/extended_states.lock", "usr/sbin/policy-rc.d")


@dataclass
class Tree:
    """What a layer holds: `paths` below `root` (None: all of them) and `removed`, paths of the parent it takes away."""
    root: Path
    paths: list = None
    removed: list = field(default_factory=list)


def scan(root):
    """{path: what it is} of everything below `root`; equal values mean that the entries are the same."""
    found = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, root)] = _describe(path)
    return found


def _describe(path):
    info = os.lstat(path)
    owner = [stat.S_IFMT(info.st_mode), stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid]
    if stat.S_ISLNK(info.st_mode):
        return owner + [os.readlink(path)]
    if stat.S_ISREG(info.st_mode):
        return owner + [info.st_size, digest.of_file(path)]
    if stat.S_ISDIR(info.st_mode):
        return owner
    return owner + [info.st_rdev]


def difference(before, root):
    """The Tree that leads from the scan `before` to the present content of `root`."""
    now = scan(root)
    changed = {path for path, what in now.items() if before.get(path) != what}
    # the folders above a change are listed too: a layer without them would give them default owners and modes
    parents = {str(parent) for path in changed for parent in Path(path).parents if str(parent) != "."}
    gone = {path for path in before if path not in now}
    removed = sorted(path for path in gone if str(Path(path).parent) not in gone)
    return Tree(Path(root), sorted(changed | parents), removed)


def normalise(root):
    """Removes what differs between two equal builds, and every setuid and setgid bit: no image of ours gives privileges away."""
    root = Path(root)
    for name in EMPTIED:
        folder = root / name
        if folder.is_dir() and not folder.is_symlink():
            for entry in folder.iterdir():
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()
    for name in REMOVED:
        (root / name).unlink(missing_ok=True)
    for folder, _, files in os.walk(root):
        for path in [folder] + [os.path.join(folder, name) for name in files]:
            mode = os.lstat(path).st_mode
            if not stat.S_ISLNK(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                os.chmod(path, stat.S_IMODE(mode) & ~(stat.S_ISUID | stat.S_ISGID))


def copy_into(source, target):
    """Copies a folder of the repository into an image: everything root's, 0755 or 0644 whatever the umask of the checkout was."""
    for folder, folders, files in os.walk(source):
        below = Path(target, os.path.relpath(folder, source))
        below.mkdir(parents=True, exist_ok=True)
        below.chmod(0o755)
        for name in folders[:]:
            if Path(folder, name).is_symlink():
                folders.remove(name)
                files.append(name)
        for name in files:
            place_file(Path(folder, name), below / name)


def place_file(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        target.symlink_to(os.readlink(source))
        return
    shutil.copyfile(source, target)
    target.chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)


def add_users(root, users):
    """Appends users (with a group each) to the image's account files without running any program of the image."""
    accounts = {"passwd": [], "group": []}
    for user in users:
        name, uid = user["name"], user["uid"]
        gid = user.get("gid", uid)
        home = user.get("home", "/nonexistent")
        accounts["passwd"].append((name, f"{name}:x:{uid}:{gid}::{home}:{user.get('shell', '/usr/sbin/nologin')}"))
        accounts["group"].append((name, f"{name}:x:{gid}:"))
    for file, lines in accounts.items():
        path = Path(root, "etc", file)
        path.parent.mkdir(parents=True, exist_ok=True)
        old = path.read_text().splitlines() if path.exists() else []
        names = {name for name, _ in lines}
        kept = [line for line in old if line.split(":", 1)[0] not in names]
        path.write_text("\n".join(kept + [line for _, line in lines]) + "\n")
        path.chmod(0o644)
