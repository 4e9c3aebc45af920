"""Runs of upgrade plans of a cloud under test, by objects and by the commands that people use."""
import os
import shutil
import time

from cloud.kubectl import command, say, wait_for

# Questions of the plans that a person answers, as ids of gates.
GATES = ("room-for-surge", "room-for-backup")
OVER = ("Done", "Failed", "Aborted")
WINDLASS = shutil.which("windlass", path=os.environ.get("WINDLASS_BIN", "") + os.pathsep + os.environ.get("PATH", ""))


class UpgradeRun:
    """One UpgradeRun of a cloud, whether it is there already or not."""

    def __init__(self, cloud, name):
        self.cloud = cloud
        self.space = cloud.space
        self.name = name

    def plan(self):
        """The plan that the cloud offers."""
        wait_for("a plan", lambda: self.cloud.status().get("plan"), 60)
        return self.space.get("upgradeplan", self.cloud.status()["plan"])

    def begin(self, acknowledged=GATES, **spec):
        """Carries out the plan that is offered; `spec`: more fields of it."""
        plan = self.plan()
        self.space.apply({"apiVersion": "windlass.dev/v1alpha1", "kind": "UpgradeRun", "metadata": {"name": self.name},
                          "spec": {"plan": plan["metadata"]["name"], "approvedHash": plan["spec"]["hash"],
                                   "acknowledged": list(acknowledged), **spec}})

    def approve(self, acknowledged=GATES, policy=""):
        """The same by commands."""
        plan = self.plan()
        words = ["--canary-policy", policy] if policy else []
        windlass(self.space, "upgrade", "approve", plan["metadata"]["name"], "--hash", plan["spec"]["hash"], "--run", self.name, *words)
        self.command("acknowledge", *acknowledged)

    def command(self, verb, *words):
        """What `windlass upgrade <verb> <run> …` says."""
        return windlass(self.space, "upgrade", verb, self.name, *words)

    def status(self):
        return (self.space.get("upgraderun", self.name) or {}).get("status", {})

    def refusal(self):
        """Message of the condition Refused, "" while there is none."""
        refused = next((one for one in self.status().get("conditions", []) if one["type"] == "Refused"), {})
        return refused.get("message", "") if refused.get("status") == "True" else ""

    def step(self, name):
        return step_of(self.status(), name)

    def jobs(self):
        """Jobs of its steps, those that examine one included."""
        return self.space.list("jobs", f"windlass.dev/upgrade-run={self.name}")

    def follow(self, is_reached, seconds, pause=1.0):
        """The first status for which is_reached(status); tells each change."""
        begin, seen = time.monotonic(), ""

        def look():
            nonlocal seen
            status = self.status()
            now = f"{status.get('mode')} {status.get('cursor', '')}"
            if now != seen:
                seen = now
                say(f"{time.monotonic() - begin:6.1f} s  {now}: {status.get('waitingFor', '')}")
            return status if is_reached(status) else None
        return wait_for(f"run {self.name}", look, seconds, pause)


def step_of(status, name):
    """What a run's status records of a step, {} when it was not begun."""
    return next((one for one in status.get("steps", []) if one["id"] == name), {})


def windlass(space, *words):
    return command(WINDLASS or "windlass", "-n", space.name, *words, timeout=60)


# What the services themselves say about their schema and their data; exit code 1 of an upgrade check is a warning.
CHECKS = {"keystone": {"keystone-manage db_sync --check": [0], "keystone-status upgrade check": [0, 1]},
          "glance": {"glance-manage db check": [0], "glance-status upgrade check": [0, 1]},
          "placement": {"placement-status upgrade check": [0, 1]}}

# (release, command) -> code of a check that is itself broken; upgrades/hops tolerates it as well.
BROKEN = {("2026.2", "glance-status upgrade check"): 255}


def complaints(cloud):
    """What a service that runs finds wrong with its schema or its data: "service: command" -> what it said."""
    found = {}
    for service, commands in CHECKS.items():
        pod = cloud.pods("api", service)[0]["metadata"]["name"]
        for command, right in commands.items():
            said = cloud.space.execute(pod, "sh", "-c", f"{command} 2>&1; echo; echo $?", timeout=120).stdout.strip()
            if int(said.rpartition("\n")[2]) not in [*right, BROKEN.get((cloud.status()["release"], command))]:
                found[f"{service}: {command}"] = said
    return found
