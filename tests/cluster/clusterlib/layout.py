"""Names, folders and addresses of a cluster. Everything is derived from its name and its index on this machine.

Index i owns 10.(128+i).0.0/16:  .0.1 switch   .0.2 control plane   .0.(10+k) node k   .0.254 this machine
                                 .(64+k).0/24 pods of node k        .128.0/17 Services (.128.1 API, .128.10 DNS)
"""
import dataclasses
import ipaddress
import json
import os
import pathlib
import re

from . import files

CLUSTERS = 64
NODES = 40


def state_root():
    return pathlib.Path(os.environ.get("WINDLASS_STATE") or "/var/lib/windlass-cluster")


@dataclasses.dataclass(frozen=True)
class Cluster:
    name: str
    index: int

    @property
    def dir(self):
        return state_root() / self.name

    @property
    def pki(self):
        return self.dir / "pki"

    @property
    def kubeconfig(self):
        return self.dir / "kubeconfig"

    @property
    def host_link(self):
        return f"wl{self.index}"

    @property
    def cgroup(self):
        return f"windlass-{self.index}"

    def machine_dir(self, machine):
        return self.dir / "machines" / machine

    def address(self, third, fourth):
        return f"10.{128 + self.index}.{third}.{fourth}"

    @property
    def network(self):
        return self.address(0, 0) + "/16"

    @property
    def switch_address(self):
        return self.address(0, 1)

    @property
    def host_address(self):
        return self.address(0, 254)

    @property
    def api_address(self):
        return self.address(0, 2)

    @property
    def api_url(self):
        return f"https://{self.api_address}:6443"

    @property
    def pod_network(self):
        return self.address(64, 0) + "/18"

    @property
    def service_network(self):
        return self.address(128, 0) + "/17"

    @property
    def api_service(self):
        return self.address(128, 1)

    @property
    def dns_service(self):
        return self.address(128, 10)

    def node_address(self, node):
        return self.address(0, 10 + number_of(node))

    def node_pods(self, node):
        return self.address(64 + number_of(node), 0) + "/24"

    def machines(self):
        """Names of all machines that have a folder, nodes in order, then the control plane, then the switch."""
        present = {p.name for p in (self.dir / "machines").glob("*") if (p / "spec.json").is_file()}
        return self.nodes() + [m for m in ("control-plane", "switch") if m in present]

    def nodes(self):
        present = [p.name for p in (self.dir / "machines").glob("node*") if (p / "spec.json").is_file()]
        return sorted(present, key=number_of)


def number_of(node):
    match = re.fullmatch(r"node([1-9][0-9]?)", node)
    if not match or int(match[1]) > NODES:
        raise files.ClusterError(f"'{node}' is not the name of a node: they are node1 … node{NODES}")
    return int(match[1])


def check_name(name):
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,29}", name):
        raise files.ClusterError(f"'{name}' cannot name a cluster: use up to 30 of a-z, 0-9 and -, a letter first")


def find(name):
    """The cluster of that name, or None when it was never made."""
    check_name(name)
    value = files.read_json(state_root() / name / "cluster.json")
    return Cluster(name, value["index"]) if value else None


def _taken():
    indices = set()
    for path in state_root().glob("*/cluster.json"):
        indices.add((files.read_json(path) or {"index": -1})["index"])
    # Another WINDLASS_STATE may hold clusters too, and this machine may use such addresses for something else.
    for link in json.loads(files.run("ip", "-json", "link", "show") or "[]"):
        match = re.fullmatch(r"wl([0-9]+)", link["ifname"])
        indices |= {int(match[1])} if match else set()
    return indices


def _routed():
    routes = json.loads(files.run("ip", "-json", "-4", "route", "show", "table", "all") or "[]")
    found = []
    for route in routes:
        if re.match(r"10\.", route.get("dst", "")):
            found.append(ipaddress.ip_network(route["dst"], strict=False))
    return found


def find_or_create(name):
    """The cluster of that name; a new one gets the lowest index whose addresses nothing here uses."""
    with files.locked(state_root() / ".lock", "another cluster command that allocates addresses"):
        cluster = find(name)
        if cluster:
            return cluster
        taken, routed = _taken(), _routed()
        for index in range(CLUSTERS):
            candidate = Cluster(name, index)
            if index not in taken and not any(r.overlaps(ipaddress.ip_network(candidate.network)) for r in routed):
                files.write_json(candidate.dir / "cluster.json", {"name": name, "index": index})
                return candidate
    raise files.ClusterError(f"all {CLUSTERS} address ranges 10.128–191.0.0/16 are in use on this machine; "
                             "remove a cluster with 'cluster --name NAME down'")
