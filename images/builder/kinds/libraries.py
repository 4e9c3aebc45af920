"""What our dynamically linked programs need of a system: the shared libraries of `programs`, the loader, accounts, name service
configuration and Debian's CA certificates. A layer of its own, as it changes seldom and the programs with every build.
"""

from pathlib import Path

from .. import digest, programs, tree
from ..errors import MissingInput

CERTIFICATES = Path("/usr/share/ca-certificates/mozilla")
# Debian's merged /usr: libraries ask for /lib and /lib64
LINKS = {"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64"}


def inputs(spec, place):
    files = {path: digest.of_file(file) for path, file in _libraries(spec, place).items()}
    return {"spec": spec, "libraries": files, "certificates": digest.of_tree(_certificates())}


def build(spec, place, parent, work, log):
    root = work / "root"
    root.mkdir()
    for link, target in LINKS.items():
        (root / target).mkdir(parents=True)
        (root / link).symlink_to(target)
    for path, file in _libraries(spec, place).items():
        target = root / _merged(path)
        tree.place_file(file, target)
        target.chmod(0o755 if "ld-linux" in path else 0o644)
    (root / "etc/ssl/certs").mkdir(parents=True)
    bundle = "".join(file.read_text() for file in sorted(_certificates().glob("*.crt")))
    (root / "etc/ssl/certs/ca-certificates.crt").write_text(bundle)
    (root / "etc/nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files dns\n")
    (root / "tmp").mkdir(mode=0o1777)
    (root / "tmp").chmod(0o1777)
    tree.add_users(root, [{"name": "root", "uid": 0, "home": "/"}, *spec.get("users", [])])
    return tree.Tree(root)


def _libraries(spec, place):
    found = {}
    for where in spec["programs"]:
        found.update(programs.libraries(programs.find(where, place)))
    return dict(sorted(found.items()))


def _merged(path):
    first, _, rest = path.lstrip("/").partition("/")
    return f"{LINKS.get(first, first)}/{rest}"


def _certificates():
    if not CERTIFICATES.is_dir():
        raise MissingInput(f"{CERTIFICATES} is not there: run `apt-get install ca-certificates`")
    return CERTIFICATES
