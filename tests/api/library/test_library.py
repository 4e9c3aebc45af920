#!/usr/bin/python3 -B
"""What docs/kube.md shows, against a real API server: its controller and its fencing policy.
By hand: WINDLASS_BUILD=build/dev tests/api/library/test_library.py"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "api"))
from apiserver import ApiServer  # noqa: E402

CONTROLLER = pathlib.Path(os.environ.get("WINDLASS_BUILD", ROOT / "build" / "dev")) / "bin" / "site-controller"
EPOCH = "windlass.dev/leader-epoch"


def eventually(what, condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.2)


class LibraryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.api = ApiServer()
        cls.enterClassContext(cls.api)

    def kubectl(self, *words, text=None, check=True):
        done = subprocess.run([self.api.kubectl, "-n", "default", *words], env=self.api.environment(), input=text, text=True,
                              capture_output=True, check=False, timeout=60)
        if check and done.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(words)}: {done.stderr}")
        return done

    def apply(self, *objects, check=True):
        return self.kubectl("apply", "-f", "-", text="\n---\n".join(json.dumps(o) for o in objects), check=check)

    def write_as_leader(self, epoch):
        return self.kubectl("annotate", "--overwrite", "configmap", "fenced", f"{EPOCH}={epoch}", check=False)

    def test_the_policy_of_the_page_refuses_an_earlier_leader(self):
        page = (ROOT / "docs" / "kube.md").read_text()
        policy = re.search(r"```yaml\n(.*?kind: ValidatingAdmissionPolicy.*?)```", page, re.DOTALL).group(1)
        self.kubectl("apply", "-f", "-", text=policy)
        self.apply({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
                    "metadata": {"name": "leader-epoch"}, "spec": {"policyName": "leader-epoch", "validationActions": ["Deny"]}})
        self.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "fenced", "annotations": {EPOCH: "100"}}})

        def refused():
            self.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "fenced", "annotations": {EPOCH: "100"}}}, check=False)
            return "written by an earlier leader" in self.write_as_leader(4).stderr

        eventually("the policy is in force", refused)
        self.assertEqual(self.write_as_leader(100).returncode, 0)
        self.assertEqual(self.write_as_leader(101).returncode, 0)
        self.assertNotEqual(self.write_as_leader(100).returncode, 0)
        unmarked = self.kubectl("patch", "configmap", "fenced", "--type=merge", "-p",
                                json.dumps({"metadata": {"annotations": {EPOCH: None}}}), check=False)
        self.assertNotEqual(unmarked.returncode, 0, "a write without an epoch counts as the earliest")

    def test_the_example_publishes_follows_and_cleans_up(self):
        self.kubectl("apply", "-f", str(ROOT / "kube/examples/site-crd.yaml"))
        self.kubectl("wait", "--for=condition=Established", "crd/sites.example.windlass.dev")
        with tempfile.TemporaryDirectory() as folder, open(self.api.folder / "site-controller.log", "wb") as log:
            process = subprocess.Popen([CONTROLLER, folder, "default"], env=self.api.environment(), stdout=log, stderr=log)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            page = pathlib.Path(folder) / "default.home.txt"
            self.apply({"apiVersion": "example.windlass.dev/v1", "kind": "Site", "metadata": {"name": "home"}, "spec": {"text": "hello"}})
            eventually("the page is there", lambda: page.exists() and page.read_text() == "hello\n")
            self.kubectl("wait", "--for=condition=Ready", "site/home", "--timeout=60s")
            site = json.loads(self.kubectl("get", "site", "home", "-o", "json").stdout)
            self.assertEqual(site["metadata"]["finalizers"], ["example.windlass.dev/site"])
            address = json.loads(self.kubectl("get", "configmap", "home", "-o", "json").stdout)
            self.assertEqual(address["data"]["path"], str(page))
            self.assertEqual(address["metadata"]["ownerReferences"][0]["uid"], site["metadata"]["uid"])
            self.kubectl("annotate", "namespace", "default", "example.windlass.dev/footer=goodbye")
            eventually("the footer is there", lambda: page.read_text() == "hello\ngoodbye")
            self.kubectl("delete", "site", "home", "--timeout=60s")
            self.assertFalse(page.exists(), "the page goes before the object does")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(30), 0)


if __name__ == "__main__":
    unittest.main()
