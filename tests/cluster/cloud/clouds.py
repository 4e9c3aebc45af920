"""A cloud under test, a client pod beside it, and a loop of requests that counts failures."""
import json
import pathlib
import threading

import yaml

from cloud.kubectl import say, wait_for

EXAMPLES = pathlib.Path(__file__).resolve().parents[3] / "docs" / "examples"

CLIENT = "client"
TOKEN_REQUEST = ('{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"\'"$OS_USERNAME"\'",'
                 '"domain":{"name":"Default"},"password":"\'"$OS_PASSWORD"\'"}}},'
                 '"scope":{"project":{"name":"admin","domain":{"name":"Default"}}}}}')


def small_spec():
    """The cloud of the demo, without the parts that identity alone does not need."""
    return {"release": "2025.1",
            "services": {"keystone": {"replicas": 2}},
            "infrastructure": {"database": {"embedded": {"storage": {"size": "1Gi"}}}, "cache": {"embedded": {}}},
            "gateway": {"replicas": 2}}


def example_spec(name):
    """The spec of docs/examples/<name>."""
    return yaml.safe_load((EXAMPLES / name).read_text())["spec"]


class Cloud:
    def __init__(self, space, name="demo"):
        self.space = space
        self.name = name

    def create(self, spec):
        self.space.apply({"apiVersion": "windlass.dev/v1alpha1", "kind": "OpenStackCloud",
                          "metadata": {"name": self.name}, "spec": spec})

    def get(self):
        return self.space.get("openstackcloud", self.name)

    def status(self):
        return (self.get() or {}).get("status", {})

    def condition(self, kind):
        for condition in self.status().get("conditions", []):
            if condition["type"] == kind:
                return condition
        return {}

    def is_settled(self):
        """Ready for the spec of now and with nothing left to wait for."""
        cloud = self.get() or {}
        status = cloud.get("status", {})
        values = {c["type"]: c["status"] for c in status.get("conditions", [])}
        return (status.get("observedGeneration") == cloud.get("metadata", {}).get("generation") and
                values.get("Ready") == "True" and values.get("Degraded") == "False" and not status.get("waitingFor"))

    def wait_settled(self, seconds=420):
        last = ""

        def look():
            nonlocal last
            waiting = self.status().get("waitingFor", "")
            if waiting and waiting != last:
                say(f"{self.name}: {waiting}")
                last = waiting
            return self.is_settled()
        wait_for(f"cloud {self.space.name}/{self.name} to settle", look, seconds)

    def wait_refused(self, reason, seconds=120):
        """The Ready condition once it is False for this reason."""
        def look():
            ready = self.condition("Ready")
            return ready if ready.get("status") == "False" and ready.get("reason") == reason else None
        return wait_for(f"cloud {self.space.name}/{self.name} to say {reason}", look, seconds)

    def gateway(self):
        return self.status()["endpoints"]["identity"]

    def workload(self, kind, component):
        """Names of the workloads of a component."""
        return self.space.names(kind, f"windlass.dev/cloud={self.name},windlass.dev/component={component}")

    def pods(self, component, service=""):
        """Of one service, or of all that have such a component."""
        of_service = f",windlass.dev/service={service}" if service else ""
        return [pod for pod in self.space.list("pods", f"windlass.dev/cloud={self.name},windlass.dev/component={component}{of_service}")
                if "deletionTimestamp" not in pod["metadata"]]


class Client:
    """A pod with curl and the administrator's credentials in its environment."""

    IMAGE = "windlass.dev/tools:1"

    def __init__(self, cloud):
        self.cloud = cloud
        self.space = cloud.space

    def create(self, node=""):
        """`node`: where it runs, else anywhere."""
        name = f"{self.cloud.name}-keystone-admin"
        security = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
        self.space.apply({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": CLIENT},
            "spec": {"terminationGracePeriodSeconds": 1, **({"nodeName": node} if node else {}),
                     "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
                     "containers": [{"name": "client", "image": self.IMAGE,
                                     "imagePullPolicy": "IfNotPresent", "command": ["sleep", "infinity"],
                                     "securityContext": security, "envFrom": [{"secretRef": {"name": name}}]}]}})
        self.space.kubectl("wait", "--for=condition=Ready", f"pod/{CLIENT}", "--timeout=90s", timeout=100)

    def delete(self):
        self.space.remove("pod", CLIENT, wait=True)

    def shell(self, script, check=True, timeout=90):
        return self.space.execute(CLIENT, "sh", "-c", script, check=check, timeout=timeout).stdout

    def token_script(self):
        """Shell words that print an administrator's token, nothing when none was issued."""
        return (f"curl -s -m 20 -D - -o /dev/null -H 'Content-Type: application/json' -d '{TOKEN_REQUEST}' "
                f"{self.cloud.gateway()}/auth/tokens | tr -d '\\r' | sed -n 's/^[Xx]-[Ss]ubject-[Tt]oken: //p'")

    def token(self):
        """An administrator's token, "" when none was issued."""
        return self.shell(self.token_script()).strip()

    def ready_token(self):
        """An administrator's token from a cloud that says it is Ready: it must be had at once."""
        token = self.token()
        if not token:
            raise AssertionError(f"cloud {self.cloud.name} says Ready, and no token is issued through its gateway")
        return token

    def code_of(self, words):
        """The status that curl gets with these words, "000" when it gets none."""
        return self.shell(f"curl -s -m 20 -o /dev/null -w '%{{http_code}}' {words}", check=False).strip()

    def call(self, method, path, body=None):
        """Status and decoded answer of a call with a fresh token. A token that was not issued is a failure of its own,
        told apart from a token that was refused (401)."""
        data = f"-H 'Content-Type: application/json' -d '{json.dumps(body)}'" if body else ""
        script = (f"t=$({self.token_script()}); [ -n \"$t\" ] || {{ printf '\\n0'; exit 0; }}; "
                  f"curl -s -m 20 -w '\\n%{{http_code}}' -X {method} -H \"X-Auth-Token: $t\" {data} "
                  f"'{self.cloud.gateway()}{path}'")
        text, _, code = self.shell(script).rpartition("\n")
        if code == "0":
            raise AssertionError(f"no token was issued within 20 s for {method} {path}")
        return int(code), json.loads(text) if text.strip() else {}


class OpenStackClient(Client):
    """The same with the stock command line client."""

    IMAGE = "windlass.dev/openstack:2025.1"

    def digest_of(self, image, token):
        """SHA-512 of an image's data as the gateway gives it out; CommandFailed when it does not."""
        url = f"{self.cloud.status()['endpoints']['image']}/v2/images/{image}/file"
        return self.shell(f"curl -sS -m 60 --fail -o /tmp/downloaded -H 'X-Auth-Token: {token}' {url} && "
                          "sha512sum < /tmp/downloaded").split()[0]

    def openstack(self, *words, timeout=120):
        """The decoded answer of a command, None where it gives none."""
        done = self.space.execute(CLIENT, "openstack", *words, timeout=timeout)
        return json.loads(done.stdout) if done.stdout.strip().startswith(("{", "[")) else None


def identity_requests(client):
    """Reads and token requests take turns."""
    url = client.cloud.gateway()
    return {"read": (f"{url}/", "200"),
            "token": (f"-H 'Content-Type: application/json' -d '{TOKEN_REQUEST}' {url}/auth/tokens", "201")}


IMAGE_BODY = '{"name": "more", "disk_format": "raw", "container_format": "bare"}'


def service_requests(client, token, image):
    """Reads and writes of all three APIs with this token; `image`: id of one that can be downloaded."""
    headers = f"-H 'X-Auth-Token: {token}' -H 'Content-Type: application/json'"
    urls = client.cloud.status()["endpoints"]
    images, placement = f"{urls['image']}/v2/images", urls["placement"]
    return {**identity_requests(client),
            "images": (f"{headers} {images}", "200"),
            "download": (f"{headers} {images}/{image}/file", "200"),
            "image": (f"{headers} -d '{IMAGE_BODY}' {images}", "201"),
            "providers": (f"{headers} {placement}/resource_providers", "200"),
            "trait": (f"{headers} -H 'OpenStack-API-Version: placement 1.6' -X PUT {placement}/traits/CUSTOM_LOOP", "204")}


class RequestLoop:
    """Asks round after round until the block ends. `requests`: name -> words for curl and the status that is right;
    `pause`: seconds between two rounds."""

    def __init__(self, client, requests=None, seconds=600, pause=0.1):
        self.pause = pause
        self.seconds = seconds  # the most that the block may take
        self.client = client
        self.requests = requests or identity_requests(client)
        self.codes = []  # name, status
        self.times = []  # name, seconds

    def __enter__(self):
        self.client.shell("rm -f /tmp/stop; : > /tmp/codes")
        asks = "; ".join(f"curl -s -m 20 -o /dev/null -w '{name} %{{http_code}} %{{time_total}}\\n' {words} >> /tmp/codes"
                         for name, (words, _) in self.requests.items())
        script = f"while [ ! -e /tmp/stop ]; do {asks}; sleep {self.pause}; done"
        self.thread = threading.Thread(target=lambda: self.client.shell(script, check=False, timeout=self.seconds))
        self.thread.start()
        self.wait_answers(4)
        return self

    def answers(self):
        """How many it had so far."""
        return int(self.client.shell("wc -l < /tmp/codes").strip() or 0)

    def wait_answers(self, count):
        """Until the loop has had more than `count` answers in all."""
        wait_for(f"{count} answers of the request loop", lambda: self.answers() > count, 180)

    def __exit__(self, *failure):
        self.client.shell("touch /tmp/stop")
        self.thread.join(60)
        lines = [line.split() for line in self.client.shell("cat /tmp/codes; rm -f /tmp/codes").split("\n") if line]
        self.codes = [[name, code] for name, code, _ in lines]
        self.times = [[name, float(seconds)] for name, _, seconds in lines]

    def failed(self, after=0):
        """Answers that are not right; `after`: leaves out so many of the first answers."""
        return [code for code in self.codes[after:] if self.requests[code[0]][1] != code[1]]
