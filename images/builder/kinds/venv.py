"""A Python environment from a lock file: `lock` (every package pinned), `build` (constraints for building source packages),
`uv` (the pinned installer), `path` (where it is in the image). `builder` names the base in which it is made.

The lock is all there is: nothing is resolved here, so two builds hold the same packages.
"""

import os
import zipfile
from pathlib import Path

from .. import cache as caches
from .. import chroot, digest, host, layer, tree
from ..errors import BuildError

CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def inputs(spec, place):
    files = {word: digest.of_file(place.folder / spec[word]) for word in ("lock", "build", "uv")}
    return {"path": spec["path"], "files": files}


def build(spec, place, parent, work, log):
    root = work / "builder"
    layer.unpack(parent, root)
    made = work / "made"
    target = made / spec["path"].lstrip("/")
    target.mkdir(parents=True)
    _install(root, spec, place, target, work, log)
    return tree.Tree(made)


def _install(root, spec, place, target, work, log):
    path = spec["path"]
    inside = {
        # the installer's store is in the environment's own file system, so files are linked and not copied; it goes at the end
        "UV_CACHE_DIR": f"{path}/.uv",
        "UV_LINK_MODE": "hardlink",
        "UV_NO_PROGRESS": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        # byte code that is never compared with file times, which the layer clamps, and equal from build to build
        "PYC_INVALIDATION_MODE": "UNCHECKED_HASH",
        "PYTHONHASHSEED": "0",
        "SSL_CERT_FILE": "/run/build/ca.crt",
        **_index(),
    }
    binds = [(target, path), (_uv(place, spec, work, log), "/run/build/uv"), (place.folder / spec["lock"], "/run/build/lock.txt"),
             (place.folder / spec["build"], "/run/build/build.txt"), (os.environ.get("SSL_CERT_FILE", CA_BUNDLE), "/run/build/ca.crt")]
    steps = [
        ["/run/build/uv", "venv", "--allow-existing", "--system-site-packages", "--python", "/usr/bin/python3", path],
        ["/run/build/uv", "pip", "install", "--python", f"{path}/bin/python", "--no-deps", "--compile-bytecode",
         "--build-constraints", "/run/build/build.txt", "-r", "/run/build/lock.txt"],
        ["/run/build/uv", "pip", "check", "--python", f"{path}/bin/python"],
        ["rm", "-rf", f"{path}/.uv"],
    ]
    for step in steps:
        chroot.run(root, step, log, f"the environment of {spec['lock']} ({' '.join(step[1:3])})", place.debian["epoch"], inside, binds)


def _index():
    """The package index that pip on this machine is told to use, if it is not the public one."""
    for variable in ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"):
        if os.environ.get(variable):
            return {"UV_DEFAULT_INDEX": os.environ[variable]}
    for line in host.output(["pip3", "config", "list"], "reading pip's configuration").splitlines():
        name, _, value = line.partition("=")
        if name.endswith(".index-url"):
            return {"UV_DEFAULT_INDEX": value.strip("'\"")}
    return {}


def _uv(place, spec, work, log):
    """The installer, fetched once with pip, which checks its hash, and kept in the cache."""
    requirement = place.folder / spec["uv"]
    kept = place.cache.tools / f"uv-{digest.of_file(requirement)[:16]}"
    with place.cache.lock(kept.name):
        if not (kept / "uv").exists():
            host.need("pip3")
            fetched = work / "uv"
            fetched.mkdir()
            host.run(["pip3", "download", "-q", "--no-deps", "--require-hashes", "--only-binary", ":all:", "-d", fetched, "-r", requirement],
                     log, "fetching uv")
            program = fetched / "publish"
            program.mkdir()
            _extract(next(fetched.glob("*.whl")), program / "uv")
            caches.publish(program, kept)
    return kept / "uv"


def _extract(wheel, target):
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(".data/scripts/uv")]
        if len(names) != 1:
            raise BuildError(f"{Path(wheel).name} does not hold the program uv: check images/openstack/uv.txt")
        target.write_bytes(archive.read(names[0]))
    target.chmod(0o755)
