"""The file system of a machine: its own /etc, /var, /run, /dev, /proc and /sys around the programs of this one.

Called in the machine's fresh mount namespace. A power loss keeps root/ (the disk) and loses /run and /tmp.
"""
import os
import pathlib
import shutil
import stat

from . import cgroups, linux

# What programs read from /etc; nothing that is secret or that describes this machine's own services.
ETC = ["alternatives", "ca-certificates.conf", "debian_version", "ethertypes", "group", "iproute2", "ld.so.cache",
       "ld.so.conf", "ld.so.conf.d", "localtime", "login.defs", "magic", "mke2fs.conf", "nsswitch.conf", "os-release",
       "passwd", "profile", "protocols", "qemu", "sasl2", "services", "ssl/certs", "ssl/openssl.cnf", "terminfo"]
FOLDERS = ["dev", "home", "mnt", "opt/cni/bin", "proc", "root", "run", "srv", "sys", "tmp", "usr", "var/cache",
           "var/lib", "var/log/services", "var/spool", "var/tmp", "opt/windlass-cluster"]
DEVICES = {"null": (1, 3, 0o666), "zero": (1, 5, 0o666), "full": (1, 7, 0o666), "random": (1, 8, 0o666),
           "urandom": (1, 9, 0o666), "tty": (5, 0, 0o666), "kmsg": (1, 11, 0o644), "net/tun": (10, 200, 0o666),
           "fuse": (10, 229, 0o666)}
# What the kubelet would write into the whole kernel: it finds its values there and leaves the real ones alone.
TUNABLES = {"vm/overcommit_memory": 1, "vm/panic_on_oom": 0, "kernel/panic": 10, "kernel/panic_on_oops": 1,
            "kernel/keys/root_maxkeys": 1000000, "kernel/keys/root_maxbytes": 25000000}


def prepare_disk(root, files):
    """Makes or completes the machine's disk; files maps paths to texts and is written anew at every start."""
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name in ("tmp", "var/tmp"):
        (root / name).chmod(0o1777)
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        host = pathlib.Path("/") / name
        if host.is_symlink() and not (root / name).is_symlink():
            (root / name).symlink_to(os.readlink(host))
        elif host.is_dir() and not host.is_symlink():
            (root / name).mkdir(exist_ok=True)
    if not (root / "var/run").is_symlink():
        (root / "var/run").symlink_to("/run")
    if not (root / "etc").exists():
        _make_etc(root)
    for path, text in files.items():
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(0o600 if path.endswith((".key", ".kubeconfig")) else 0o644)


def _make_etc(root):
    """Under another name first: a copy that was interrupted must not count, nor be in the way of the next."""
    scratch = root / ".etc.new"
    shutil.rmtree(scratch, ignore_errors=True)
    for name in ETC:
        source, target = pathlib.Path("/etc") / name, scratch / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        elif source.exists():
            shutil.copy2(source, target, follow_symlinks=name != "localtime")
    _add_users(scratch)
    scratch.rename(root / "etc")


def _add_users(etc):
    """libvirt does not start without these (the package libvirt-daemon-system makes them, and starts a daemon)."""
    for name, line in (("group", "kvm:x:64054:\nlibvirt-qemu:x:64055:\n"),
                       ("passwd", "libvirt-qemu:x:64055:64055:libvirt:/var/lib/libvirt:/usr/sbin/nologin\n")):
        have = {entry.split(":")[0] for entry in (etc / name).read_text().splitlines()}
        new = [entry for entry in line.splitlines() if entry.split(":")[0] not in have]
        with open(etc / name, "a") as handle:
            handle.writelines(entry + "\n" for entry in new)


def enter(root, binds):
    """Builds the mounts and makes root the root. binds: [host path, path inside], read-only."""
    linux.mount(None, "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    linux.bind(root, root)
    for name in ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        if (root / name).is_dir() and not (root / name).is_symlink():
            linux.bind(f"/{name}", root / name, read_only=True)
    for source, inside in binds:
        target = root / inside.lstrip("/")
        target.mkdir(parents=True, exist_ok=True)
        linux.bind(source, target, read_only=True)
    linux.mount("proc", root / "proc", "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
    linux.mount("tmpfs", root / "run", "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "mode=755,size=512m")
    linux.mount("tmpfs", root / "tmp", "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "mode=1777,size=2g")
    linux.mount("sysfs", root / "sys", "sysfs", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
    cgroups.mount_inside(root / "sys/fs/cgroup")
    _make_dev(root / "dev")
    (root / "run/lock").mkdir()
    _pin_tunables(root)
    linux.pivot_root(root)
    linux.mount(None, "/", flags=linux.MS_REC | linux.MS_SHARED)  # volumes with Bidirectional propagation need it


def _make_dev(dev):
    linux.mount("tmpfs", dev, "tmpfs", linux.MS_NOSUID, "mode=755,size=16m")
    for name, (major, minor, mode) in DEVICES.items():
        _node(dev / name, major, minor, mode)
    # libvirt's user reaches KVM through its group; see "the /dev/kvm trap" in docs/test-cluster.md.
    if pathlib.Path("/dev/kvm").exists():
        _node(dev / "kvm", 10, 232, 0o660)
        groups = [line.split(":") for line in (dev.parent / "etc/group").read_text().splitlines()]
        os.chown(dev / "kvm", 0, next(int(group[2]) for group in groups if group[0] == "kvm"))
    for name in ("pts", "shm", "mqueue", "hugepages"):
        (dev / name).mkdir()
    flags = linux.MS_NOSUID | linux.MS_NOEXEC
    linux.mount("devpts", dev / "pts", "devpts", flags, "newinstance,ptmxmode=0666,mode=620,gid=5")
    linux.mount("tmpfs", dev / "shm", "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "mode=1777")
    linux.mount("mqueue", dev / "mqueue", "mqueue", flags)
    for name, target in {"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "/proc/self/fd/0",
                         "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}.items():
        (dev / name).symlink_to(target)


def _node(path, major, minor, mode):
    path.parent.mkdir(exist_ok=True)
    os.mknod(path, stat.S_IFCHR, os.makedev(major, minor))
    path.chmod(mode)


def _pin_tunables(root):
    folder = root / "run/pinned-sysctl"
    folder.mkdir()
    for name, value in TUNABLES.items():
        if (root / "proc/sys" / name).exists():
            pinned = folder / name.replace("/", ".")
            pinned.write_text(f"{value}\n")
            linux.mount(pinned, root / "proc/sys" / name, flags=linux.MS_BIND)
