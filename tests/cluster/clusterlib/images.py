"""Container images: loading archives into the nodes, and those that the cluster itself needs."""
import concurrent.futures
import hashlib
import io
import json
import os
import pathlib
import subprocess
import tarfile
import tempfile

from . import files, machines, node, tools

COREDNS = "windlass.dev/coredns:1.12.4"
LOCAL_PATH = "windlass.dev/local-path-provisioner:0.0.30"


def _add(archive, name, content, mode=0o644):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))


def _layer(programs, links):
    """programs: path -> file on this machine; links: path -> target. The same input gives the same bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        folders = sorted({str(p) for path in [*programs, *links] for p in pathlib.PurePath(path).parents} - {"."})
        for folder in folders:
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
        for path, source in programs.items():
            _add(archive, path, pathlib.Path(source).read_bytes(), 0o755)
        for path, target in links.items():
            entry = tarfile.TarInfo(path)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    return buffer.getvalue()


def _archive(path, reference, programs, entrypoint, links, user):
    """Writes an OCI image archive of one layer."""
    def digest(content):
        return "sha256:" + hashlib.sha256(content).hexdigest()

    def described(kind, content, **more):
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": digest(content), "size": len(content), **more}
    layer = _layer(programs, links)
    machine = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
    config = json.dumps({"architecture": machine, "os": "linux", "config": {
        "Entrypoint": entrypoint, "User": user, "Env": ["PATH=/bin"]},
        "rootfs": {"type": "layers", "diff_ids": [digest(layer)]}}).encode()
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                           "config": described("config.v1+json", config),
                           "layers": [described("layer.v1.tar", layer)]}).encode()
    index = json.dumps({"schemaVersion": 2, "manifests": [described("manifest.v1+json", manifest, annotations={
        "io.containerd.image.name": reference, "org.opencontainers.image.ref.name": reference.rpartition(":")[2]})]})
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as scratch:
        with tarfile.open(fileobj=scratch, mode="w") as archive:
            _add(archive, "oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
            _add(archive, "index.json", index.encode())
            for content in (layer, config, manifest):
                _add(archive, "blobs/sha256/" + digest(content).removeprefix("sha256:"), content)
    os.rename(scratch.name, path)


def _make_local_path(path):
    """The provisioner, and busybox for the pods that it starts to make and remove the folders."""
    busybox = pathlib.Path("/bin/busybox")
    if not busybox.exists():
        raise files.ClusterError("/bin/busybox is missing; run tools/install-deps (package busybox-static)")
    programs = {"bin/local-path-provisioner": tools.binary("local-path-provisioner", "local-path-provisioner"),
                "bin/busybox": busybox}
    links = {f"bin/{name}": "busybox" for name in ("sh", "mkdir", "rm", "chmod")}
    _archive(path, LOCAL_PATH, programs, ["/bin/local-path-provisioner"], links, "0:0")


def system_archives():
    """The archives of the images without which a cluster is not ready: built on first use, kept in the cache."""
    builder = tools.REPOSITORY / "images/build"
    names = ["pause", "coredns"]
    files.run(builder, "--quiet", *names, timeout=600)
    made = [pathlib.Path(line) for line in files.run(builder, "--print-paths", *names).split()]
    inputs = pathlib.Path(__file__).read_text() + str(tools.binary("local-path-provisioner", ""))
    key = hashlib.sha256(inputs.encode()).hexdigest()[:16]
    local_path = tools.cache() / "cluster-images" / f"local-path-{key}.tar"
    if not local_path.exists():
        local_path.parent.mkdir(parents=True, exist_ok=True)
        _make_local_path(local_path)
    return [*made, local_path]


def contents(path):
    """reference -> digest of what an OCI archive or an OCI layout folder holds; empty when it does not say."""
    path = pathlib.Path(path)
    try:
        if path.is_dir():
            index = json.loads((path / "index.json").read_text())
        else:
            with tarfile.open(path) as archive:
                index = json.load(archive.extractfile("index.json"))
    except (OSError, KeyError, ValueError, tarfile.TarError) as error:
        raise files.ClusterError(f"{path} is not an OCI image archive or layout folder: {error}") from error
    found = {}
    for entry in index.get("manifests", []):
        notes = entry.get("annotations", {})
        reference = notes.get("io.containerd.image.name") or notes.get("org.opencontainers.image.ref.name", "")
        if ":" in reference:
            found[reference] = entry["digest"]
    return found


def present(cluster, machine):
    """reference -> digest of what a node's containerd has."""
    listing = files.run(*machines.inside(cluster, machine, ["ctr", "-n", "k8s.io", "images", "ls"]))
    rows = [line.split() for line in listing.splitlines()[1:]]
    return {row[0]: row[2] for row in rows if len(row) > 2}


def _import(cluster, machine, path, wanted):
    have = present(cluster, machine)
    if wanted and all(have.get(reference) == digest for reference, digest in wanted.items()):
        return False
    command = machines.inside(cluster, machine, ["ctr", "-n", "k8s.io", "images", "import", "--digests=false", "-"])
    if path.is_dir():
        source = subprocess.Popen(["tar", "-C", path, "-cf", "-", "."], stdout=subprocess.PIPE)
        stream = source.stdout
    else:
        stream = open(path, "rb")
    with stream:
        done = subprocess.run(command, stdin=stream, capture_output=True, text=True)
    if done.returncode != 0:
        raise files.ClusterError(f"{machine}: import of {path} failed: {(done.stderr or done.stdout).strip()[-400:]}")
    return True


def load(cluster, paths, nodes):
    """Brings images into every given node; what a node has by the same digest is skipped. Returns what was imported."""
    imported = []
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
        for path in map(pathlib.Path, paths):
            wanted = contents(path)
            done = list(pool.map(lambda m, p=path, w=wanted: (m, _import(cluster, m, p, w)), nodes))
            imported += [(", ".join(wanted) or str(path), machine) for machine, was in done if was]
    return imported
