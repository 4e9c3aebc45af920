#!/usr/bin/python3 -B
"""The dashboard in a real browser, of a real operator beside a real API server: what a token may read is shown, else nothing.
Needs chromium and the Go tools (`tools/test python` brings both)."""
import contextlib
import html
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "api"))
from apiserver import ApiServer, die_with_parent  # noqa: E402

BIN = pathlib.Path(os.environ.get("WINDLASS_BUILD", ROOT / "build" / "release")) / "bin"
NAMESPACE = "clouds"
RULE = {"apiGroups": ["windlass.dev"], "resources": ["openstackclouds", "upgradeplans", "upgraderuns"], "verbs": ["get", "list"]}
RBAC = "rbac.authorization.k8s.io"


def free_port():
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return listener.getsockname()[1]


def objects():
    plan = subprocess.run([BIN / "windlass", "plan", "--catalog", ROOT, "--from", "2025.1", "--to", "2025.2", "-o", "object"],
                          capture_output=True, text=True, check=True).stdout
    plan = json.loads(plan)
    plan["metadata"].update(name="the-plan", namespace=NAMESPACE)
    run = {"apiVersion": "windlass.dev/v1alpha1", "kind": "UpgradeRun", "metadata": {"name": "the-run", "namespace": NAMESPACE},
           "spec": {"plan": "the-plan", "approvedHash": plan["spec"]["hash"]}}
    made = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, plan, run]
    for name in ("viewer", "stranger"):
        made.append({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": NAMESPACE}})
    made.append({"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": {"name": "view", "namespace": NAMESPACE}, "rules": [RULE]})
    made.append({"apiVersion": f"{RBAC}/v1", "kind": "RoleBinding", "metadata": {"name": "view", "namespace": NAMESPACE},
                 "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "view"},
                 "subjects": [{"kind": "ServiceAccount", "name": "viewer", "namespace": NAMESPACE}]})
    return "\n---\n".join(json.dumps(item) for item in made)


def setUpModule():
    global api, url
    api = unittest.enterModuleContext(ApiServer())
    api.kubectl_call("apply", "-f", ROOT / "crds")
    api.kubectl_call("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
    # Into several namespaces, so without the one that kubectl_call() names.
    subprocess.run([api.kubectl, "apply", "-f", "-"], env=api.environment(), input=objects(), text=True, check=True, stdout=subprocess.DEVNULL)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    flags = ["--kubeconfig", api.kubeconfig, "--catalog", ROOT, f"--dashboard-address=127.0.0.1:{port}", "--metrics-address=127.0.0.1:0",
             "--health-address=127.0.0.1:0"]
    log = api.folder / "operator.log"
    with open(log, "wb") as out:
        operator = subprocess.Popen([BIN / "windlass-operator", *flags], stdout=out, stderr=out, preexec_fn=die_with_parent)
    unittest.addModuleCleanup(operator.wait)
    unittest.addModuleCleanup(operator.terminate)
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError as error:
            if operator.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"no dashboard: {error}; the operator said: {log.read_text()[-3000:]}") from error
            time.sleep(0.2)


def token_of(name):
    return api.kubectl_call("create", "token", name, "-n", NAMESPACE).stdout.strip()


def page(token, namespace=NAMESPACE):
    """The document as it is after the page's script has run for some (virtual) seconds."""
    with tempfile.TemporaryDirectory(prefix="windlass-browser-") as profile:
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={profile}",
                 "--virtual-time-budget=8000", "--dump-dom"]
        done = subprocess.run(["chromium", *flags, f"{url}/#token={token}&namespace={namespace}"], capture_output=True, text=True,
                              timeout=120, check=False)
    if done.returncode != 0:
        raise AssertionError(f"chromium ended with {done.returncode}: {done.stderr[-2000:]}")
    return html.unescape(done.stdout)


class Browser(unittest.TestCase):
    def test_whoever_may_read_them_sees_clouds_plan_and_run(self):
        seen = page(token_of("viewer"))
        self.assertIn(f"{NAMESPACE}/the-run", seen)
        self.assertIn(f"{NAMESPACE}/the-plan", seen)
        self.assertRegex(seen, r"Run the-run: ")
        self.assertRegex(seen, r"Preflight: \d+ of \d+")
        self.assertRegex(seen, r'<img[^>]* src="blob:', "the plan as a graph")
        self.assertNotIn("token=", seen)

    def test_whoever_may_not_reads_why_and_nothing_else(self):
        seen = page(token_of("stranger"))
        self.assertIn(f"system:serviceaccount:{NAMESPACE}:stranger may not list openstackclouds in namespace {NAMESPACE}", seen)
        self.assertNotIn("the-run", seen)

    def test_a_token_that_nobody_knows_is_refused(self):
        seen = page("made-up")
        self.assertIn("the API server does not know this token", seen)
        self.assertNotIn("the-run", seen)

    def test_nothing_comes_from_elsewhere(self):
        for path in ("/", "/app.js", "/style.css"):
            with urllib.request.urlopen(url + path, timeout=10) as answer:
                text = answer.read().decode()
                self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
            self.assertEqual(set(re.findall(r"https?://[^\"'\s)]+", text)) - {"http://www.w3.org/2000/svg"}, set(), path)


if __name__ == "__main__":
    unittest.main()
