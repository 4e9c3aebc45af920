"""Small helpers for files, locks and child processes."""
import contextlib
import fcntl
import json
import os
import pathlib
import subprocess
import sys
import tempfile


class ClusterError(Exception):
    """What happened, where, and what to do, in one line for a person."""


def progress(text):
    print(text, file=sys.stderr, flush=True)


def write(path, text, mode=0o644):
    """Replaces a file as a whole, so that an interrupted writer leaves the old one or the new one."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, scratch = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    os.chmod(scratch, mode)
    os.rename(scratch, path)


def write_json(path, value):
    write(path, json.dumps(value, indent=2) + "\n")


def read_json(path):
    try:
        return json.loads(pathlib.Path(path).read_text())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ClusterError(f"{path} is damaged ({error}); remove the cluster with 'cluster down'") from error


def _same_file(handle, path):
    try:
        return os.fstat(handle.fileno()).st_ino == os.stat(path).st_ino
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def locked(path, waiting_for):
    """Holds an exclusive lock that dies with this process. The holder may remove the file: see _same_file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with open(path, "w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress(f"waiting for {waiting_for}")
                fcntl.flock(handle, fcntl.LOCK_EX)
            if _same_file(handle, path):
                yield
                return


def run(*command, stdin=None, check=True, timeout=120):
    """Runs a command and returns its standard output; failure becomes a ClusterError with what it said."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=timeout)
    except FileNotFoundError as error:
        raise ClusterError(f"{words[0]} is not installed; run tools/install-deps") from error
    except subprocess.TimeoutExpired as error:
        if not check:
            return ""
        raise ClusterError(f"'{' '.join(words)}' did not end within {timeout} s") from error
    if check and done.returncode != 0:
        raise ClusterError(f"'{' '.join(words)}' failed: {(done.stderr or done.stdout).strip()[-600:]}")
    return done.stdout
