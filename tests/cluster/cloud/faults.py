"""What fails on a real cluster: processes and pods that end at once. WINDLASS_CLUSTER: name of the local cluster."""
import json
import os
import pathlib
import subprocess

from cloud.kubectl import run

TOOL = pathlib.Path(__file__).resolve().parents[1] / "cluster"
OPERATOR = ("-n", "windlass-system", "-l", "app.kubernetes.io/component=operator")


def in_node(node, *words):
    return subprocess.run([TOOL, "--name", os.environ["WINDLASS_CLUSTER"], "exec", node, *words], check=False, timeout=60,
                          capture_output=True, text=True).stdout


def kill_operators():
    """SIGKILL for every operator process. The pods go as well: a container that was killed often is started again after minutes only."""
    for node in json.loads(run("get", "nodes", "-o", "json").stdout)["items"]:
        in_node(node["metadata"]["name"], "pkill", "-9", "-f", "^[^ ]*windlass-operator")
    run("delete", "pods", *OPERATOR, "--force", "--grace-period=0", check=False)


def restart_operators():
    """Another process leads before the old one ends."""
    for deployment in json.loads(run("get", "deployments", *OPERATOR, "-o", "json").stdout)["items"]:
        run("rollout", "restart", "deployment", deployment["metadata"]["name"], *OPERATOR[:2])


def kill_processes(pod, program):
    """SIGKILL for the processes of this pod whose command line holds `program`; how many."""
    uid = pod["metadata"]["uid"]
    # The kernel knows a pod by its uid in the cgroup, which systemd writes with underscores.
    script = (f"for one in $(pgrep -f -- '{program}'); do grep -qE '{uid}|{uid.replace('-', '_')}' /proc/$one/cgroup 2>/dev/null && "
              "kill -9 $one && echo $one; done")
    return len(in_node(pod["spec"]["nodeName"], "bash", "-c", script).split())


def remove_at_once(space, pod):
    """The pod is gone from the API before anyone knows how its processes ended. False: it was gone already."""
    name = pod["metadata"]["name"]
    return space.kubectl("delete", "pod", name, "--force", "--grace-period=0", "--wait=false", check=False).returncode == 0
