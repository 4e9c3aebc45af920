"""The command line: one function a command."""
import argparse
import os
import pathlib
import subprocess
import sys

from . import cgroups, files, images, layout, lifecycle, machines, seed, tools


def _existing(name):
    cluster = layout.find(name)
    if not cluster:
        raise files.ClusterError(f"there is no cluster '{name}'; 'cluster --name {name} up' makes one")
    return cluster


def _known(cluster, machine):
    if machine not in cluster.machines():
        raise files.ClusterError(f"cluster {cluster.name} has no machine '{machine}'; it has "
                                 f"{', '.join(cluster.machines()) or 'none'}")
    return machine


def up(options):
    with lifecycle.lock(options.name):
        cluster = layout.find_or_create(options.name)
        wished = {f"node{k}" for k in range(1, options.nodes + 1)} | set(cluster.nodes())
        nodes = sorted(wished, key=layout.number_of)
        lifecycle.bring_up(cluster, nodes)
    print(f"export KUBECONFIG={cluster.kubeconfig}")


def down(options):
    layout.check_name(options.name)
    if not layout.state_root().exists():
        return files.progress(f"{options.name}: there is no such cluster, nothing to do")
    with lifecycle.lock(options.name):
        existed = lifecycle.take_down(options.name)
        lifecycle.forget_state_root(options.name)
    files.progress(f"{options.name}: removed" if existed else f"{options.name}: there is no such cluster, nothing to do")


def node_add(options):
    with lifecycle.lock(options.name):
        cluster = _existing(options.name)
        free = (f"node{k}" for k in range(1, layout.NODES + 1) if f"node{k}" not in cluster.nodes())
        new = options.machine or next(free)
        layout.number_of(new)
        lifecycle.bring_up(cluster, sorted({*cluster.nodes(), new}, key=layout.number_of))


def node_kill(options):
    cluster = _existing(options.name)
    machines.kill(cluster, _known(cluster, options.machine))
    files.progress(f"{options.machine}: power lost; 'cluster node start {options.machine}' turns it on again")


def node_stop(options):
    cluster = _existing(options.name)
    machines.stop(cluster, _known(cluster, options.machine))
    files.progress(f"{options.machine}: shut down")


def node_start(options):
    with lifecycle.lock(options.name):
        cluster = _existing(options.name)
        _known(cluster, options.machine)
        running = [n for n in cluster.nodes() if machines.pid_of(cluster, n)]
        wished = {*running, *([options.machine] if options.machine.startswith("node") else [])}
        lifecycle.bring_up(cluster, sorted(wished, key=layout.number_of))


def node_remove(options):
    with lifecycle.lock(options.name):
        cluster = _existing(options.name)
        layout.number_of(_known(cluster, options.machine))
        lifecycle.kubectl(cluster, "delete", "node", options.machine, "--ignore-not-found")
        machines.remove(cluster, options.machine)
    files.progress(f"{options.machine}: removed with its disk")


def node_restart_service(options):
    cluster = _existing(options.name)
    state = machines.services(cluster, _known(cluster, options.machine))
    if options.service not in state or not state[options.service]["pid"]:
        raise files.ClusterError(f"{options.machine} runs no service '{options.service}'; it has {', '.join(state)}")
    words = ["kill", f"-{options.signal}", state[options.service]["pid"]]
    files.run(*machines.inside(cluster, options.machine, words))
    files.progress(f"{options.service} on {options.machine}: sent SIG{options.signal}, its supervisor starts it again")


def status(options):
    cluster = _existing(options.name)
    print(f"cluster {cluster.name}  index {cluster.index}  {cluster.api_url}  {cluster.dir}")
    for machine in cluster.machines():
        pid = machines.pid_of(cluster, machine)
        print(f"  {machine:14} {'pid ' + str(pid) if pid else 'off'}")
        for name, state in machines.services(cluster, machine).items():
            running = f"pid {state['pid']}" if state["pid"] else "not running"
            print(f"    {name:26} {running:14} started {state['starts']}x")
    if machines.pid_of(cluster, "control-plane"):
        print(lifecycle.kubectl(cluster, "get", "nodes", "-o", "wide", check=False).rstrip())


def kubectl(options):
    cluster = _existing(options.name)
    program = tools.binary("kubernetes", "kubectl")
    os.execv(program, ["kubectl", "--kubeconfig", str(cluster.kubeconfig), *options.words])


def load(options):
    cluster = _existing(options.name)
    nodes = [n for n in cluster.nodes() if machines.pid_of(cluster, n)]
    for reference, machine in images.load(cluster, options.archives, nodes):
        files.progress(f"{machine}: loaded {reference}")
    seed.keep({path: images.contents(path) for path in map(pathlib.Path, options.archives)})


def logs(options):
    cluster = _existing(options.name)
    folder = cluster.machine_dir(_known(cluster, options.machine)) / "root/var/log/services"
    chosen = [folder / f"{options.service}.log"] if options.service else sorted(folder.glob("*.log"))
    if options.service and not chosen[0].exists():
        have = ", ".join(p.stem for p in sorted(folder.glob("*.log")))
        raise files.ClusterError(f"{options.machine} has no log of '{options.service}'; it has {have}")
    words = ["tail", "-n", str(options.lines), *(["-F"] if options.follow else []), *map(str, chosen)]
    os.execvp("tail", words)


def execute(options):
    cluster = _existing(options.name)
    words = machines.inside(cluster, _known(cluster, options.machine), options.words or ["bash"])
    group = f"{cluster.cgroup}/{options.machine}"
    sys.exit(subprocess.run(words, preexec_fn=lambda: cgroups.join(group)).returncode)


def env(options):
    cluster = _existing(options.name)
    print(f"export KUBECONFIG={cluster.kubeconfig}")
    print(f"export PATH={tools.link_user_tools(cluster.dir / 'bin')}:$PATH")


def listing(options):
    for path in sorted(layout.state_root().glob("*/cluster.json")):
        cluster = layout.find(path.parent.name)
        on = sum(1 for m in cluster.machines() if machines.pid_of(cluster, m))
        print(f"{cluster.name:20} index {cluster.index:<3} {on} of {len(cluster.machines())} machines run")


def parser():
    top = argparse.ArgumentParser(prog="cluster", description="A real Kubernetes of several nodes on this machine. "
                                  "docs/test-cluster.md explains it.")
    top.add_argument("--name", default=os.environ.get("WINDLASS_CLUSTER", "windlass"),
                     help="which cluster; several live side by side (default: $WINDLASS_CLUSTER or windlass)")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def add(where, name, call, text, machine=None):
        new = where.add_parser(name, help=text, description=text)
        new.set_defaults(call=call)
        if machine:
            new.add_argument("machine", metavar="NAME", nargs=machine)
        return new
    add(commands, "up", up, "make the cluster or bring all of it back; changes nothing when it is up").add_argument(
        "--nodes", type=int, default=2, metavar="N", help="at least so many nodes (default 2)")
    add(commands, "down", down, "remove the cluster and every trace of it")
    add(commands, "status", status, "machines, services and nodes")
    add(commands, "list", listing, "all clusters on this machine")
    add(commands, "env", env, "print export lines for KUBECONFIG and PATH")
    add(commands, "kubectl", kubectl, "run kubectl; everything after it is for kubectl").set_defaults(words=[])
    add(commands, "load", load, "bring image archives (OCI) into every running node").add_argument(
        "archives", nargs="+", metavar="IMAGE.tar")
    one = add(commands, "logs", logs, "show the logs of a machine's services", machine=1)
    one.add_argument("service", nargs="?")
    one.add_argument("-f", "--follow", action="store_true")
    one.add_argument("-n", "--lines", type=int, default=50)
    add(commands, "exec", execute, "run a command inside a machine (default: a shell)", machine=1).set_defaults(words=[])
    nodes = commands.add_parser("node", help="add, kill, stop, start, remove a node").add_subparsers(
        required=True, metavar="ACTION")
    add(nodes, "add", node_add, "add a node and wait until it is Ready", machine="?")
    add(nodes, "kill", node_kill, "power loss: every process of the machine ends at once", machine=1)
    add(nodes, "stop", node_stop, "orderly shutdown", machine=1)
    add(nodes, "start", node_start, "turn on a machine that was killed or stopped; it has its disks", machine=1)
    add(nodes, "remove", node_remove, "remove a node and its disk", machine=1)
    restart = add(nodes, "restart", node_restart_service, "end a service of a machine; its supervisor starts it again",
                  machine=1)
    restart.add_argument("service", help="kubelet, containerd, kube-proxy, libvirtd, virtlogd, kube-apiserver, …")
    restart.add_argument("--signal", default="TERM", choices=["TERM", "KILL", "HUP"])
    return top


def split(words):
    """Own words and the words of another program: everything behind 'kubectl' and behind 'exec MACHINE' is not ours."""
    position = 0
    while position < len(words) and words[position].startswith("--name"):
        position += 1 if "=" in words[position] else 2
    own = {"kubectl": 1, "exec": 2}.get(words[position] if position < len(words) else "")
    if own is None or set(words[position + 1:position + own]) & {"-h", "--help"}:
        return words, []
    return words[:position + own], words[position + own:]


def main():
    own, foreign = split(sys.argv[1:])
    options = parser().parse_args(own)
    if foreign:
        options.words = foreign
    if isinstance(getattr(options, "machine", None), list):
        options.machine = options.machine[0]
    layout.check_name(options.name)
    if os.geteuid() != 0:
        raise files.ClusterError("the cluster tool makes namespaces and control groups: run it as root")
    options.call(options)
