#!/usr/bin/python3 -B
"""The example controller against a real API server: it converges, heals, rests, survives a restart of the server, and of
two processes one leads. Takes about two minutes and a half; by hand: WINDLASS_BUILD=build/dev tests/api/runtime/test_greeting_controller.py"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "api"))
from apiserver import ApiServer  # noqa: E402

CONTROLLER = pathlib.Path(os.environ.get("WINDLASS_BUILD", ROOT / "build" / "dev")) / "bin" / "greeting-controller"
REST_SECONDS = int(os.environ.get("WINDLASS_REST_SECONDS", "60"))


class GreetingServer(ApiServer):
    def get(self, kind, name):
        done = self.kubectl_call("get", kind, name, "-o", "json", check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None


def eventually(what, condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.2)


class GreetingControllerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.api = GreetingServer()
        cls.enterClassContext(cls.api)
        cls.api.kubectl_call("apply", "-f", str(ROOT / "kube/examples/crd.yaml"))
        cls.api.kubectl_call("wait", "--for=condition=Established", "crd/greetings.example.windlass.dev")

    def setUp(self):
        self.controllers = []
        self.logs = []
        self.addCleanup(self.stop_all)

    def stop_all(self):
        for process in self.controllers:
            if process.poll() is None:
                process.kill()
            process.wait()
        self.api.kubectl_call("delete", "greetings,configmaps,leases", "--all", check=False)

    def start(self, *words):
        log = open(self.api.folder / f"controller-{self._testMethodName}-{len(self.controllers)}.log", "wb+")
        self.addCleanup(log.close)
        process = subprocess.Popen([CONTROLLER, *words], env=self.api.environment(), stdout=log, stderr=log)
        self.controllers.append(process)
        self.logs.append(log)
        return process

    def log_of(self, process):
        return pathlib.Path(self.logs[self.controllers.index(process)].name).read_text(errors="replace")

    def say(self, text, name="hello"):
        self.api.kubectl_call("apply", "-f", "-", text=json.dumps({
            "apiVersion": "example.windlass.dev/v1", "kind": "Greeting", "metadata": {"name": name}, "spec": {"text": text}}))

    def said(self, text, name="hello"):
        return lambda: ((self.api.get("configmap", name) or {}).get("data") or {}).get("text") == text

    def test_F09_converges_heals_and_then_writes_nothing(self):
        self.start()
        self.say("one")
        eventually("the ConfigMap says one", self.said("one"))
        eventually("the status is Ready", lambda: self.api.get("greeting", "hello").get("status", {}).get("conditions", [{}])[0].get("status") == "True")
        self.assertEqual(self.api.get("configmap", "hello")["metadata"]["ownerReferences"][0]["name"], "hello")
        self.say("two")
        eventually("the ConfigMap follows", self.said("two"))
        self.api.kubectl_call("delete", "configmap", "hello")
        eventually("the ConfigMap is back", self.said("two"))
        self.api.kubectl_call("patch", "configmap", "hello", "--type=merge", "-p", '{"data":{"text":"drift"}}')
        eventually("the drift is corrected", self.said("two"))
        time.sleep(3)
        before = self.api.writes("greetings", "configmaps", "events")
        self.assertGreater(before, 4, "the server's metric counts our writes")
        time.sleep(REST_SECONDS)
        self.assertEqual(self.api.writes("greetings", "configmaps", "events") - before, 0, f"writes in {REST_SECONDS} s of rest")
        self.controllers[0].send_signal(signal.SIGTERM)
        self.assertEqual(self.controllers[0].wait(10), 0)

    def test_F03_survives_a_restart_of_the_api_server(self):
        process = self.start()
        self.say("before")
        eventually("the ConfigMap says before", self.said("before"))
        self.api.kill_apiserver()
        time.sleep(3)
        self.api.start_apiserver()
        self.say("after")
        eventually("the ConfigMap follows", self.said("after"), 60)
        self.assertIsNone(process.poll())
        self.assertNotIn("cannot list", self.log_of(process))  # it resumed its watches: no relist storm

    def holder(self):
        return (self.api.get("lease", "greeting-controller") or {}).get("spec", {}).get("holderIdentity", "")

    def leads(self, process):
        return lambda: "leader election: leading" in self.log_of(process)

    def test_P22_of_two_processes_one_leads_and_the_other_takes_over(self):
        one = self.start("default")
        eventually("the first leads", self.leads(one))
        two = self.start("default")
        self.say("by the first")
        eventually("the first reconciles", self.said("by the first"))
        self.assertFalse(self.leads(two)())
        one.send_signal(signal.SIGTERM)
        self.assertEqual(one.wait(10), 0)
        eventually("the second takes the released lease soon", self.leads(two), 8)
        self.say("by the second")
        eventually("the second reconciles", self.said("by the second"))

    def test_F13_a_stopped_leader_loses_the_lease_and_ends_when_it_wakes(self):
        one = self.start("default")
        eventually("the first leads", self.leads(one))
        two = self.start("default")
        one.send_signal(signal.SIGSTOP)
        eventually("the second takes over when the lease ran out", self.leads(two), 40)
        one.send_signal(signal.SIGCONT)
        self.assertNotEqual(one.wait(15), 0)
        self.assertIn("giving up", self.log_of(one))
        self.say("by the second")
        eventually("the second reconciles", self.said("by the second"))


if __name__ == "__main__":
    unittest.main()
