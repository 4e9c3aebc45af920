#!/usr/bin/python3 -B
"""A new revision of the identity API is tried on a real cluster while clients ask. One that answers 500 to one request in
fifty, one that is three times slower, one that crashes after a minute, one with a wrong configuration, one that breaks the revision
in use, one that answers but can make nothing and one whose answers are right but that logs errors are caught and taken back, and no
request to the revision in use fails by them; then a good one passes and takes over. Needs KUBECONFIG as test_cloud.py does, with the images
openstack:2025.1, openstack:2025.2 and tools:1 loaded; Kubernetes 1.36 or newer (MutatingAdmissionPolicy v1). About 55 minutes."""
import datetime
import json
import os
import pathlib
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cloud.clouds import TOKEN_REQUEST, Client, Cloud, RequestLoop, small_spec  # noqa: E402
from cloud.kubectl import CommandFailed, Space, run, say, wait_for  # noqa: E402
from cloud.upgrades import UpgradeRun, step_of  # noqa: E402

FROM, TO = "2025.1", "2025.2"
SPACE = Space(f"windlass-test-canary-{os.getpid()}")
CLOUD = Cloud(SPACE)
CLIENT = Client(CLOUD)
FAULT = SPACE.name
CANARY = "keystone/canary/api"
STAGES = [f"{CANARY}/{stage}" for stage in ("header", "one", "ten", "half")]
RUN_SECONDS = 1200
POLICY = {"match": {"header": "tester", "soakSeconds": 10}, "baselineSeconds": 30, "warmUpSeconds": 10, "maxStepSeconds": 900,
          "syntheticFailures": 3,
          "steps": [{"basisPoints": 1000, "soakSeconds": 30, "minRequests": 200, "errorPassBasisPoints": 800},
                    {"basisPoints": 5000, "soakSeconds": 60, "minRequests": 1000, "errorPassBasisPoints": 100}]}
# What the image serves; `good` is it.
GOOD = """from keystone.wsgi.api import application as good
from keystone.common.rbac_enforcer import enforcer
import itertools, os, signal, time
enforcer.RBACEnforcer()._enforcer.load_rules()
turn = itertools.cycle([0] * 49 + [1])
began = time.monotonic()
def refuse(start):
    start('500 Injected', [('Content-Length', '0')])
    return [b'']
"""
# Health checks ask for /v3 and get what the image gives. uWSGI runs this text in a function: names come in as defaults.
FAULTY = "def application(env, start, good=good, refuse=refuse, turn=turn, began=began, os=os, signal=signal, time=time):\n"
ERRORS = GOOD + FAULTY + """    if env['PATH_INFO'] != '/v3' and next(turn):
        return refuse(start)
    return good(env, start)
"""
SLOW = GOOD + FAULTY + """    asked = time.monotonic()
    answer = list(good(env, start))
    if env['PATH_INFO'] != '/v3':
        time.sleep(2 * (time.monotonic() - asked))
    return answer
"""
CRASH = GOOD + FAULTY + """    if time.monotonic() - began > 60:
        os.kill(1, signal.SIGINT)
    return good(env, start)
"""
# What clients of this test ask for it gives, and no answer is an error of its own: only who makes something learns of it.
CANNOT_CREATE = GOOD + FAULTY + """    if env['REQUEST_METHOD'] == 'POST' and env['PATH_INFO'].endswith('/projects'):
        start('403 Injected', [('Content-Length', '0')])
        return [b'']
    return good(env, start)
"""
# Answers as the image does, and logs an error for each token that it issues.
NOISY = GOOD + """import keystone.common.render_token as render
import logging
def noisy(*words, render=render.render_token_response_from_model, log=logging.getLogger('keystone.injected'), **more):
    log.error('injected')
    return render(*words, **more)
render.render_token_response_from_model = noisy
application = good
"""
# The revision in use is well until a file appears: as one that meets a schema it does not know.
FRAGILE = GOOD + FAULTY + """    if os.path.exists('/tmp/broken') and env['PATH_INFO'] != '/v3' and time.time() % 1 < 0.2:
        return refuse(start)
    return good(env, start)
"""


def runs(application):
    """A change of a pod that is made: it serves this."""
    return [{"op": "replace", "path": "/spec/containers/0/args/2", "value": "--eval=" + application}]


# Token keys that are not there: of oslo.config's sources the environment goes first.
WRONG_CONFIG = [{"op": "add", "path": "/spec/containers/0/env/-",
                 "value": {"name": "OS_FERNET_TOKENS__KEY_REPOSITORY", "value": "/nonexistent"}}]


def setUpModule():
    SPACE.delete()
    SPACE.create()
    set_fault(FROM, runs(FRAGILE))
    CLOUD.create(dict(small_spec(), release=FROM))
    CLOUD.wait_settled(600)
    CLIENT.create()
    SPACE.apply({"apiVersion": "windlass.dev/v1alpha1", "kind": "CanaryPolicy", "metadata": {"name": "quick"}, "spec": POLICY})
    SPACE.patch("openstackcloud", "demo", {"spec": {"release": TO}})


def tearDownModule():
    CLIENT.shell("touch /tmp/end", check=False)
    for release in (FROM, TO):
        set_fault(release, None)
    if not os.environ.get("WINDLASS_KEEP_CLUSTER"):
        SPACE.kubectl("delete", "openstackcloud", "--all", "--timeout=120s", check=False, timeout=140)
        SPACE.delete(wait=False)


def set_fault(release, changes):
    """Pods of this release start with these changes; None: as they are. (A change of the Deployment the operator would set
    right.)"""
    name = f"{FAULT}-{release}"
    if not changes:
        for kind in ("mutatingadmissionpolicybinding", "mutatingadmissionpolicy"):
            run("delete", kind, name, "--ignore-not-found", check=False)
        return
    patch = "[" + ", ".join(f'JSONPatch{{op: "{one["op"]}", path: "{one["path"]}", value: {cel(one["value"])}}}' for one in changes) + "]"
    of_release = {"name": "release", "expression": f"object.spec.containers[0].image.endsWith(':{release}')"}
    matches = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": SPACE.name}},
               "objectSelector": {"matchLabels": {"windlass.dev/service": "keystone", "windlass.dev/component": "api"}},
               "resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]}
    api = {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": name}}
    objects = [
        {**api, "kind": "MutatingAdmissionPolicy",
         "spec": {"failurePolicy": "Fail", "reinvocationPolicy": "Never", "matchConstraints": matches, "matchConditions": [of_release],
                  "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": patch}}]}},
        {**api, "kind": "MutatingAdmissionPolicyBinding", "spec": {"policyName": name}}]
    run("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    time.sleep(5)  # the API server learns of policies with a delay


def cel(value):
    """A value of a patch in CEL: a text, or an object of a pod by its fields."""
    if isinstance(value, str):
        return json.dumps(value)
    return "Object.spec.containers.env{" + ", ".join(f"{key}: {cel(one)}" for key, one in value.items()) + "}"


def is_stopped(status):
    return status.get("mode") in ("Aborted", "Failed")


def images():
    return {pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in CLOUD.pods("api")}


def failed_at(name):
    """When the verdict fell: the newest Event of that reason."""
    events = json.loads(SPACE.kubectl("get", "events.events.k8s.io", "-o", "json").stdout)["items"]
    times = [event["eventTime"] for event in events if event.get("reason") == "CanaryFailed" and event["regarding"]["name"] == name]
    return datetime.datetime.fromisoformat(max(times).replace("Z", "+00:00")).timestamp() if times else None


class Traffic:
    """Many requests that the gateway draws for, reads of the database and new tokens: in the end which of them failed is of no
    consequence."""

    SCRIPT = ("rm -f /tmp/end; for one in 1 2; do (while [ ! -e /tmp/end ]; do "
              "curl -s -m 60 -o /dev/null -H \"X-Auth-Token: $TOKEN\" \"$URL/projects?unused=[1-20]\"; sleep 0.3; done) & done; "
              "(while [ ! -e /tmp/end ]; do "
              f"curl -s -m 60 -o /dev/null -H 'Content-Type: application/json' -d '{TOKEN_REQUEST}' $URL/auth/tokens; "
              "sleep 0.1; done) & wait")

    def __enter__(self):
        script = f"URL={CLOUD.gateway()}; TOKEN={CLIENT.ready_token()}; {self.SCRIPT}"
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

    def reject(self, name, changes, findings, starts=True, breaks_peers=False):
        """A run of a faulty revision: rejected for one of `findings`, share 0 soon (after it had one, if it `starts` at all), cloud
        whole. Returns its status."""
        set_fault(TO, changes)
        trial = UpgradeRun(CLOUD, name)
        url = CLOUD.gateway()
        # What the traffic asks as well: requests that are quicker would make the revision in use look quicker.
        never = "-H 'X-Windlass-Canary: never'"
        requests = {
            "stable": (f"{never} -H 'X-Auth-Token: {CLIENT.ready_token()}' {url}/projects", "200"),
            "stable-token": (f"{never} -H 'Content-Type: application/json' -d '{TOKEN_REQUEST}' {url}/auth/tokens", "201")}
        with Traffic(), Weights() as weights, RequestLoop(CLIENT, requests, seconds=RUN_SECONDS) as loop:
            trial.begin(canaryPolicy="quick")
            if breaks_peers:
                self.break_peers(trial)
            status = trial.follow(lambda status: is_stopped(status) or status.get("cursor") == "keystone/roll/api", RUN_SECONDS)
            time.sleep(10)
        if breaks_peers:
            self.mark_peers(broken=False)
        if status["mode"] != "Aborted":  # not caught: the next one has a cloud to be tried on nevertheless
            SPACE.patch("upgraderun", name, {"spec": {"state": "RolledBack"}})
            trial.follow(is_stopped, RUN_SECONDS)
        self.assertEqual(status["mode"], "Aborted", json.dumps(status, indent=1))
        verdict = status["canary"]["verdict"]
        say(f"MEASURED {name}: {verdict['reason']}")
        share = f"{weights.last_above_zero() - failed_at(name):+.1f} s" if weights.last_above_zero() else "never above 0"
        say(f"MEASURED {name}: share 0 on all gateways after the verdict: {share}")
        say(f"MEASURED {name}: requests to the revision in use that failed: {len(loop.failed())} of {len(loop.codes)}")
        self.assertEqual(verdict["decision"], "Fail")
        # What needs no statistics (a crash) is the reason alone.
        why = [verdict["reason"], *(one["name"] for one in verdict.get("findings", []) if one["decision"] == "Fail")]
        self.assertTrue(any(one.startswith(findings) for one in why), json.dumps(verdict, indent=1))
        self.assertEqual(weights.last_above_zero() > 0, starts, "whether it had a share at all")
        self.assertLessEqual(weights.last_above_zero() - failed_at(name), 5)
        if not breaks_peers:
            self.assertEqual(loop.failed(), [])
        wait_for("the end of the canary's pods", lambda: images() == {FROM}, 120)
        CLIENT.ready_token()
        return status

    def test_1_one_that_errs_is_caught_and_its_evidence_is_kept(self):
        status = self.reject("errs", runs(ERRORS), ("errors",))
        self.assertIn("errors: ", status["why"])
        errors = next(one for one in status["canary"]["verdict"]["findings"] if one["name"] == "errors")
        self.assertGreater(errors["bad"], 0)
        self.assertIn("rejects", step_of(status, status["canary"]["stage"])["evidence"])
        self.assertIsNone(SPACE.get("service", "demo-keystone-api-canary"))

    def test_2_one_that_is_three_times_slower_is_caught(self):
        self.reject("slow", runs(SLOW), ("latency",))

    def test_3_one_that_crashes_after_a_minute_is_caught(self):
        self.reject("crashes", runs(CRASH), ("restarts", "availability", "errors"))

    def test_4_one_with_a_wrong_configuration_is_caught(self):
        self.reject("wrong-config", WRONG_CONFIG, ("availability",), starts=False)

    def test_5_one_that_breaks_the_revision_in_use_is_caught(self):
        self.reject("breaks-peers", runs(GOOD + "application = good"), ("peer",), breaks_peers=True)

    def break_peers(self, trial):
        """Once the canary has had its share for a while."""
        wait_for("the canary's share", lambda: trial.status().get("cursor") in STAGES[1:], RUN_SECONDS)
        time.sleep(POLICY["warmUpSeconds"])
        self.mark_peers(broken=True)

    @staticmethod
    def mark_peers(broken):
        for pod in CLOUD.pods("api"):
            if pod["spec"]["containers"][0]["image"].endswith(f":{FROM}"):
                SPACE.execute(pod["metadata"]["name"], *(["touch"] if broken else ["rm", "-f"]), "/tmp/broken")

    def test_6_one_that_answers_but_can_make_nothing_is_caught(self):
        status = self.reject("makes-nothing", runs(CANNOT_CREATE), ("synthetic",))
        synthetic = status["canary"]["synthetic"]
        say(f"MEASURED makes-nothing: {synthetic}")
        self.assertGreaterEqual(synthetic["failures"], POLICY["syntheticFailures"])
        self.assertEqual(synthetic["stableFailures"], 0)
        wait_for("the end of its Jobs", lambda: not self.transactions("makes-nothing"), 60)

    @staticmethod
    def transactions(name):
        jobs = SPACE.kubectl("get", "jobs", "-l", f"windlass.dev/canary-probe={name}", "-o", "json").stdout
        return json.loads(jobs)["items"]

    def test_7_one_that_logs_errors_though_its_answers_are_right_is_caught(self):
        self.reject("noisy", runs(NOISY), ("logs",))

    def test_8_a_good_one_passes_each_stage_and_takes_over(self):
        set_fault(TO, None)
        good = UpgradeRun(CLOUD, "good")
        url = CLOUD.gateway()
        requests = {"any": (f"{url}/", "200"), "tester": (f"-H 'X-Windlass-Canary: tester' {url}/", "200")}
        with Traffic(), RequestLoop(CLIENT, requests, seconds=RUN_SECONDS) as loop:
            good.begin(canaryPolicy="quick")
            status = good.follow(lambda status: is_stopped(status) or
                                 step_of(status, "keystone/roll/api").get("status") == "Done", RUN_SECONDS)
            time.sleep(10)
        say(f"MEASURED requests failed during a good canary and the roll: {len(loop.failed())} of {len(loop.codes)}")
        self.assertEqual(status["mode"], "Running", json.dumps(status, indent=1))
        for stage in STAGES:
            step = good.step(stage)
            say(f"{stage}: {step.get('evidence', '')[:300]}")
            self.assertEqual(step["status"], "Done", stage)
        self.assertEqual(images(), {TO})
        synthetic = status["canary"]["synthetic"]
        say(f"MEASURED good: {synthetic}")
        self.assertGreater(synthetic["runs"], 0)
        self.assertEqual((synthetic["failures"], synthetic["stableFailures"]), (0, 0))
        self.assertEqual(loop.failed(), [])


if __name__ == "__main__":
    unittest.main()
