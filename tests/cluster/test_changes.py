#!/usr/bin/python3 -B
"""A cloud with `changes: Planned` on a real cluster: a new configuration waits with a plan and moves no pod; approved, it rolls
and soaks without a failed request; the next one is taken back in the middle. Needs KUBECONFIG as test_cloud.py does, with the
images openstack:2025.1 and tools:1 loaded. About 20 minutes, ten of them the soak of the plan."""
import os
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cloud.clouds import Client, Cloud, RequestLoop, small_spec  # noqa: E402
from cloud.kubectl import Space, say, wait_for  # noqa: E402

SPACE = Space(f"windlass-test-changes-{os.getpid()}")
CLOUD = Cloud(SPACE)
CLIENT = Client(CLOUD)
RUN_SECONDS = 2400
FIRST, SECOND = "max_param_size", "list_limit"  # options of [DEFAULT]; neither changes an answer of this client
PLANNED = {}  # settings in use at first


def setUpModule():
    SPACE.delete()
    SPACE.create()
    CLOUD.create(dict(small_spec(), changes="Planned"))
    CLOUD.wait_settled(600)
    CLIENT.create()
    PLANNED["first"] = CLOUD.status()["settings"]


def tearDownModule():
    if not os.environ.get("WINDLASS_KEEP_CLUSTER"):
        SPACE.kubectl("delete", "openstackcloud", "--all", "--timeout=120s", check=False, timeout=140)
        SPACE.delete(wait=False)


def pods():
    return {pod["metadata"]["uid"] for pod in SPACE.list("pods", "windlass.dev/cloud=demo") if "deletionTimestamp" not in pod["metadata"]}


def configured():
    """How many API pods have each option in their config file; one that only starts or ends has none."""
    found = {FIRST: 0, SECOND: 0}
    for pod in CLOUD.pods("api"):
        text = SPACE.execute(pod["metadata"]["name"], "cat", "/etc/keystone/keystone.conf", check=False).stdout
        for option in found:
            found[option] += f"\n{option} = " in text
    return found


def set_option(option, value):
    SPACE.patch("openstackcloud", "demo", {"spec": {"services": {"keystone": {"config": {"DEFAULT": {option: value}}}}}})


def offered_plan():
    """The plan for the spec of now, once the operator has made it."""
    def look():
        cloud = CLOUD.get()
        status = cloud["status"]
        seen = status.get("observedGeneration") == cloud["metadata"]["generation"]
        return SPACE.get("upgradeplan", status["plan"]) if seen and status.get("plan") else None
    return wait_for("a plan", look, 60)


def approve(plan, name):
    SPACE.apply({"apiVersion": "windlass.dev/v1alpha1", "kind": "UpgradeRun", "metadata": {"name": name},
                 "spec": {"plan": plan["metadata"]["name"], "approvedHash": plan["spec"]["hash"],
                          # What this client asks is too little to judge a share by; test_canary.py has canaries.
                          "acknowledged": ["room-for-surge", "keystone/canary/api"]}})


def status_of(name):
    return (SPACE.get("upgraderun", name) or {}).get("status", {})


def wait_over(name):
    wait_for(f"the end of run {name}", lambda: status_of(name).get("mode") in ("Done", "Failed", "Aborted"), RUN_SECONDS)
    return status_of(name)


class Changes(unittest.TestCase):
    """The tests are one story, in the order of their names."""

    def test_1_a_new_configuration_moves_no_pod_and_offers_a_plan(self):
        before = pods()
        set_option(FIRST, 128)
        plan = offered_plan()
        time.sleep(20)
        self.assertEqual(pods(), before)
        self.assertEqual(CLOUD.condition("Upgraded")["reason"], "PlanWaitsForApproval")
        self.assertEqual(CLOUD.condition("Ready")["status"], "True")
        self.assertEqual(plan["spec"]["changes"], [f"services.keystone.config.DEFAULT.{FIRST}: nothing -> 128"])
        self.assertEqual(plan["spec"]["settingsFrom"], PLANNED["first"])
        self.assertNotIn("pointOfNoReturn", plan["spec"])

    def test_2_more_replicas_are_there_at_once(self):
        SPACE.patch("openstackcloud", "demo", {"spec": {"services": {"keystone": {"replicas": 3}}}})
        wait_for("three API pods", lambda: len(CLOUD.pods("api")) == 3, 180)
        self.assertEqual(configured()[FIRST], 0)

    def test_3_the_approved_plan_is_carried_out_without_a_failed_request(self):
        plan = offered_plan()
        with RequestLoop(CLIENT, seconds=RUN_SECONDS) as loop:
            approve(plan, "change")
            status = wait_over("change")
            time.sleep(5)
        say(f"MEASURED requests failed while a configuration changed: {len(loop.failed())} of {len(loop.codes)}")
        self.assertEqual(status["mode"], "Done", status)
        self.assertEqual(loop.failed(), [])
        CLOUD.wait_settled(300)
        self.assertEqual(configured()[FIRST], len(CLOUD.pods("api")))
        self.assertEqual(CLOUD.status()["settings"], plan["spec"]["settingsTo"])
        self.assertEqual(CLOUD.condition("Upgraded")["reason"], "AtRelease")

    def test_4_the_next_one_is_taken_back_in_the_middle_without_a_failed_request(self):
        used = CLOUD.status()["settings"]
        set_option(SECOND, 50)
        plan = offered_plan()
        with RequestLoop(CLIENT, seconds=RUN_SECONDS) as loop:
            approve(plan, "mistake")
            wait_for("a pod with the new configuration", lambda: configured()[SECOND] > 0, 600)
            SPACE.patch("upgraderun", "mistake", {"spec": {"state": "RolledBack"}})
            status = wait_over("mistake")
            wait_for("the old pods alone", lambda: configured()[SECOND] == 0, 300)
        say(f"MEASURED requests failed while a change was taken back: {len(loop.failed())} of {len(loop.codes)}")
        self.assertEqual(status["mode"], "Aborted", status)
        self.assertEqual(loop.failed(), [])
        self.assertEqual(CLOUD.status()["settings"], used)
        self.assertEqual(configured()[FIRST], len(CLOUD.pods("api")), "what was approved before stays")

    def test_5_direct_applies_what_is_held(self):
        SPACE.patch("openstackcloud", "demo", {"spec": {"changes": "Direct"}})
        wait_for("the held configuration everywhere", lambda: configured()[SECOND] == len(CLOUD.pods("api")), 420)
        CLOUD.wait_settled(300)
        self.assertNotIn("settings", CLOUD.status())


if __name__ == "__main__":
    unittest.main()
