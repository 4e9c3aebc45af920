"""Finding programs: our own in the build tree, those of the build machine, and the pinned Go tools; and what they load."""

import importlib.machinery
import importlib.util
import re
import shutil
from pathlib import Path

from . import host
from .errors import BuildError, MissingInput

BUILD_TREE = "build/release/bin"


def ours(name, place):
    """A program of this repository: from --binary, else from the release build."""
    path = place.overrides.get(name, place.repository / BUILD_TREE / name)
    if not path.is_file():
        raise MissingInput(f"{path} is not built: run `make build`, or give --binary {name}=PATH")
    return path


def of_host(name):
    """A program of a Debian package of this machine."""
    host.need(name)
    return Path(shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") or shutil.which(name)).resolve()


def of_go(tool, name, place):
    """A program that tools/go-build made; the folder is named by the tool's pinned versions, so it is the right one or none."""
    script = place.repository / "tools" / "go-build"
    loader = importlib.machinery.SourceFileLoader("go_build", str(script))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("go_build", loader))
    loader.exec_module(module)
    path = module.bin_dir(tool) / name
    if not path.is_file():
        raise MissingInput(f"{path} is not built: run `tools/go-build {tool}`")
    return path


def find(where, place):
    """`ours:NAME`, `host:NAME` or `go:TOOL/NAME` -> path."""
    origin, _, name = where.partition(":")
    if origin == "ours":
        return ours(name, place)
    if origin == "host":
        return of_host(name)
    if origin == "go":
        return of_go(*name.split("/"), place)
    raise BuildError(f"a program is ours:NAME, host:NAME or go:TOOL/NAME, not {where}")


def libraries(program):
    """{path that the program asks for: file} of the shared libraries and the loader; empty for a static program."""
    done = host.output(["sh", "-c", 'ldd "$1" 2>&1 || :', "ldd", program], f"looking up the libraries of {program}")
    if "not a dynamic executable" in done or "statically linked" in done:
        return {}
    missing = re.findall(r"^\s*(\S+) => not found", done, re.MULTILINE)
    if missing:
        raise BuildError(f"{program} needs {', '.join(missing)}, which this machine does not have: install its package, or build again")
    found = re.findall(r"^\s*(?:\S+ => )?(/\S+) \(0x", done, re.MULTILINE)
    return {path: Path(path).resolve() for path in found}
