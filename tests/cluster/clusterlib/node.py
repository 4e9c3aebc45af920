"""A node: containerd, kubelet, kube-proxy and a libvirt of its own. Its files and services."""
import hashlib
import json
import os
import pathlib
import uuid

from . import cgroups, layout, linux, pki, seed, tools

PAUSE = "windlass.dev/pause:3"
KUBERNETES = "/etc/kubernetes"
# A node offers each processor so many times: tests need room for many pods that mostly wait.
CPU_OVERSUBSCRIPTION = 4
TOPOLOGY = "/etc/kubernetes/topology"
# The kubelet counts processors in sysfs, per memory node. It alone sees more memory nodes there, each with the same
# processors (other processor numbers would fail in cpuset), in a mount namespace of its own: /sys is private in it and
# everything else still shared, so that its volume mounts reach the containers.
OVERSUBSCRIBE = f"mount --make-rprivate /sys && mount --bind {TOPOLOGY} /sys/devices/system/node && exec \"$@\""


def _oom_limited():
    """Without CAP_SYS_RESOURCE no process may lower its OOM score: kubelet, kube-proxy and containerd must not try."""
    return not linux.has_capability(linux.CAP_SYS_RESOURCE)


def _kubelet_config(cluster):
    config = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
        "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": True},
                           "x509": {"clientCAFile": f"{KUBERNETES}/ca.crt"}},
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{KUBERNETES}/kubelet-serving.crt", "tlsPrivateKeyFile": f"{KUBERNETES}/kubelet-serving.key",
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "cgroupDriver": "cgroupfs", "clusterDomain": "cluster.local", "clusterDNS": [cluster.dns_service],
        "resolvConf": "/etc/resolv.conf", "failSwapOn": False, "serializeImagePulls": False,
        # Two nodes report the same processors and memory: the kubelet must not enforce what it cannot own.
        "enforceNodeAllocatable": [],
        # The disk is this machine's. Only a really full one counts, and images (loaded, not pulled) are never collected.
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "500Mi", "imagefs.available": "500Mi",
                         "nodefs.inodesFree": "1000"},
        "imageGCHighThresholdPercent": 100, "imageGCLowThresholdPercent": 99,
        "containerLogMaxSize": "5Mi", "containerLogMaxFiles": 2,
        "nodeLeaseDurationSeconds": 16, "nodeStatusReportFrequency": "5m", "nodeStatusUpdateFrequency": "5s"}
    if not cgroups.is_v2():
        config["failCgroupV1"] = False
    if _oom_limited():
        config["oomScoreAdj"] = 0
    return json.dumps(config, indent=1)


def _proxy_config(cluster):
    config = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration", "mode": "nftables",
        "clientConnection": {"kubeconfig": f"{KUBERNETES}/kube-proxy.kubeconfig"}, "clusterCIDR": cluster.pod_network,
        "bindAddress": "0.0.0.0", "healthzBindAddress": "127.0.0.1:10256", "metricsBindAddress": "127.0.0.1:10249",
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
        # Without bridge netfilter the answer of a pod beside the caller would bypass the address translation.
        "nftables": {"masqueradeAll": not pathlib.Path("/proc/sys/net/bridge").exists()}}
    if _oom_limited():
        config["oomScoreAdj"] = 0
    return json.dumps(config, indent=1)


def _containerd_config():
    return f"""version = 3
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.erofs", "io.containerd.snapshotter.v1.blockfile",
  "io.containerd.nri.v1.nri", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
address = "/run/containerd/containerd.sock"
[debug]
level = "warn"
[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "{PAUSE}"
[plugins."io.containerd.cri.v1.runtime"]
restrict_oom_score_adj = {"true" if _oom_limited() else "false"}
[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["/opt/cni/bin"]
conf_dir = "/etc/cni/net.d"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
BinaryName = "/opt/windlass-cluster/runc/runc"
SystemdCgroup = false
"""


def _cni_config(cluster, node):
    return json.dumps({"cniVersion": "1.0.0", "name": "pods", "plugins": [
        {"type": "bridge", "bridge": "cni0", "isGateway": True, "hairpinMode": True, "mtu": 1500, "ipam": {
            "type": "host-local", "ranges": [[{"subnet": cluster.node_pods(node)}]], "routes": [{"dst": "0.0.0.0/0"}]}},
        {"type": "portmap", "capabilities": {"portMappings": True}, "backend": "nftables"}]}, indent=1)


def _identity(cluster, node):
    """Stable for a node, different for each: libvirt refuses to migrate between hosts of one UUID."""
    return uuid.UUID(bytes=hashlib.sha256(f"{cluster.dir}/{node}".encode()).digest()[:16], version=4)


def _libvirt_files(cluster, node):
    return {
        "/etc/libvirt/libvirtd.conf": f"""host_uuid = "{_identity(cluster, node)}"
unix_sock_group = "root"
unix_sock_rw_perms = "0770"
auth_unix_ro = "none"
auth_unix_rw = "none"
log_outputs = "3:stderr"
""",
        "/etc/libvirt/virtlogd.conf": 'log_outputs = "3:stderr"\nmax_size = 2097152\nmax_backups = 1\n',
        # QEMU runs as root: disks need no change of owner, and no private /dev, which would hide the machine's.
        "/etc/libvirt/qemu.conf": """security_driver = "none"
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
namespaces = []
""",
    }


def _topology_files():
    memory = pathlib.Path("/proc/meminfo").read_text().splitlines()[0]
    found = {f"{TOPOLOGY}/online": f"0-{CPU_OVERSUBSCRIPTION - 1}\n"}
    for number in range(CPU_OVERSUBSCRIPTION):
        folder = f"{TOPOLOGY}/node{number}"
        found[f"{folder}/meminfo"] = f"Node {number} {memory}\n"
        found[f"{folder}/distance"] = " ".join(["10"] * CPU_OVERSUBSCRIPTION) + "\n"
        for cpu in sorted(os.sched_getaffinity(0)):
            found[f"{folder}/cpu{cpu}/topology/core_id"] = f"{cpu}\n"
            found[f"{folder}/cpu{cpu}/topology/physical_package_id"] = "0\n"
    return found


def _files(cluster, node):
    return {
        "/etc/hostname": f"{node}\n", "/etc/resolv.conf": "",
        "/etc/hosts": f"127.0.0.1 localhost\n{cluster.node_address(node)} {node}\n",
        "/etc/machine-id": _identity(cluster, node).hex + "\n",
        f"{KUBERNETES}/ca.crt": pki.text(cluster, "ca.crt"),
        f"{KUBERNETES}/kubelet-serving.crt": pki.text(cluster, f"{node}-serving.crt"),
        f"{KUBERNETES}/kubelet-serving.key": pki.text(cluster, f"{node}-serving.key"),
        f"{KUBERNETES}/kubelet.kubeconfig": pki.kubeconfig(cluster, f"{node}-kubelet", f"system:node:{node}"),
        f"{KUBERNETES}/kube-proxy.kubeconfig": pki.kubeconfig(cluster, "kube-proxy", "system:kube-proxy"),
        f"{KUBERNETES}/kubelet.yaml": _kubelet_config(cluster),
        f"{KUBERNETES}/kube-proxy.yaml": _proxy_config(cluster),
        "/etc/containerd/config.toml": _containerd_config(),
        "/etc/cni/net.d/10-pods.conflist": _cni_config(cluster, node),
        **_topology_files(), **_libvirt_files(cluster, node)}


def _services(cluster, node):
    listens, ready = {"tcp": f"{cluster.api_address}:6443"}, {"https": f"{cluster.api_address}:6443/readyz"}
    return [
        {"name": "containerd", "argv": ["containerd", "--config", "/etc/containerd/config.toml"]},
        {"name": "virtlogd", "argv": ["virtlogd", "--config", "/etc/libvirt/virtlogd.conf"]},
        {"name": "libvirtd", "argv": ["libvirtd", "--config", "/etc/libvirt/libvirtd.conf"],
         "after": {"path": "/run/libvirt/virtlogd-sock"}, "after_seconds": 10},
        {"name": "kube-proxy", "after": ready, "argv": [
            "kube-proxy", f"--config={KUBERNETES}/kube-proxy.yaml", f"--hostname-override={node}"]},
        {"name": "kubelet", "after": listens, "argv": [
            "unshare", "--mount", "--propagation", "unchanged", "sh", "-c", OVERSUBSCRIBE, "kubelet", "kubelet", f"--config={KUBERNETES}/kubelet.yaml", f"--kubeconfig={KUBERNETES}/kubelet.kubeconfig",
            f"--hostname-override={node}", f"--node-ip={cluster.node_address(node)}"]},
    ]


def spec(cluster, node, switch):
    number = layout.number_of(node)
    return {"hostname": node, "cgroup": f"{cluster.cgroup}/{node}", "switch": switch,
            "binds": tools.binds() + seed.binds(cluster.machine_dir(node)),
            "path": tools.path(), "files": _files(cluster, node), "services": _services(cluster, node),
            "network": {"port": f"p-node{number}", "address": cluster.node_address(node),
                        "gateway": cluster.switch_address, "pods": [cluster.node_pods(node)]}}
