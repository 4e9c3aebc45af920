"""What fails on a real cluster: processes and pods that end at once. WINDLASS_CLUSTER: name of the local cluster."""
import contextlib
import json
import os
import pathlib
import subprocess
import threading

from cloud.kubectl import CommandFailed, command, run, say, wait_for

TOOL = pathlib.Path(__file__).resolve().parents[1] / "cluster"
OPERATOR = ("-n", "windlass-system", "-l", "app.kubernetes.io/component=operator")
END = "== that was all"


def tool(*words):
    """Words of a command about the local cluster."""
    return [TOOL, "--name", os.environ["WINDLASS_CLUSTER"], *words]


class NodeShell:
    """A shell in a machine of the cluster that is there before it is needed: on a busy machine it takes seconds to get in."""

    def __init__(self, node):
        self.node = node
        self.process = subprocess.Popen(tool("exec", node, "bash"), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self.run("true")

    def run(self, script):
        """The lines that the script writes. The end of this process ends the shell."""
        self.process.stdin.write(f"{script}\necho {END}\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.strip() == END:
                return lines
            lines.append(line.strip())
        raise CommandFailed(f"the shell in {self.node} ended; is the node up?")

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        with contextlib.suppress(OSError):
            self.process.stdin.close()


class Nodes:
    """All nodes as there were at the begin."""

    def __init__(self):
        names = [node["metadata"]["name"] for node in json.loads(run("get", "nodes", "-o", "json").stdout)["items"]]
        self.shells = {name: NodeShell(name) for name in names}
        self.lock = threading.Lock()

    def run(self, node, script):
        """CommandFailed when the node is down; one that was down has a new shell."""
        with self.lock:
            try:
                return self.shells[node].run(script)
            except (CommandFailed, OSError):
                self.shells[node].close()
                self.shells[node] = NodeShell(node)
                return self.shells[node].run(script)

    def kill_operators(self):
        """SIGKILL for every operator process. The pods go as well: a container that was killed often is started again after minutes only."""
        for node in self.shells:
            try:
                self.run(node, "pkill -9 -f '^[^ ]*windlass-operator'")
            except (CommandFailed, OSError) as error:
                say(f"no operator of {node} was killed: {error}")
        run("delete", "pods", *OPERATOR, "--force", "--grace-period=0", check=False)

    def kill_processes(self, pod, program, seconds=0):
        """SIGKILL for the processes of this pod whose command line holds `program`, as soon as there are some within this time; how
        many there were."""
        uid = pod["metadata"]["uid"]
        # The kernel knows a pod by its uid in the cgroup, which systemd writes with underscores.
        kill = (f"for one in $(pgrep -f -- '{program}'); do grep -qE '{uid}|{uid.replace('-', '_')}' /proc/$one/cgroup 2>/dev/null && "
                "kill -9 $one && echo $one; done")
        script = (f"end=$((SECONDS + {seconds})); while true; do killed=$({kill}); "
                  "if [ -n \"$killed\" ]; then echo \"$killed\"; break; fi; [ $SECONDS -lt $end ] || break; sleep 0.05; done")
        return len(self.run(pod["spec"]["nodeName"], script))


def lose_power(node):
    """Every process of a node ends at once; it is turned on again when Kubernetes has seen it."""
    command(*tool("node", "kill", node), timeout=120)
    try:
        wait_for(f"{node} to be seen dead", lambda: ready_of(node) != "True", 180)
    finally:
        command(*tool("node", "start", node), timeout=300)
    wait_for(f"{node} to be back", lambda: ready_of(node) == "True", 180)


def ready_of(node):
    conditions = json.loads(run("get", "node", node, "-o", "json").stdout)["status"]["conditions"]
    return next(one["status"] for one in conditions if one["type"] == "Ready")


def remove_at_once(space, pod):
    """The pod is gone from the API before anyone knows how its processes ended. False: it was gone already."""
    name = pod["metadata"]["name"]
    return space.kubectl("delete", "pod", name, "--force", "--grace-period=0", "--wait=false", check=False).returncode == 0
