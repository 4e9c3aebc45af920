"""The machine that runs etcd, API server, controller manager and scheduler: its files and services."""
from . import pki, tools

PKI = "/etc/kubernetes/pki"
CERTIFICATES = ["ca", "etcd-ca", "front-proxy-ca", "apiserver", "apiserver-kubelet-client", "etcd",
                "apiserver-etcd-client", "front-proxy-client"]
# A lost node is noticed after 20 s and its pods move 30 s later (upstream: 50 s and 300 s), so that tests of it are short.
NODE_GRACE, POD_TOLERATION = "20s", "30"


def _files(cluster):
    found = {"/etc/hostname": "control-plane\n", "/etc/resolv.conf": "",
             "/etc/hosts": f"127.0.0.1 localhost\n{cluster.api_address} control-plane\n"}
    for name in CERTIFICATES:
        found[f"{PKI}/{name}.crt"] = pki.text(cluster, f"{name}.crt")
        found[f"{PKI}/{name}.key"] = pki.text(cluster, f"{name}.key")
    for name in ("service-account.key", "service-account.pub"):
        found[f"{PKI}/{name}"] = pki.text(cluster, name)
    for name in ("controller-manager", "scheduler"):
        found[f"/etc/kubernetes/{name}.kubeconfig"] = pki.kubeconfig(cluster, name, f"system:kube-{name}")
    return found


def _flags(program, values):
    return [program] + [f"--{name}={value}" for name, value in values.items()]


def _etcd():
    return {"name": "etcd", "argv": _flags("etcd", {
        "name": "control-plane", "data-dir": "/var/lib/etcd", "unsafe-no-fsync": "true",
        "listen-client-urls": "https://127.0.0.1:2379", "advertise-client-urls": "https://127.0.0.1:2379",
        "listen-peer-urls": "http://127.0.0.1:2380", "initial-advertise-peer-urls": "http://127.0.0.1:2380",
        "initial-cluster": "control-plane=http://127.0.0.1:2380", "client-cert-auth": "true",
        "trusted-ca-file": f"{PKI}/etcd-ca.crt", "cert-file": f"{PKI}/etcd.crt", "key-file": f"{PKI}/etcd.key",
        "snapshot-count": "10000", "auto-compaction-retention": "10m", "log-level": "warn"})}


def _apiserver(cluster):
    return {"name": "kube-apiserver", "after": {"tcp": "127.0.0.1:2379"}, "argv": _flags("kube-apiserver", {
        "advertise-address": cluster.api_address, "secure-port": "6443", "allow-privileged": "true",
        "etcd-servers": "https://127.0.0.1:2379", "etcd-cafile": f"{PKI}/etcd-ca.crt",
        "etcd-certfile": f"{PKI}/apiserver-etcd-client.crt", "etcd-keyfile": f"{PKI}/apiserver-etcd-client.key",
        "tls-cert-file": f"{PKI}/apiserver.crt", "tls-private-key-file": f"{PKI}/apiserver.key",
        "client-ca-file": f"{PKI}/ca.crt", "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",  # PodSecurity and the admission policies are on by default
        "service-cluster-ip-range": cluster.service_network,
        "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
        "service-account-key-file": f"{PKI}/service-account.pub",
        "service-account-signing-key-file": f"{PKI}/service-account.key",
        "kubelet-certificate-authority": f"{PKI}/ca.crt", "kubelet-preferred-address-types": "InternalIP",
        "kubelet-client-certificate": f"{PKI}/apiserver-kubelet-client.crt",
        "kubelet-client-key": f"{PKI}/apiserver-kubelet-client.key",
        "requestheader-client-ca-file": f"{PKI}/front-proxy-ca.crt",
        "requestheader-allowed-names": "front-proxy-client", "requestheader-username-headers": "X-Remote-User",
        "requestheader-group-headers": "X-Remote-Group", "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "proxy-client-cert-file": f"{PKI}/front-proxy-client.crt",
        "proxy-client-key-file": f"{PKI}/front-proxy-client.key",
        # Webhooks and aggregated APIs are called at their pods' addresses: no kube-proxy runs beside the API server.
        "enable-aggregator-routing": "true",
        "default-not-ready-toleration-seconds": POD_TOLERATION,
        "default-unreachable-toleration-seconds": POD_TOLERATION, "profiling": "false"})}


def _controller_manager(cluster):
    config = "/etc/kubernetes/controller-manager.kubeconfig"
    return {"name": "kube-controller-manager", "after": {"https": "127.0.0.1:6443/readyz"},
            "argv": _flags("kube-controller-manager", {
                "kubeconfig": config, "authentication-kubeconfig": config, "authorization-kubeconfig": config,
                "leader-elect": "false", "use-service-account-credentials": "true",
                "root-ca-file": f"{PKI}/ca.crt", "service-account-private-key-file": f"{PKI}/service-account.key",
                "cluster-signing-cert-file": f"{PKI}/ca.crt", "cluster-signing-key-file": f"{PKI}/ca.key",
                "cluster-cidr": cluster.pod_network, "allocate-node-cidrs": "false",
                "node-monitor-period": "2s", "node-monitor-grace-period": NODE_GRACE, "profiling": "false"})}


def _scheduler():
    config = "/etc/kubernetes/scheduler.kubeconfig"
    return {"name": "kube-scheduler", "after": {"https": "127.0.0.1:6443/readyz"}, "argv": _flags("kube-scheduler", {
        "kubeconfig": config, "authentication-kubeconfig": config, "authorization-kubeconfig": config,
        "leader-elect": "false", "profiling": "false"})}


def spec(cluster, switch):
    return {"hostname": "control-plane", "cgroup": f"{cluster.cgroup}/control-plane", "switch": switch,
            "binds": tools.binds(), "path": tools.path(), "files": _files(cluster),
            "services": [_etcd(), _apiserver(cluster), _controller_manager(cluster), _scheduler()],
            "network": {"port": "p-control", "address": cluster.api_address, "gateway": cluster.switch_address,
                        "pods": []}}


def switch_spec(cluster):
    """The switch is a machine without services: it owns the bridge and forwards between the others."""
    return {"hostname": "switch", "cgroup": f"{cluster.cgroup}/switch", "switch": None, "binds": [],
            "path": tools.path(), "files": {"/etc/hostname": "switch\n"}, "services": [],
            "network": {"port": cluster.host_link, "address": cluster.switch_address, "host": cluster.host_address,
                        "all": cluster.network}}
