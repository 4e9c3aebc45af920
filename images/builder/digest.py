"""Stable hashes. Two equal inputs have equal digests on every machine; nothing here depends on times or owners."""

import ast
import hashlib
import json
import os
from pathlib import Path


def of_bytes(data):
    return hashlib.sha256(data).hexdigest()


def of_json(value):
    """Digest of plain data; the order of mapping keys does not matter."""
    return of_bytes(json.dumps(value, sort_keys=True, separators=(",", ":")).encode())


def of_file(path):
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def of_tree(root, skip=()):
    """Digest of the names, types, permission bits and contents below `root`; entries named in `skip` are left out."""
    root = Path(root)
    entries = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in skip)
        for name in sorted(files + folders):
            if name in skip:
                continue
            path = Path(folder, name)
            where = str(path.relative_to(root))
            if path.is_symlink():
                entries.append([where, "link", os.readlink(path)])
            elif path.is_dir():
                entries.append([where, "dir"])
            else:
                # git keeps only the execute bit, so only that bit may matter
                entries.append([where, "file", bool(path.stat().st_mode & 0o100), of_file(path)])
    return of_json(sorted(entries))


def of_code(*modules):
    """Digest of what Python modules do: comments, docstrings and layout do not count.

    It is part of every key, so a changed builder never leaves an image that the old builder made.
    """
    return of_json([_code(module.__file__) for module in modules])


def _code(path):
    syntax = ast.parse(Path(path).read_text())
    for node in ast.walk(syntax):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                body.pop(0)
    return ast.dump(syntax)
