"""up and down: brings a cluster to the wished state from any state, and removes every trace of one."""
import calendar
import contextlib
import json
import os
import pathlib
import string
import subprocess
import time
import urllib.request

from . import cgroups, control_plane, files, images, layout, machines, network, node, pki, seed, tools

MANIFESTS = pathlib.Path(__file__).resolve().parents[1] / "manifests"


class Clock:
    """Prints what is being done, with the seconds since the command began."""

    def __init__(self, cluster):
        self.name, self.start = cluster.name, time.monotonic()

    def say(self, text):
        files.progress(f"[{time.monotonic() - self.start:5.1f} s] {self.name}: {text}")


def kubectl(cluster, *words, stdin=None, check=True, timeout=60):
    return files.run(tools.binary("kubernetes", "kubectl"), "--kubeconfig", cluster.kubeconfig, *words, stdin=stdin,
                     check=check, timeout=timeout)


def lock(name):
    return files.locked(layout.state_root() / f".{name}.lock", f"another command that changes cluster {name}")


def wait_for(clock, what, probe, seconds):
    """Asks probe until it returns None; it returns what is still missing, which is shown when it changes."""
    deadline, shown = time.monotonic() + seconds, None
    while True:
        missing = probe()
        if missing is None:
            return
        if time.monotonic() > deadline:
            raise files.ClusterError(f"{what} not ready after {seconds} s: {missing}; 'cluster status' and "
                                     "'cluster logs MACHINE' show more, 'cluster up' tries again")
        if missing != shown:
            clock.say(f"waiting for {what}: {missing}")
            shown = missing
        time.sleep(0.2)


def _start_switch(cluster, clock):
    pid = machines.pid_of(cluster, "switch")
    if pid and cluster.host_link in network.host_links():
        return pid
    # A new switch has no wires to what still runs: that is restarted too.
    for machine in [*cluster.nodes(), "control-plane", "switch"]:
        machines.kill(cluster, machine)
    deadline = time.monotonic() + 10
    while cluster.host_link in network.host_links() and time.monotonic() < deadline:
        time.sleep(0.05)
    clock.say("starting the switch")
    machines.finish(cluster, "switch", machines.begin(cluster, "switch", control_plane.switch_spec(cluster)))
    return machines.pid_of(cluster, "switch")


def _start(cluster, clock, wanted):
    """Starts those of the wanted machines that do not run, side by side."""
    switch = _start_switch(cluster, clock)
    launchers = {}
    for machine in wanted:
        if machines.pid_of(cluster, machine):
            continue
        clock.say(f"starting {machine}")
        if machine == "control-plane":
            spec = control_plane.spec(cluster, switch)
        else:
            pki.ensure_node(cluster, machine)
            seed.plant(cluster.machine_dir(machine))
            spec = node.spec(cluster, machine, switch)
        launchers[machine] = machines.begin(cluster, machine, spec)
    for machine, launcher in launchers.items():
        machines.finish(cluster, machine, launcher)

def _api_missing(cluster):
    answer = kubectl(cluster, "get", "--raw", "/readyz", check=False, timeout=20)
    if answer.strip() == "ok":
        return None
    for name, state in machines.services(cluster, "control-plane").items():
        if state["pid"] is None or state["starts"] > 2:
            return f"{name} (started {state['starts']} times)"
    return "the API server answers /readyz"


def _apply(cluster):
    values = {"DNS": cluster.dns_service, "COREDNS": images.COREDNS, "LOCAL_PATH": images.LOCAL_PATH}
    text = "---\n".join(string.Template(p.read_text()).safe_substitute(values) for p in sorted(MANIFESTS.glob("*.yaml")))
    kubectl(cluster, "apply", "--server-side", "--force-conflicts", "--field-manager=windlass-cluster", "-f", "-",
            stdin=text)


def _nodes_missing(cluster, nodes, since):
    """A node that was Ready before its power was cut still says so: only word from after this start counts."""
    listing = json.loads(kubectl(cluster, "get", "nodes", "-o", "json", check=False, timeout=20) or '{"items": []}')
    ready = set()
    for item in listing["items"]:
        for condition in item["status"].get("conditions", []):
            if condition["type"] == "Ready" and condition["status"] == "True":
                if _seconds(condition["lastHeartbeatTime"]) >= since.get(item["metadata"]["name"], 0):
                    ready.add(item["metadata"]["name"])
    missing = [n for n in nodes if n not in ready]
    return f"node {', '.join(missing)} Ready" if missing else None


def _seconds(stamp):
    return calendar.timegm(time.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ"))


def _pods_missing(cluster):
    if not kubectl(cluster, "-n", "default", "get", "serviceaccount", "default", "-o", "name", check=False):
        return "namespace default has its service account"
    for namespace, deployment in (("kube-system", "coredns"), ("local-path-storage", "local-path-provisioner")):
        value = json.loads(kubectl(cluster, "-n", namespace, "get", "deployment", deployment, "-o", "json", check=False,
                                   timeout=20) or "{}")
        status = value.get("status", {})
        if (status.get("observedGeneration") != value.get("metadata", {}).get("generation")
                or not status.get("availableReplicas")):
            return f"deployment {namespace}/{deployment} has an available pod"
    return _dns_missing(cluster)


def _dns_missing(cluster):
    """Every pod behind the DNS Service answers: after a power loss the Service may still name one that is gone."""
    path = "{range .items[*].endpoints[?(@.conditions.ready==true)]}{.addresses[0]} {end}"
    addresses = kubectl(cluster, "-n", "kube-system", "get", "endpointslices", "-l", "kubernetes.io/service-name=kube-dns",
                        "-o", f"jsonpath={path}", check=False, timeout=20).split()
    for address in addresses:
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                    f"http://{address}:8181/ready", timeout=1):
                pass
        except OSError:
            return f"the DNS pod {address} answers"
    return None if addresses else "a DNS pod is ready"


def _load_system_images(cluster, clock, nodes):
    for node_name in nodes:
        socket = pathlib.Path(f"/proc/{machines.pid_of(cluster, node_name)}/root/run/containerd/containerd.sock")
        wait_for(clock, f"{node_name}", lambda s=socket: None if s.exists() else "containerd listens", 60)
    imported = images.load(cluster, images.system_archives(), nodes)
    if imported:
        clock.say(f"loaded {len(imported)} system images")


def _load_kernel_modules():
    """Best effort: a kernel that has them built in has no module of that name; one without them fails later, by name."""
    if pathlib.Path("/lib/modules", os.uname().release).is_dir():
        for module in ("overlay", "br_netfilter", "nf_tables", "veth", "tun", "fuse", "kvm_intel", "kvm_amd"):
            subprocess.run(["modprobe", "--quiet", module], stderr=subprocess.DEVNULL)


def bring_up(cluster, nodes):
    """The wished state: switch, control plane and these nodes run and are Ready; DNS and volumes work."""
    clock = Clock(cluster)
    tools.ensure()
    _load_kernel_modules()
    pki.ensure_cluster(cluster)
    if not cluster.kubeconfig.exists():
        files.write(cluster.kubeconfig, pki.kubeconfig(cluster, "admin", "windlass-admin"), 0o600)
    wanted = ["control-plane", *nodes]
    _start(cluster, clock, wanted)
    # What an earlier call brought to the end; a call that was killed half-way has not written it.
    done = files.read_json(cluster.dir / "ready.json") or {}
    starts = {machine: machines.started_at(cluster, machine) for machine in wanted}
    fresh = {machine: start for machine, start in starts.items() if done.get(machine) != start}
    if fresh:
        _load_system_images(cluster, clock, [n for n in fresh if n != "control-plane"])
    wait_for(clock, "control plane", lambda: _api_missing(cluster), 90)
    if fresh:
        clock.say("control plane ready")
        _apply(cluster)
    wait_for(clock, "nodes", lambda: _nodes_missing(cluster, nodes, fresh), 90)
    if fresh:
        clock.say(f"{len(nodes)} nodes Ready")
        wait_for(clock, "system pods", lambda: _pods_missing(cluster), 120)
        tools.link_user_tools(cluster.dir / "bin")
        files.write_json(cluster.dir / "ready.json", {**done, **starts})
    clock.say("ready" if fresh else "is up, nothing to do")


def take_down(name):
    """Removes the cluster whatever state an interrupted command left it in. Returns False when there was none."""
    cluster = layout.find(name)
    folder = layout.state_root() / name
    if cluster:
        for machine in sorted({*(p.name for p in (cluster.dir / "machines").glob("*")), "switch"},
                              key=lambda m: (m == "switch", m == "control-plane", m)):
            machines.remove(cluster, machine)
        deadline = time.monotonic() + 10
        while cluster.host_link in network.host_links() and time.monotonic() < deadline:
            time.sleep(0.05)
        cgroups.remove(cluster.cgroup)
    existed = folder.exists()
    if existed:
        (folder / "cluster.json").unlink(missing_ok=True)
        subprocess.run(["rm", "-rf", "--one-file-system", folder], check=True)
    return existed


def forget_state_root(name):
    """Removes the lock files and the state folder when nothing else uses them. Call with the cluster's lock held."""
    root = layout.state_root()
    (root / f".{name}.lock").unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        if {p.name for p in root.iterdir()} <= {".lock"}:
            (root / ".lock").unlink(missing_ok=True)
            os.rmdir(root)
