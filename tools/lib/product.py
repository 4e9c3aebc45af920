"""Building Windlass and putting it on a local cluster: the steps that the demo and the cluster tests share."""
import hashlib
import json
import os
import pathlib
import subprocess

from steps import ROOT, say

CLUSTER_TOOL = ROOT / "tests" / "cluster" / "cluster"
CHART = ROOT / "charts" / "windlass"
RELEASE = "windlass"
NAMESPACE = "windlass-system"
OWN_IMAGES = ("operator", "vm-controller", "vm-agent", "vm-carrier")


class Product:
    """Windlass on one named local cluster."""

    def __init__(self, steps, cluster):
        self.steps = steps
        self.cluster = cluster

    def build(self, *more_images):
        self.steps.run("go tools", [ROOT / "tools" / "go-build"], show="built|building|cached")
        self.steps.run("configure release", ["cmake", "--preset", "release"])
        self.steps.run("build release", ["nice", "cmake", "--build", ROOT / "build" / "release", "--target", "binaries"],
                       show="FAILED|error:")
        self.steps.run("images", [ROOT / "images" / "build"], show="built|building|cached")
        if more_images:
            self.steps.run("more images", [ROOT / "images" / "build", *more_images], show="built|building|cached")

    def cluster_up(self, *more_images):
        self.steps.run("cluster up", self._tool("up", "--nodes", "2"), show="*")
        self.steps.run("load images", self._tool("load", *self.image_paths(), *(self.image_paths(*more_images) if more_images else ())),
                       show="loaded|importing|imported")

    def cluster_down(self):
        self.steps.run("cluster down", self._tool("down"), show="*")

    def image_paths(self, *names):
        """Paths of the archives, which hold the hash of all their inputs; no names: everything the demo needs."""
        output = subprocess.run([ROOT / "images" / "build", "--print-paths", *names], capture_output=True, text=True, check=True)
        return output.stdout.split()

    def install(self):
        """Helm writes a new revision at each upgrade, so what is installed already is not installed again."""
        content = f"content {self.content_id()}"
        if self._installed() == ("deployed", content):
            say(f"==> helm install: {content} is installed")
            return
        self.steps.run("helm install", [self.helm(), "upgrade", "--install", RELEASE, CHART, *self._release_flags(),
                                        "--create-namespace", "--set-string", f"image.buildId={self.build_id()}",
                                        "--description", content, "--wait", "--timeout", "5m"], show="STATUS|Error|error")

    def content_id(self):
        """Names the chart and the images it runs."""
        digest = hashlib.sha256(self.build_id().encode())
        # The CRDs by themselves: the chart holds them through a link to a folder, which rglob does not enter.
        for path in sorted(path for folder in (CHART, ROOT / "crds") for path in folder.rglob("*") if path.is_file()):
            digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
        return digest.hexdigest()[:12]

    def _installed(self):
        """Status and description of the release's last revision."""
        done = subprocess.run([self.helm(), "status", RELEASE, *self._release_flags(), "-o", "json"], capture_output=True,
                              text=True, check=False)
        info = json.loads(done.stdout)["info"] if done.returncode == 0 else {}
        return info.get("status"), info.get("description")

    def _release_flags(self):
        return ["--kubeconfig", self.kubeconfig(), "--namespace", NAMESPACE]

    def build_id(self):
        """Names the content of our own images, whose tag stays the same: the pods roll exactly when it changes."""
        return hashlib.sha256("\n".join(self.image_paths(*OWN_IMAGES)).encode()).hexdigest()[:12]

    def kubectl(self, *arguments, **options):
        return subprocess.run([*map(str, self._tool("kubectl", *arguments))], text=True, **options)

    def kubeconfig(self):
        return self._env()["KUBECONFIG"]

    def helm(self):
        return pathlib.Path(self._env()["PATH"].split(":")[0]) / "helm"

    def test_environment(self):
        return {**self._env(), "WINDLASS_CLUSTER": self.cluster, "WINDLASS_BIN": str(ROOT / "build/release/bin")}

    def collect_logs(self, folder):
        """After a failure: what the cluster looked like, for whoever reads the CI results."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, arguments in {
            "objects.txt": ["get", "all,pvc,osc,vm", "-A", "-o", "wide"],
            "events.txt": ["get", "events", "-A", "--sort-by=.metadata.creationTimestamp"],
            "describe.txt": ["describe", "pods", "-A"],
            "operator.txt": ["logs", "-n", NAMESPACE, "-l", "app.kubernetes.io/name=windlass", "--prefix", "--tail=2000"],
            "agents.txt": ["logs", "-n", "windlass-agents", "--all-containers", "-l", "app.kubernetes.io/name=windlass",
                           "--prefix", "--tail=2000"],
        }.items():
            with open(folder / name, "w") as out:
                self.kubectl(*arguments, stdout=out, stderr=subprocess.STDOUT, timeout=60)
        say(f"what the cluster looked like: {folder}")

    def _tool(self, *arguments):
        return [CLUSTER_TOOL, "--name", self.cluster, *arguments]

    def _env(self):
        output = subprocess.run([*map(str, self._tool("env"))], capture_output=True, text=True, check=True).stdout
        pairs = (line.removeprefix("export ").split("=", 1) for line in output.splitlines() if "=" in line)
        values = {key: value.strip("'\"") for key, value in pairs}
        values["PATH"] = values["PATH"].replace("$PATH", os.environ["PATH"])
        return values
