"""Virtual machines on a real cluster: the promises of VirtualMachine, each as a test.

Needs KUBECONFIG of a running test cluster with Windlass installed and its images loaded, WINDLASS_CLUSTER (its name, for a look
into its nodes) and vmctl in WINDLASS_BIN or PATH. Everything is made in a namespace of its own, which enforces the restricted Pod
Security Standard and is removed afterwards.
"""
import json
import os
import pathlib
import pty
import select
import shutil
import subprocess
import sys
import threading
import time
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLUSTER = [ROOT / "tests" / "cluster" / "cluster", "--name", os.environ.get("WINDLASS_CLUSTER", "windlass")]
VMCTL = shutil.which("vmctl", path=os.environ.get("WINDLASS_BIN", "") + os.pathsep + os.environ.get("PATH", ""))
AGENTS = "windlass-agents"
NS = f"vm-test-{uuid.uuid4().hex[:6]}"
SLOW = 240  # seconds in which a busy machine still starts a guest by emulation


def run(*command, check=True, stdin=None, timeout=SLOW):
    result = subprocess.run([str(part) for part in command], input=stdin, capture_output=True, text=True, timeout=timeout)
    if check and result.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: {result.stdout}{result.stderr}")
    return result


UNREACHABLE = ("Unable to connect to the server", "TLS handshake timeout", "connection refused", "etcdserver: request timed out")


def kubectl(*arguments, check=True, **options):
    """A server that cannot be reached for a moment, on a machine that is busy with other things, is asked again."""
    for attempt in range(5):
        result = run("kubectl", *arguments, check=False, **options)
        if result.returncode == 0 or not any(text in result.stderr for text in UNREACHABLE):
            break
        time.sleep(2 + attempt)
    if check and result.returncode != 0:
        raise AssertionError(f"kubectl {' '.join(map(str, arguments))}: {result.stdout}{result.stderr}")
    return result


def apply(*objects):
    kubectl("apply", "-f", "-", stdin="\n---\n".join(json.dumps(item) for item in objects))


def get(kind, name, ns=None):
    """None when there is no such object."""
    result = kubectl("get", kind, name, "-n", ns or NS, "-o", "json", "--ignore-not-found")
    return json.loads(result.stdout) if result.stdout else None


def on_node(node, script, check=True):
    return run(*CLUSTER, "exec", node, "sh", "-c", script, check=check).stdout


def until(what, condition, seconds=SLOW):
    """The first true value of `condition`; failing says what was waited for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.3)
    raise AssertionError(f"not within {seconds} s: {what}")


def machine(name, **spec):
    return {"apiVersion": "windlass.dev/v1alpha1", "kind": "VirtualMachine", "metadata": {"name": name, "namespace": NS, "labels": {"app": name}},
            "spec": {"memory": "128Mi", "image": {"reference": "windlass.dev/guest-tiny:1"}, "terminationGracePeriodSeconds": 30,
                     "readinessProbe": {"http": {"port": 80}, "periodSeconds": 1, "timeoutSeconds": 5, "failureThreshold": 12}, **spec}}


def service(name):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": NS},
            "spec": {"selector": {"app": name}, "ports": [{"port": 80}]}}


CLOUD_CONFIG = """#cloud-config
write_files:
  - path: /srv/www/index.html
    content: written by cloud-init
runcmd:
  - cp /proc/sys/kernel/random/boot_id /srv/www/boot_id
  - systemd-run --unit=web python3 -m http.server --directory /srv/www 80
"""
# A whole Debian by emulation: its first boot, with cloud-init, takes minutes, so it is begun first and looked at last.
DEBIAN_SECONDS = 900


def debian_machine():
    return machine("debian", memory="512Mi", image={"reference": "windlass.dev/guest-debian:13"}, cpu={"cores": 1}, terminationGracePeriodSeconds=120,
                   cloudInit={"userData": CLOUD_CONFIG})


def client_pod():
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "client", "namespace": NS},
            "spec": {"terminationGracePeriodSeconds": 1, "automountServiceAccountToken": False,
                     "securityContext": {"runAsNonRoot": True, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}},
                     "containers": [{"name": "shell", "image": "windlass.dev/tools:1", "imagePullPolicy": "IfNotPresent", "command": ["sleep", "infinity"],
                                     "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}]}}


def condition(vm, kind="Ready"):
    return next((item for item in (vm or {}).get("status", {}).get("conditions", []) if item["type"] == kind), {})


def phase(name):
    return (get("vm", name) or {}).get("status", {}).get("phase")


def wait_ready(name):
    return until(f"VirtualMachine {name} Ready; last: {phase(name)}", lambda: (vm := get("vm", name)) and condition(vm).get("status") == "True" and vm)


def wait_reason(name, reason, seconds=90):
    return until(f"{name} to say {reason}", lambda: (vm := get("vm", name)) and condition(vm).get("reason") == reason and vm, seconds)


def warnings(name):
    events = json.loads(kubectl("get", "events.events.k8s.io", "-n", NS, "-o", "json").stdout)["items"]
    return [event for event in events if event["regarding"].get("kind") == "VirtualMachine" and event["regarding"].get("name") == name
            and event["type"] == "Warning"]


def fetch(url, check=True):
    return kubectl("exec", "-n", NS, "client", "--", "curl", "-sS", "-m", "10", *(["--retry", "4", "--retry-all-errors", "--retry-delay", "3"] if check else []), url,
                   check=check).stdout.strip()


def boot_id(name):
    address = get("vm", name)["status"]["podIP"]
    return until(f"the boot id of {name}", lambda: fetch(f"http://{address}/boot_id", check=False), 30)


def qemu_pid(vm):
    """In the process numbers of the guest's node."""
    node, uid = vm["status"]["nodeName"], vm["metadata"]["uid"]
    found = on_node(node, f"for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -q \"^[^ ]*qemu-system.*{uid}\" "
                          "&& basename $p; done", check=False).split()
    return node, (found[0] if found else None)


def agent_on(node):
    pods = json.loads(kubectl("get", "pods", "-n", AGENTS, "-l", "app.kubernetes.io/component=vm-agent", "-o", "json").stdout)["items"]
    return next(pod for pod in pods if pod["spec"]["nodeName"] == node)


def setUpModule():
    if VMCTL is None:
        sys.exit("test_vm: vmctl is not built; set WINDLASS_BIN to the folder it is in")
    apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NS, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}})
    apply(machine("web"), service("web"), debian_machine(), client_pod())
    kubectl("wait", "-n", NS, "pod/client", "--for=condition=Ready", f"--timeout={SLOW}s")
    wait_ready("web")


def tearDownModule():
    kubectl("delete", "ns", NS, "--timeout=180s", check=False)


class ARunningGuest(unittest.TestCase):
    """The guest `web` runs and is not stopped by any test of this class."""

    def test_has_the_address_of_its_pod(self):
        vm, pod = get("vm", "web"), get("pod", "web")
        self.assertEqual(vm["status"]["podIP"], pod["status"]["podIP"])
        self.assertEqual(vm["status"]["guest"]["addresses"][0].split("/")[0], pod["status"]["podIP"])
        self.assertIn(pod["status"]["podIP"], kubectl("logs", "-n", NS, "web").stdout)

    def test_answers_a_container_through_its_service(self):
        self.assertEqual(fetch("http://web/boot_id"), boot_id("web"))

    def test_shows_its_console_as_the_pods_log(self):
        until("the guest's ready line in kubectl logs", lambda: "windlass guest ready" in kubectl("logs", "-n", NS, "web").stdout, 30)

    def test_has_its_qemu_in_the_control_group_of_its_pod(self):
        vm = get("vm", "web")
        node, pid = qemu_pid(vm)
        self.assertIsNotNone(pid, "no QEMU of this VM on its node")
        groups = on_node(node, f"cat /proc/{pid}/cgroup")
        memory = next(line for line in groups.splitlines() if ":memory:" in line or line.startswith("0::"))
        self.assertIn(vm["status"]["podUID"].replace("-", ""), memory.replace("-", "").replace("_", ""))

    def test_reserves_at_most_90_mebibytes_beside_its_own_memory(self):
        limit = get("pod", "web")["spec"]["containers"][0]["resources"]["limits"]["memory"]
        self.assertLessEqual(int(limit.removesuffix("Mi")) - 128, 90)

    def test_survives_its_agent_being_killed(self):
        before, node = boot_id("web"), get("vm", "web")["status"]["nodeName"]
        agent = agent_on(node)
        started = agent["status"]["containerStatuses"][0]["restartCount"]
        on_node(node, "kill -9 $(pgrep -f '^[^ ]*windlass-vm-agent' | head -1)")
        until("the agent to be started again", lambda: (status := agent_on(node)["status"]["containerStatuses"][0])["restartCount"] > started and status["ready"])
        self.assertEqual(boot_id("web"), before)
        self.assertEqual(phase("web"), "Running")

    def test_survives_a_restart_of_libvirtd(self):
        before, node = boot_id("web"), get("vm", "web")["status"]["nodeName"]
        run(*CLUSTER, "node", "restart", node, "libvirtd", "--signal", "KILL")
        time.sleep(5)
        self.assertEqual(boot_id("web"), before)
        self.assertEqual(phase("web"), "Running")

    def test_is_written_about_by_nobody_while_nothing_changes(self):
        wait_ready("web")
        before = get("vm", "web")["metadata"]["resourceVersion"], get("pod", "web")["metadata"]["resourceVersion"]
        time.sleep(60)
        self.assertEqual((get("vm", "web")["metadata"]["resourceVersion"], get("pod", "web")["metadata"]["resourceVersion"]), before)

    def test_names_the_fields_that_need_a_restart(self):
        kubectl("patch", "vm", "web", "-n", NS, "--type=merge", "-p", '{"spec":{"memory":"160Mi"}}')
        self.addCleanup(kubectl, "patch", "vm", "web", "-n", NS, "--type=merge", "-p", '{"spec":{"memory":"128Mi"}}')
        vm = until("RestartRequired", lambda: (vm := get("vm", "web")) and condition(vm, "RestartRequired") and vm, 30)
        self.assertIn("spec.memory", condition(vm, "RestartRequired")["message"])
        self.assertEqual(vm["status"]["phase"], "Running")

    def test_gets_labels_added_later_so_that_services_select_it(self):
        kubectl("label", "vm", "web", "-n", NS, "tier=front", "--overwrite")
        until("the label on the pod", lambda: get("pod", "web")["metadata"]["labels"].get("tier") == "front", 30)
        kubectl("label", "vm", "web", "-n", NS, "tier-")
        until("the label gone from the pod", lambda: "tier" not in get("pod", "web")["metadata"]["labels"], 30)

    def test_is_listed_by_vmctl_and_kubectl(self):
        listed = run(VMCTL, "-n", NS, "list").stdout
        self.assertRegex(listed, r"(?m)^web +Running +True +node\d +[0-9.]+ ")
        self.assertRegex(kubectl("get", "vm", "-n", NS).stdout, r"(?m)^web +Running +True +node\d +[0-9.]+ ")
        self.assertEqual(json.loads(run(VMCTL, "-n", NS, "-o", "json", "status", "web").stdout)["metadata"]["name"], "web")


class TheLifeOfAGuest(unittest.TestCase):
    def make(self, name, **spec):
        apply(machine(name, **spec))
        self.addCleanup(kubectl, "delete", "vm", name, "-n", NS, "--ignore-not-found", check=False)

    def test_stops_and_starts_with_vmctl_and_comes_up_fresh(self):
        self.make("cycle")
        wait_ready("cycle")
        first = boot_id("cycle")
        stopped = run(VMCTL, "-n", NS, "stop", "cycle", "--timeout", "120")
        self.assertIn("cycle is stopped", stopped.stdout)
        self.assertIsNone(get("pod", "cycle"))
        time.sleep(3)
        self.assertEqual(phase("cycle"), "Stopped")
        run(VMCTL, "-n", NS, "start", "cycle", "--timeout", str(SLOW))
        wait_ready("cycle")
        self.assertNotEqual(boot_id("cycle"), first)

    def test_restarts_with_the_changed_spec(self):
        self.make("resize")
        wait_ready("resize")
        kubectl("patch", "vm", "resize", "-n", NS, "--type=merge", "-p", '{"spec":{"memory":"144Mi"}}')
        run(VMCTL, "-n", NS, "restart", "resize", "--timeout", str(SLOW))
        vm = wait_ready("resize")
        self.assertEqual(get("pod", "resize")["spec"]["containers"][0]["resources"]["limits"]["memory"], "224Mi")
        self.assertEqual(condition(vm, "RestartRequired"), {})

    def test_is_shut_down_gracefully_when_it_is_deleted(self):
        self.make("leaver")
        vm = wait_ready("leaver")
        node, pid = qemu_pid(vm)
        self.assertIsNotNone(pid)
        console = []
        follower = subprocess.Popen(["kubectl", "logs", "-f", "-n", NS, "leaver"], stdout=subprocess.PIPE, text=True)
        reader = threading.Thread(target=lambda: console.extend(follower.stdout))
        reader.start()
        watcher = subprocess.Popen(["kubectl", "get", "pod", "leaver", "-n", NS, "-w", "-o",
                                    "jsonpath={.status.containerStatuses[0].state.terminated.exitCode}{'\\n'}"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(watcher.kill)
        begin = time.monotonic()
        kubectl("delete", "vm", "leaver", "-n", NS, "--cascade=foreground", "--timeout=60s")
        took = time.monotonic() - begin
        reader.join(10)
        follower.kill()
        follower.communicate()
        watcher.terminate()
        codes = watcher.communicate()[0].split()
        self.assertIn("0", codes, f"the carrier ended with {codes}; its console: {''.join(console)[-800:]}")
        self.assertLess(took, 30, "it was not asked, it was turned off after its grace period")
        self.assertEqual(on_node(node, f"ls -d /proc/{pid} 2>/dev/null", check=False).strip(), "")

    def test_runs_again_after_its_qemu_was_killed_and_says_so(self):
        self.make("phoenix")
        vm = wait_ready("phoenix")
        first = boot_id("phoenix")
        node, pid = qemu_pid(vm)
        on_node(node, f"kill -9 {pid}")
        until("a restart to be counted", lambda: get("vm", "phoenix")["status"].get("restarts", {}).get("total") == 1, 60)
        wait_ready("phoenix")
        self.assertNotEqual(boot_id("phoenix"), first)
        self.assertEqual([event["reason"] for event in warnings("phoenix")], ["GuestEnded"])

    def test_comes_back_after_its_pod_was_deleted(self):
        self.make("evicted")
        first = wait_ready("evicted")["status"]["podUID"]
        kubectl("delete", "pod", "evicted", "-n", NS)
        until("a new pod", lambda: get("vm", "evicted")["status"].get("podUID") not in (None, first))
        wait_ready("evicted")


class TheConsole(unittest.TestCase):
    def test_is_typed_into_with_vmctl_and_left_with_its_escape_key(self):
        master, slave = pty.openpty()
        console = subprocess.Popen([VMCTL, "-n", NS, "console", "web"], stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
        self.addCleanup(console.kill)
        os.close(slave)
        self.addCleanup(os.close, master)
        shown = ""

        def read():
            nonlocal shown
            while select.select([master], [], [], 0.2)[0]:
                shown += os.read(master, 4096).decode(errors="replace")
            return shown
        # Typed until it is answered: what is typed before the connection stands is lost.
        def answered():
            os.write(master, b"\recho $((40 + 2))-answered\r")
            time.sleep(1)
            return "42-answered" in read()
        until("the guest's shell to answer on the console", answered, 60)
        os.write(master, b"\x1d")
        self.assertEqual(console.wait(20), 0, shown[-500:])


class ZADebianGuest(unittest.TestCase):
    """Last: it has booted beside the other tests."""

    def test_runs_cloud_init_answers_its_agent_and_shuts_down_when_asked(self):
        vm = until("VirtualMachine debian Ready", lambda: (vm := get("vm", "debian")) and condition(vm).get("status") == "True" and vm, DEBIAN_SECONDS)
        self.assertEqual(fetch(f"http://{vm['status']['podIP']}/"), "written by cloud-init")
        node, uid = vm["status"]["nodeName"], vm["metadata"]["uid"]
        domain = on_node(node, "virsh -q list --name --uuid").split()
        self.assertIn(uid, domain, "the domain has the VirtualMachine's UID")
        until("the guest agent to answer", lambda: "return" in on_node(
            node, f"virsh qemu-agent-command {uid} '{{\"execute\":\"guest-ping\"}}'", check=False), 120)
        name = json.loads(on_node(node, f"virsh qemu-agent-command {uid} '{{\"execute\":\"guest-get-host-name\"}}'"))
        self.assertEqual(name["return"]["host-name"], "debian")
        stopped = run(VMCTL, "-n", NS, "stop", "debian", "--timeout", "180", timeout=200)
        self.assertIn("debian is stopped", stopped.stdout)
        self.assertEqual(get("vm", "debian")["status"]["guest"]["exitCode"], 0, "it shut down, it was not turned off")


class BadInput(unittest.TestCase):
    def make(self, name, **spec):
        apply(machine(name, **spec))
        self.addCleanup(kubectl, "delete", "vm", name, "-n", NS, "--ignore-not-found", check=False)

    def told(self, name, reason, *words):
        vm = wait_reason(name, reason)
        for word in words:
            self.assertIn(word, condition(vm)["message"])
        events = until("the event", lambda: warnings(name), 20)
        self.assertEqual([event["reason"] for event in events], [reason])

    def refused(self, words, **spec):
        result = kubectl("apply", "-f", "-", stdin=json.dumps(machine("wrong", **spec)), check=False)
        self.assertNotEqual(result.returncode, 0)
        for word in words:
            self.assertIn(word, result.stderr)

    def test_wrong_fields_are_refused_at_the_door(self):
        self.refused(["spec.memory", "at least 32Mi"], memory="1Mi")
        self.refused(["spec.cloudInit", "not both"], cloudInit={"userData": "x", "userDataSecretRef": {"name": "x"}})
        self.refused(["spec.colour"], colour="red")
        self.refused(["spec.runStrategy", "Always"], runStrategy="Sometimes")

    def test_a_missing_secret_is_named_and_its_creation_starts_the_guest(self):
        self.make("needs-secret", cloudInit={"userDataSecretRef": {"name": "not-yet"}})
        self.told("needs-secret", "SecretNotFound", "not-yet", "spec.cloudInit.userDataSecretRef", NS)
        apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "not-yet", "namespace": NS}, "stringData": {"userData": "#!/bin/sh\necho from-the-secret\n"}})
        wait_ready("needs-secret")
        until("the user data to run", lambda: "from-the-secret" in kubectl("logs", "-n", NS, "needs-secret").stdout, 60)

    def test_a_missing_image_is_named_and_its_correction_starts_the_guest(self):
        self.make("needs-image", image={"reference": "windlass.dev/guest-tinny:1", "pullPolicy": "Never"})
        self.told("needs-image", "ImagePullFailed", "windlass.dev/guest-tinny:1", "spec.image.reference")
        kubectl("patch", "vm", "needs-image", "-n", NS, "--type=merge", "-p", '{"spec":{"image":{"reference":"windlass.dev/guest-tiny:1"}}}')
        wait_ready("needs-image")

    def test_a_guest_too_big_for_every_node_says_what_to_change(self):
        self.make("huge", memory="3Ti")
        self.told("huge", "Unschedulable", "Insufficient memory", "spec.memory")

    def test_an_exceeded_quota_is_named_and_raising_it_starts_the_guest(self):
        quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small", "namespace": NS}, "spec": {"hard": {"requests.memory": "1Mi"}}}
        apply(quota)
        self.addCleanup(kubectl, "delete", "quota", "small", "-n", NS, "--ignore-not-found", check=False)
        until("the quota to count", lambda: "requests.memory" in get("quota", "small").get("status", {}).get("used", {}), 30)
        self.make("over")
        self.told("over", "QuotaExceeded", "small", "ResourceQuota")
        kubectl("delete", "quota", "small", "-n", NS)
        wait_ready("over")

    def test_a_strangers_pod_of_the_same_name_is_left_alone(self):
        stranger = client_pod()
        stranger["metadata"]["name"] = "taken"
        apply(stranger)
        self.addCleanup(kubectl, "delete", "pod", "taken", "-n", NS, "--ignore-not-found", check=False)
        uid = get("pod", "taken")["metadata"]["uid"]
        self.make("taken")
        self.told("taken", "NameTaken", "taken", "delete or rename")
        self.assertEqual(get("pod", "taken")["metadata"]["uid"], uid)

    def test_vmctl_names_what_is_missing_and_what_helps(self):
        result = run(VMCTL, "-n", NS, "stop", "nobody", check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"no VirtualMachine 'nobody' in namespace '{NS}'", result.stderr)
        self.assertEqual(run(VMCTL, "frobnicate", check=False).returncode, 2)


class WhatTheAgentsMayDo(unittest.TestCase):
    def test_they_cannot_take_a_lease_that_is_no_guests(self):
        lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "other", "namespace": NS}, "spec": {"holderIdentity": "x"}}
        agent = ["--as", f"system:serviceaccount:{AGENTS}:windlass-vm-agent"]
        refused = kubectl("create", "-f", "-", *agent, stdin=json.dumps(lease), check=False)
        self.assertIn("may only write the Lease vm-<name>", refused.stderr)
        self.assertEqual(kubectl("auth", "can-i", "get", "secrets", "-A", *agent, check=False).stdout.strip(), "no")


if __name__ == "__main__":
    unittest.main()
