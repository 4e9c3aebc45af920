"""A guest that is a kernel and an initial file system in memory: /disk/vmlinuz, /disk/initrd, /disk/image.json.

`packages` (a kernel and busybox) are unpacked, not installed; `modules` are those that the guest loads, in that order; `from` is
the guest's file tree, whose programs are busybox's; `cmdline` the kernel arguments.
"""

import json
import lzma
import os
import re
import shutil
from pathlib import Path

from .. import chroot, digest, host, layer, tree
from ..errors import BuildError

FOLDERS = ("dev", "proc", "sys", "run", "tmp", "seed", "etc", "bin", "sbin", "usr/bin", "usr/sbin")
ARCHIVES = "/var/cache/apt/archives"


def inputs(spec, place):
    return {"spec": spec, "debian": place.debian, "content": digest.of_tree(place.folder / spec["from"])}


def build(spec, place, parent, work, log):
    host.need("dpkg-deb", "cpio")
    epoch = place.debian["epoch"]
    unpacked = _packages(spec, parent, work, log, epoch)
    guest = work / "guest"
    _guest_tree(guest, unpacked, spec, place)
    disk = work / "root" / "disk"
    disk.mkdir(parents=True)
    shutil.copyfile(_one(unpacked, "boot/vmlinuz-*"), disk / "vmlinuz")
    _pack(guest, disk / "initrd", work, log, epoch)
    (disk / "image.json").write_text(json.dumps({
        "kind": "kernel", "kernel": "vmlinuz", "initrd": "initrd", "cmdline": spec["cmdline"],
        "sha256": {name: digest.of_file(disk / name) for name in ("vmlinuz", "initrd")},
    }, indent=1) + "\n")
    for file in disk.iterdir():
        file.chmod(0o644)
    return tree.Tree(work / "root")


def _packages(spec, parent, work, log, epoch):
    root = work / "builder"
    layer.unpack(parent, root)
    chroot.mirror_options(root)
    chroot.run(root, ["apt-get", "-q", "update"], log, "reading the package lists", epoch)
    chroot.run(root, ["apt-get", "-q", "-y", "--no-install-recommends", "--download-only", "-o", "APT::Sandbox::User=root", "install",
                      *spec["packages"]], log, f"fetching {' '.join(spec['packages'])}", epoch)
    unpacked = work / "unpacked"
    for pattern in ("linux-image-[0-9]*.deb", "busybox-static_*.deb"):
        host.run(["dpkg-deb", "-x", _one(root, ARCHIVES.lstrip("/") + "/" + pattern), unpacked], log, f"unpacking {pattern}")
    return unpacked


def _guest_tree(guest, unpacked, spec, place):
    for name in FOLDERS:
        (guest / name).mkdir(parents=True, exist_ok=True)
    tree.copy_into(place.folder / spec["from"], guest)
    busybox = unpacked / "usr/bin/busybox"
    tree.place_file(busybox, guest / "bin/busybox")
    for applet in host.output([busybox, "--list-full"], "asking busybox for its programs").split():
        link = guest / applet
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.symlink_to("/bin/busybox")
    (guest / "init").symlink_to("/bin/busybox")
    order = copy_modules(_one(unpacked, "usr/lib/modules/*"), spec["modules"], guest / "lib/modules")
    (guest / "lib/modules/order").write_text("".join(name + "\n" for name in order))


def copy_modules(source, names, target):
    """Copies modules and what they depend on, uncompressed; returns the file names in an order in which they load."""
    target.mkdir(parents=True, exist_ok=True)
    found = {_plain(path.name): path for path in source.glob("kernel/**/*.ko*")}
    builtin = {_plain(Path(line).name) for line in (source / "modules.builtin").read_text().split()}
    order = []

    def add(name):
        name = name.replace("-", "_")
        if name in builtin or f"{name}.ko" in order:
            return
        if name not in found:
            raise BuildError(f"the kernel in {source.name} has no module {name}: take it out of the recipe or choose another kernel")
        data = _read_module(found[name])
        for other in _depends(data):
            add(other)
        (target / f"{name}.ko").write_bytes(data)
        order.append(f"{name}.ko")

    for name in names:
        add(name)
    return order


def _plain(file):
    return file.split(".ko", 1)[0].replace("-", "_")


def _read_module(path):
    data = path.read_bytes()
    return lzma.decompress(data) if path.suffix == ".xz" else data


def _depends(data):
    match = re.search(rb"\0depends=([^\0]*)\0", data)
    return [name for name in match.group(1).decode().split(",") if name] if match else []


def _pack(guest, target, work, log, epoch):
    """The initrd is not compressed: an emulated processor unpacks slower than the disk reads; the layer is compressed anyway."""
    names = sorted(os.path.relpath(os.path.join(folder, name), guest) for folder, folders, files in os.walk(guest) for name in folders + files)
    for name in names:
        os.utime(guest / name, (epoch, epoch), follow_symlinks=False)
    listing = work / "names"
    listing.write_text("".join(name + "\n" for name in names))
    with open(listing, "rb") as stream:
        host.run(["cpio", "--create", "--quiet", "--format=newc", "--reproducible", "--owner=0:0", f"--file={target}"],
                 log, "packing the initial file system", cwd=guest, stdin=stream)


def _one(folder, pattern):
    found = sorted(Path(folder).glob(pattern))
    if len(found) != 1:
        raise BuildError(f"expected one file {pattern} and found {len(found)}: check the packages of the recipe")
    return found[0]
