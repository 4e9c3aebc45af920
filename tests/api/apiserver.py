"""A real etcd and kube-apiserver for tests: free loopback ports, TLS, RBAC, a folder of their own.

    with ApiServer() as api:
        subprocess.run([...], env=api.environment())

Any number may run at once. Nothing stays: the processes end with the `with` block, or with this process if it is killed.
The API server may be killed, started again, stopped and continued; lists and watches are in audit.log across restarts.
"""
import base64
import ctypes
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "cluster"))
from clusterlib import pki  # noqa: E402

START_SECONDS = 60
PR_SET_PDEATHSIG = 1
WRITES = ("POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION")
LIBC = ctypes.CDLL(None)
# Users with a static token, for tests of authorization. `nobody` may do nothing.
TOKENS = {"reader": "reader-token", "nobody": "nobody-token"}
# Who lists and watches, how often and from where on: what a relist storm would be seen in.
AUDIT_POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
                "rules": [{"level": "Metadata", "verbs": ["list", "watch"]}, {"level": "None"}]}


class StartFailed(Exception):
    pass


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _free_ports(count):
    """Ports that were free a moment ago. All are held until the last is found, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def tool(name, package):
    """The path of a program that tools/go-build has built."""
    found = subprocess.run([ROOT / "tools" / "go-build", "--print-bin", package], capture_output=True, text=True, check=False)
    path = pathlib.Path(found.stdout.strip() or "/nonexistent") / name
    if found.returncode != 0 or not path.exists():
        raise StartFailed(f"{name} is not built; run `tools/go-build {package}` once")
    return path


class ApiServer:
    def __init__(self, more_flags=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="windlass-api-"))
        self.more_flags = more_flags or {}
        self.processes = []
        self.kubeconfig = self.folder / "admin.kubeconfig"

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *_):
        # Nothing they hold is kept, and an API server that ends in its own time takes up to ten seconds.
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self):
        return {**os.environ, "KUBECONFIG": str(self.kubeconfig), "WINDLASS_API_DIR": str(self.folder),
                "WINDLASS_ETCD_URL": self.etcd_url, "WINDLASS_KUBECTL": str(self.kubectl)}

    def kubectl_call(self, *words, text=None, check=True, timeout=60):
        done = subprocess.run([self.kubectl, "-n", "default", *words], env=self.environment(), input=text, text=True,
                              capture_output=True, check=False, timeout=timeout)
        if check and done.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(words)}: {done.stderr}")
        return done

    # What happens to API servers. etcd stays.
    def kill_apiserver(self):
        self.processes[1].kill()
        self.processes[1].wait()

    def start_apiserver(self):
        """After kill_apiserver(): on the same port, with what etcd holds. Returns when it is ready."""
        del self.processes[1]
        self._spawn_apiserver()

    def stop_apiserver(self):
        self.processes[1].send_signal(signal.SIGSTOP)

    def continue_apiserver(self):
        self.processes[1].send_signal(signal.SIGCONT)

    def writes(self, *resources):
        """How many writes of these resources the server has served since it started."""
        total = 0
        for line in self.kubectl_call("get", "--raw", "/metrics").stdout.splitlines():
            if not line.startswith("apiserver_request_total{"):
                continue
            labels = dict(re.findall(r'(\w+)="([^"]*)"', line))
            if labels.get("resource") in resources and labels.get("verb") in WRITES:
                total += float(line.rsplit(" ", 1)[1])
        return total

    def requests(self, verb, user_agent="", resource=""):
        """The list or watch requests so far whose User-Agent begins so, oldest first, as audit events."""
        lines = (self.folder / "audit.log").read_text().splitlines()
        events = [json.loads(line) for line in lines if line.endswith("}")]
        # A watch is there twice: when it began and when it ended.
        return [event for event in events if event["verb"] == verb and event["userAgent"].startswith(user_agent)
                and event["stage"] == ("ResponseStarted" if verb == "watch" else "ResponseComplete")
                and event.get("objectRef", {}).get("resource", "").startswith(resource)]

    def _start(self):
        etcd, self.program = tool("etcd", "etcd"), tool("kube-apiserver", "kubernetes")
        self.kubectl = self.program.parent / "kubectl"
        self._make_files()
        client_port, peer_port, self.port = _free_ports(3)
        self.etcd_url = f"http://127.0.0.1:{client_port}"
        self.url = f"https://127.0.0.1:{self.port}"
        self._spawn("etcd", etcd, self._etcd_flags(f"http://127.0.0.1:{peer_port}"))
        self._wait("etcd", lambda: self._answers(http.client.HTTPConnection("127.0.0.1", client_port, timeout=5), "/health"))
        self._spawn_apiserver()
        self._write_kubeconfigs()

    def _spawn_apiserver(self):
        self._spawn("kube-apiserver", self.program, self._apiserver_flags())
        context = ssl.create_default_context(cafile=self.folder / "pki" / "ca.crt")
        context.load_cert_chain(self.folder / "pki" / "admin.crt", self.folder / "pki" / "admin.key")
        self._wait("kube-apiserver", lambda: self._answers(
            http.client.HTTPSConnection("127.0.0.1", self.port, timeout=5, context=context), "/readyz"))

    def _make_files(self):
        keys = self.folder / "pki"
        pki.authority(keys, "ca")
        pki.server(keys, "apiserver", "kube-apiserver", ["DNS:localhost", "DNS:kubernetes.default.svc", "IP:127.0.0.1"])
        # Two for a webhook server of a test, told apart by a name each.
        for name in ("webhook-1", "webhook-2"):
            pki.server(keys, name, name, [f"DNS:{name}", "IP:127.0.0.1"])
        pki.client(keys, "admin", "test-admin", "system:masters")
        # One client before and after its certificate was renewed, told apart by a name each.
        for name in ("client-1", "client-2"):
            pki.client(keys, name, name)
        pki.signing_key(keys, "service-account")
        lines = [f'{token},{user},{user},"testers"' for user, token in TOKENS.items()]
        (self.folder / "tokens.csv").write_text("\n".join(lines) + "\n")
        (self.folder / "audit-policy.json").write_text(json.dumps(AUDIT_POLICY))

    def _etcd_flags(self, peer_url):
        return {"name": "test", "data-dir": self.folder / "etcd", "unsafe-no-fsync": "true", "log-level": "warn",
                "listen-client-urls": self.etcd_url, "advertise-client-urls": self.etcd_url,
                "listen-peer-urls": peer_url, "initial-advertise-peer-urls": peer_url,
                "initial-cluster": f"test={peer_url}"}

    def _apiserver_flags(self):
        keys = self.folder / "pki"
        return {"etcd-servers": self.etcd_url, "bind-address": "127.0.0.1", "advertise-address": "127.0.0.1",
                "secure-port": self.port, "cert-dir": self.folder / "certs", "endpoint-reconciler-type": "none",
                "tls-cert-file": keys / "apiserver.crt", "tls-private-key-file": keys / "apiserver.key",
                "client-ca-file": keys / "ca.crt", "token-auth-file": self.folder / "tokens.csv",
                "authorization-mode": "RBAC", "service-cluster-ip-range": "10.96.0.0/16",
                "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
                "service-account-key-file": keys / "service-account.pub",
                "service-account-signing-key-file": keys / "service-account.key",
                # Without a controller manager no namespace has its default service account.
                "disable-admission-plugins": "ServiceAccount",
                # Tests of expired continue tokens ask etcd itself; a cache would still know the old lists.
                "watch-cache-sizes": "podtemplates#0",
                "audit-policy-file": self.folder / "audit-policy.json", "audit-log-path": self.folder / "audit.log",
                **self.more_flags}

    def _spawn(self, name, program, flags):
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes.append(subprocess.Popen([program, *(f"--{k}={v}" for k, v in flags.items())], stdout=log,
                                                   stderr=log, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent))

    @staticmethod
    def _answers(connection, path):
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _wait(self, name, ready):
        process, deadline = self.processes[-1], time.monotonic() + START_SECONDS
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                tail = (self.folder / f"{name}.log").read_text(errors="replace")[-3000:]
                raise StartFailed(f"{name} did not become ready; the end of its log:\n{tail}")
            time.sleep(0.1)

    def _write_kubeconfigs(self):
        encoded = {name: base64.b64encode((self.folder / "pki" / name).read_bytes()).decode()
                   for name in ("ca.crt", "admin.crt", "admin.key")}
        self._write_kubeconfig("admin", encoded["ca.crt"], {"client-certificate-data": encoded["admin.crt"],
                                                            "client-key-data": encoded["admin.key"]})
        for user, token in TOKENS.items():
            self._write_kubeconfig(user, encoded["ca.crt"], {"token": token})

    def _write_kubeconfig(self, name, authority, user):
        (self.folder / f"{name}.kubeconfig").write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": name,
            "clusters": [{"name": "api", "cluster": {"server": self.url, "certificate-authority-data": authority}}],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": name, "context": {"cluster": "api", "user": name}}]}, indent=2))
