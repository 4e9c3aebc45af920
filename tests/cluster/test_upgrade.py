#!/usr/bin/python3 -B
"""A cloud of three services is raised from 2025.1 to 2025.2 on a real cluster: the plan waits for its approval, the run
carries it out, what was made before is there afterwards, and a client that asks all the time sees no failed request.
Needs KUBECONFIG as test_cloud.py does, with the images openstack:2025.1 (the client) and those of both releases loaded. About
20 minutes, ten of them the soak of the plan. WINDLASS_TEST_FROM, WINDLASS_TEST_TO: other releases. WINDLASS_TEST_KILL: every
operator process is killed whenever a step begins or ends (an hour more; needs WINDLASS_CLUSTER, the name of a local cluster)."""
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cloud.clouds import Cloud, OpenStackClient, RequestLoop, example_spec, service_requests  # noqa: E402
from cloud.figures import Restarts, critical_path, latencies, latency_text, writes  # noqa: E402
from cloud.kubectl import Space, run, say, wait_for  # noqa: E402

FROM, TO = os.environ.get("WINDLASS_TEST_FROM", "2025.1"), os.environ.get("WINDLASS_TEST_TO", "2025.2")
SPACE = Space(f"windlass-test-upgrade-{os.getpid()}")
CLOUD = Cloud(SPACE)
CLIENT = OpenStackClient(CLOUD)
SERVICES = ("keystone", "glance", "placement")
RUN = "to-the-next"
KILL = bool(os.environ.get("WINDLASS_TEST_KILL"))
PAUSE = 0.5  # seconds between two rounds of requests: what they take is to be told from what the machine has
HOP_SECONDS = 7200 if KILL else 3600
OPERATOR = ("-n", "windlass-system", "-l", "app.kubernetes.io/component=operator")
MADE = {}  # what was made with the old release
REST = {}  # latencies of the requests before anything moves
RESTARTS = Restarts()
# What the services themselves say about their schema and their data; exit code 1 of an upgrade check is a warning.
CHECKS = {"keystone": {"keystone-manage db_sync --check": [0], "keystone-status upgrade check": [0, 1]},
          "glance": {"glance-manage db check": [0], "glance-status upgrade check": [0, 1]},
          "placement": {"placement-status upgrade check": [0, 1]}}


def setUpModule():
    SPACE.delete()
    SPACE.create()
    CLOUD.create(dict(example_spec("openstackcloud-three-services.yaml"), release=FROM))
    CLOUD.wait_settled(600)
    CLIENT.create()
    make_data()


def tearDownModule():
    if not os.environ.get("WINDLASS_KEEP_CLUSTER"):
        SPACE.kubectl("delete", "openstackcloud", "--all", "--timeout=120s", check=False, timeout=140)
        SPACE.delete(wait=False)


def provider(*words):
    return CLIENT.openstack("--os-placement-api-version", "1.12", "resource", "provider", *words)


def make_data():
    CLIENT.shell("head -c 8388608 /dev/urandom > /tmp/image")
    MADE["sha512"] = CLIENT.shell("sha512sum < /tmp/image").split()[0]
    MADE["image"] = CLIENT.openstack("image", "create", "old", "--disk-format", "raw", "--container-format", "bare",
                                     "--file", "/tmp/image", "-f", "json")["id"]
    MADE["project"] = CLIENT.openstack("project", "create", "old", "-f", "json")["id"]
    MADE["user"] = CLIENT.openstack("user", "create", "old", "--password", "old-secret", "-f", "json")["id"]
    made = CLIENT.openstack("application", "credential", "create", "old", "--secret", "s3cret", "-f", "json")
    MADE["credential"] = {key.lower(): value for key, value in made.items()}["id"]
    me = CLIENT.openstack("token", "issue", "-f", "json")
    MADE["provider"] = provider("create", "old-host", "-f", "json")["uuid"]
    provider("inventory", "set", MADE["provider"], "--resource", "VCPU=8", "-f", "json")
    provider("allocation", "set", "--project-id", me["project_id"], "--user-id", me["user_id"], "--allocation",
             f"rp={MADE['provider']},VCPU=3", str(uuid.uuid4()), "-f", "json")
    CLIENT.openstack("--os-placement-api-version", "1.6", "trait", "create", "CUSTOM_LOOP")
    MADE["token"] = CLIENT.token()


def url_of(kind):
    return CLOUD.status()["endpoints"][kind]


def all_requests():
    """With one token of the old release, and a read of what that release made."""
    token = MADE["token"]
    return {**service_requests(CLIENT, token, MADE["image"]),
            "projects": (f"-H 'X-Auth-Token: {token}' -H 'Content-Type: application/json' {url_of('identity')}/projects", "200")}


def pods_of_cloud():
    return SPACE.list("pods", "windlass.dev/cloud=demo")


def pods():
    return {pod["metadata"]["uid"] for pod in pods_of_cloud() if "deletionTimestamp" not in pod["metadata"]}


def api_pods(service):
    return SPACE.list("pods", f"windlass.dev/cloud=demo,windlass.dev/service={service},windlass.dev/component=api")


def images_of(service):
    """Tags of the images of its API pods."""
    return {pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in api_pods(service)}


def run_status():
    return (SPACE.get("upgraderun", RUN) or {}).get("status", {})


class OperatorKills:
    """SIGKILL for every operator process whenever a step of the run begins or ends."""

    def __enter__(self):
        self.count, self.stopping, self.thread = 0, False, threading.Thread(target=self.watch, daemon=True)
        if KILL:
            self.thread.start()
        return self

    def __exit__(self, *failure):
        self.stopping = True
        if KILL:
            self.thread.join(120)

    def watch(self):
        seen = set()
        while not self.stopping:
            states = {(step["id"], step["status"]) for step in run_status().get("steps", [])}
            if states - seen:
                seen |= states
                self.kill()
            time.sleep(0.2)

    def kill(self):
        """The pods go as well: a container that was killed often is started again after minutes only."""
        tool = pathlib.Path(__file__).resolve().parent / "cluster"
        for node in json.loads(run("get", "nodes", "-o", "json").stdout)["items"]:
            subprocess.run([tool, "--name", os.environ["WINDLASS_CLUSTER"], "exec", node["metadata"]["name"], "pkill", "-9", "-f",
                            "^[^ ]*windlass-operator"], check=False, timeout=60)
        run("delete", "pods", *OPERATOR, "--force", "--grace-period=0", check=False)
        self.count += 1


class Upgrade(unittest.TestCase):
    """The tests are one story, in the order of their names."""

    def test_1_a_changed_release_changes_nothing_but_offers_a_plan(self):
        before = pods()
        SPACE.patch("openstackcloud", "demo", {"spec": {"release": TO}})
        wait_for("a plan", lambda: CLOUD.status().get("plan"), 60)
        with RequestLoop(CLIENT, all_requests(), pause=PAUSE) as loop:
            time.sleep(30)
        REST.update(latencies(loop.times))
        self.assertEqual(pods(), before)
        self.assertEqual(CLOUD.condition("Upgraded")["reason"], "PlanWaitsForApproval")
        self.assertEqual(CLOUD.condition("Ready")["status"], "True")

    def test_2_the_approved_plan_is_carried_out_without_a_failed_request(self):
        plan = SPACE.get("upgradeplan", CLOUD.status()["plan"])
        begin, seen, written = time.monotonic(), "", writes()
        with RequestLoop(CLIENT, all_requests(), seconds=HOP_SECONDS, pause=PAUSE) as loop, OperatorKills() as kills:
            SPACE.apply({"apiVersion": "windlass.dev/v1alpha1", "kind": "UpgradeRun", "metadata": {"name": RUN},
                         "spec": {"plan": plan["metadata"]["name"], "approvedHash": plan["spec"]["hash"],
                                  "contractApproved": True,
                                  # What this client asks is too little to judge a share by; test_canary.py has canaries.
                                  "acknowledged": ["room-for-surge", "room-for-backup", *(f"{name}/canary/api" for name in SERVICES)]}})

            def is_over():
                nonlocal seen
                status = run_status()
                RESTARTS.look(pods_of_cloud())
                if status.get("cursor", "") != seen:
                    seen = status.get("cursor", "")
                    say(f"{time.monotonic() - begin:6.1f} s  {seen or status.get('mode')}")
                return status.get("mode") in ("Done", "Failed", "Aborted")
            wait_for("the end of the run", is_over, HOP_SECONDS)
            time.sleep(5)
        status = run_status()
        say(f"MEASURED seconds of the hop {FROM} -> {TO}: {time.monotonic() - begin:.0f}")
        if KILL:
            say(f"MEASURED times that every operator process was killed: {kills.count}")
            self.assertGreater(kills.count, len(status["steps"]))
        say(f"MEASURED its path: {critical_path(status['steps'])}")
        say(f"MEASURED requests failed during the hop: {len(loop.failed())} of {len(loop.codes)}")
        say(f"MEASURED p50/p99 in ms, at rest -> during the hop: {latency_text(REST, latencies(loop.times))}")
        say(f"MEASURED containers started again, by cause: {RESTARTS.by_cause()}")
        say(f"MEASURED writes to the API server of the whole cluster: {dict(writes() - written)}")
        self.assertEqual(status["mode"], "Done", json.dumps(status, indent=1))
        self.assertEqual({name for name, _ in loop.codes}, set(loop.requests), "each was asked")
        self.assertEqual(loop.failed(), [])

    def test_3_everything_runs_the_new_release_and_the_cloud_settles(self):
        CLOUD.wait_settled(600)
        self.assertEqual(CLOUD.status()["release"], TO)
        for service in SERVICES:
            self.assertEqual(images_of(service), {TO}, service)

    def test_3_the_services_find_their_schema_and_their_data_complete(self):
        for service, commands in CHECKS.items():
            pod = api_pods(service)[0]["metadata"]["name"]
            for command, right in commands.items():
                said = SPACE.execute(pod, "sh", "-c", f"{command} 2>&1; echo; echo $?", timeout=120).stdout.strip()
                self.assertIn(int(said.rpartition("\n")[2]), right, f"{service}: {command}:\n{said}")

    def test_4_no_step_ran_twice(self):
        jobs = SPACE.list("jobs", f"windlass.dev/upgrade-run={RUN}")
        steps = [job["metadata"]["annotations"]["windlass.dev/step"] for job in jobs]
        self.assertEqual(len(steps), len(set(steps)), sorted(steps))
        self.assertEqual({step["attempt"] for step in run_status()["steps"]}, {1})

    def test_5_what_the_old_release_made_is_there(self):
        self.assertEqual(CLIENT.digest_of(MADE["image"], MADE["token"]), MADE["sha512"], "with a token of the old release")
        self.assertEqual(CLIENT.openstack("project", "show", "old", "-f", "json")["id"], MADE["project"])
        self.assertEqual(CLIENT.openstack("user", "show", "old", "-f", "json")["id"], MADE["user"])
        usage = provider("usage", "show", MADE["provider"], "-f", "json")
        self.assertEqual({item["resource_class"]: item["usage"] for item in usage}, {"VCPU": 3})
        body = json.dumps({"auth": {"identity": {"methods": ["application_credential"], "application_credential": {
            "id": MADE["credential"], "secret": "s3cret"}}}})
        self.assertEqual(CLIENT.code_of(f"-H 'Content-Type: application/json' -d '{body}' {url_of('identity')}/auth/tokens"), "201")

    def test_6_a_backup_of_each_database_is_kept(self):
        self.assertIn("demo-database-backup", SPACE.names("pvc", "windlass.dev/cloud=demo"))
        evidence = {step["id"]: step.get("evidence", "") for step in run_status()["steps"]}
        for service in SERVICES:
            self.assertIn("/backup/", evidence[f"{service}/backup"])


if __name__ == "__main__":
    unittest.main()
