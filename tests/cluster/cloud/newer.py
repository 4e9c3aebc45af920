"""A newer Windlass on the local cluster of WINDLASS_CLUSTER: the programs of WINDLASS_BIN with a catalog that plans in other words."""
import json
import os
import pathlib
import shutil
import tempfile

from cloud.faults import OPERATOR, tool
from cloud.kubectl import CommandFailed, command, run
from cloud.upgrades import WINDLASS

ROOT = pathlib.Path(__file__).resolve().parents[3]
PARTS = ("images", "charts", "crds", "upgrades", "tools")
RELEASE = ("windlass", "-n", "windlass-system")  # of Helm
BUILD_ID = "newer"


class NewerWindlass:
    """Made before it is needed; whoever makes one takes it back."""

    def __init__(self):
        self.tree = pathlib.Path(tempfile.mkdtemp(prefix="windlass-newer-"))
        self.present = command(ROOT / "images" / "build", "--print-path", "operator").strip()
        self.revision = json.loads(command("helm", "status", *RELEASE, "-o", "json"))["version"]
        for part in PARTS:
            shutil.copytree(ROOT / part, self.tree / part, symlinks=True)
        defaults = self.tree / "upgrades" / "defaults.yaml"
        defaults.write_text(defaults.read_text().replace("podStart: 12 ", "podStart: 21 "))
        if self.plan_of(self.tree) == self.plan_of(ROOT):
            raise CommandFailed(f"{defaults}: this catalog was to plan otherwise than the present one")

    def plan_of(self, tree):
        return command(WINDLASS, "--catalog", tree, "plan", "--from", "2025.1", "--to", "2025.2", "-o", "json")

    def load(self):
        """Takes the present image's name on every node; what runs does not change by it."""
        binaries = [f"--binary={name}={os.environ['WINDLASS_BIN']}/{name}" for name in ("windlass-operator", "windlass")]
        command(self.tree / "images" / "build", "operator", *binaries)
        self.bring(command(self.tree / "images" / "build", "--print-path", "operator", *binaries).strip())

    def bring(self, image):
        command(*tool("load", image))

    def upgrade(self):
        """As its administrator does; returns before its pods are there."""
        command("helm", "upgrade", *RELEASE[:1], ROOT / "charts" / "windlass", *RELEASE[1:], "--reuse-values", "--set-string",
                f"image.buildId={BUILD_ID}")

    def is_all(self):
        """Every operator is of it, and one more is not there."""
        deployment = json.loads(run("get", "deployments", *OPERATOR, "-o", "json").stdout)["items"][0]
        pods = [pod for pod in json.loads(run("get", "pods", *OPERATOR, "-o", "json").stdout)["items"]
                if "deletionTimestamp" not in pod["metadata"]]
        return deployment["status"].get("readyReplicas") == deployment["spec"]["replicas"] == len(pods) and all(
            pod["metadata"]["annotations"]["windlass.dev/build-id"] == BUILD_ID for pod in pods)

    def take_back(self):
        self.bring(self.present)
        command("helm", "rollback", *RELEASE[:1], self.revision, *RELEASE[1:], "--wait", "--timeout", "5m")
        shutil.rmtree(self.tree, ignore_errors=True)
