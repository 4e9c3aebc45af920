#!/usr/bin/python3 -B
"""A new revision of the identity API is tried on a real cluster while clients ask: one that answers 500 to one request in
fifty is caught and taken back, and no request to the revision in use fails; then a good one passes and takes over. Needs
KUBECONFIG as test_cloud.py does, with the images openstack:2025.1, openstack:2025.2 and tools:1 loaded; Kubernetes 1.36 or
newer (MutatingAdmissionPolicy v1). About 20 minutes."""
import datetime
import json
import os
import pathlib
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cloud.clouds import Client, Cloud, RequestLoop, small_spec  # noqa: E402
from cloud.kubectl import CommandFailed, Space, run, say, wait_for  # noqa: E402

FROM, TO = "2025.1", "2025.2"
SPACE = Space(f"windlass-test-canary-{os.getpid()}")
CLOUD = Cloud(SPACE)
CLIENT = Client(CLOUD)
FAULT = SPACE.name
CANARY = "keystone/canary/api"
STAGES = [f"{CANARY}/{stage}" for stage in ("header", "one", "ten", "half")]
RUN_SECONDS = 1200
POLICY = {"match": {"header": "tester", "soakSeconds": 10}, "baselineSeconds": 30, "warmUpSeconds": 10, "maxStepSeconds": 900,
          "steps": [{"basisPoints": 1000, "soakSeconds": 30, "minRequests": 200, "errorPassBasisPoints": 800},
                    {"basisPoints": 5000, "soakSeconds": 60, "minRequests": 1000, "errorPassBasisPoints": 100}]}
# The application of the image, but for every fiftieth request that is no health check.
BAD_APPLICATION = ("from keystone.wsgi.api import application as good; from keystone.common.rbac_enforcer import enforcer; "
                   "enforcer.RBACEnforcer()._enforcer.load_rules(); import itertools; "
                   "turn = itertools.cycle([0] * 49 + [1]); application = lambda env, start, good=good, turn=turn: "
                   "(start('500 Injected', [('Content-Length', '0')]), [b''])[1] "
                   "if env['PATH_INFO'] != '/v3' and next(turn) else good(env, start)")


def setUpModule():
    SPACE.delete()
    SPACE.create()
    CLOUD.create(dict(small_spec(), release=FROM))
    CLOUD.wait_settled(600)
    CLIENT.create()
    SPACE.apply({"apiVersion": "windlass.dev/v1alpha1", "kind": "CanaryPolicy", "metadata": {"name": "quick"}, "spec": POLICY})
    SPACE.patch("openstackcloud", "demo", {"spec": {"release": TO}})


def tearDownModule():
    CLIENT.shell("touch /tmp/end", check=False)
    set_fault(False)
    if not os.environ.get("WINDLASS_KEEP_CLUSTER"):
        SPACE.kubectl("delete", "openstackcloud", "--all", "--timeout=120s", check=False, timeout=140)
        SPACE.delete(wait=False)


def set_fault(there):
    """Pods of the new revision start with another application. (A change of the Deployment the operator would set right.)"""
    kinds = ("mutatingadmissionpolicybinding", "mutatingadmissionpolicy")
    if not there:
        for kind in kinds:
            run("delete", kind, FAULT, "--ignore-not-found", check=False)
        return
    patch = f'[JSONPatch{{op: "replace", path: "/spec/containers/0/args/2", value: {json.dumps("--eval=" + BAD_APPLICATION)}}}]'
    new = {"name": "new-revision", "expression": f"object.spec.containers[0].image.endsWith(':{TO}')"}
    matches = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": SPACE.name}},
               "objectSelector": {"matchLabels": {"windlass.dev/service": "keystone", "windlass.dev/component": "api"}},
               "resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]}
    api = {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": FAULT}}
    objects = [
        {**api, "kind": "MutatingAdmissionPolicy",
         "spec": {"failurePolicy": "Fail", "reinvocationPolicy": "Never", "matchConstraints": matches, "matchConditions": [new],
                  "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": patch}}]}},
        {**api, "kind": "MutatingAdmissionPolicyBinding", "spec": {"policyName": FAULT}}]
    run("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    time.sleep(5)  # the API server learns of policies with a delay


def begin(name):
    wait_for("a plan", lambda: CLOUD.status().get("plan"), 60)
    plan = SPACE.get("upgradeplan", CLOUD.status()["plan"])
    SPACE.apply({"apiVersion": "windlass.dev/v1alpha1", "kind": "UpgradeRun", "metadata": {"name": name},
                 "spec": {"plan": plan["metadata"]["name"], "approvedHash": plan["spec"]["hash"], "canaryPolicy": "quick",
                          "acknowledged": ["room-for-surge", "room-for-backup"]}})


def status_of(name):
    return (SPACE.get("upgraderun", name) or {}).get("status", {})


def step_of(name, step):
    return next((one for one in status_of(name).get("steps", []) if one["id"] == step), {})


def follow(name, is_over):
    """Until is_over(status), telling each change."""
    seen = ""

    def look():
        nonlocal seen
        status = status_of(name)
        now = f"{status.get('mode')} {status.get('cursor', '')}"
        if now != seen:
            seen = now
            say(f"{now}: {status.get('waitingFor', '')}")
        return status if is_over(status) else None
    return wait_for(f"run {name}", look, RUN_SECONDS)


def images():
    return {pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in CLOUD.pods("api")}


def failed_at(name):
    """When the verdict fell: the newest Event of that reason."""
    events = json.loads(SPACE.kubectl("get", "events.events.k8s.io", "-o", "json").stdout)["items"]
    times = [event["eventTime"] for event in events if event.get("reason") == "CanaryFailed" and event["regarding"]["name"] == name]
    return datetime.datetime.fromisoformat(max(times).replace("Z", "+00:00")).timestamp() if times else None


class Traffic:
    """Many requests that the gateway draws for: in the end which of them failed is of no consequence."""

    SCRIPT = ("rm -f /tmp/end; for one in 1 2 3; do (while [ ! -e /tmp/end ]; do "
              "curl -s -m 60 -o /dev/null \"$URL/?[1-20]\"; sleep 0.3; done) & done; wait")

    def __enter__(self):
        script = f"URL={CLOUD.gateway()}; {self.SCRIPT}"
        self.thread = threading.Thread(target=lambda: CLIENT.shell(script, check=False, timeout=2 * RUN_SECONDS), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *failure):
        CLIENT.shell("touch /tmp/end")
        self.thread.join(90)


class Weights:
    """What each gateway pod says its share is, all the time."""

    def __enter__(self):
        self.seen, self.stopping = [], False
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *failure):
        self.stopping = True
        self.thread.join(60)

    def watch(self):
        while not self.stopping:
            for pod in CLOUD.pods("gateway"):
                name = pod["metadata"]["name"]
                try:
                    text = SPACE.execute(name, "socat", "-t", "10", "STDIO", "UNIX-CONNECT:/run/haproxy/admin.sock",
                                         stdin="show map /etc/haproxy-traffic/weights.map\n").stdout
                except CommandFailed:
                    continue  # a pod that just ends
                self.seen += [(time.time(), name, int(line.split()[2])) for line in text.split("\n") if " identity " in line]
            time.sleep(0.3)

    def last_above_zero(self):
        return max((at for at, _, weight in self.seen if weight > 0), default=0)


class Canary(unittest.TestCase):
    """The tests are one story, in the order of their names."""

    def test_1_a_bad_one_is_caught_and_no_request_to_the_revision_in_use_fails(self):
        set_fault(True)
        url = CLOUD.gateway()
        stable = {"stable": (f"-H 'X-Windlass-Canary: never' {url}/", "200")}
        with Traffic(), Weights() as weights, RequestLoop(CLIENT, stable, seconds=RUN_SECONDS) as loop:
            begin("bad")
            status = follow("bad", lambda status: status.get("mode") in ("Aborted", "Failed") or
                            status.get("cursor") == "keystone/roll/api")
            time.sleep(10)
        self.assertEqual(status["mode"], "Aborted", json.dumps(status, indent=1))
        verdict = failed_at("bad")
        say(f"MEASURED share 0 on all gateways after the verdict: {weights.last_above_zero() - verdict:+.1f} s")
        say(f"MEASURED requests to the stable revision that failed: {len(loop.failed())} of {len(loop.codes)}")
        self.assertGreater(weights.last_above_zero(), 0, "it had a share at all")
        self.assertLessEqual(weights.last_above_zero() - verdict, 5)
        self.assertEqual(loop.failed(), [])

    def test_2_its_evidence_is_kept_and_the_old_revision_is_alone(self):
        status = status_of("bad")
        self.assertEqual(status["canary"]["verdict"]["decision"], "Fail")
        self.assertIn("errors: ", status["why"])
        errors = next(one for one in status["canary"]["verdict"]["findings"] if one["name"] == "errors")
        say(f"MEASURED the verdict: {status['canary']['verdict']['reason']}")
        self.assertGreater(errors["bad"], 0)
        self.assertIn("rejects", step_of("bad", status["canary"]["stage"])["evidence"])
        wait_for("the end of the canary's pods", lambda: images() == {FROM}, 120)
        self.assertIsNone(SPACE.get("service", "demo-keystone-api-canary"))
        CLIENT.ready_token()

    def test_3_a_good_one_passes_each_stage_and_takes_over(self):
        set_fault(False)
        url = CLOUD.gateway()
        requests = {"any": (f"{url}/", "200"), "tester": (f"-H 'X-Windlass-Canary: tester' {url}/", "200")}
        with Traffic(), RequestLoop(CLIENT, requests, seconds=RUN_SECONDS) as loop:
            begin("good")
            status = follow("good", lambda status: status.get("mode") in ("Aborted", "Failed") or
                            step_of("good", "keystone/roll/api").get("status") == "Done")
            time.sleep(10)
        say(f"MEASURED requests failed during a good canary and the roll: {len(loop.failed())} of {len(loop.codes)}")
        self.assertEqual(status["mode"], "Running", json.dumps(status, indent=1))
        for stage in STAGES:
            step = step_of("good", stage)
            say(f"{stage}: {step.get('evidence', '')[:300]}")
            self.assertEqual(step["status"], "Done", stage)
        self.assertEqual(images(), {TO})
        self.assertEqual(loop.failed(), [])


if __name__ == "__main__":
    unittest.main()
