"""What a client makes with one release, to be looked for with the next one."""
import json
import uuid

from cloud.clouds import service_requests


class Data:
    """`made` is what found() gives as long as nothing was lost."""

    def __init__(self, client):
        self.client = client
        self.made = {}
        self.token = ""  # an administrator's
        self.ids = {}

    def make(self):
        ids, openstack = self.ids, self.client.openstack
        self.client.shell("head -c 8388608 /dev/urandom > /tmp/image")
        ids["image"] = openstack("image", "create", "old", "--disk-format", "raw", "--container-format", "bare",
                                 "--file", "/tmp/image", "-f", "json")["id"]
        ids["project"] = openstack("project", "create", "old", "-f", "json")["id"]
        ids["user"] = openstack("user", "create", "old", "--password", "old-secret", "-f", "json")["id"]
        made = openstack("application", "credential", "create", "old", "--secret", "s3cret", "-f", "json")
        ids["credential"] = {key.lower(): value for key, value in made.items()}["id"]
        self.make_provider()
        self.token = self.client.ready_token()
        self.made = {"sha512": self.client.shell("sha512sum < /tmp/image").split()[0], "project": "old", "user": "old",
                     "usages": {"VCPU": 3}, "credential": "201"}

    def make_provider(self):
        """A host with eight processors, three of which are taken."""
        me = self.client.openstack("token", "issue", "-f", "json")
        self.ids["provider"] = self.provider("create", "old-host", "-f", "json")["uuid"]
        self.provider("inventory", "set", self.ids["provider"], "--resource", "VCPU=8", "-f", "json")
        self.provider("allocation", "set", "--project-id", me["project_id"], "--user-id", me["user_id"], "--allocation",
                      f"rp={self.ids['provider']},VCPU=3", str(uuid.uuid4()), "-f", "json")
        self.client.openstack("--os-placement-api-version", "1.6", "trait", "create", "CUSTOM_LOOP")

    def provider(self, *words):
        return self.client.openstack("--os-placement-api-version", "1.12", "resource", "provider", *words)

    def url_of(self, kind):
        return self.client.cloud.status()["endpoints"][kind]

    def requests(self):
        """For a RequestLoop: with the token, and a read of what was made."""
        headers = f"-H 'X-Auth-Token: {self.token}' -H 'Content-Type: application/json'"
        return {**service_requests(self.client, self.token, self.ids["image"]),
                "projects": (f"{headers} {self.url_of('identity')}/projects", "200")}

    def found(self):
        """The image with the token there is, the rest with a new one."""
        ids, token = self.ids, self.client.ready_token()
        identity, placement = self.url_of("identity"), self.url_of("placement")
        return {"sha512": self.client.digest_of(ids["image"], self.token),
                "project": self.read(token, f"{identity}/projects/{ids['project']}")["project"]["name"],
                "user": self.read(token, f"{identity}/users/{ids['user']}")["user"]["name"],
                "usages": self.read(token, f"{placement}/resource_providers/{ids['provider']}/usages")["usages"],
                "credential": self.code_of_credential(identity)}

    def read(self, token, url):
        return json.loads(self.client.shell(f"curl -sS -m 60 --fail -H 'X-Auth-Token: {token}' {url}"))

    def code_of_credential(self, identity):
        """The answer to a token asked for with the application credential."""
        body = json.dumps({"auth": {"identity": {"methods": ["application_credential"], "application_credential": {
            "id": self.ids["credential"], "secret": "s3cret"}}}})
        return self.client.code_of(f"-H 'Content-Type: application/json' -d '{body}' {identity}/auth/tokens")
