"""The API server of a measurement: etcd and kube-apiserver of their own, on a copy of prepared data."""
import http.client
import json
import pathlib
import re
import shutil
import ssl
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "api"))
from apiserver import ApiServer  # noqa: E402

NAMESPACE = "bench"
APPLY = "application/apply-patch+yaml"
REQUEST_LINE = re.compile(r'^apiserver_request_total\{(.*)\} (\S+)$')
LABEL = re.compile(r'(\w+)="([^"]*)"')
# The kinds that the controllers touch. The server writes others for itself (leases, flow control, RBAC).
COUNTED = {"greetings", "configmaps", "events", "pods"}


class BenchServer(ApiServer):
    """`data`: an etcd folder to start from (it is copied), or None for an empty one."""

    def __init__(self, data=None):
        super().__init__()
        self.data = data

    def _start(self):
        if self.data:
            shutil.copytree(self.data, self.folder / "etcd")
        super()._start()

    def _etcd_flags(self, peer_url):
        return {**super()._etcd_flags(peer_url), "quota-backend-bytes": 4 << 30}

    def save(self, folder):
        """Stops both processes and keeps what etcd holds."""
        for process in reversed(self.processes):
            process.terminate()
            process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder / "etcd", folder)

    def _context(self):
        keys = self.folder / "pki"
        context = ssl.create_default_context(cafile=keys / "ca.crt")
        context.load_cert_chain(keys / "admin.crt", keys / "admin.key")
        return context

    def request(self, method, path, body=None, content="application/json", accept="application/json"):
        """(status, text); (0, reason) when there was no answer."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=self._context())
        try:
            connection.request(method, path, None if body is None else json.dumps(body),
                               {"Content-Type": content, "Accept": accept})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error)
        finally:
            connection.close()

    def read(self, path, **options):
        status, text = self.request("GET", path, **options)
        if status != 200:
            raise RuntimeError(f"GET {path}: {status} {text[:300]}")
        return json.loads(text)

    def write(self, method, path, body, content="application/json"):
        status, text = self.request(method, path, body, content)
        if status >= 300 or status == 0:
            raise RuntimeError(f"{method} {path}: {status} {text[:300]}")

    def requests(self):
        """{"APPLY configmaps": 12, ...}: finished requests so far for the kinds that matter."""
        status, text = self.request("GET", "/metrics", accept="text/plain")
        if status != 200:
            raise RuntimeError(f"GET /metrics: {status} {text[:300]}")
        return count_requests(text)

    def pid(self, index):
        return self.processes[index].pid


def count_requests(metrics):
    counts = {}
    for line in metrics.splitlines():
        match = REQUEST_LINE.match(line)
        if not match:
            continue
        labels = dict(LABEL.findall(match[1]))
        if labels.get("resource") not in COUNTED:
            continue
        sub = labels.get("subresource")
        key = f"{labels['verb']} {labels['resource']}" + (f"/{sub}" if sub else "")
        counts[key] = counts.get(key, 0) + int(float(match[2]))
    return counts


def difference(after, before):
    return {key: value - before.get(key, 0) for key, value in sorted(after.items()) if value != before.get(key, 0)}


WRITES = {"APPLY", "PATCH", "POST", "PUT", "DELETE", "DELETECOLLECTION"}


def writes(counts):
    return sum(value for key, value in counts.items() if key.split()[0] in WRITES)
