#!/usr/bin/python3 -B
"""A hop from 2025.1 to 2025.2 on a real cluster that does not go straight on. Back: it is taken back by command from each phase
before the point of no return, out of a pause too, and no request fails. Forward: Jobs, database, gateway, a node and, at 50 random
times, all operators are killed while it goes on, and Windlass itself is upgraded to one that would plan otherwise; it ends Done, or
stops and is resumed; past the point of no return a rollback is refused. What was made before is there after each. Needs KUBECONFIG,
WINDLASS_CLUSTER (the name of a local cluster) and our programs in WINDLASS_BIN, with the images openstack:2025.1 and
openstack:2025.2 loaded and Windlass installed by Helm. About 45 minutes, ten of them the soak of the plan.
`test_upgrade_faults.py Back` and `… Forward` run one half; WINDLASS_TEST_SEED: when the operators are killed."""
import collections
import json
import os
import pathlib
import random
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cloud.clouds import Cloud, OpenStackClient, RequestLoop, example_spec  # noqa: E402
from cloud.data import Data  # noqa: E402
from cloud.faults import Nodes, lose_power, remove_at_once  # noqa: E402
from cloud.kubectl import Space, say, wait_for  # noqa: E402
from cloud.newer import NewerWindlass  # noqa: E402
from cloud.upgrades import GATES, OVER, UpgradeRun, complaints, step_of  # noqa: E402

FROM, TO = "2025.1", "2025.2"
SPACE = Space(f"windlass-test-faults-{os.getpid()}")
CLOUD = Cloud(SPACE)
CLIENT = OpenStackClient(CLOUD)
DATA = Data(CLIENT)
CANARIES = tuple(f"{service}/canary/api" for service in ("keystone", "glance", "placement"))
BACK_SECONDS, HOP_SECONDS = 900, 3600
# A canary gets its share soon; at the little that this client asks it keeps it for minutes.
POLICY = {"baselineSeconds": 5, "warmUpSeconds": 5, "steps": [{"basisPoints": 3000, "soakSeconds": 600, "minRequests": 100000}]}
OPERATOR_KILLS, KILLS_WITHIN = 50, 600  # seconds since the run began
MOST_RESUMES = 5
SCHEMA_STEPS = ("keystone/schema/expand", "keystone/schema/migrate", "glance/schema/expand", "glance/schema/migrate", "placement/schema/sync")


def setUpModule():
    SPACE.delete()
    SPACE.create()
    CLOUD.create(dict(example_spec("openstackcloud-three-services.yaml"), release=FROM))
    CLOUD.wait_settled(600)
    CLIENT.create(node_of(database()))  # so another may be lost
    DATA.make()
    SPACE.apply({"apiVersion": "windlass.dev/v1alpha1", "kind": "CanaryPolicy", "metadata": {"name": "long"}, "spec": POLICY})
    SPACE.patch("openstackcloud", "demo", {"spec": {"release": TO}})


def tearDownModule():
    if not os.environ.get("WINDLASS_KEEP_CLUSTER"):
        SPACE.kubectl("delete", "openstackcloud", "--all", "--timeout=120s", check=False, timeout=140)
        SPACE.delete(wait=False)


def pods():
    """uid -> image of the pods that stay up."""
    return {pod["metadata"]["uid"]: pod["spec"]["containers"][0]["image"] for pod in SPACE.list("pods", "windlass.dev/cloud=demo")
            if pod["metadata"]["ownerReferences"][0]["kind"] != "Job"}


def database():
    return CLOUD.pods("database")[0]


def node_of(pod):
    return pod["spec"]["nodeName"]


def counted(pods_of_now):
    return collections.Counter(pods_of_now.values())


def ask(seconds):
    """A loop of requests with a token that lasts."""
    DATA.token = CLIENT.ready_token()
    return RequestLoop(CLIENT, DATA.requests(), seconds=seconds)


def is_well():
    """Everything runs, and nothing is wrong with it; plan and run may wait for something."""
    return CLOUD.condition("Ready").get("status") == "True" and CLOUD.condition("Degraded").get("status") == "False"


def database_is_ready():
    """The pod itself: the cloud hears of it later."""
    return all(status["ready"] for pod in CLOUD.pods("database") for status in pod["status"]["containerStatuses"])


def offers_plan():
    return is_well() and CLOUD.condition("Progressing").get("status") == "False" and \
        CLOUD.condition("Upgraded").get("reason") == "PlanWaitsForApproval"


def in_work_or_done(step):
    return lambda status: step_of(status, step).get("status") in ("Intended", "Done")


class Back(unittest.TestCase):
    """Each test is a run of its own of the same plan."""

    def take_back(self, name, is_reached, acknowledged=CANARIES, policy="", pauses=False):
        """Taken back once it is there, with requests all the time; nothing differs afterwards. Returns status and the pods of before."""
        run = UpgradeRun(CLOUD, f"back-from-{name}")
        self.addCleanup(self.end, run)
        before = pods()
        with ask(BACK_SECONDS) as loop:
            run.approve([*GATES, *acknowledged], policy)
            if pauses:
                self.pause_and_resume(run, loop)
            reached = run.follow(is_reached, BACK_SECONDS, pause=0.2)
            run.command("rollback")
            begin = time.monotonic()
            status = run.follow(lambda status: status.get("mode") in OVER, BACK_SECONDS, pause=0.2)
            wait_for("the pods of before", lambda: counted(pods()) == counted(before), 300, 0.2)
            wait_for("the cloud to offer the plan again", offers_plan, 300, 0.2)
            say(f"MEASURED seconds from a rollback in {name} ({reached['cursor']}) until the cloud is as before: {time.monotonic() - begin:.1f}")
            loop.wait_answers(loop.answers() + 50)
        say(f"MEASURED requests failed around a rollback from {name}: {len(loop.failed())} of {len(loop.codes)}")
        self.assertEqual(status["mode"], "Aborted", json.dumps(status, indent=1))
        self.assertEqual(status["why"], "a rollback was asked for")
        self.assertEqual(loop.failed(), [])
        self.check_as_before(run)
        return status, before

    def end(self, run):
        """The next test needs a cloud without a run in work, also after one that failed."""
        if run.status().get("mode") not in ("Aborted", None):
            run.command("rollback")
            run.follow(lambda status: status.get("mode") in OVER, BACK_SECONDS)

    def check_as_before(self, run):
        self.assertEqual(CLOUD.status()["release"], FROM)
        self.assertEqual(CLOUD.status().get("components", {}), {})
        self.assertEqual([name for name in SPACE.names("services") if name.endswith("-canary")], [])
        self.assertEqual(DATA.found(), DATA.made)
        self.assertEqual(run.plan()["metadata"]["name"], SPACE.get("upgraderun", run.name)["spec"]["plan"], "the same plan is offered again")
        self.assertIn(f"runs {FROM} as before", run.command("status"))

    def pause_and_resume(self, run, loop):
        """Between two steps; while it is paused nothing of it moves and the cloud is well."""
        run.follow(lambda status: status.get("mode") == "Running", BACK_SECONDS, pause=0.2)
        run.command("pause")
        paused = run.follow(lambda status: status.get("mode") == "Paused", BACK_SECONDS)
        loop.wait_answers(loop.answers() + 100)
        now = run.status()
        self.assertEqual((now["mode"], now["cursor"], now["steps"]), ("Paused", paused["cursor"], paused["steps"]))
        self.assertEqual(CLOUD.condition("Ready")["status"], "True")
        self.assertIn("resume", now["actions"])
        run.command("resume")

    def test_1_from_preflight(self):
        _, before = self.take_back("preflight", in_work_or_done("glance/check/upgrade-check"))
        self.assertEqual(pods(), before)

    def test_2_from_backup_after_a_pause(self):
        _, before = self.take_back("backup", in_work_or_done("keystone/backup"), pauses=True)
        self.assertEqual(pods(), before)

    def test_3_from_expand(self):
        status, before = self.take_back("expand", in_work_or_done("keystone/schema/expand"))
        self.assertEqual(step_of(status, "keystone/schema/expand")["status"], "Done", "a change of a schema is not cut off")
        self.assertEqual(pods(), before)

    def test_4_from_the_probe_of_the_old_code(self):
        _, before = self.take_back("old-code-probe", in_work_or_done("keystone/old-code-probe"))
        self.assertEqual(pods(), before)

    def test_5_from_a_canary_that_has_a_share(self):
        status, before = self.take_back("canary", lambda status: status.get("canary", {}).get("basisPoints", 0) > 0,
                                        acknowledged=(), policy="long")
        self.assertEqual(step_of(status, status["canary"]["stage"])["status"], "Undone")
        self.assertEqual(status["canary"]["basisPoints"], 0)
        self.assertEqual(pods(), before)

    def test_6_from_the_second_rollout(self):
        status, _ = self.take_back("rollout", lambda status: step_of(status, "glance/roll/api").get("status") == "Intended")
        for service in ("keystone", "glance"):
            self.assertEqual(step_of(status, f"{service}/roll/api")["status"], "Undone")

    def test_7_from_a_pause_at_the_last_moment(self):
        """Everything runs the new release; the next step is the first that cannot be taken back."""
        def is_reached(status):
            if step_of(status, "placement/roll/api").get("status") == "Intended" and not status.get("pauseWanted"):
                UpgradeRun(CLOUD, "back-from-pause").command("pause")
            return status.get("mode") == "Paused"
        status, _ = self.take_back("pause", is_reached)
        self.assertEqual({step_of(status, f"{service}/roll/api")["status"] for service in ("keystone", "glance", "placement")}, {"Undone"})
        self.assertEqual(step_of(status, "placement/online/online-data").get("status"), None)


class OperatorKills:
    """SIGKILL for every operator process at random times since the block began."""

    def __init__(self, nodes):
        self.nodes = nodes

    def __enter__(self):
        seed = int(os.environ.get("WINDLASS_TEST_SEED") or time.time())
        dice = random.Random(seed)
        self.moments = sorted(dice.uniform(0, KILLS_WITHIN) for _ in range(OPERATOR_KILLS))
        say(f"operators are killed with WINDLASS_TEST_SEED={seed} after {', '.join(f'{one:.0f}' for one in self.moments)} s")
        self.count, self.over = 0, threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *failure):
        self.over.set()
        self.thread.join(120)

    def watch(self):
        begin = time.monotonic()
        for moment in self.moments:
            if self.over.wait(max(0.0, begin + moment - time.monotonic())):
                return
            self.nodes.kill_operators()
            self.count += 1


class Fault:
    """What is done once, while one of these steps is in work; `act(step)` says whether it took place."""

    def __init__(self, name, steps, act):
        self.name, self.steps, self.act, self.took_place_in = name, steps, act, ""

    def strike(self, step):
        if not self.took_place_in and step in self.steps and self.act(step):
            self.took_place_in = step
            say(f"FAULT {self.name}, while {step} is in work")
            return True
        return False


class Faults:
    """All that a run meets, one a step: each end has one cause."""

    def __init__(self, run, nodes, newer):
        self.run, self.nodes, self.newer, self.struck = run, nodes, newer, set()
        backups = ("keystone/backup", "glance/backup", "placement/backup")
        self.all = [Fault("the database is killed during a backup", backups, self.kill_database),
                    Fault("the pod of a schema change is removed at once", SCHEMA_STEPS, self.remove_pod),
                    Fault("a gateway pod is removed at once", ("keystone/roll/api",), self.remove_gateway),
                    Fault("the process of a schema change is killed", SCHEMA_STEPS[2:], self.kill_process),
                    Fault("the database is killed during a schema change", SCHEMA_STEPS[2:], self.kill_database),
                    Fault("Windlass is upgraded", ("glance/roll/api",), self.upgrade_windlass),
                    Fault("a node loses power", ("placement/roll/api",), self.lose_node)]

    def strike(self, step):
        if step not in self.struck and any(fault.strike(step) for fault in self.all):
            self.struck.add(step)

    def not_taken_place(self):
        return [fault.name for fault in self.all if not fault.took_place_in]

    def job_of(self, step):
        """The newest that acts for the step, which is made as soon as the step is in work."""
        def look():
            jobs = [job for job in self.run.jobs() if job["metadata"]["annotations"]["windlass.dev/step"] == step and is_act(job)]
            return max(jobs, key=lambda job: job["metadata"]["creationTimestamp"], default=None)
        return wait_for(f"the Job of {step}", look, 60, 0.1)

    def pod_of(self, step, is_there):
        """Of that Job, once is_there(pod) or it ended."""
        name = self.job_of(step)["metadata"]["name"]

        def look():
            found = SPACE.list("pods", f"job-name={name}")
            return found[0] if found and (is_there(found[0]) or found[0]["status"]["phase"] in ("Succeeded", "Failed")) else None
        return wait_for(f"the pod of {step}", look, 120, 0.1)

    def remove_pod(self, step):
        pod = self.pod_of(step, lambda pod: pod["status"]["phase"] == "Running")
        return pod["status"]["phase"] == "Running" and remove_at_once(SPACE, pod) and not self.is_done(step)

    def kill_process(self, step):
        """It runs for a second or two: the node waits for it."""
        pod = self.pod_of(step, lambda pod: pod["spec"].get("nodeName"))
        return self.nodes.kill_processes(pod, "-manage", 20) > 0

    def kill_database(self, step):
        """Before the Job has come far: it may last a second only."""
        server = database()
        self.pod_of(step, lambda pod: pod["spec"].get("nodeName"))
        return self.nodes.kill_processes(server, "mariadbd") > 0 and not self.is_done(step)

    def is_done(self, step):
        """Its Job had ended well: what was done to it came too late."""
        return bool(self.job_of(step)["status"].get("succeeded"))

    def remove_gateway(self, step):
        return self.run.step(step)["status"] == "Intended" and remove_at_once(SPACE, CLOUD.pods("gateway")[0])

    def upgrade_windlass(self, step):
        self.newer.upgrade()
        return self.run.step(step)["status"] == "Intended"

    def lose_node(self, step):
        """One that holds neither the database nor the client."""
        lose_power(next(name for name in self.nodes.shells if name != node_of(database())))
        return True


def is_act(job):
    """It does the work of a step; others look whether it was done."""
    return not job["metadata"]["name"].endswith("-x")


class Forward(unittest.TestCase):
    """The tests are one story, in the order of their names."""

    RUN = UpgradeRun(CLOUD, "forward")

    @classmethod
    def setUpClass(cls):
        cls.newer = NewerWindlass()
        cls.addClassCleanup(cls.newer.take_back)
        cls.newer.load()

    def test_1_it_reaches_the_soak_whatever_is_killed(self):
        nodes = Nodes()
        self.faults, self.resumes = Faults(self.RUN, nodes, self.newer), []
        with ask(HOP_SECONDS) as loop, OperatorKills(nodes) as kills:
            self.RUN.approve([*GATES, *CANARIES])
            status = self.RUN.follow(self.is_at_soak, HOP_SECONDS, pause=0.2)
            wait_for("the last kill of the operators", lambda: kills.count == OPERATOR_KILLS, KILLS_WITHIN)
            wait_for("the cloud to be well", is_well, 600)
            well = loop.answers()
            loop.wait_answers(well + 100)
        say(f"MEASURED resumes that the faults made necessary: {len(self.resumes)}")
        kinds = collections.Counter(" ".join(one) for one in loop.failed())
        say(f"MEASURED requests failed with a database that was killed twice: {len(loop.failed())} of {len(loop.codes)}: {dict(kinds)}")
        self.assertEqual(self.faults.not_taken_place(), [])
        wait_for("the newer Windlass to be the only one", self.newer.is_all, 300)
        self.assertEqual(status["mode"], "Running", json.dumps(status, indent=1))
        self.assertEqual(loop.failed(after=well), [], "failures end")
        self.assertEqual(DATA.found(), DATA.made)

    def is_at_soak(self, status):
        step = status.get("cursor", "")
        if status.get("mode") == "Failed":
            self.resume(status)
        elif step_of(status, step).get("status") == "Intended":
            self.faults.strike(step)
        return status.get("mode") in ("Done", "Aborted") or step == "cloud/soak"

    def resume(self, status):
        self.resumes.append(status["why"])
        say(f"stopped, resume {len(self.resumes)}: {status['why']}")
        self.assertLessEqual(len(self.resumes), MOST_RESUMES, self.resumes)
        self.assertIn("resume", status["actions"], json.dumps(status, indent=1))
        self.assertIn("resume", status["message"])
        wait_for("the cloud to be well again", lambda: database_is_ready() and is_well(), 300)
        self.RUN.command("resume")
        self.RUN.follow(lambda now: now.get("mode") != "Failed", 60)

    def test_2_in_the_soak_a_rollback_is_refused_and_the_way_forward_is_named(self):
        self.check_refused()
        self.assertEqual(self.RUN.status()["cursor"], "cloud/soak")

    def check_refused(self):
        """Of a run past the point of no return; it goes on nevertheless."""
        self.assertNotIn("rollback", self.RUN.status()["actions"])
        self.RUN.command("rollback")
        wait_for("the refusal", self.RUN.refusal, 60)
        self.assertIn("the point of no return was passed; the way is forward", self.RUN.refusal())
        self.assertIn("the way is forward", self.RUN.command("status"))
        status = self.RUN.status()
        self.assertIn(status["mode"], ("Running", "Done"))
        self.assertFalse(status.get("rollbackBegan", False))
        self.RUN.command("resume")
        wait_for("the end of the refusal", lambda: not self.RUN.refusal(), 60)

    def test_3_the_contract_waits_for_its_approval(self):
        self.RUN.follow(lambda status: status.get("cursor") == "cloud/approve-contract", 900)
        self.RUN.command("contract")

    def test_4_in_the_contract_phase_a_rollback_is_refused_too(self):
        self.RUN.follow(in_work_or_done("glance/schema/contract"), 300, pause=0.2)
        self.check_refused()

    def test_5_it_ends_done(self):
        status = self.RUN.follow(lambda status: status.get("mode") in OVER, 600)
        self.assertEqual(status["mode"], "Done", json.dumps(status, indent=1))
        CLOUD.wait_settled(600)
        self.assertEqual(CLOUD.status()["release"], TO)
        self.assertEqual({image.rpartition(":")[2] for image in pods().values() if "/openstack:" in image}, {TO})

    def test_6_no_step_took_effect_twice(self):
        done = [job["metadata"]["annotations"]["windlass.dev/step"] for job in self.RUN.jobs()
                if is_act(job) and job.get("status", {}).get("succeeded")]
        self.assertEqual(len(done), len(set(done)), sorted(done))
        steps = self.RUN.status()["steps"]
        self.assertEqual({step["status"] for step in steps}, {"Done"})
        for step in steps:
            say(f"{step['id']}: attempt {step['attempt']}: {step.get('evidence', '')[:120]}")
        jobs = collections.Counter(job["metadata"]["annotations"]["windlass.dev/step"] for job in self.RUN.jobs() if is_act(job))
        attempts = {step["id"]: step["attempt"] for step in steps}
        self.assertEqual({name: count for name, count in jobs.items() if count > attempts[name]}, {}, "one Job an attempt")

    def test_7_schema_and_data_are_complete(self):
        self.assertEqual(complaints(CLOUD), {})
        DATA.token = CLIENT.ready_token()
        self.assertEqual(DATA.found(), DATA.made)

    def test_8_a_rollback_of_a_run_that_is_over_changes_nothing(self):
        before = pods()
        self.RUN.command("rollback")
        wait_for("the word to be read", lambda: self.RUN.status()["observedGeneration"] ==
                 SPACE.get("upgraderun", self.RUN.name)["metadata"]["generation"], 60)
        self.assertEqual(self.RUN.status()["mode"], "Done")
        self.assertIn(f"runs {TO}; the run is over", self.RUN.command("status"))
        self.assertIn("only its backups lead back", wait_for("the refusal", self.RUN.refusal, 60))
        self.assertEqual(self.RUN.status().get("actions", []), ["restore"])
        self.assertEqual(pods(), before)


if __name__ == "__main__":
    unittest.main()
