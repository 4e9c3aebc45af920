#!/usr/bin/python3 -B
"""A cloud of three services is raised from 2025.1 to 2025.2 on a real cluster: the plan waits for its approval, the run
carries it out, what was made before is there afterwards, and a client that asks all the time sees no failed request.
Needs KUBECONFIG as test_cloud.py does, with the images openstack:2025.1 (the client) and those of both releases loaded. About
20 minutes, ten of them the soak of the plan. WINDLASS_TEST_FROM, WINDLASS_TEST_TO: other releases. WINDLASS_TEST_KILL: every
operator process is killed whenever a step begins or ends (an hour more; needs WINDLASS_CLUSTER, the name of a local cluster)."""
import json
import os
import pathlib
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cloud.clouds import Cloud, OpenStackClient, RequestLoop, example_spec  # noqa: E402
from cloud.data import Data  # noqa: E402
from cloud.faults import Nodes  # noqa: E402
from cloud.figures import Restarts, critical_path, latencies, latency_text, writes  # noqa: E402
from cloud.kubectl import Space, say, wait_for  # noqa: E402
from cloud.upgrades import GATES, OVER, UpgradeRun, complaints  # noqa: E402

FROM, TO = os.environ.get("WINDLASS_TEST_FROM", "2025.1"), os.environ.get("WINDLASS_TEST_TO", "2025.2")
SPACE = Space(f"windlass-test-upgrade-{os.getpid()}")
CLOUD = Cloud(SPACE)
CLIENT = OpenStackClient(CLOUD)
DATA = Data(CLIENT)
SERVICES = ("keystone", "glance", "placement")
RUN = UpgradeRun(CLOUD, "to-the-next")
KILL = bool(os.environ.get("WINDLASS_TEST_KILL"))
PAUSE = 0.5  # seconds between two rounds of requests: what they take is to be told from what the machine has
HOP_SECONDS = 7200 if KILL else 3600
REST = {}  # latencies of the requests before anything moves
RESTARTS = Restarts()


def setUpModule():
    SPACE.delete()
    SPACE.create()
    spec = dict(example_spec("openstackcloud-three-services.yaml"), release=FROM)
    # The client asks with one token all the time.
    spec["services"]["keystone"]["config"] = {"token": {"expiration": str(2 * HOP_SECONDS)}}
    CLOUD.create(spec)
    CLOUD.wait_settled(600)
    CLIENT.create()
    DATA.make()


def tearDownModule():
    if not os.environ.get("WINDLASS_KEEP_CLUSTER"):
        SPACE.kubectl("delete", "openstackcloud", "--all", "--timeout=120s", check=False, timeout=140)
        SPACE.delete(wait=False)


def pods_of_cloud():
    return SPACE.list("pods", "windlass.dev/cloud=demo")


def pods():
    return {pod["metadata"]["uid"] for pod in pods_of_cloud() if "deletionTimestamp" not in pod["metadata"]}


def images_of(service):
    """Tags of the images of its API pods."""
    return {pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in CLOUD.pods("api", service)}


class OperatorKills:
    """SIGKILL for every operator process whenever a step of the run begins or ends."""

    def __enter__(self):
        self.count, self.stopping, self.thread = 0, False, threading.Thread(target=self.watch, daemon=True)
        if KILL:
            self.nodes = Nodes()
            self.thread.start()
        return self

    def __exit__(self, *failure):
        self.stopping = True
        if KILL:
            self.thread.join(120)

    def watch(self):
        seen = set()
        while not self.stopping:
            states = {(step["id"], step["status"]) for step in RUN.status().get("steps", [])}
            if states - seen:
                seen |= states
                self.nodes.kill_operators()
                self.count += 1
            time.sleep(0.2)


class Upgrade(unittest.TestCase):
    """The tests are one story, in the order of their names."""

    def test_1_a_changed_release_changes_nothing_but_offers_a_plan(self):
        before = pods()
        SPACE.patch("openstackcloud", "demo", {"spec": {"release": TO}})
        wait_for("a plan", lambda: CLOUD.status().get("plan"), 60)
        with RequestLoop(CLIENT, DATA.requests(), pause=PAUSE) as loop:
            time.sleep(30)
        REST.update(latencies(loop.times))
        self.assertEqual(pods(), before)
        self.assertEqual(CLOUD.condition("Upgraded")["reason"], "PlanWaitsForApproval")
        self.assertEqual(CLOUD.condition("Ready")["status"], "True")

    def test_2_the_approved_plan_is_carried_out_without_a_failed_request(self):
        begin, written = time.monotonic(), writes()
        with RequestLoop(CLIENT, DATA.requests(), seconds=HOP_SECONDS, pause=PAUSE) as loop, OperatorKills() as kills:
            # What this client asks is too little to judge a share by; test_canary.py has canaries.
            RUN.begin([*GATES, *(f"{name}/canary/api" for name in SERVICES)], contractApproved=True)

            def is_over(status):
                RESTARTS.look(pods_of_cloud())
                return status.get("mode") in OVER
            status = RUN.follow(is_over, HOP_SECONDS)
            time.sleep(5)
        say(f"MEASURED seconds of the hop {FROM} -> {TO}: {time.monotonic() - begin:.0f}")
        acted = [step["id"] for step in status["steps"] if step["ended"] > step["begun"]]
        if KILL:
            say(f"MEASURED times that every operator process was killed: {kills.count}, in {len(acted)} steps that took a second or more")
        say(f"MEASURED its path: {critical_path(status['steps'])}")
        say(f"MEASURED requests failed during the hop: {len(loop.failed())} of {len(loop.codes)}")
        say(f"MEASURED p50/p99 in ms, at rest -> during the hop: {latency_text(REST, latencies(loop.times))}")
        say(f"MEASURED containers started again, by cause: {RESTARTS.by_cause()}")
        say(f"MEASURED writes to the API server of the whole cluster: {dict(writes() - written)}")
        self.assertEqual(status["mode"], "Done", json.dumps(status, indent=1))
        self.assertEqual({name for name, _ in loop.codes}, set(loop.requests), "each was asked")
        self.assertEqual(loop.failed(), [])
        if KILL:
            self.assertGreaterEqual(kills.count, len(acted), "each began or ended before the eyes of the test")

    def test_3_everything_runs_the_new_release_and_the_cloud_settles(self):
        CLOUD.wait_settled(600)
        self.assertEqual(CLOUD.status()["release"], TO)
        for service in SERVICES:
            self.assertEqual(images_of(service), {TO}, service)

    def test_3_the_services_find_their_schema_and_their_data_complete(self):
        self.assertEqual(complaints(CLOUD), {})

    def test_4_no_step_ran_twice(self):
        steps = [job["metadata"]["annotations"]["windlass.dev/step"] for job in RUN.jobs()]
        self.assertEqual(len(steps), len(set(steps)), sorted(steps))
        self.assertEqual({step["attempt"] for step in RUN.status()["steps"]}, {1})

    def test_5_what_the_old_release_made_is_there(self):
        self.assertEqual(DATA.found(), DATA.made)

    def test_6_a_backup_of_each_database_is_kept(self):
        self.assertIn("demo-database-backup", SPACE.names("pvc", "windlass.dev/cloud=demo"))
        evidence = {step["id"]: step.get("evidence", "") for step in RUN.status()["steps"]}
        for service in SERVICES:
            self.assertIn("/backup/", evidence[f"{service}/backup"])

    def test_7_the_backups_of_the_run_lead_back_and_what_was_written_since_is_lost(self):
        CLIENT.openstack("project", "create", "since", "-f", "json")
        begin = time.monotonic()
        RUN.command("restore", "--accept-data-loss")
        status = RUN.follow(lambda status: status.get("mode") in ("Aborted", "Failed"), 900)
        self.assertEqual(status["mode"], "Aborted", json.dumps(status, indent=1))
        # Its spec asks for the new release still, so it has a plan again.
        wait_for("the old cloud to be Ready", lambda: CLOUD.condition("Ready")["status"] == "True" and
                 CLOUD.condition("Upgraded")["reason"] == "PlanWaitsForApproval", 600)
        say(f"MEASURED seconds until the backups of {TO} -> {FROM} were in and the cloud settled: {time.monotonic() - begin:.0f}")
        self.assertEqual(CLOUD.status()["release"], FROM)
        for service in SERVICES:
            self.assertEqual(images_of(service), {FROM}, service)
        self.assertEqual(DATA.found(), DATA.made)
        projects = CLIENT.openstack("project", "list", "-f", "json")
        self.assertNotIn("since", {project["Name"] for project in projects})
        self.assertEqual(complaints(CLOUD), {})


if __name__ == "__main__":
    unittest.main()
