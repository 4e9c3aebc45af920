#!/usr/bin/python3 -B
"""The cloud of docs/examples/openstackcloud-three-services.yaml on a real cluster: images and allocations, by the stock
client through the gateway; what heals, what changes, what stays. Needs KUBECONFIG as test_cloud.py does.
WINDLASS_TEST_RELEASE: another release than the example's, its image loaded."""
import json
import os
import pathlib
import sys
import time
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cloud.clouds import IMAGE_BODY, Cloud, OpenStackClient, RequestLoop, example_spec, service_requests  # noqa: E402
from cloud.kubectl import CommandFailed, Space, say, wait_for  # noqa: E402

SPACE = Space(f"windlass-test-services-{os.getpid()}")  # two runs do not meet
CLOUD = Cloud(SPACE)
CLIENT = OpenStackClient(CLOUD)
CLAIM = "demo-glance-images"
IMAGE = {}  # of the image that setUpModule uploads: id, sha512


def spec():
    example = example_spec("openstackcloud-three-services.yaml")
    return dict(example, release=os.environ.get("WINDLASS_TEST_RELEASE", example["release"]))


def setUpModule():
    SPACE.delete()
    SPACE.create()
    begin = time.monotonic()
    CLOUD.create(spec())
    CLOUD.wait_settled(600)
    say(f"MEASURED seconds from apply to Ready, three services: {time.monotonic() - begin:.1f}")
    CLIENT.create()
    CLIENT.shell("head -c 8388608 /dev/urandom > /tmp/image")
    CLIENT.openstack("--os-placement-api-version", "1.6", "trait", "create", "CUSTOM_LOOP")
    IMAGE["id"] = uploaded("first")["id"]
    IMAGE["sha512"] = CLIENT.shell("sha512sum < /tmp/image").split()[0]


def tearDownModule():
    SPACE.kubectl("delete", "openstackcloud", "--all", "--timeout=120s", check=False, timeout=140)
    SPACE.delete(wait=False)


def uploaded(name):
    return CLIENT.openstack("image", "create", name, "--disk-format", "raw", "--container-format", "bare",
                            "--file", "/tmp/image", "-f", "json")


def downloaded(image):
    """SHA-512 of the image's data as the gateway gives it out."""
    return CLIENT.digest_of(image, CLIENT.ready_token())


def url_of(kind):
    return CLOUD.status()["endpoints"][kind]


def pods_of(service):
    return {pod["metadata"]["name"]: pod for pod in
            SPACE.list("pods", f"windlass.dev/cloud=demo,windlass.dev/service={service},windlass.dev/component=api")
            if "deletionTimestamp" not in pod["metadata"]}


def uids_but_of(service):
    """Pods of everything else."""
    return {pod["metadata"]["uid"] for pod in SPACE.list("pods", f"windlass.dev/cloud=demo,windlass.dev/service!={service}")}


def all_requests():
    return service_requests(CLIENT, CLIENT.token(), IMAGE["id"])


class AReadyCloud(unittest.TestCase):
    def test_has_its_apis_in_status_and_in_the_service_catalog(self):
        self.assertEqual(sorted(CLOUD.status()["endpoints"]), ["identity", "image", "placement"])
        catalog = {item["Type"]: item["Endpoints"] for item in CLIENT.openstack("catalog", "list", "-f", "json")}
        for kind in ("identity", "image", "placement"):
            self.assertEqual({endpoint["url"] for endpoint in catalog[kind]}, {url_of(kind)})
            self.assertEqual({endpoint["interface"] for endpoint in catalog[kind]}, {"public", "internal", "admin"})

    def test_gives_an_image_back_as_it_was(self):
        CLIENT.openstack("image", "save", "--file", "/tmp/saved", IMAGE["id"])
        self.assertEqual(CLIENT.shell("sha512sum < /tmp/saved").split()[0], IMAGE["sha512"])
        shown = CLIENT.openstack("image", "show", IMAGE["id"], "-f", "json")
        self.assertEqual((shown["status"], shown["size"]), ("active", 8 * 1024 * 1024))
        self.assertEqual(shown["properties"]["os_hash_value"], IMAGE["sha512"])

    def test_takes_an_image_of_unknown_length(self):
        token = f"-H \"X-Auth-Token: $({CLIENT.token_script()})\""
        made = CLIENT.shell(f"curl -sS -m 60 {token} -H 'Content-Type: application/json' -d '{IMAGE_BODY}' "
                            f"{url_of('image')}/v2/images")
        image = json.loads(made)["id"]
        code = CLIENT.shell(f"cat /tmp/image | curl -sS -m 60 -T - -w '%{{http_code}}' {token} "
                            f"-H 'Content-Type: application/octet-stream' {url_of('image')}/v2/images/{image}/file")
        self.assertEqual(code, "204")
        self.assertEqual(downloaded(image), IMAGE["sha512"])

    def test_counts_what_is_allocated(self):
        me = CLIENT.openstack("token", "issue", "-f", "json")
        who = ("--project-id", me["project_id"], "--user-id", me["user_id"])
        provider = self.provider("create", f"host-{uuid.uuid4()}", "-f", "json")["uuid"]
        self.provider("inventory", "set", provider, "--resource", "VCPU=8", "-f", "json")
        consumer = str(uuid.uuid4())
        self.provider("allocation", "set", *who, "--allocation", f"rp={provider},VCPU=3", consumer, "-f", "json")
        usage = self.provider("usage", "show", provider, "-f", "json")
        self.assertEqual({item["resource_class"]: item["usage"] for item in usage}, {"VCPU": 3})
        with self.assertRaisesRegex(CommandFailed, "409|over available|capacity"):
            self.provider("allocation", "set", *who, "--allocation", f"rp={provider},VCPU=9", str(uuid.uuid4()))
        self.provider("allocation", "delete", consumer)
        self.provider("delete", provider)

    def provider(self, *words):
        return CLIENT.openstack("--os-placement-api-version", "1.12", "resource", "provider", *words)

    def test_refuses_a_token_that_identity_did_not_issue(self):
        for path in (f"{url_of('image')}/v2/images", f"{url_of('placement')}/resource_providers"):
            code = CLIENT.shell(f"curl -s -m 20 -o /dev/null -w '%{{http_code}}' -H 'X-Auth-Token: made-up' {path}")
            self.assertEqual(code, "401", path)

    def test_keeps_all_images_on_one_volume_that_all_replicas_share(self):
        pods = pods_of("glance").values()
        self.assertEqual(len(pods), 2)
        self.assertEqual(len({pod["spec"]["nodeName"] for pod in pods}), 1, "the volume is on one node")
        self.assertEqual(SPACE.get("pvc", CLAIM)["status"]["phase"], "Bound")

    def test_runs_nothing_that_is_root_or_has_a_token_of_the_cluster(self):
        for pod in SPACE.list("pods", "windlass.dev/cloud=demo"):
            self.assertFalse(pod["spec"]["automountServiceAccountToken"])
            self.assertGreater(pod["spec"]["securityContext"]["runAsUser"], 0)


class Healing(unittest.TestCase):
    def tearDown(self):
        CLOUD.wait_settled()

    def test_deleting_a_glance_pod_fails_no_request(self):
        self.lose_a_pod("glance")

    def test_deleting_a_placement_pod_fails_no_request(self):
        self.lose_a_pod("placement")

    def lose_a_pod(self, service):
        victim = sorted(pods_of(service))[0]
        with RequestLoop(CLIENT, all_requests()) as loop:
            SPACE.remove("pod", victim)
            wait_for("another pod in its place", lambda: len(pods_of(service)) == 2 and victim not in pods_of(service), 60)
            CLOUD.wait_settled()
            wait_for("the end of the pod", lambda: SPACE.get("pod", victim) is None, 180)
            time.sleep(3)
        say(f"MEASURED requests failed while a {service} pod was deleted: {len(loop.failed())} of {len(loop.codes)}")
        self.assertEqual({name for name, _ in loop.codes}, set(loop.requests), "each was asked")
        self.assertEqual(loop.failed(), [])

    def test_a_deleted_deployment_comes_back(self):
        name = SPACE.names("deployment", "windlass.dev/service=glance")[0]
        SPACE.remove("deployment", name)
        wait_for(f"Deployment {name} again", lambda: SPACE.get("deployment", name) and
                 "deletionTimestamp" not in SPACE.get("deployment", name)["metadata"], 60)
        CLOUD.wait_settled()
        self.assertEqual(downloaded(IMAGE["id"]), IMAGE["sha512"])

    def test_deleted_secrets_come_back_as_they_were_and_nothing_restarts(self):
        names = ["demo-glance-account", "demo-glance-token-cache", "demo-placement-account"]
        before = {name: SPACE.get("secret", name)["data"] for name in names}
        pods = set(pods_of("glance")) | set(pods_of("placement"))
        SPACE.remove("secret", *names)
        wait_for("the Secrets again", lambda: all(SPACE.get("secret", name) for name in names), 60)
        self.assertEqual({name: SPACE.get("secret", name)["data"] for name in names}, before)
        CLOUD.wait_settled()
        self.assertEqual(set(pods_of("glance")) | set(pods_of("placement")), pods)

    def test_a_restart_of_all_its_pods_keeps_the_images(self):
        SPACE.remove("pod", *pods_of("glance"), wait=True)
        CLOUD.wait_settled()
        self.assertEqual(downloaded(IMAGE["id"]), IMAGE["sha512"])


class Changes(unittest.TestCase):
    def test_a_config_key_rolls_only_what_it_touches_and_fails_no_request(self):
        before, jobs, others = set(pods_of("glance")), SPACE.names("jobs"), uids_but_of("glance")
        with RequestLoop(CLIENT, all_requests()) as loop:
            SPACE.patch("openstackcloud", "demo", {"spec": {"services": {"glance": {"config": {
                "DEFAULT": {"limit_param_default": 30}}}}}})
            CLOUD.wait_settled()
            time.sleep(5)
        say(f"MEASURED requests failed while a config change of glance rolled: {len(loop.failed())} of {len(loop.codes)}")
        self.assertEqual(loop.failed(), [])
        self.assertFalse(before & set(pods_of("glance")), "all pods are new")
        self.assertEqual(SPACE.names("jobs"), jobs)
        self.assertEqual(uids_but_of("glance"), others)
        self.assertEqual(downloaded(IMAGE["id"]), IMAGE["sha512"])

    def test_an_unknown_volume_is_refused_and_leaves_what_runs_alone(self):
        pods = set(pods_of("glance"))
        SPACE.patch("openstackcloud", "demo", {"spec": {"services": {"glance": {"volumes": {"image": {"size": "1Gi"}}}}}})
        try:
            refused = CLOUD.wait_refused("InvalidSpec")
            self.assertIn("spec.services.glance.volumes.image", refused["message"])
            self.assertIn("did you mean images?", refused["message"])
            self.assertEqual(set(pods_of("glance")), pods)
        finally:
            SPACE.patch("openstackcloud", "demo", {"spec": {"services": {"glance": {"volumes": {"image": None}}}}})
        CLOUD.wait_settled()

    def test_a_config_that_cannot_start_never_gets_a_request(self):
        with RequestLoop(CLIENT, all_requests()) as loop:
            SPACE.patch("openstackcloud", "demo", {"spec": {"services": {"glance": {"config": {
                "DEFAULT": {"enabled_backends": "files:nosuch"}}}}}})
            try:
                refused = CLOUD.wait_refused("CrashLoopBackOff", 240)
                self.assertIn("starting glance api", refused["message"])
            finally:
                SPACE.patch("openstackcloud", "demo", {"spec": {"services": {"glance": {"config": {
                    "DEFAULT": {"enabled_backends": None}}}}}})
            CLOUD.wait_settled()
        self.assertEqual(loop.failed(), [])


class ZDeletion(unittest.TestCase):
    """Last: takes the cloud of the other tests down."""

    def test_a_cloud_of_the_same_name_finds_its_images_again(self):
        SPACE.kubectl("delete", "openstackcloud", "demo", "--timeout=240s", timeout=250)
        self.assertEqual(SPACE.names("pvc", "windlass.dev/cloud=demo"), ["data-demo-database-0", CLAIM])
        CLOUD.create(dict(spec(), deletionPolicy="Delete"))
        CLOUD.wait_settled(600)
        self.assertEqual(downloaded(IMAGE["id"]), IMAGE["sha512"])

        say("deletionPolicy Delete removes the images as well")
        SPACE.kubectl("delete", "openstackcloud", "demo", "--timeout=240s", timeout=250)
        wait_for("no claim of the cloud", lambda: not SPACE.names("pvc", "windlass.dev/cloud=demo"), 60)


if __name__ == "__main__":
    unittest.main(verbosity=2)
