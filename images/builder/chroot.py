"""Running programs inside an unpacked image.

Each call has mount and pid namespaces of its own: when the build ends in any way, also by SIGKILL, no process and no mount is left.
"""

import os
from pathlib import Path

from . import host

# fd 3 and above are closed by Python; $ROOT is the image, BINDS lines of "source<TAB>target"
_ENTER = r"""
set -e
mount -t proc proc "$ROOT/proc"
mount -t tmpfs -o mode=0755 tmpfs "$ROOT/dev"
for node in null zero full random urandom tty; do
    : > "$ROOT/dev/$node"
    mount --bind "/dev/$node" "$ROOT/dev/$node"
done
ln -s /proc/self/fd "$ROOT/dev/fd"
mkdir -m 1777 "$ROOT/dev/shm"
printf '%s\n' "$BINDS" | while IFS="$(printf '\t')" read -r source target; do
    [ -n "$source" ] || continue
    target="$ROOT$target"
    mkdir -p "$(dirname "$target")"
    if [ -d "$source" ]; then mkdir -p "$target"; elif [ ! -e "$target" ]; then rm -f "$target"; : > "$target"; fi
    mount --bind "$source" "$target"
done
exec chroot "$ROOT" "$@"
"""

_PASSED_ON = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
              "PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")


def run(root, command, log, what, epoch, env=None, binds=()):
    """Runs `command` in `root` as root, with the network and name resolution of this machine."""
    lines = [f"{source}\t{target}" for source, target in binds]
    lines.append("/etc/resolv.conf\t/etc/resolv.conf")
    inside = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LC_ALL": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
        # also makes Python write byte code that is checked by content, so clamped file times do not invalidate it
        "SOURCE_DATE_EPOCH": str(epoch),
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        **(env or {}),
    }
    assignments = [f"{name}={value}" for name, value in inside.items()]
    host.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private",
              "sh", "-c", _ENTER, "enter", "/usr/bin/env", "-i", *assignments, *command],
             log, what, env={"ROOT": str(root), "BINDS": "\n".join(lines)})


def mirror_options(root):
    """Gives apt inside `root` this machine's mirror settings; returns the file to remove before the image is packed."""
    path = Path(root, "etc/apt/apt.conf.d/99build-host")
    path.write_text("\n".join(host.apt_options() + ['Acquire::Languages "none";']) + "\n")
    return path
