"""Machines as the tool sees them from outside: start, find out whether one is alive, power loss, run a command inside."""
import json
import os
import signal
import subprocess
import sys
import time
import pathlib

from . import cgroups, files, linux

BOOT = pathlib.Path(__file__).with_name("boot.py")


def pid_of(cluster, machine):
    """Pid of the machine's first process, or None. A recorded pid counts only with its start time, in this boot."""
    record = files.read_json(cluster.machine_dir(machine) / "pid.json")
    if not record or record["boot"] != linux.boot_id() or linux.start_time(record["pid"]) != record["start"]:
        return None
    return record["pid"]


def started_at(cluster, machine):
    """When a running machine was started, in seconds since the epoch; it also tells one start from the next."""
    pid = pid_of(cluster, machine)
    return files.read_json(cluster.machine_dir(machine) / "pid.json")["at"] if pid else None


def begin(cluster, machine, spec):
    """Starts booting; returns what `finish` waits for."""
    folder = cluster.machine_dir(machine)
    folder.mkdir(parents=True, exist_ok=True)
    files.write(folder / "spec.json", json.dumps(spec, indent=1), 0o600)
    with open(folder / "console.log", "wb") as console:
        return subprocess.Popen([sys.executable, "-I", "-B", BOOT, folder, str(os.getpid())], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=console, start_new_session=True, text=True)


def finish(cluster, machine, launcher):
    try:
        said, _ = launcher.communicate(timeout=60)
    except subprocess.TimeoutExpired as error:
        launcher.kill()
        raise files.ClusterError(f"{machine} did not boot within 60 s; see {cluster.machine_dir(machine)}/console.log"
                                 ) from error
    if launcher.returncode != 0:
        raise files.ClusterError(f"{machine} did not boot: {said.strip()[-400:]}; see "
                                 f"{cluster.machine_dir(machine)}/console.log")


def kill(cluster, machine):
    """Power loss: the kernel kills every process of the machine's pid namespace. Waits until all are gone."""
    pid = pid_of(cluster, machine)
    if pid:
        os.kill(pid, signal.SIGKILL)
        _wait_gone(cluster, machine, 30)


def stop(cluster, machine):
    """Orderly shutdown, and power off when that takes too long."""
    pid = pid_of(cluster, machine)
    if pid:
        os.kill(pid, signal.SIGTERM)
        if not _wait_gone(cluster, machine, 20, fail=False):
            files.progress(f"{machine} did not shut down within 20 s: power off")
            kill(cluster, machine)


def _wait_gone(cluster, machine, seconds, fail=True):
    # The first process of a pid namespace becomes a zombie only after all others of it have ended.
    deadline = time.monotonic() + seconds
    while pid_of(cluster, machine):
        if time.monotonic() > deadline:
            if fail:
                raise files.ClusterError(f"processes of {machine} do not end (pid {pid_of(cluster, machine)}); "
                                         "a process in uninterruptible sleep? look at /proc/PID/stack")
            return False
        time.sleep(0.02)
    return True


def remove(cluster, machine):
    kill(cluster, machine)
    cgroups.remove(f"{cluster.cgroup}/{machine}")
    folder = cluster.machine_dir(machine)
    (folder / "spec.json").unlink(missing_ok=True)
    subprocess.run(["rm", "-rf", "--one-file-system", folder], check=True)


def inside(cluster, machine, command):
    """The words that run a command in a machine's namespaces."""
    pid = pid_of(cluster, machine)
    if not pid:
        raise files.ClusterError(f"{machine} of cluster {cluster.name} does not run; see 'cluster status'")
    path = (files.read_json(cluster.machine_dir(machine) / "spec.json") or {})["path"]
    return ["nsenter", "--target", str(pid), "--all", "--root", "--wd", "env", "-i", f"PATH={path}", "HOME=/root",
            "LANG=C.UTF-8", f"TERM={os.environ.get('TERM', 'dumb')}", *map(str, command)]


def services(cluster, machine):
    """name -> {"pid" (inside), "starts"} as the machine's first process wrote it."""
    pid = pid_of(cluster, machine)
    return (files.read_json(f"/proc/{pid}/root/run/init-status.json") if pid else None) or {}
