"""A guest that is a bootable disk: /disk/disk.qcow2 and /disk/image.json. The root file system is that of the base `builder`, with
the recipe's folder `from` laid over it; `size` is the disk's size in MiB, `setuid` the programs that get that bit back.

No loop device and no mount: mke2fs fills the partition from a folder, and GRUB's two parts are written where they look for each
other by default (boot.img in sector 0 reads core.img from sector 1 on).
"""

import json
import os
import shutil
import struct

from .. import chroot, digest, host, layer, tree
from ..errors import BuildError

SECTOR = 512
FIRST_SECTOR = 2048          # of the partition; GRUB's core lies before it
BOOT_CODE = 440              # bytes of sector 0 that are code; the partition table follows
GRUB_MODULES = ("biosdisk", "part_msdos", "ext2", "normal", "linux", "boot", "configfile")
LABEL = "windlass-root"
# Fixed, so that equal inputs give equal disks as far as the tools allow; guests are told apart by their machine id
UUID = "5f0c1f0a-6b7e-4a52-9d3c-77696e646c61"


def inputs(spec, place):
    return {"spec": spec, "debian": place.debian, "content": digest.of_tree(place.folder / spec["from"])}


def build(spec, place, parent, work, log):
    host.need("mke2fs", "qemu-img")
    root = work / "guest"
    layer.unpack(parent, root)
    boot, core = _grub(root, work, log, place.debian["epoch"])
    _finish(root, spec, place)
    raw = work / "disk.raw"
    _partition(raw, boot, core, spec["size"])
    host.run(["mke2fs", "-q", "-t", "ext4", "-d", root, "-L", LABEL, "-U", UUID, "-m", "1", "-O", "^orphan_file,^metadata_csum_seed",
              "-E", f"offset={FIRST_SECTOR * SECTOR},root_owner=0:0,hash_seed={UUID},lazy_itable_init=1,nodiscard", raw,
              f"{spec['size'] - 2}M"], log, "making the root file system")
    shutil.rmtree(root)
    disk = work / "root" / "disk"
    disk.mkdir(parents=True)
    host.run(["qemu-img", "convert", "-c", "-W", "-m", "4", "-O", "qcow2", "-o", "compression_type=zstd,cluster_size=65536", raw,
              disk / "disk.qcow2"], log, "compressing the disk")
    raw.unlink()
    (disk / "image.json").write_text(json.dumps({
        "kind": "disk", "disk": "disk.qcow2", "format": "qcow2", "sha256": {"disk.qcow2": digest.of_file(disk / "disk.qcow2")},
    }, indent=1) + "\n")
    for file in disk.iterdir():
        file.chmod(0o644)
    return tree.Tree(work / "root")


def _grub(root, work, log, epoch):
    """GRUB's boot sector and core, made by the guest's own GRUB."""
    chroot.run(root, ["grub-mkimage", "-O", "i386-pc", "-o", "/tmp/core.img", "-p", "(hd0,msdos1)/boot/grub", *GRUB_MODULES], log,
               "making the boot loader", epoch)
    core = (root / "tmp/core.img").read_bytes()
    (root / "tmp/core.img").unlink()
    if len(core) > (FIRST_SECTOR - 1) * SECTOR:
        raise BuildError(f"the boot loader has {len(core)} bytes and does not fit before the partition: take modules out")
    return (root / "usr/lib/grub/i386-pc/boot.img").read_bytes(), core


def _finish(root, spec, place):
    tree.copy_into(place.folder / spec["from"], root)
    for path in spec["setuid"]:
        os.chmod(root / path, 0o4755)
    # empty, not absent: the guest makes its id at the first boot without asking questions on the console
    (root / "etc/machine-id").write_text("")
    (root / "etc/resolv.conf").unlink(missing_ok=True)
    (root / "etc/resolv.conf").symlink_to("../run/systemd/resolve/stub-resolv.conf")
    (root / "etc/fstab").write_text(f"LABEL={LABEL} / ext4 errors=remount-ro 0 1\n")
    for name in ("vmlinuz", "initrd.img"):
        if not (root / name).exists():
            kernel = sorted((root / "boot").glob(f"{name}-*"))[-1]
            (root / name).unlink(missing_ok=True)
            (root / name).symlink_to(f"boot/{kernel.name}")


def _partition(raw, boot, core, size):
    """A disk with one bootable Linux partition from FIRST_SECTOR to its end."""
    sectors = size * 1024 * 1024 // SECTOR
    any_geometry = b"\xfe\xff\xff"
    entry = struct.pack("<B3sB3sII", 0x80, any_geometry, 0x83, any_geometry, FIRST_SECTOR, sectors - FIRST_SECTOR)
    with open(raw, "wb") as out:
        out.write(boot[:BOOT_CODE].ljust(BOOT_CODE, b"\0") + struct.pack("<IH", 0x57494E44, 0) + entry + bytes(48) + b"\x55\xaa")
        out.write(core)
        out.truncate(sectors * SECTOR)
