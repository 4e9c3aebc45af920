"""What a run of an upgrade took: time by service and phase, latencies, restarts, writes to the API server."""
import collections
import re

from cloud.kubectl import run

WRITES = re.compile(r'^apiserver_request_total\{(?P<labels>[^}]*verb="(?:POST|PUT|PATCH|APPLY|DELETE)"[^}]*)\} (?P<count>\S+)$')
# Written all the time, by nodes and by whoever holds a lease.
BACKGROUND = {"leases", "events", "nodes", "tokenreviews", "subjectaccessreviews"}


def percentile(values, share):
    """The value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def latencies(times):
    """name -> (p50, p99) in milliseconds, of [name, seconds]."""
    by_name = collections.defaultdict(list)
    for name, seconds in times:
        by_name[name].append(1000 * seconds)
    return {name: (percentile(values, 0.5), percentile(values, 0.99)) for name, values in by_name.items()}


def latency_text(rest, loaded):
    """Of two answers of latencies(): each request, at rest and then."""
    return ", ".join(f"{name} {rest[name][0]:.0f}/{rest[name][1]:.0f} -> {loaded[name][0]:.0f}/{loaded[name][1]:.0f}"
                     for name in rest if name in loaded)


def critical_path(steps):
    """Seconds by service and phase in the order of the run, of status.steps: they follow one another, so this is the path."""
    path = collections.Counter()
    for step in steps:
        service, _, rest = step["id"].partition("/")
        path[f"{service}/{rest.partition('/')[0]}"] += max(0, step.get("ended", 0) - step.get("begun", 0))
    return dict(path)


def writes():
    """resource -> requests that write, since the API server began; of the whole cluster, without what is always written."""
    out = collections.Counter()
    for line in run("get", "--raw", "/metrics").stdout.split("\n"):
        found = WRITES.match(line)
        resource = re.search(r'[{,]resource="([^"]*)"', "," + found["labels"]) if found else None
        if resource and resource[1] not in BACKGROUND:
            out[resource[1]] += int(float(found["count"]))
    return out


class Restarts:
    """Containers that were started again, by cause; pods come and go, so each look adds to it."""

    def __init__(self):
        self.seen = {}  # pod and container and count -> cause

    def look(self, pods):
        for pod in pods:
            for container in pod.get("status", {}).get("containerStatuses", []):
                ended = container.get("lastState", {}).get("terminated", {})
                if container["restartCount"]:
                    key = (pod["metadata"]["name"], container["name"], container["restartCount"])
                    self.seen[key] = f"{container['name']}: {ended.get('reason', 'unknown')} ({ended.get('exitCode', '?')})"

    def by_cause(self):
        return dict(collections.Counter(self.seen.values()))
