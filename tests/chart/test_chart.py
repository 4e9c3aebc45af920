"""The Helm chart: what it renders, that it asks for no more rights than it needs, and that wrong values are refused."""
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "windlass"
GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"


def find_helm():
    if helm := shutil.which("helm"):
        return helm
    found = subprocess.run([ROOT / "tools" / "go-build", "--print-bin", "helm"], capture_output=True, text=True)
    helm = pathlib.Path(found.stdout.strip()) / "helm"
    if not helm.exists():
        sys.exit("test_chart: helm is not built; run tools/go-build helm")
    return str(helm)


HELM = find_helm()


def helm(*arguments):
    return subprocess.run([HELM, *map(str, arguments)], capture_output=True, text=True)


def render(*settings):
    arguments = [item for setting in settings for item in ("--set", setting)]
    result = helm("template", "windlass", CHART, "--namespace", "windlass-system", *arguments)
    if result.returncode != 0:
        raise AssertionError(result.stderr)
    return [document for document in yaml.safe_load_all(result.stdout) if document]


def pod_templates(objects):
    return [(item["metadata"]["name"], item["spec"]["template"]["spec"]) for item in objects if item["kind"] in ("Deployment", "DaemonSet")]


def rules(objects):
    for item in objects:
        if item["kind"] in ("Role", "ClusterRole"):
            for rule in item["rules"]:
                yield item["metadata"]["name"], rule


def restricted_violations(pod):
    """The restricted Pod Security Standard, as pod-security-admission checks it."""
    found = []
    context = pod.get("securityContext", {})
    for flag in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(flag):
            found.append(flag)
    allowed = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"}
    found += [f"volume {volume['name']}" for volume in pod.get("volumes", []) if not allowed & set(volume)]
    for container in pod["containers"] + pod.get("initContainers", []):
        own = container.get("securityContext", {})
        merged = {**context, **own}
        if own.get("privileged"):
            found.append("privileged")
        if own.get("allowPrivilegeEscalation") is not False:
            found.append("allowPrivilegeEscalation")
        if "ALL" not in own.get("capabilities", {}).get("drop", []):
            found.append("capabilities")
        if not merged.get("runAsNonRoot") or merged.get("runAsUser") == 0:
            found.append("runAsNonRoot")
        if merged.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
            found.append("seccompProfile")
    return found


class WhatTheChartRenders(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.objects = render()

    def named(self, kind, name):
        return next(item for item in self.objects if item["kind"] == kind and item["metadata"]["name"] == name)

    def test_is_what_the_golden_file_says(self):
        """UPDATE_GOLDENS=1 writes the file; look at the difference before committing it. The CRDs are compared below."""
        text = yaml.safe_dump_all([item for item in self.objects if item["kind"] != "CustomResourceDefinition"], width=140)
        file = GOLDEN / "default.yaml"
        if os.environ.get("UPDATE_GOLDENS"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
        self.assertEqual(file.read_text(), text, f"the chart renders something else than {file}")

    def test_contains_every_crd_of_the_tree_unchanged_and_keeps_them(self):
        rendered = {item["metadata"]["name"]: item for item in self.objects if item["kind"] == "CustomResourceDefinition"}
        sources = sorted((ROOT / "crds").glob("*.yaml"))
        self.assertGreaterEqual(len(sources), 2)
        self.assertEqual(len(rendered), len(sources))
        for source in sources:
            crd = yaml.safe_load(source.read_text())
            shown = rendered[crd["metadata"]["name"]]
            self.assertEqual(shown["spec"], crd["spec"], source.name)
            self.assertEqual(shown["metadata"]["annotations"]["helm.sh/resource-policy"], "keep")

    def test_passes_helms_linter(self):
        result = helm("lint", "--strict", CHART)
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_runs_two_of_each_controller_with_leader_election_and_a_disruption_budget(self):
        for name in ("windlass-operator", "windlass-vm-controller"):
            deployment = self.named("Deployment", name)
            self.assertEqual(deployment["spec"]["replicas"], 2)
            self.assertIn("--leader-elect", deployment["spec"]["template"]["spec"]["containers"][0]["args"])
            self.named("PodDisruptionBudget", name)

    def test_gives_every_container_probes_and_bounded_memory(self):
        for name, pod in pod_templates(self.objects):
            for container in pod["containers"]:
                self.assertIn("livenessProbe", container, name)
                self.assertIn("readinessProbe", container, name)
                self.assertIn("memory", container["resources"]["limits"], name)
                self.assertIn("memory", container["resources"]["requests"], name)

    def test_every_namespaced_object_names_its_namespace(self):
        cluster_wide = ("Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "ValidatingAdmissionPolicy",
                        "ValidatingAdmissionPolicyBinding")
        for item in self.objects:
            if item["kind"] not in cluster_wide:
                self.assertIn(item["metadata"].get("namespace"), ("windlass-system", "windlass-agents"), item["metadata"]["name"])

    def test_replaces_pods_when_the_build_changes_under_the_same_tag(self):
        for item in render("image.buildId=abc"):
            if item["kind"] in ("Deployment", "DaemonSet"):
                self.assertEqual(item["spec"]["template"]["metadata"]["annotations"]["windlass.dev/build-id"], "abc")

    def test_the_registry_reaches_every_image_and_what_the_controllers_make(self):
        for name, pod in pod_templates(render("image.registry=registry.example:5000/windlass")):
            container = pod["containers"][0]
            self.assertTrue(container["image"].startswith("registry.example:5000/windlass/"), name)
            for argument in container["args"]:
                if argument.startswith(("--carrier-image=", "--image-registry=")):
                    self.assertIn("registry.example:5000/windlass", argument)

    def test_selectors_do_not_depend_on_values_or_version(self):
        for item in self.objects:
            if item["kind"] in ("Deployment", "DaemonSet"):
                self.assertEqual(set(item["spec"]["selector"]["matchLabels"]), {"app.kubernetes.io/name", "app.kubernetes.io/component"})

    def test_can_leave_out_either_half(self):
        names = {item["metadata"]["name"] for item in render("vm.enabled=false")}
        self.assertFalse([name for name in names if "vm-" in name])
        names = {item["metadata"]["name"] for item in render("operator.enabled=false")}
        self.assertNotIn("windlass-operator", names)

    def test_the_programs_know_the_flags_they_are_given(self):
        sources = {"operator": "operator/main.cpp", "vm-controller": "vmctl/controller/main.cpp", "vm-agent": "vmctl/agent/main.cpp"}
        for name, pod in pod_templates(self.objects):
            text = (ROOT / sources[pod["containers"][0]["name"]]).read_text()
            for argument in pod["containers"][0]["args"]:
                self.assertIn(f'"{argument.split("=")[0]}"', text, f"{name} is given {argument}")


class WhatTheChartMayDo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.objects = render()

    def test_only_the_agent_is_privileged_and_it_lives_in_its_own_namespace(self):
        for item in self.objects:
            if item["kind"] not in ("Deployment", "DaemonSet"):
                continue
            violations = restricted_violations(item["spec"]["template"]["spec"])
            if item["metadata"]["name"] == "windlass-vm-agent":
                self.assertIn("privileged", violations)
                self.assertEqual(item["metadata"]["namespace"], "windlass-agents")
            else:
                self.assertEqual(violations, [], item["metadata"]["name"])
                self.assertTrue(all(c["securityContext"]["readOnlyRootFilesystem"] for c in item["spec"]["template"]["spec"]["containers"]))

    def test_namespaces_carry_their_pod_security_level(self):
        levels = {item["metadata"]["name"]: item["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
                  for item in render("podSecurity.labelNamespace=true") if item["kind"] == "Namespace"}
        self.assertEqual(levels, {"windlass-system": "restricted", "windlass-agents": "privileged"})

    def test_no_rule_has_a_wildcard(self):
        for name, rule in rules(self.objects):
            for part in ("apiGroups", "resources", "verbs"):
                self.assertNotIn("*", rule.get(part, []), name)
            self.assertNotIn("nonResourceURLs", rule, name)

    def test_nobody_may_escalate_impersonate_or_attach(self):
        for name, rule in rules(self.objects):
            self.assertFalse({"escalate", "bind", "impersonate", "deletecollection"} & set(rule["verbs"]), name)
            self.assertFalse({"pods/attach", "serviceaccounts/token", "nodes/proxy"} & set(rule["resources"]), name)
            self.assertNotIn("rbac.authorization.k8s.io", rule["apiGroups"], name)

    def test_only_the_operator_enters_a_container_the_gateways(self):
        # The exception: the socket of a gateway pod is the only way to the share of a canary (docs/canary.md), and RBAC cannot
        # name pods by label. Who holds the operator's token could enter any pod of the clouds; it reads their Secrets anyway.
        entering = [(name, rule) for name, rule in rules(self.objects) if "pods/exec" in rule["resources"]]
        self.assertEqual([name for name, _ in entering], ["windlass-operator"])
        self.assertEqual((entering[0][1]["resources"], entering[0][1]["verbs"]), (["pods/exec"], ["get", "create"]))

    def test_only_the_operator_reads_secrets(self):
        self.assertEqual({name for name, rule in rules(self.objects) if "secrets" in rule["resources"]}, {"windlass-operator"})

    def test_no_binding_refers_to_a_role_that_is_not_ours(self):
        own = {item["metadata"]["name"] for item in self.objects if item["kind"] in ("Role", "ClusterRole")}
        for item in self.objects:
            if item["kind"] in ("RoleBinding", "ClusterRoleBinding"):
                self.assertIn(item["roleRef"]["name"], own)

    def test_a_single_namespace_ends_the_operators_rights_there(self):
        objects = render("operator.watchNamespace=openstack")
        roles = [item for item in objects if item["metadata"]["name"] == "windlass-operator" and item["kind"].endswith(("Role", "RoleBinding"))]
        self.assertEqual({(item["kind"], item["metadata"].get("namespace")) for item in roles},
                         {("Role", "openstack"), ("RoleBinding", "openstack")})

    def test_the_dashboard_listens_on_loopback_alone_and_its_rights_go_with_it(self):
        def dashboard(objects):
            operator = next(pod for name, pod in pod_templates(objects) if "windlass-operator" in name)
            addresses = [text for text in operator["containers"][0]["args"] if text.startswith("--dashboard-address")]
            names = {item["metadata"]["name"] for item in objects if item["kind"].startswith("ClusterRole")}
            return addresses, "windlass-operator-dashboard" in names
        self.assertEqual(dashboard(self.objects), (["--dashboard-address=127.0.0.1:8082"], True))
        self.assertEqual(dashboard(render("operator.dashboard.enabled=false")), ([], False))
        self.assertEqual(dashboard(render("operator.watchNamespace=openstack")), ([], False))

    def test_no_secret_stands_in_an_argument_or_in_the_environment(self):
        for name, pod in pod_templates(self.objects):
            for container in pod["containers"]:
                for text in container.get("args", []) + [entry["name"] for entry in container.get("env", [])]:
                    self.assertNotRegex(text.lower(), r"password|token|secret|key=", name)
        self.assertFalse([item for item in self.objects if item["kind"] == "Secret"])


class WrongValues(unittest.TestCase):
    def refuse(self, setting, *words):
        result = helm("template", "windlass", CHART, "--set", setting)
        self.assertNotEqual(result.returncode, 0, setting)
        for word in words:
            self.assertIn(word, result.stderr)

    def test_a_misspelled_value_is_named(self):
        self.refuse("operator.replica=3", "operator", "replica")

    def test_a_value_of_the_wrong_type_is_named(self):
        self.refuse("operator.replicas=two", "replicas")

    def test_a_value_out_of_bounds_is_named(self):
        self.refuse("vm.controller.cpuPerCore=0", "cpuPerCore")
        self.refuse("vm.agent.accelerator=xen", "accelerator")


if __name__ == "__main__":
    unittest.main()
