"""Layers and a configuration -> an OCI image layout in one tar, as `ctr -n k8s.io images import` reads it.

Source: https://github.com/opencontainers/image-spec (image-layout.md, manifest.md, config.md).
"""

import io
import json
import tarfile
import time

from . import digest

CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"


def config_blob(settings, layers, epoch):
    """The image configuration: `settings` is the `config` object of the OCI specification."""
    return _json({
        "created": _time(epoch),
        "architecture": "amd64",
        "os": "linux",
        "config": settings,
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer.diff_id}" for layer in layers]},
        "history": [{"created": _time(epoch), "created_by": "windlass images/build"} for _ in layers],
    })


def manifest_blob(config, layers):
    return _json({
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": _descriptor(CONFIG_TYPE, config),
        "layers": [layer.descriptor() for layer in layers],
    })


def index_blob(manifest, reference):
    """`reference` is the full image name; containerd takes it from the first annotation."""
    entry = _descriptor(MANIFEST_TYPE, manifest)
    entry["platform"] = {"architecture": "amd64", "os": "linux"}
    entry["annotations"] = {
        "io.containerd.image.name": reference,
        "org.opencontainers.image.ref.name": reference.rsplit(":", 1)[1],
    }
    return _json({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [entry]})


def write(target, reference, settings, layers, epoch):
    """Writes the image tar; returns the digests by which a cluster knows it."""
    config = config_blob(settings, layers, epoch)
    manifest = manifest_blob(config, layers)
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
        _add_bytes(tar, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}), epoch)
        _add_bytes(tar, "index.json", index_blob(manifest, reference), epoch)
        for blob in (manifest, config):
            _add_bytes(tar, f"blobs/sha256/{digest.of_bytes(blob)}", blob, epoch)
        for layer in {layer.digest: layer for layer in layers}.values():
            info = _info(f"blobs/sha256/{layer.digest}", layer.size, epoch)
            with open(layer.path, "rb") as stream:
                tar.addfile(info, stream)
    return {"manifest": f"sha256:{digest.of_bytes(manifest)}", "config": f"sha256:{digest.of_bytes(config)}"}


def _json(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _time(epoch):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))


def _descriptor(media_type, blob):
    return {"mediaType": media_type, "digest": f"sha256:{digest.of_bytes(blob)}", "size": len(blob)}


def _info(name, size, epoch):
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o644
    info.mtime = epoch
    return info


def _add_bytes(tar, name, data, epoch):
    tar.addfile(_info(name, len(data), epoch), io.BytesIO(data))
