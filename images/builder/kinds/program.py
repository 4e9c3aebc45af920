"""A C program of the recipe's folder, compiled without a C library. Its bytes are the input: it is compiled at each look."""

import tempfile
from pathlib import Path

from .. import digest, host, tree

FLAGS = ("-Os", "-Wall", "-Wextra", "-Werror", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector",
         "-fno-asynchronous-unwind-tables", "-fcf-protection=none", "-Wl,--build-id=none", "-s")


def inputs(spec, place):
    with tempfile.TemporaryDirectory() as folder:
        return {"spec": spec, "program": digest.of_file(_compile(spec, place, Path(folder)))}


def build(spec, place, parent, work, log):
    root = work / "root"
    tree.place_file(_compile(spec, place, work), root / spec["path"].lstrip("/"))
    return tree.Tree(root)


def _compile(spec, place, folder):
    host.need("cc")
    target = folder / "program"
    host.run(["cc", *FLAGS, "-o", target, place.folder / spec["source"]], folder / "compile.log", f"compiling {spec['source']}")
    return target
