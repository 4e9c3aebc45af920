"""A control group for each machine in every hierarchy, for cgroup v1 and v2. Inside, it is the root (cgroup namespace)."""
import contextlib
import os
import pathlib
import time

from . import linux

ROOT = pathlib.Path("/sys/fs/cgroup")
FLAGS = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC


def is_v2():
    return (ROOT / "cgroup.controllers").exists()


def hierarchies():
    """(mount name, mount options) of every v1 hierarchy of this machine; co-mounted controllers appear once."""
    found = []
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split(" ", 2)
        point = pathlib.Path(left.split()[4])
        if kind == "cgroup" and point.parent == ROOT and not point.is_symlink():
            # Super block options are the controllers plus flags that the hierarchy already has.
            keep = [o for o in options.split(",") if o not in ("rw", "ro", "xattr", "clone_children", "seclabel")
                    and not o.startswith("release_agent=")]
            found.append((point.name, ("none," if keep[0].startswith("name=") else "") + ",".join(keep)))
    return found


def aliases():
    """v1: names like cpu -> cpu,cpuacct that distributions give to co-mounted controllers."""
    return {p.name: os.readlink(p) for p in ROOT.iterdir() if p.is_symlink()}


def _groups(name):
    return [ROOT / name] if is_v2() else [ROOT / mount / name for mount, _ in hierarchies()]


def _inherit_cpuset(group):
    """A new v1 cpuset has no CPU and no memory node: no process may enter it before it has them."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        if (group / name).exists() and not (group / name).read_text().strip():
            (group / name).write_text((group.parent / name).read_text())


def _delegate(group):
    controllers = (group.parent / "cgroup.controllers").read_text().split()
    for controller in controllers:
        with contextlib.suppress(OSError):  # one that cannot be delegated must not cost the others
            (group.parent / "cgroup.subtree_control").write_text(f"+{controller}")


def enter(name):
    """Makes the group (a path such as windlass-0/node1) and moves this process into it."""
    for group in _groups(name):
        for folder in (group.parent, group):
            folder.mkdir(exist_ok=True)
            if is_v2():
                _delegate(folder)
            else:
                _inherit_cpuset(folder)
        (group / "cgroup.procs").write_text(str(os.getpid()))


def join(name):
    """Moves this process into the group of a running machine."""
    for group in _groups(name):
        (group / ("init/cgroup.procs" if is_v2() else "cgroup.procs")).write_text(str(os.getpid()))


def leave_root(name):
    """v2: a group with processes of its own cannot delegate, so the machine's first process lives one level down.
    To be called after the cgroup namespace was made, which then has the group itself as its root."""
    if not is_v2():
        return
    leaf = ROOT / name / "init"
    leaf.mkdir(exist_ok=True)
    (leaf / "cgroup.procs").write_text(str(os.getpid()))
    _delegate(leaf)


def mount_inside(target):
    """Mounts the hierarchies at target (an empty folder) as the calling process's cgroup namespace sees them."""
    if is_v2():
        linux.mount("cgroup2", target, "cgroup2", FLAGS)
        return
    found, links = hierarchies(), aliases()
    linux.mount("tmpfs", target, "tmpfs", FLAGS, "mode=755")
    for mount, options in found:
        (target / mount).mkdir()
        linux.mount("cgroup", target / mount, "cgroup", FLAGS, options)
    for link, real in links.items():
        (target / link).symlink_to(real)


def remove(name):
    """Removes a group and all below it in every hierarchy; its processes must be dead (their exit may still be under way)."""
    deadline = time.monotonic() + 10
    for group in _groups(name):
        while group.is_dir():
            for folder, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
            if group.is_dir():
                if time.monotonic() > deadline:
                    raise OSError(f"control group {group} is still in use")
                time.sleep(0.05)
