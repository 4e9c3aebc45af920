#!/usr/bin/python3 -B
"""Bad input on a real cluster: each ends in one condition and one Event that name the object, the field and the remedy;
the operator stays up and the cloud never says Ready. Needs KUBECONFIG as test_cloud.py does."""
import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cloud.clouds import Cloud, small_spec  # noqa: E402
from cloud.kubectl import Space, run, wait_for  # noqa: E402

SYSTEM = Space("windlass-system")


def operator_crashes():
    """Ends of an operator by abort or segmentation fault. A lost lease ends the process too, and is meant to."""
    pods = SYSTEM.list("pods", "app.kubernetes.io/component=operator")
    ends = [status.get("lastState", {}).get("terminated", {}) for pod in pods
            for status in pod["status"].get("containerStatuses", [])]
    return [end for end in ends if end.get("exitCode") in (134, 139) or end.get("reason") == "OOMKilled"]


class BadInput(unittest.TestCase):
    def setUp(self):
        number = [name for name in sorted(dir(self)) if name.startswith("test_")].index(self._testMethodName)
        self.space = Space(f"windlass-test-bad-{os.getpid()}-{number}")
        self.space.delete()
        self.space.create()
        self.cloud = Cloud(self.space)

    def tearDown(self):
        self.assertEqual(operator_crashes(), [])
        self.space.kubectl("delete", "openstackcloud", "--all", "--timeout=90s", check=False, timeout=100)
        self.space.delete(wait=False)

    def assert_refused(self, reason, *texts, seconds=120):
        ready = self.cloud.wait_refused(reason, seconds)
        for text in texts:
            self.assertIn(text, ready["message"])
        self.assertIn(reason, self.space.warnings_about("OpenStackCloud", "demo"))

    def assert_nothing_was_made(self):
        self.assertEqual(self.space.names("deploy,statefulset,job,pvc", "windlass.dev/cloud=demo"), [])

    def refused_at_the_door(self, spec, *texts):
        body = {"apiVersion": "windlass.dev/v1alpha1", "kind": "OpenStackCloud", "metadata": {"name": "demo"},
                "spec": spec}
        done = run("-n", self.space.name, "apply", "-f", "-", stdin=json.dumps(body), check=False)
        self.assertNotEqual(done.returncode, 0)
        for text in texts:
            self.assertIn(text, done.stderr)

    def test_a_field_that_does_not_exist_is_refused_at_the_door(self):
        self.refused_at_the_door(dict(small_spec(), relase="2025.1"), "relase")

    def test_a_value_out_of_bounds_is_refused_at_the_door(self):
        self.refused_at_the_door(dict(small_spec(), release="epoxy"), "spec.release")

    def test_an_unknown_service_is_named(self):
        spec = small_spec()
        spec["services"]["keystome"] = {}
        self.cloud.create(spec)
        self.assert_refused("InvalidSpec", "spec.services.keystome")
        self.assert_nothing_was_made()

    def test_an_unknown_release_is_named(self):
        self.cloud.create(dict(small_spec(), release="2031.1"))
        self.assert_refused("InvalidSpec", "spec.release", "2025.1")
        self.assert_nothing_was_made()

    def test_an_unknown_config_section_is_named(self):
        spec = small_spec()
        spec["services"]["keystone"]["config"] = {"tokn": {"expiration": 60}}
        self.cloud.create(spec)
        self.assert_refused("InvalidSpec", "spec.services.keystone.config", "tokn")
        self.assert_nothing_was_made()

    def test_a_missing_secret_is_named_with_its_field_and_waited_for(self):
        self.cloud.create(dict(small_spec(), adminPasswordSecretRef={"name": "my-admin"}))
        self.assert_refused("MissingSecret", "my-admin", "spec.adminPasswordSecretRef.name")
        self.assert_nothing_was_made()

    def test_a_missing_image_is_named(self):
        spec = small_spec()
        spec["infrastructure"]["cache"]["embedded"]["image"] = "windlass.dev/no-such-image:1"
        self.cloud.create(spec)
        ready = {}

        def look():
            ready.update(self.cloud.condition("Ready"))
            return ready.get("reason") in ("ErrImagePull", "ImagePullBackOff")
        wait_for("the image to be named", look, 120)
        self.assertIn("windlass.dev/no-such-image:1", ready["message"])

    def test_a_quota_too_small_is_named(self):
        self.space.apply({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small"},
                          "spec": {"hard": {"pods": "0"}}})
        self.cloud.create(small_spec())
        self.assert_refused("QuotaExceeded", "small", "raise the quota")

    def test_an_unreachable_database_is_named(self):
        spec = small_spec()
        spec["infrastructure"]["database"] = {"external": {"host": "no-database.invalid", "port": 3306,
                                                           "credentialsSecretRef": {"name": "root"}}}
        self.space.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "root"},
                          "stringData": {"username": "root", "password": "not-used-anywhere"}})
        self.cloud.create(spec)

        def look():
            message = self.cloud.condition("Ready").get("message", "")
            return message if "no-database.invalid" in message else None
        wait_for("the database to be named", look, 240)
        self.assertEqual(self.cloud.condition("Ready")["status"], "False")


if __name__ == "__main__":
    unittest.main(verbosity=2)
