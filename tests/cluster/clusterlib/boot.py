"""Starts one machine: `boot.py MACHINE_DIR PARENT_PID`. Ends when the machine's first process supervises its services.

The order makes an interruption harmless at every point: the first process of the machine waits on a pipe until this
launcher has recorded it and wired its network. When the launcher (which
dies with the tool) ends earlier, the pipe closes, that process ends, and
with it all namespaces and the network link. Nothing of a machine lives outside its namespaces but its folder and its
control group.
"""
import json
import os
import pathlib
import shutil
import socket
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from clusterlib import cgroups, files, linux, network, rootfs  # noqa: E402

NAMESPACES = (linux.CLONE_NEWNS | linux.CLONE_NEWUTS | linux.CLONE_NEWIPC | linux.CLONE_NEWNET | linux.CLONE_NEWPID
              | linux.CLONE_NEWCGROUP)
INIT = "/opt/windlass-cluster/init.py"


def first_process(spec, root, go, ready):
    """In the new namespaces: waits for the launcher, builds the file system, becomes the supervisor."""
    if os.read(go, 2) != b"go":
        os._exit(1)
    os.setsid()
    os.dup2(2, 1)  # the launcher's output is a pipe that must close with it
    rootfs.enter(root, spec["binds"])
    os.write(ready, b"ok")
    os.close(ready)
    os.execve("/usr/bin/python3", ["python3", "-I", INIT], {
        "PATH": spec["path"], "HOME": "/root", "LANG": "C.UTF-8", "MACHINE": spec["hostname"]})


def make_namespaces(spec, root, pid_out, go, ready):
    """In a process of its own, because it leaves this machine's namespaces: forks the first process, tells its pid."""
    cgroups.enter(spec["cgroup"])
    linux.unshare(NAMESPACES)
    cgroups.leave_root(spec["cgroup"])
    socket.sethostname(spec["hostname"])
    child = os.fork()
    if child == 0:
        os.close(pid_out)
        last_words(ready, first_process, spec, root, go, ready)
    os.write(pid_out, str(child).encode())
    os._exit(0)


def last_words(ready, call, *arguments):
    """Runs call, which does not return; what stops it goes to the launcher and to the console log."""
    try:
        call(*arguments)
    except BaseException as error:  # noqa: BLE001 - nothing may return from here into the launcher's code
        traceback.print_exc()
        os.write(ready, str(error).encode())
    os._exit(1)


def launch(folder):
    spec = json.loads((folder / "spec.json").read_text())
    root = folder / "root"
    rootfs.prepare_disk(root, spec["files"])
    shutil.copyfile(pathlib.Path(__file__).with_name("init.py"), root / INIT.lstrip("/"))
    services = root / "opt/windlass-cluster/services.json"
    files.write(services, json.dumps(spec["services"]), 0o600)

    cgroups.remove(spec["cgroup"])  # a machine boots without the groups of what ran before its power was cut

    pid_read, pid_write = os.pipe()
    go_read, go_write = os.pipe()
    ready_read, ready_write = os.pipe()
    helper = os.fork()
    if helper == 0:
        for descriptor in (pid_read, go_write, ready_read):
            os.close(descriptor)
        last_words(ready_write, make_namespaces, spec, root, pid_write, go_read, ready_write)
    for descriptor in (pid_write, go_read, ready_write):
        os.close(descriptor)
    os.waitpid(helper, 0)
    first = os.read(pid_read, 32).decode()
    if first:
        pid = int(first)
        files.write_json(folder / "pid.json", {"pid": pid, "start": linux.start_time(pid), "boot": linux.boot_id(),
                                               "at": int(time.time())})
        network.wire(spec["network"], pid, spec["switch"])
        os.write(go_write, b"go")
    answer = os.read(ready_read, 4096).decode()
    if answer != "ok":
        raise files.ClusterError(f"the machine did not boot: {answer or 'its first process ended'}")


def main():
    try:
        linux.die_with_parent(int(sys.argv[2]))
        launch(pathlib.Path(sys.argv[1]))
    except (OSError, files.ClusterError) as error:
        traceback.print_exc()
        print(str(error), file=sys.stdout, flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
