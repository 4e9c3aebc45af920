#!/usr/bin/python3 -B
"""The cluster tool keeps its promises: proved on one small cluster of its own, beside any other. Needs root."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from clusterlib import images, layout, linux, machines  # noqa: E402

TOOL = pathlib.Path(__file__).with_name("cluster")
NAME = "selftest"
STATE = tempfile.mkdtemp(prefix="windlass-selftest-")

WEB = f"""
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: data}}
spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Mi}}}}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: web, labels: {{app: web}}}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: web
    image: {images.LOCAL_PATH}
    command: [sh, -c, "echo it-works > /data/index.html; echo serving; exec busybox httpd -f -p 8080 -h /data"]
    readinessProbe: {{tcpSocket: {{port: 8080}}, periodSeconds: 1}}
    volumeMounts: [{{name: data, mountPath: /data}}]
  volumes: [{{name: data, persistentVolumeClaim: {{claimName: data}}}}]
---
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: 8080}}]}}
"""
# Boots nothing: the firmware runs and waits. Enough to see whether a guest outlives the daemon.
GUEST = """<domain type='qemu'><name>still-here</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os><devices><serial type='pty'/></devices></domain>"""


def start(*words):
    return subprocess.Popen([TOOL, "--name", NAME, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            start_new_session=True)


def tool(*words, stdin=None, check=True):
    done = subprocess.run([TOOL, "--name", NAME, *map(str, words)], input=stdin, capture_output=True, text=True,
                          timeout=240)
    if check and done.returncode != 0:
        raise AssertionError(f"cluster {' '.join(map(str, words))} failed: {done.stderr[-1500:]}")
    return done


def kubectl(*words, **options):
    return tool("kubectl", *words, **options).stdout


def kill_after(seconds, *words):
    """Starts the tool and ends it as hard as possible; true when it was still at work."""
    running = start(*words)
    time.sleep(seconds)
    interrupted = running.poll() is None
    if interrupted:
        os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    return interrupted


def eventually(probe, seconds, what):
    deadline = time.monotonic() + seconds
    while not probe():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.2)


def pid_namespace(process):
    """Of a running process; one that has ended and only waits to be reaped is no process any more."""
    try:
        return os.readlink(process / "ns/pid") if linux.start_time(process.name) else None
    except OSError:
        return None


def traces():
    """What a cluster could leave on this machine, apart from those of other clusters that come and go meanwhile."""
    found = set()
    index = Suite.index
    if index is None:
        return found
    if pathlib.Path(f"/sys/class/net/wl{index}").exists():
        found.add(f"link wl{index}")
    routes = subprocess.run(["ip", "route", "show", "table", "all"], capture_output=True, text=True).stdout
    found |= {f"route {line}" for line in routes.splitlines() if re.search(rf"\b10\.{128 + index}\.", line)}
    found |= {f"cgroup {path}" for path in pathlib.Path("/sys/fs/cgroup").glob(f"**/windlass-{index}")}
    mounts = pathlib.Path("/proc/self/mountinfo").read_text()
    found |= {f"mount {line}" for line in mounts.splitlines() if STATE in line}
    rules = subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True).stdout
    found |= {f"rule {line.strip()}" for line in rules.splitlines() if "KUBE" in line.upper() or "CNI" in line}
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if STATE in command or pid_namespace(process) in Suite.pid_namespaces:
                found.add(f"process {process.name} {command}")
        except OSError:
            pass
    return found


class Suite(unittest.TestCase):
    """Each test stands on what the one before left: the name's number is the order. Stops at the first failure."""
    index = None
    pid_namespaces = set()

    @classmethod
    def setUpClass(cls):
        os.environ["WINDLASS_STATE"] = STATE

    @classmethod
    def tearDownClass(cls):
        tool("down", check=False)
        if pathlib.Path(STATE).is_dir():
            subprocess.run(["rm", "-rf", "--one-file-system", STATE], check=False)

    def remember(self):
        cluster = layout.find(NAME)
        Suite.index = cluster.index
        for machine in cluster.machines():
            pid = machines.pid_of(cluster, machine)
            if pid:
                Suite.pid_namespaces.add(os.readlink(f"/proc/{pid}/ns/pid"))
        return cluster

    def test_1_up_survives_being_killed_at_any_moment(self):
        for seconds in (0.3, 0.7, 1.2, 2.0, 4.0):
            self.assertTrue(kill_after(seconds, "up", "--nodes", "1"), "up ended before it could be interrupted")
            if layout.find(NAME):
                self.remember()
        tool("up", "--nodes", "1")
        cluster = self.remember()
        self.assertEqual(cluster.machines(), ["node1", "control-plane", "switch"])
        self.assertIn("Ready", kubectl("get", "nodes"))

    def test_2_a_second_up_changes_nothing_and_is_quick(self):
        cluster = layout.find(NAME)
        before = {m: machines.pid_of(cluster, m) for m in cluster.machines()}, self.versions()
        begin = time.monotonic()
        self.assertIn("nothing to do", tool("up", "--nodes", "1").stderr)
        self.assertLess(time.monotonic() - begin, 10)
        self.assertEqual(before, ({m: machines.pid_of(cluster, m) for m in cluster.machines()}, self.versions()))

    def versions(self):
        items = json.loads(kubectl("get", "deployments,configmaps,services,storageclasses", "-A", "-o", "json"))["items"]
        return {i["kind"] + i["metadata"]["name"]: i["metadata"].get("generation", i["metadata"]["uid"]) for i in items}

    def test_3_pods_have_volumes_names_services_logs_and_exec(self):
        kubectl("apply", "-f", "-", stdin=WEB)
        kubectl("wait", "--for=condition=Ready", "pod/web", "--timeout=90s")
        self.assertEqual(kubectl("logs", "web").strip(), "serving")
        service = kubectl("get", "service", "web", "-o", "jsonpath={.spec.clusterIP}")
        self.assertIn("it-works", kubectl("exec", "web", "--", "busybox", "wget", "-qO-", f"http://{service}"))
        self.assertIn(service, kubectl("exec", "web", "--", "busybox", "nslookup", "web.default.svc.cluster.local"))
        # The API server itself reaches pods: admission webhooks depend on it.
        self.assertIn("it-works", kubectl("get", "--raw", "/api/v1/namespaces/default/services/web:80/proxy/"))

    def test_4_load_skips_what_a_node_has(self):
        archive = images.system_archives()[0]
        self.assertEqual(tool("load", archive).stderr, "")
        tool("exec", "node1", "ctr", "-n", "k8s.io", "images", "tag", images.node.PAUSE, "windlass.dev/kept:1")
        tool("exec", "node1", "ctr", "-n", "k8s.io", "images", "rm", images.node.PAUSE)
        self.assertIn(images.node.PAUSE, tool("load", archive).stderr)

    def test_5_a_guest_outlives_its_libvirt_daemon(self):
        tool("exec", "node1", "sh", "-c", "cat > /tmp/guest.xml && virsh -q create /tmp/guest.xml", stdin=GUEST)
        qemu = tool("exec", "node1", "pidof", "qemu-system-x86_64").stdout
        daemon = tool("exec", "node1", "pidof", "libvirtd").stdout
        for how in ("KILL", "TERM"):
            tool("node", "restart", "node1", "libvirtd", "--signal", how)
            eventually(lambda old=daemon: tool("exec", "node1", "pidof", "libvirtd", check=False).stdout not in ("", old),
                       30, "a new libvirtd")
            daemon = tool("exec", "node1", "pidof", "libvirtd").stdout
            eventually(lambda: "running" in tool("exec", "node1", "virsh", "list", check=False).stdout, 30, "the guest")
            self.assertEqual(tool("exec", "node1", "pidof", "qemu-system-x86_64").stdout, qemu)

    def test_6_power_loss_ends_every_process_and_keeps_the_disk(self):
        cluster = layout.find(NAME)
        namespace = os.readlink(f"/proc/{machines.pid_of(cluster, 'node1')}/ns/pid")
        tool("exec", "node1", "sh", "-c", "echo kept > /var/lib/mark; echo lost > /run/mark")
        tool("node", "kill", "node1")
        alive = [p for p in pathlib.Path("/proc").glob("[0-9]*") if pid_namespace(p) == namespace]
        self.assertEqual(alive, [])
        tool("node", "start", "node1")
        self.remember()
        self.assertEqual(tool("exec", "node1", "cat", "/var/lib/mark").stdout, "kept\n")
        self.assertNotEqual(tool("exec", "node1", "cat", "/run/mark", check=False).returncode, 0)
        kubectl("wait", "--for=condition=Ready", "pod/web", "--timeout=60s")
        eventually(lambda: "it-works" in kubectl("get", "--raw", "/api/v1/namespaces/default/services/web:80/proxy/",
                                                 check=False), 30, "the pod serves its volume again")

    def test_7_down_leaves_nothing_even_when_it_was_killed(self):
        self.remember()
        self.assertTrue(traces(), "the search finds nothing even while the cluster runs")
        kill_after(0.15, "down")
        tool("down")
        eventually(lambda: not traces(), 5, "\n".join(sorted(traces())))
        self.assertFalse(pathlib.Path(STATE).exists())
        self.assertIn("nothing to do", tool("down").stderr)


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("test_cluster_tool: needs root for namespaces and control groups")
    unittest.main(failfast=True)
