"""The wires: one switch (a network namespace with a bridge that also routes), one veth pair for each machine.

Everything hangs on the switch's namespace: when its process ends, bridge, links and routes are gone with it.
"""
import json
import subprocess
import time

from . import files


def inside(pid, script):
    """Runs ip commands, one a line, in the network namespace of a process."""
    batch(["nsenter", f"--net=/proc/{pid}/ns/net", "ip", "-batch", "-"], script)


def batch(command, script):
    done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=30)
    if done.returncode != 0:
        raise files.ClusterError(f"network set-up failed: {done.stderr.strip()} (of: {script.strip()!r})")


def hardware_address(address):
    """The same for a machine at every start: others remember the old one for half a minute."""
    return "02:57:" + ":".join(f"{int(part):02x}" for part in address.split("."))


def wire(network, pid, switch):
    """Connects the machine whose first process is pid. network: see specs.py; switch: pid of the switch,
    or None for the switch itself."""
    if switch is None:
        _wire_switch(network, pid)
        return
    port, address = network["port"], network["address"]
    _add_link(switch, f"link add name {port} type veth peer name eth0 netns {pid}\n")
    inside(switch, f"link set {port} master br0 up\n"
                   + "".join(f"route replace {pods} via {address}\n" for pods in network["pods"]))
    inside(pid, f"link set lo up\nlink set eth0 address {hardware_address(address)}\naddress add {address}/24 dev eth0\nlink set eth0 up\n"
                f"route add default via {network['gateway']}\n")
    _sysctl(pid, {"ipv4/ip_forward": 1, "ipv4/conf/all/rp_filter": 0, "ipv4/conf/default/rp_filter": 0,
                  "bridge/bridge-nf-call-iptables": 1, "bridge/bridge-nf-call-ip6tables": 1,
                  "ipv4/ping_group_range": "0 2147483647"})


def _add_link(switch, command):
    """The kernel takes apart a dead machine's namespace, and with it the old link of that name, in its own time."""
    deadline = time.monotonic() + 10
    while True:
        try:
            return inside(switch, command)
        except files.ClusterError as error:
            if "File exists" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _wire_switch(network, pid):
    """The host's end is made here too: it is a port of the bridge like the machines."""
    inside(pid, f"link set lo up\nlink add br0 address {hardware_address(network['address'])} type bridge\n"
                f"address add {network['address']}/24 dev br0\nlink set br0 up\n")
    _sysctl(pid, {"ipv4/ip_forward": 1, "ipv4/conf/all/send_redirects": 0,
                  "ipv4/conf/default/send_redirects": 0, "ipv4/conf/br0/send_redirects": 0,
                  "bridge/bridge-nf-call-iptables": 0})
    batch(["ip", "-batch", "-"],
          f"link add name {network['port']} address {hardware_address(network['host'])} type veth peer name host netns {pid}\n"
          f"address add {network['host']}/24 dev {network['port']}\nlink set {network['port']} up\n"
          f"route replace {network['all']} via {network['address']}\n")
    inside(pid, "link set host master br0 up\n")


def _sysctl(pid, values):
    """Writes what this kernel has (paths under /proc/sys/net); /proc/sys shows the network namespace of its reader."""
    script = "".join(f"[ ! -e /proc/sys/net/{path} ] || echo '{value}' > /proc/sys/net/{path}\n"
                     for path, value in values.items())
    files.run("nsenter", f"--net=/proc/{pid}/ns/net", "sh", "-c", script)


def host_links():
    return {link["ifname"] for link in json.loads(files.run("ip", "-json", "link", "show") or "[]")}
