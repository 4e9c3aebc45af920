#!/usr/bin/python3 -B
"""A cloud on a real cluster: it becomes Ready, serves, rests, heals, changes, and goes. Needs KUBECONFIG of a cluster
with Windlass installed and the images loaded. Makes and removes namespaces of its own."""
import base64
import json
import os
import pathlib
import sys
import time
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cloud.clouds import Client, Cloud, RequestLoop, small_spec  # noqa: E402
from cloud.kubectl import Space, run, say, wait_for  # noqa: E402

SYSTEM = Space("windlass-system")
SPACE = Space(f"windlass-test-cloud-{os.getpid()}")  # two runs do not meet
CLOUD = Cloud(SPACE)
CLIENT = Client(CLOUD)
OPERATOR = "app.kubernetes.io/component=operator"
FERNET_KEYS = "demo-keystone-fernet-keys"


def setUpModule():
    SPACE.delete()
    SPACE.create()
    begin = time.monotonic()
    CLOUD.create(small_spec())
    CLOUD.wait_settled()
    say(f"MEASURED seconds from apply to Ready: {time.monotonic() - begin:.1f}")
    CLIENT.create()
    CLIENT.ready_token()


def tearDownModule():
    SPACE.kubectl("delete", "openstackcloud", "--all", "--timeout=120s", check=False, timeout=140)
    SPACE.delete(wait=False)


def versions():
    """resourceVersion of the cloud and of everything it is made of."""
    kinds = "openstackcloud,deploy,statefulset,job,service,configmap,secret,pdb,serviceaccount,pvc"
    items = json.loads(SPACE.kubectl("get", kinds, "-o", "json").stdout)["items"]
    return {f"{item['kind']}/{item['metadata']['name']}": item["metadata"]["resourceVersion"] for item in items}


def ready_pods(component):
    return [pod["metadata"]["name"] for pod in CLOUD.pods(component)
            if any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))]


class AReadyCloud(unittest.TestCase):
    def test_names_its_endpoint_release_and_replicas(self):
        status = CLOUD.status()
        self.assertEqual(status["release"], "2025.1")
        self.assertIn(":5000", status["endpoints"]["identity"])
        self.assertEqual(status["services"]["keystone"]["readyReplicas"], 2)

    def test_issues_tokens_through_the_gateway(self):
        self.assertGreater(len(CLIENT.token()), 50)

    def test_lists_its_endpoints_in_the_service_catalog(self):
        code, answer = CLIENT.call("GET", "/endpoints")
        self.assertEqual(code, 200)
        self.assertTrue(all("5000" in endpoint["url"] for endpoint in answer["endpoints"]))

    def test_gives_all_replicas_the_same_keys(self):
        code, _ = CLIENT.call("GET", "/projects")
        codes = {code} | {CLIENT.call("GET", "/projects")[0] for _ in range(5)}
        self.assertEqual(codes, {200}, "a token of one replica must hold at the other")

    def test_is_answered_by_kubectl_wait_and_kubectl_get(self):
        SPACE.kubectl("wait", "--for=condition=Ready", "openstackcloud/demo", "--timeout=5s")
        line = SPACE.kubectl("get", "osc", "demo", "--no-headers").stdout
        self.assertRegex(line, r"demo\s+2025\.1\s+True")

    def test_spreads_its_replicas_and_bounds_their_disruption(self):
        nodes = {pod["spec"]["nodeName"] for pod in CLOUD.pods("api")}
        self.assertEqual(len(nodes), min(2, len(run("get", "nodes", "-o", "name").stdout.split())))
        self.assertTrue(SPACE.names("pdb", "windlass.dev/component=api"))

    def test_shows_no_secret_in_arguments_config_or_status(self):
        values = [value for secret in SPACE.list("secrets", "windlass.dev/cloud=demo")
                  for value in secret["data"].values()]
        secrets = {base64.b64decode(value).decode() for value in values}
        shown = "".join(SPACE.kubectl("get", kind, "-o", "json").stdout
                        for kind in ("pods", "configmaps", "jobs", "openstackclouds", "deployments"))
        shown += SPACE.kubectl("get", "events", "-o", "json").stdout
        leaked = [value[:2] + "…" for value in secrets if len(value) >= 24 and value in shown and "://" not in value]
        self.assertEqual(leaked, [])

    def test_rests_without_a_single_write(self):
        before = versions()
        time.sleep(60)
        after = versions()
        self.assertEqual({name for name in after if after[name] != before.get(name)}, set())


class ContainersAndGuestsTogether(unittest.TestCase):
    """A guest in the cloud's namespace: the same Services lead both ways."""

    @classmethod
    def setUpClass(cls):
        SPACE.apply(
            {"apiVersion": "windlass.dev/v1alpha1", "kind": "VirtualMachine", "metadata": {"name": "hello", "labels": {"app": "hello"}},
             "spec": {"memory": "128Mi", "image": {"reference": "windlass.dev/guest-tiny:1"}, "terminationGracePeriodSeconds": 20,
                      "readinessProbe": {"http": {"port": 80}, "periodSeconds": 1, "timeoutSeconds": 5, "failureThreshold": 12}}},
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "hello"},
             "spec": {"selector": {"app": "hello"}, "ports": [{"port": 80}]}})
        SPACE.kubectl("wait", "--for=condition=Ready", "virtualmachine/hello", "--timeout=240s", timeout=250)

    @classmethod
    def tearDownClass(cls):
        SPACE.kubectl("delete", "virtualmachine/hello", "service/hello", "--timeout=60s", timeout=70)

    def ask(self, path):
        """A guest with an emulated processor may be starved for a while on a busy machine; its Service has no endpoint then."""
        return CLIENT.shell(f"curl -sS --fail -m 30 --retry 4 --retry-all-errors --retry-delay 5 'http://hello{path}'", timeout=200)

    def test_a_container_calls_the_guest_by_its_service_name(self):
        self.assertIn("hello", self.ask("/"))

    def test_the_guest_calls_the_identity_service_by_its_service_name(self):
        url = urllib.parse.quote(CLOUD.gateway(), safe="")
        answer = self.ask(f"/cgi-bin/fetch?url={url}")
        self.assertEqual(json.loads(answer)["version"]["status"], "stable", answer[:300])


class Healing(unittest.TestCase):
    def tearDown(self):
        CLOUD.wait_settled()
        CLIENT.ready_token()

    def test_deleting_a_keystone_pod_fails_no_request(self):
        with RequestLoop(CLIENT) as loop:
            victim = CLOUD.pods("api")[0]["metadata"]["name"]
            SPACE.remove("pod", victim)
            wait_for("another pod, ready, in its place",
                     lambda: len(ready := ready_pods("api")) == 2 and victim not in ready, 180)
            loop.wait_answers(40)
        say(f"MEASURED requests failed while a Keystone pod was deleted: {len(loop.failed())} of {len(loop.codes)}")
        self.assertEqual(loop.failed(), [])

    def test_a_deleted_deployment_comes_back(self):
        name = CLOUD.workload("deployment", "api")[0]
        uid = SPACE.get("deployment", name)["metadata"]["uid"]
        SPACE.remove("deployment", name)
        wait_for(f"Deployment {name} again", lambda: (SPACE.get("deployment", name) or {"metadata": {"uid": uid}})
                 ["metadata"]["uid"] != uid, 60)

    def test_a_deleted_gateway_comes_back(self):
        name = SPACE.names("deployment", "windlass.dev/cloud=demo,windlass.dev/service=haproxy")[0]
        SPACE.remove("deployment", name)
        SPACE.remove("service", "demo-gateway")
        wait_for("the gateway's Deployment and Service again",
                 lambda: SPACE.get("deployment", name) and SPACE.get("service", "demo-gateway"), 60)

    def test_deleted_secrets_come_back_as_they_were(self):
        names = SPACE.names("secrets", "windlass.dev/cloud=demo")
        before = {name: SPACE.get("secret", name)["data"] for name in names}
        pods = sorted(pod["metadata"]["uid"] for pod in CLOUD.pods("api"))
        for name in names:
            if name == "demo-escrow":
                continue
            SPACE.remove("secret", name)
        wait_for("all Secrets again", lambda: SPACE.names("secrets", "windlass.dev/cloud=demo") == names, 60)
        self.assertEqual({name: SPACE.get("secret", name)["data"] for name in names}, before)
        self.assertEqual(sorted(pod["metadata"]["uid"] for pod in CLOUD.pods("api")), pods, "nothing restarted")

    def test_a_secret_lost_with_its_copy_gets_a_new_password_that_works(self):
        before = SPACE.get("secret", "demo-keystone-database")["data"]["password"]
        replicas = SYSTEM.get("deployment", "windlass-operator")["spec"]["replicas"]
        SYSTEM.kubectl("scale", "deployment/windlass-operator", "--replicas=0")
        try:
            wait_for("the end of the operator", lambda: not SYSTEM.names("pods", OPERATOR), 60)
            SPACE.remove("secret", "demo-keystone-database")
            SPACE.patch("secret", "demo-escrow", {"data": {"demo-keystone-database..password": None}})
        finally:
            SYSTEM.kubectl("scale", "deployment/windlass-operator", f"--replicas={replicas}")
        wait_for("the Secret again", lambda: SPACE.get("secret", "demo-keystone-database"), 90)
        CLOUD.wait_settled()
        self.assertNotEqual(SPACE.get("secret", "demo-keystone-database")["data"]["password"], before)

    def test_a_deleted_database_pod_comes_back_with_its_data(self):
        code, made = CLIENT.call("POST", "/projects", {"project": {"name": "outlives-a-pod"}})
        self.assertEqual(code, 201)
        SPACE.remove("pod", "demo-database-0", wait=True)
        CLOUD.wait_settled()
        self.assertEqual(CLIENT.call("GET", f"/projects/{made['project']['id']}")[0], 200)
        CLIENT.call("DELETE", f"/projects/{made['project']['id']}")

    def test_drift_is_set_back_and_reported(self):
        name = CLOUD.workload("deployment", "api")[0]
        SPACE.patch("deployment", name, {"spec": {"replicas": 1}})
        wait_for("two replicas again", lambda: SPACE.get("deployment", name)["spec"]["replicas"] == 2, 60)
        wait_for("an Event about it", lambda: "/spec/replicas" in
                 SPACE.warnings_about("OpenStackCloud", "demo").get("DriftCorrected", ""), 30)

    def test_goes_on_without_the_operator_that_began(self):
        SYSTEM.kubectl("delete", "pod", "-l", OPERATOR, "--wait=false")
        name = CLOUD.workload("deployment", "api")[0]
        SPACE.remove("deployment", name)
        wait_for(f"Deployment {name} again", lambda: SPACE.get("deployment", name) and
                 "deletionTimestamp" not in SPACE.get("deployment", name)["metadata"], 90)


class Changes(unittest.TestCase):
    def test_a_config_key_rolls_only_what_it_touches_and_fails_no_request(self):
        database = SPACE.get("pod", "demo-database-0")["metadata"]["uid"]
        jobs = SPACE.names("jobs")
        gateway = sorted(p["metadata"]["uid"] for p in SPACE.list("pods", "windlass.dev/service=haproxy"))
        before = CLOUD.workload("deployment", "api")
        with RequestLoop(CLIENT) as loop:
            SPACE.patch("openstackcloud", "demo", {"spec": {"services": {"keystone": {"config": {
                "token": {"expiration": 7200}}}}}})
            CLOUD.wait_settled()
            time.sleep(5)
        after = CLOUD.workload("deployment", "api")
        say(f"MEASURED requests failed while a config change rolled: {len(loop.failed())} of {len(loop.codes)}")
        self.assertEqual(len(after), 1, "the old revision is gone")
        self.assertNotEqual(after, before)
        self.assertEqual(loop.failed(), [])
        self.assertEqual(SPACE.get("pod", "demo-database-0")["metadata"]["uid"], database)
        self.assertEqual(sorted(p["metadata"]["uid"] for p in SPACE.list("pods", "windlass.dev/service=haproxy")), gateway)
        self.assertEqual(SPACE.names("jobs"), jobs)

    def test_an_invalid_change_leaves_what_runs_alone(self):
        pods = sorted(pod["metadata"]["uid"] for pod in CLOUD.pods("api"))
        SPACE.patch("openstackcloud", "demo", {"spec": {"services": {"nothing": {"replicas": 1}}}})
        try:
            refused = CLOUD.wait_refused("InvalidSpec")
            self.assertIn("spec.services.nothing", refused["message"])
            self.assertTrue(CLIENT.token())
            self.assertEqual(sorted(pod["metadata"]["uid"] for pod in CLOUD.pods("api")), pods)
        finally:
            SPACE.patch("openstackcloud", "demo", {"spec": {"services": {"nothing": None}}})
        CLOUD.wait_settled()


class TheOperator(unittest.TestCase):
    def test_only_one_of_two_leads(self):
        pods = SYSTEM.names("pods", OPERATOR)
        self.assertGreaterEqual(len(pods), 2, "the chart runs two")
        holder = SYSTEM.get("lease", "windlass-operator")["spec"]["holderIdentity"]
        self.assertEqual(len([pod for pod in pods if holder.startswith(pod)]), 1, holder)


class ZDeletion(unittest.TestCase):
    """Last: takes the cloud of the other tests down."""

    def test_a_cloud_of_the_same_name_finds_the_kept_data_again(self):
        code, made = CLIENT.call("POST", "/projects", {"project": {"name": "outlives-the-cloud"}})
        self.assertEqual(code, 201)
        keys = SPACE.get("secret", FERNET_KEYS)["data"]
        SPACE.kubectl("delete", "openstackcloud", "demo", "--timeout=150s", timeout=160)
        for kind in ("deployments", "statefulsets", "jobs", "services", "configmaps"):
            self.assertEqual(SPACE.names(kind, "windlass.dev/cloud=demo"), [], kind)
        self.assertEqual(SPACE.names("pvc", "windlass.dev/cloud=demo"), ["data-demo-database-0"])
        self.assertEqual(SPACE.get("secret", FERNET_KEYS)["data"], keys)

        spec = small_spec()
        spec["deletionPolicy"] = "Delete"
        CLOUD.create(spec)
        CLOUD.wait_settled()
        CLIENT.ready_token()
        self.assertEqual(CLIENT.call("GET", f"/projects/{made['project']['id']}")[0], 200)

        say("deletionPolicy Delete removes the data as well")
        SPACE.kubectl("delete", "openstackcloud", "demo", "--timeout=150s", timeout=160)
        for kind in ("pvc", "secrets", "deployments", "statefulsets"):
            wait_for(f"no {kind} of the cloud", lambda kind=kind: not SPACE.names(kind, "windlass.dev/cloud=demo"), 60)


if __name__ == "__main__":
    unittest.main(verbosity=2)
