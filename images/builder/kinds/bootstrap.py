"""A minimal Debian: the layer that all Debian images share. Keeps the package database, so apt layers can go on top."""

from .. import host, tree

# Licences stay; documentation and translations do not
DPKG_OPTIONS = ("path-exclude=/usr/share/doc/*", "path-include=/usr/share/doc/*/copyright", "path-exclude=/usr/share/man/*",
                "path-exclude=/usr/share/info/*", "path-exclude=/usr/share/locale/*", "path-exclude=/usr/share/lintian/*",
                "force-unsafe-io")


def inputs(spec, place):
    return {"spec": spec, "debian": place.debian}


def build(spec, place, parent, work, log):
    host.need("mmdebstrap")
    root = work / "root"
    debian = place.debian
    options = [f"--dpkgopt={option}" for option in DPKG_OPTIONS]
    options += [f"--aptopt={option}" for option in ('Apt::Install-Recommends "false"', *host.apt_options())]
    include = spec.get("packages", [])
    if include:
        options.append("--include=" + ",".join(include))
    host.run(["mmdebstrap", "--mode=root", "--format=directory", f"--variant={spec.get('variant', 'apt')}", *options,
              debian["suite"], str(root), *debian["sources"]],
             log, "bootstrapping Debian", env={"SOURCE_DATE_EPOCH": str(debian["epoch"])})
    # mmdebstrap keeps its apt options in the image; the mirror settings of this machine have no place there
    (root / "etc/apt/apt.conf.d/99mmdebstrap").write_text('Apt::Install-Recommends "false";\n')
    tree.normalise(root)
    return tree.Tree(root)
