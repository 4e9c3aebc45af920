"""Installs what Windlass needs on Debian 12: the packages of tools/debian-packages and a Go toolchain.

Says nothing and changes nothing when all of it is there. Packages are installed without their recommendations, and none of
them starts a service on this machine, now or at its next boot: tests start what they need themselves.
"""
import contextlib
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import go_toolchain  # noqa: E402

POLICY = pathlib.Path("/usr/sbin/policy-rc.d")
SERVICES = {"haproxy": "haproxy.service"}  # packages that bring a service which would run from the next boot on


def wanted_packages():
    lines = (HERE / "debian-packages").read_text().splitlines()
    return [name for line in lines if not line.startswith("#") for name in line.split()]


def missing_packages(names):
    listing = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package}\n", *names],
                             capture_output=True, text=True).stdout
    installed = {line.split()[1] for line in listing.splitlines() if line.startswith("ii")}
    return [name for name in names if name not in installed]


def apt(*words):
    root = [] if os.geteuid() == 0 else ["sudo"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # Another apt (unattended upgrades on a fresh machine) may hold the lock for a while.
    done = subprocess.run([*root, "apt-get", "-y", "-q", "-o", "DPkg::Lock::Timeout=300", *words], env=environment,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"install-deps: 'apt-get {words[0]}' failed with {done.returncode}; its messages are above. "
                 "Check the package sources and the network, then call this again")


@contextlib.contextmanager
def services_stay_off():
    """While packages are installed: /usr/sbin/policy-rc.d says no to every start (invoke-rc.d(8)). A policy of the machine's
    own is left as it is."""
    ours = not POLICY.exists() and os.geteuid() == 0
    if ours:
        POLICY.write_text("#!/bin/sh\n# Made by Windlass' tools/install-deps, which removes it when the packages are installed.\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            POLICY.unlink()


def install(names):
    missing = missing_packages(names)
    if missing:
        print(f"install-deps: installing {' '.join(missing)}", flush=True)
        apt("update")
        with services_stay_off():
            apt("install", "--no-install-recommends", *missing)
        for unit in (SERVICES[name] for name in missing if name in SERVICES):
            if os.geteuid() == 0 and pathlib.Path("/run/systemd/system").exists():
                subprocess.run(["systemctl", "--quiet", "disable", unit], check=False)


def main():
    if not pathlib.Path("/usr/bin/dpkg-query").exists():
        sys.exit("install-deps: this is not a Debian system; install the equivalents of tools/debian-packages yourself")
    # Names on the command line are packages that one command alone needs (make bench).
    install(wanted_packages() + sys.argv[1:])
    if not go_toolchain.usable(go_toolchain.cache_root()):
        if not go_toolchain.any_go():
            install(["golang-go"])
        go_toolchain.find_or_fetch(go_toolchain.cache_root())


if __name__ == "__main__":
    try:
        main()
    except go_toolchain.NoToolchain as error:
        sys.exit(f"install-deps: {error}")
