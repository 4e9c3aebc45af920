"""What is measured. Each function takes one peer through one scenario and returns plain figures."""
import json
import subprocess
import time

from . import peers
from .process import Peer, PeerFailed, cpu_seconds
from .server import NAMESPACE, ROOT, BenchServer, difference, writes

GREETINGS = f"/apis/example.windlass.dev/v1/namespaces/{NAMESPACE}/greetings"
CONFIGMAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
PARTIAL = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
EMPTY_NAMESPACE = "empty"
SETTLE_SECONDS = 5
CONVERGE_LIMIT = 600
RESYNC_LIMIT = 120


def environment(server, workers, **more):
    return {**server.environment(), "BENCH_WORKERS": str(workers), **{key: str(value) for key, value in more.items()}}


def prepare(folder, what, count, workers):
    """An etcd folder with the CRD, the namespaces and `count` objects."""
    with BenchServer() as server:
        subprocess.run([server.kubectl, "--kubeconfig", server.kubeconfig, "apply", "-f", ROOT / "kube/examples/crd.yaml"], check=True,
                       stdout=subprocess.DEVNULL)
        for name in (NAMESPACE, EMPTY_NAMESPACE):
            server.write("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        wait_until_served(server)
        subprocess.run([peers.load_tool(), what, str(count)], env=environment(server, workers), check=True)
        server.save(folder)


def wait_until_served(server):
    deadline = time.monotonic() + 60
    while server.request("GET", GREETINGS + "?limit=1")[0] != 200:
        if time.monotonic() > deadline:
            raise RuntimeError("the API server does not serve Greetings")
        time.sleep(0.2)


def command_of(peer, count):
    return [*peer.command, "raw", count] if peer.name == peers.RAW else peer.command


def converge(peer, data, count, workers, rest_seconds, log):
    """From an API server with `count` parents to all of them reconciled; then rest; then a restart of the API server."""
    with BenchServer(data) as server:
        wait_until_served(server)
        before = server.requests()
        server_cpu = cpu_seconds(server.pid(1))
        with Peer(command_of(peer, count), environment(server, workers, BENCH_PARENTS=count), log) as process:
            first, _ = process.wait_for("first-reconcile", 60)
            done, words = process.wait_for("converged", CONVERGE_LIMIT)
            if peer.name == peers.RAW:
                process.process.wait(30)
                requests = difference(server.requests(), before)
                check_result(server, count)
                return {"converge_seconds": done - process.started, "objects_per_second": count / (done - first),
                        "writes_per_second": writes(requests) / (done - first), "requests": requests}
            figures = {"converge_seconds": done - process.started, "startup_seconds": first - process.started,
                       "objects_per_second": count / (done - first), "cpu_seconds": process.cpu()}
            reconciles = int(words[0].removeprefix("reconciles="))
            figures["reconciles_per_second"] = reconciles / (done - first)
            at_done = difference(server.requests(), before)
            figures["writes_per_second"] = writes(at_done) / (done - first)
            time.sleep(SETTLE_SECONDS)
            figures["server_cpu_seconds"] = cpu_seconds(server.pid(1)) - server_cpu
            figures["settled_cpu_seconds"] = process.cpu()
            settled = server.requests()
            figures["requests"] = difference(settled, before)
            figures.update(rss_mb=process.memory()["rss"], peak_mb=process.memory()["peak"])
            figures.update(rest(server, process, settled, rest_seconds))
            check_result(server, count)
            figures.update(restart(server, process))
            figures["stop_seconds"] = process.stop()
            return figures


def rest(server, process, settled, seconds):
    if not seconds:
        return {}
    cpu = process.cpu()
    time.sleep(seconds)
    return {"rest_seconds": seconds, "rest_writes": writes(difference(server.requests(), settled)),
            "rest_cpu_seconds": process.cpu() - cpu, "rested_rss_mb": process.memory()["rss"]}


def restart(server, process):
    """Seconds from a change made on the new API server to its reconcile, and what the coming back cost."""
    process.reset_peak()
    cpu = process.cpu()
    # Killed: one that ends in its own time waits a minute for the watches, in which the peers' back-off only grows.
    server.kill_apiserver()
    server.start_apiserver()
    wait_until_served(server)
    begin = time.monotonic()
    marker = f"marker-{time.time_ns()}"
    server.write("PATCH", f"{GREETINGS}/greeting-00000", {"spec": {"text": marker}}, "application/merge-patch+json")
    try:
        took = process.wait_for("seen", RESYNC_LIMIT)[0] - begin
    except PeerFailed:
        if process.process.poll() is not None:
            raise
        took = None  # it has not come back in that time: a figure too, and no reason to lose the others
    time.sleep(SETTLE_SECONDS)
    memory = process.memory()
    return {"resync_seconds": took, "resync_missed": int(took is None), "resync_cpu_seconds": process.cpu() - cpu, "resync_rss_mb": memory["rss"],
            "resync_peak_mb": memory["peak"], "resync_requests": server.requests()}


def check_result(server, count):
    """Every parent must have its status and its ConfigMap: a peer that skipped work has no figures."""
    greetings = {item["metadata"]["name"]: item for item in server.read(GREETINGS)["items"]}
    config_maps = {item["metadata"]["name"]: item for item in server.read(CONFIGMAPS)["items"]}
    ready = sum(1 for name, greeting in greetings.items() if is_right(greeting, config_maps.get(name)))
    if ready != count or len(greetings) != count:
        raise RuntimeError(f"{ready} of {len(greetings)} Greetings are right; {count} were expected")


def is_right(greeting, config_map):
    conditions = greeting.get("status", {}).get("conditions", [])
    said = any(c["type"] == "Ready" and c["status"] == "True" and c["observedGeneration"] == greeting["metadata"]["generation"]
               for c in conditions)
    if not said or not config_map or config_map["data"] != {"text": greeting["spec"]["text"]}:
        return False
    owners = config_map["metadata"].get("ownerReferences", [])
    return len(owners) == 1 and owners[0]["uid"] == greeting["metadata"]["uid"] and owners[0]["controller"] is True


def cache_pods(peer, server, count, log):
    """Memory of a metadata-only cache of `count` Pods over that of the same program with an empty one."""
    empty = fill_cache(peer, server, 0, f"{log}-empty", EMPTY_NAMESPACE)
    full = fill_cache(peer, server, count, log, "")
    return {"cache_bytes_per_object": (full["rss"] - empty["rss"]) * 1024 * 1024 / count, "cache_rss_mb": full["rss"],
            "cache_peak_mb": full["peak"], "cache_empty_mb": empty["rss"], "cache_sync_seconds": full["seconds"],
            "cache_cpu_seconds": full["cpu"]}


def fill_cache(peer, server, count, log, namespace):
    with Peer(peer.command, environment(server, 1, BENCH_MODE="cache-pods", BENCH_NAMESPACE=namespace, BENCH_PARENTS=0), log) as process:
        done, words = process.wait_for("synced", RESYNC_LIMIT)
        if words != [f"objects={count}"]:
            raise RuntimeError(f"{peer.name} holds {words}, not {count} objects")
        time.sleep(SETTLE_SECONDS)
        figures = {**process.memory(), "seconds": done - process.started, "cpu": process.cpu()}
        process.stop()
        return figures


def projected_bytes(server):
    """(bytes of a whole Pod, bytes of the metadata that is kept): the mean of a hundred, as compact JSON."""
    whole = server.read(f"/api/v1/namespaces/{NAMESPACE}/pods?limit=100")["items"]
    partial = server.read(f"/api/v1/namespaces/{NAMESPACE}/pods?limit=100", accept=PARTIAL)["items"]
    for item in partial:
        item["metadata"].pop("managedFields", None)
    return tuple(sum(len(json.dumps(item, separators=(",", ":"))) for item in items) / len(items) for items in (whole, partial))
