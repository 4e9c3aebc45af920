"""First process of a machine: starts its services, restarts those that end, reaps orphans, keeps logs small.

Stands alone (it is copied into the machine). SIGKILL from outside is a power loss: the kernel ends everything in the
pid namespace. SIGTERM is an orderly shutdown. services.json: list of
  {"name", "argv", "env": {}, "after": {"tcp": "host:port"} | {"https": "host:port/path"} | {"path": "/a/b"} | {}, "after_seconds": N}
"""
import http.client
import json
import os
import signal
import socket
import ssl
import sys
import time

SERVICES = "/opt/windlass-cluster/services.json"
STATUS = "/run/init-status.json"
LOGS = "/var/log/services"
LOG_LIMIT = 8 << 20  # bytes; a larger log loses its older part
QUICK, SLOW = 0.05, 2.0  # seconds between looks at gates, and at nothing but log sizes
SIGNALS = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}


def answers(url):
    """True when an HTTPS GET is answered with 200. Whose certificate it is does not matter for knowing that it is up."""
    address, _, path = url.partition("/")
    connection = http.client.HTTPSConnection(address, timeout=1, context=ssl._create_unverified_context())
    try:
        connection.request("GET", f"/{path}")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Service:
    """One supervised program. At most one process of it runs; a failure delays the next start, 10 s at most."""

    def __init__(self, spec):
        self.name, self.argv = spec["name"], spec["argv"]
        self.env = {**os.environ, **spec.get("env", {})}
        self.gate, self.patience = spec.get("after", {}), spec.get("after_seconds", 60)
        self.pid, self.starts, self.started_at = None, 0, 0.0
        self.due, self.waiting_since = 0.0, time.monotonic()

    def gate_open(self, now):
        if now - self.waiting_since > self.patience:
            return True  # let the service itself say what it misses
        if "path" in self.gate:
            return os.path.exists(self.gate["path"])
        if "tcp" in self.gate:
            host, port = self.gate["tcp"].rsplit(":", 1)
            with socket.socket() as probe:
                probe.settimeout(0.2)
                return probe.connect_ex((host, int(port))) == 0
        return answers(self.gate["https"]) if "https" in self.gate else True

    def start(self, now):
        log = os.open(f"{LOGS}/{self.name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        try:
            os.write(log, f"--- start {self.starts + 1} at {time.strftime('%H:%M:%S', time.gmtime())} UTC\n".encode())
            self.pid = os.posix_spawnp(self.argv[0], self.argv, self.env, setsid=True, setsigmask=[],
                                       setsigdef=SIGNALS, file_actions=[
                                           (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                                           (os.POSIX_SPAWN_DUP2, log, 1), (os.POSIX_SPAWN_DUP2, log, 2)])
        except OSError as error:
            os.write(log, f"--- cannot start {self.argv[0]}: {error}\n".encode())
            self.due = now + 10
        finally:
            os.close(log)
        self.starts, self.started_at = self.starts + 1, now

    def ended(self, now, status):
        code = os.waitstatus_to_exitcode(status)
        with open(f"{LOGS}/{self.name}.log", "a") as log:
            log.write(f"--- ended with {code} after {now - self.started_at:.1f} s\n")
        lived = now - self.started_at
        self.pid, self.waiting_since = None, now
        self.due = now + (0.0 if lived > 10 else min(10.0, 0.25 * 2 ** min(self.starts, 6)))


def write_status(services):
    with open(STATUS + ".new", "w") as handle:
        json.dump({s.name: {"pid": s.pid, "starts": s.starts} for s in services}, handle)
    os.rename(STATUS + ".new", STATUS)


def reap(services, now):
    changed = False
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return changed
        if pid == 0:
            return changed
        for service in services:
            if service.pid == pid:
                service.ended(now, status)
                changed = True


def start_due(services, now):
    changed = False
    for service in services:
        if service.pid is None and service.due <= now and service.gate_open(now):
            service.start(now)
            changed = True
    return changed


def cap_logs():
    """Services append, so cutting their file in place is safe. The newest eighth stays."""
    for entry in os.scandir(LOGS):
        if entry.stat().st_size > LOG_LIMIT:
            with open(entry.path, "rb+") as log:
                log.seek(-LOG_LIMIT // 8, os.SEEK_END)
                tail = log.read()
                log.seek(0)
                log.truncate()
                log.write(b"--- older lines were dropped\n" + tail)


def shut_down(services):
    """The last service first; then everything else (guests, containers) is asked to end; what is left, the kernel kills."""
    for service in reversed(services):
        if service.pid:
            os.kill(service.pid, signal.SIGTERM)
    try:
        os.kill(-1, signal.SIGTERM)
    except ProcessLookupError:
        sys.exit(0)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.02)
        except ChildProcessError:
            break
    os.sync()
    sys.exit(0)


def main():
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    os.makedirs(LOGS, exist_ok=True)
    with open(SERVICES) as handle:
        services = [Service(spec) for spec in json.load(handle)]
    looked_at_logs = 0.0
    while True:
        now = time.monotonic()
        if reap(services, now) | start_due(services, now) or looked_at_logs == 0.0:
            write_status(services)
        if now - looked_at_logs > 5:
            cap_logs()
            looked_at_logs = now
        waiting = any(s.pid is None for s in services)
        caught = signal.sigtimedwait(SIGNALS, QUICK if waiting else SLOW)
        if caught and caught.si_signo in (signal.SIGTERM, signal.SIGINT):
            shut_down(services)


if __name__ == "__main__":
    main()
