"""Debian packages on top of the parent: `packages`, `users` (added before they are installed), `run` (a shell script after it)."""

from .. import chroot, layer, tree


def inputs(spec, place):
    return {"spec": spec, "debian": place.debian}


def build(spec, place, parent, work, log):
    root = work / "root"
    layer.unpack(parent, root)
    before = tree.scan(root)
    tree.add_users(root, spec.get("users", []))
    epoch = place.debian["epoch"]
    if spec.get("packages"):
        install(root, spec["packages"], log, epoch)
    if spec.get("run"):
        chroot.run(root, ["sh", "-euc", spec["run"]], log, "the recipe's script", epoch)
    tree.normalise(root)
    return tree.difference(before, root)


def install(root, packages, log, epoch):
    """Installs packages inside `root`; no service is started."""
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    settings = chroot.mirror_options(root)
    chroot.run(root, ["apt-get", "-q", "update"], log, "reading the package lists", epoch)
    chroot.run(root, ["apt-get", "-q", "-y", "--no-install-recommends", "-o", "APT::Sandbox::User=root", "install", *packages], log,
               f"installing {' '.join(packages)}", epoch)
    settings.unlink()
    policy.unlink()
