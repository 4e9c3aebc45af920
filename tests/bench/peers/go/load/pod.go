package main

import "fmt"

// pod is as large as pods of real clusters are (about 8 kB with the managedFields that the server adds): a web service with
// a proxy beside it, made by a Deployment.
func pod(index int) map[string]any {
	set := fmt.Sprintf("web-%03d-7d9c8b6f5d", index/20)
	return map[string]any{"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{"name": fmt.Sprintf("%s-%05d", set, index), "labels": labels(index),
			"annotations": map[string]any{
				"prometheus.io/scrape": "true", "prometheus.io/port": "9102", "prometheus.io/path": "/metrics",
				"checksum/config":                   "4b1f9be3fbd52f0aa8f1bd3a7e9a6cbb6fd4e6fa6f1a8f3c2f9d3d7b8b1c2d3e",
				"kubectl.kubernetes.io/restartedAt": "2026-10-02T08:15:30Z"},
			"ownerReferences": []any{map[string]any{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": set,
				"uid":        fmt.Sprintf("3f2504e0-4f89-41d3-9a0c-%012d", index/20),
				"controller": true, "blockOwnerDeletion": true}}},
		"spec": map[string]any{
			"containers": []any{container("web", 8080, 18), container("proxy", 15001, 8)},
			"volumes":    volumes(), "tolerations": tolerations(), "affinity": affinity(),
			"serviceAccountName": "web", "terminationGracePeriodSeconds": 60, "priorityClassName": "",
			"securityContext": map[string]any{"runAsNonRoot": true, "runAsUser": 10001, "fsGroup": 10001,
				"seccompProfile": map[string]any{"type": "RuntimeDefault"}}}}
}

func labels(index int) map[string]any {
	return map[string]any{"app.kubernetes.io/name": "web", "app.kubernetes.io/instance": fmt.Sprintf("web-%03d", index/20),
		"app.kubernetes.io/version": "4.18.2", "app.kubernetes.io/component": "frontend", "app.kubernetes.io/part-of": "shop",
		"app.kubernetes.io/managed-by": "Helm", "pod-template-hash": "7d9c8b6f5d", "team": "storefront"}
}

func container(name string, port, variables int) map[string]any {
	env := []any{map[string]any{"name": "POD_IP", "valueFrom": map[string]any{"fieldRef": map[string]any{"fieldPath": "status.podIP"}}}}
	for i := range variables {
		env = append(env, map[string]any{"name": fmt.Sprintf("SETTING_%02d", i), "value": fmt.Sprintf("value-of-setting-%02d.shop.svc.cluster.local", i)})
	}
	probe := func(path string) map[string]any {
		return map[string]any{"httpGet": map[string]any{"path": path, "port": port}, "periodSeconds": 10, "timeoutSeconds": 2}
	}
	return map[string]any{"name": name, "image": "registry.example.org/shop/" + name + "@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		"args": []any{"--config=/etc/shop/config.yaml", "--log-format=json", "--shutdown-delay=10s"},
		"env":  env, "ports": []any{map[string]any{"containerPort": port, "name": "http-" + name[:3]}, map[string]any{"containerPort": port + 1, "name": "metrics-" + name[:3]}},
		"resources":     map[string]any{"requests": map[string]any{"cpu": "100m", "memory": "256Mi"}, "limits": map[string]any{"memory": "512Mi"}},
		"livenessProbe": probe("/healthz"), "readinessProbe": probe("/readyz"),
		"securityContext": map[string]any{"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": map[string]any{"drop": []any{"ALL"}}},
		"volumeMounts":    []any{map[string]any{"name": "config", "mountPath": "/etc/shop"}, map[string]any{"name": "scratch", "mountPath": "/tmp"}}}
}

func volumes() []any {
	return []any{map[string]any{"name": "config", "configMap": map[string]any{"name": "web-config"}},
		map[string]any{"name": "scratch", "emptyDir": map[string]any{"sizeLimit": "1Gi"}}}
}

func tolerations() []any {
	return []any{map[string]any{"key": "dedicated", "operator": "Equal", "value": "shop", "effect": "NoSchedule"}}
}

func affinity() map[string]any {
	term := map[string]any{"topologyKey": "kubernetes.io/hostname", "labelSelector": map[string]any{"matchLabels": map[string]any{"app.kubernetes.io/name": "web"}}}
	return map[string]any{"podAntiAffinity": map[string]any{"preferredDuringSchedulingIgnoredDuringExecution": []any{
		map[string]any{"weight": 100, "podAffinityTerm": term}}}}
}
