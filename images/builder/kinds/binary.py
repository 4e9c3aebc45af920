"""Programs and data of the repository: `programs` ({path in the image: where}, see programs.find), without their debug
information, and `data` ({folder or file of the repository: path in the image}).
"""

from .. import digest, host, programs, tree
from ..errors import MissingInput


def inputs(spec, place):
    found = {path: digest.of_file(programs.find(where, place)) for path, where in spec["programs"].items()}
    data = {source: _data_digest(_data(source, place)) for source in spec.get("data", {})}
    return {"spec": spec, "programs": found, "data": data}


def build(spec, place, parent, work, log):
    host.need("strip")
    root = work / "root"
    root.mkdir()
    for path, where in spec["programs"].items():
        target = root / path.lstrip("/")
        tree.place_file(programs.find(where, place), target)
        target.chmod(0o755)
        host.run(["strip", "--strip-debug", target], log, f"stripping {path}")
    for source, path in spec.get("data", {}).items():
        found = _data(source, place)
        if found.is_dir():
            tree.copy_into(found, root / path.lstrip("/"))
        else:
            tree.place_file(found, root / path.lstrip("/"))
    return tree.Tree(root)


def _data(source, place):
    path = place.repository / source
    if not path.exists():
        raise MissingInput(f"{path} does not exist, and the image carries it")
    return path


def _data_digest(path):
    return digest.of_tree(path) if path.is_dir() else digest.of_file(path)
