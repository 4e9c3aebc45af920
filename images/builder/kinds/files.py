"""Files of the recipe's folder: `from` (a folder laid over the image), `users`, `folders` ({path, uid, gid, mode}), `links`."""

import os
from pathlib import Path

from .. import digest, layer, tree
from ..errors import MissingInput


def inputs(spec, place):
    source = spec.get("from")
    if source and not (place.folder / source).is_dir():
        raise MissingInput(f"{place.folder / source} is not a folder, and the recipe lays it over the image")
    return {"spec": spec, "content": digest.of_tree(place.folder / source) if source else None}


def build(spec, place, parent, work, log):
    root = work / "root"
    root.mkdir()
    if spec.get("users"):
        _accounts(parent, root, work)
        tree.add_users(root, spec["users"])
    if spec.get("from"):
        tree.copy_into(place.folder / spec["from"], root)
    for link, target in spec.get("links", {}).items():
        path = root / link.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
    for folder in spec.get("folders", []):
        make_folder(root, folder)
    return tree.Tree(root)


def make_folder(root, folder):
    path = Path(root, folder["path"].lstrip("/"))
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(int(str(folder.get("mode", "755")), 8))
    os.chown(path, folder.get("uid", 0), folder.get("gid", folder.get("uid", 0)))


def _accounts(parent, root, work):
    below = work / "parent"
    layer.unpack(parent, below)
    for name in ("passwd", "group"):
        source = below / "etc" / name
        if source.exists():
            tree.place_file(source, root / "etc" / name)
