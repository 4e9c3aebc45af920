"""Keys and certificates of a cluster, made with openssl. Each is made once and then kept; all live under <cluster>/pki."""
import base64
import json
import pathlib
import tempfile

from . import files

DAYS = "3650"
KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def _make(pki, name, subject, extensions, issuer=None):
    """Writes name.crt and name.key unless they exist. The certificate comes last: its presence says both are complete."""
    if (pki / f"{name}.crt").exists():
        return
    pki.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=pki) as scratch:
        key, certificate = pathlib.Path(scratch) / "key", pathlib.Path(scratch) / "crt"
        signer = ["-CA", pki / f"{issuer}.crt", "-CAkey", pki / f"{issuer}.key"] if issuer else []
        added = [word for extension in extensions for word in ("-addext", extension)]
        files.run("openssl", "req", "-x509", *KEY, "-subj", subject, "-days", DAYS, "-keyout", key, "-out", certificate,
                  "-config", _config(scratch), *signer, *added)
        key.rename(pki / f"{name}.key")
        certificate.rename(pki / f"{name}.crt")


def _config(scratch):
    """An own configuration: the system's adds extensions that would appear twice."""
    path = pathlib.Path(scratch) / "openssl.cnf"
    path.write_text("[req]\ndistinguished_name = dn\n[dn]\n")
    return path


def authority(pki, name):
    _make(pki, name, f"/CN={name}", ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign",
                                     "subjectKeyIdentifier=hash"])


def server(pki, name, common_name, alternatives, issuer="ca", organization=None, also_client=False):
    usage = "serverAuth,clientAuth" if also_client else "serverAuth"
    subject = (f"/O={organization}" if organization else "") + f"/CN={common_name}"
    _make(pki, name, subject, ["basicConstraints=critical,CA:FALSE", f"extendedKeyUsage={usage}",
                               f"subjectAltName={','.join(alternatives)}"], issuer)


def client(pki, name, common_name, organization=None, issuer="ca"):
    subject = (f"/O={organization}" if organization else "") + f"/CN={common_name}"
    _make(pki, name, subject, ["basicConstraints=critical,CA:FALSE", "extendedKeyUsage=clientAuth"], issuer)


def signing_key(pki, name):
    """Key pair for service account tokens: name.key and name.pub."""
    if (pki / f"{name}.pub").exists():
        return
    private = files.run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    files.write(pki / f"{name}.key", private, 0o600)
    files.write(pki / f"{name}.pub", files.run("openssl", "pkey", "-in", pki / f"{name}.key", "-pubout"))


def ensure_cluster(cluster):
    """Everything that does not belong to one node."""
    pki = cluster.pki
    for name in ("ca", "etcd-ca", "front-proxy-ca"):
        authority(pki, name)
    names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
             "localhost"]
    addresses = [cluster.api_service, cluster.api_address, "127.0.0.1"]
    server(pki, "apiserver", "kube-apiserver", [f"DNS:{n}" for n in names] + [f"IP:{a}" for a in addresses])
    client(pki, "apiserver-kubelet-client", "kube-apiserver-kubelet-client", "system:masters")
    server(pki, "etcd", "etcd", ["IP:127.0.0.1", "DNS:localhost"], "etcd-ca", also_client=True)
    client(pki, "apiserver-etcd-client", "kube-apiserver", issuer="etcd-ca")
    client(pki, "front-proxy-client", "front-proxy-client", issuer="front-proxy-ca")
    client(pki, "controller-manager", "system:kube-controller-manager")
    client(pki, "scheduler", "system:kube-scheduler")
    client(pki, "kube-proxy", "system:kube-proxy")
    client(pki, "admin", "windlass-admin", "system:masters")
    signing_key(pki, "service-account")


def ensure_node(cluster, node):
    client(cluster.pki, f"{node}-kubelet", f"system:node:{node}", "system:nodes")
    server(cluster.pki, f"{node}-serving", f"system:node:{node}", [f"DNS:{node}", f"IP:{cluster.node_address(node)}"],
           organization="system:nodes")


def text(cluster, name):
    return (cluster.pki / name).read_text()


def kubeconfig(cluster, name, user, namespace="default"):
    """A kubeconfig with the credentials inside. kubectl reads JSON as the YAML it is."""
    def encoded(path):
        return base64.b64encode((cluster.pki / path).read_bytes()).decode()
    return json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": cluster.name,
        "clusters": [{"name": cluster.name, "cluster": {
            "server": cluster.api_url, "certificate-authority-data": encoded("ca.crt")}}],
        "users": [{"name": user, "user": {"client-certificate-data": encoded(f"{name}.crt"),
                                          "client-key-data": encoded(f"{name}.key")}}],
        "contexts": [{"name": cluster.name, "context": {
            "cluster": cluster.name, "user": user, "namespace": namespace}}]}, indent=2) + "\n"
