"""kubectl as functions. Every wait has an end and says what it waits for."""
import itertools
import json
import subprocess
import sys
import time


class CommandFailed(AssertionError):
    """kubectl ended with an error."""


def say(text):
    print(f"    {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def command(*words, timeout=600):
    """What another program of this machine says; CommandFailed with its complaint."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode != 0:
        raise CommandFailed(f"{' '.join(map(str, words))}: {(done.stderr or done.stdout).strip()[-1500:]}")
    return done.stdout


BUSY = ("TLS handshake timeout", "connection refused", "i/o timeout", "Unable to connect to the server",
        "the server is currently unable", "etcdserver: request timed out")


def run(*words, stdin=None, check=True, timeout=90):
    """Asks again for at most 90 s, once at least, when the API server could not be reached: every command here may be repeated."""
    give_up = time.monotonic() + 90
    for attempt in itertools.count():
        done = subprocess.run(["kubectl", *map(str, words)], input=stdin, capture_output=True, text=True,
                              timeout=timeout, check=False)
        late = attempt > 0 and time.monotonic() > give_up
        if done.returncode == 0 or late or not any(text in done.stderr for text in BUSY):
            break
        time.sleep(2)
    if check and done.returncode != 0:
        raise CommandFailed(f"kubectl {' '.join(map(str, words))}: {done.stderr.strip()[-1500:]}")
    return done


class Space:
    """One namespace."""

    def __init__(self, name):
        self.name = name

    def create(self):
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.name, "labels": labels}})

    def delete(self, wait=True):
        run("delete", "namespace", self.name, "--ignore-not-found", f"--wait={str(wait).lower()}", "--timeout=180s",
            check=False, timeout=200)

    def kubectl(self, *words, **options):
        return run("-n", self.name, *words, **options)

    def apply(self, *objects):
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        return self.kubectl("apply", "-f", "-", stdin=text)

    def get(self, kind, name):
        """The object, or None when there is none."""
        done = self.kubectl("get", kind, name, "-o", "json", check=False)
        if done.returncode == 0:
            return json.loads(done.stdout)
        if "NotFound" in done.stderr:
            return None
        raise CommandFailed(done.stderr.strip())

    def list(self, kind, selector=""):
        return json.loads(self.kubectl("get", kind, "-l", selector, "-o", "json").stdout)["items"]

    def names(self, kind, selector=""):
        return sorted(item["metadata"]["name"] for item in self.list(kind, selector))

    def patch(self, kind, name, body):
        self.kubectl("patch", kind, name, "--type=merge", "-p", json.dumps(body))

    def remove(self, kind, *names, wait=False):
        self.kubectl("delete", kind, *names, f"--wait={str(wait).lower()}", timeout=180)

    def execute(self, pod, *command, stdin=None, check=True, timeout=90):
        return self.kubectl("exec", "-i", pod, "--", *command, stdin=stdin, check=check, timeout=timeout)

    def warnings_about(self, kind, name):
        """reason -> note of the Warning events about an object."""
        events = json.loads(self.kubectl("get", "events.events.k8s.io", "-o", "json").stdout)["items"]
        return {event["reason"]: event.get("note", "") for event in events if event.get("type") == "Warning" and
                event["regarding"].get("kind") == kind and event["regarding"].get("name") == name}


def wait_for(what, look, seconds, pause=1.0):
    """Returns the first true answer of look(); the last false one is part of the failure."""
    begin = time.monotonic()
    answer = None
    while time.monotonic() - begin < seconds:
        answer = look()
        if answer:
            say(f"{what}: after {time.monotonic() - begin:.0f} s")
            return answer
        time.sleep(pause)
    raise AssertionError(f"waited {seconds} s for {what}; last seen: {answer!r}")
