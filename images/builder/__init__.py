"""Builds Windlass's container images from Debian packages, PyPI and our own binaries, without a container engine.

    digest   what an input is worth: stable hashes of data, files and trees
    cache    where results live, locks, atomic publication
    host     the programs of this machine that builds use, run with a log
    chroot   running programs inside an unpacked image
    tree     looking at an unpacked file tree: scan, compare, normalise
    layer    a layer recipe -> one deterministic compressed tar in the cache
    kinds/   one module a layer kind (debian bootstrap, apt, files, python venv, binaries, guests)
    recipe   image.yaml -> values
    oci      layers + configuration -> an OCI image layout in one tar
    build    which images are stale, in which order they are built
"""
