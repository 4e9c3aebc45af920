#!/usr/bin/python3 -B
"""Figures of one virtual machine on a running cluster (KUBECONFIG): seconds to Running, Ready and the first answer through its
Service, API writes until then and in a minute of rest. Prints one line a figure.

    tests/bench/vm_figures.py [--repeat 3]
"""
import argparse
import json
import re
import subprocess
import threading
import time

NS = "vm-figures"
WRITES = {"POST", "PUT", "PATCH", "APPLY", "DELETE"}


def kubectl(*arguments, stdin=None, check=True):
    result = subprocess.run(["kubectl", *arguments], input=stdin, capture_output=True, text=True)
    if check and result.returncode != 0:
        raise SystemExit(f"vm_figures: kubectl {' '.join(arguments)}: {result.stderr.strip()}")
    return result.stdout


def objects():
    labels = {"app": "figure"}
    machine = {"apiVersion": "windlass.dev/v1alpha1", "kind": "VirtualMachine", "metadata": {"name": "figure", "namespace": NS, "labels": labels},
               "spec": {"memory": "128Mi", "image": {"reference": "windlass.dev/guest-tiny:1"}, "terminationGracePeriodSeconds": 20,
                        "readinessProbe": {"http": {"port": 80}, "periodSeconds": 1}}}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "figure", "namespace": NS}, "spec": {"selector": labels, "ports": [{"port": 80}]}}
    client = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "client", "namespace": NS},
              "spec": {"terminationGracePeriodSeconds": 1, "containers": [{"name": "shell", "image": "windlass.dev/tools:1", "command": ["sleep", "infinity"]}]}}
    return machine, service, client


def writes_so_far():
    """Writes of VirtualMachines, pods and new Leases the API server has done; heartbeats and the nodes' own pod status are not ours."""
    counted = {}
    for line in kubectl("get", "--raw", "/metrics").splitlines():
        if not line.startswith("apiserver_request_total{"):
            continue
        labels = dict(re.findall(r'(\w+)="([^"]*)"', line))
        resource, sub, verb = labels.get("resource"), labels.get("subresource"), labels.get("verb")
        ours = (resource == "virtualmachines" and sub == "status") or (resource == "pods" and sub == "") or (resource == "leases" and verb == "POST")
        if ours and verb in WRITES and labels.get("code", "").startswith("2"):
            key = f"{verb} {resource}{'/' + sub if sub else ''}"
            counted[key] = counted.get(key, 0) + float(line.rsplit(" ", 1)[1])
    return counted


def difference(before, after):
    return {key: int(value - before.get(key, 0)) for key, value in after.items() if value > before.get(key, 0)}


def watch_phases(times, begin, stop):
    process = subprocess.Popen(["kubectl", "get", "vm", "figure", "-n", NS, "-w", "-o", "json"], stdout=subprocess.PIPE, text=True)
    decoder, text = json.JSONDecoder(), ""
    stop.append(process.terminate)
    for line in process.stdout:
        text += line
        try:
            vm, _ = decoder.raw_decode(text)
        except ValueError:
            continue
        text = ""
        now = time.monotonic() - begin
        status = vm.get("status", {})
        if status.get("phase") == "Running":
            times.setdefault("Running", now)
        if any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions", [])):
            times.setdefault("Ready", now)


def once(machine):
    times, stop = {}, []
    before, begin = writes_so_far(), time.monotonic()
    kubectl("apply", "-f", "-", stdin=json.dumps(machine))
    watcher = threading.Thread(target=watch_phases, args=(times, begin, stop))
    watcher.start()
    kubectl("exec", "-n", NS, "client", "--", "sh", "-c", "until curl -s -m 1 http://figure/ >/dev/null; do sleep 0.1; done")
    times["answer"] = time.monotonic() - begin
    while "Ready" not in times and time.monotonic() - begin < 300:
        time.sleep(0.1)
    writes = difference(before, writes_so_far())
    stop[0]()
    watcher.join()
    return times, writes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3)
    repeat = parser.parse_args().repeat
    machine, service, client = objects()
    kubectl("create", "ns", NS, check=False)
    try:
        kubectl("apply", "-f", "-", stdin=json.dumps(service) + "\n---\n" + json.dumps(client))
        kubectl("wait", "-n", NS, "pod/client", "--for=condition=Ready", "--timeout=120s")
        for turn in range(repeat):
            times, writes = once(machine)
            print("create to " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in sorted(times.items(), key=lambda item: item[1])), flush=True)
            print(f"API writes to Ready: {sum(writes.values())}  {writes}", flush=True)
            if turn == repeat - 1:
                before = writes_so_far()
                time.sleep(60)
                print(f"API writes in 60 s of rest: {sum(difference(before, writes_so_far()).values())}", flush=True)
            begin = time.monotonic()
            kubectl("delete", "vm", "figure", "-n", NS, "--cascade=foreground")
            print(f"delete to gone {time.monotonic() - begin:.1f} s", flush=True)
    finally:
        kubectl("delete", "ns", NS, "--wait=false", check=False)


if __name__ == "__main__":
    main()
