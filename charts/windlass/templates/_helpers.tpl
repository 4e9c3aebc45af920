{{/* Labels of every object; call with (dict "root" $ "component" "operator"). */}}
{{- define "windlass.labels" -}}
app.kubernetes.io/name: windlass
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{/* What selects the pods of a component: never changes between versions. */}}
{{- define "windlass.selector" -}}
app.kubernetes.io/name: windlass
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "windlass.image" -}}
{{ .root.Values.image.registry }}/{{ .name }}:{{ .root.Values.image.tag }}
{{- end }}

{{- define "windlass.podMetadata" -}}
labels:
  {{- include "windlass.selector" . | nindent 2 }}
  app.kubernetes.io/instance: {{ .root.Release.Name }}
annotations:
  windlass.dev/build-id: {{ .root.Values.image.buildId | quote }}
  prometheus.io/scrape: "true"
  prometheus.io/port: {{ .metricsPort | default "8080" | quote }}
{{- end }}

{{/* A control-plane pod: satisfies the restricted Pod Security Standard. */}}
{{- define "windlass.restrictedPod" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
enableServiceLinks: false
terminationGracePeriodSeconds: 40
priorityClassName: system-cluster-critical
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "windlass.selector" . | nindent 8 }}
{{- with .settings.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .settings.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "windlass.restrictedContainer" -}}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
ports:
  - {name: metrics, containerPort: 8080}
  - {name: health, containerPort: 8081}
livenessProbe:
  httpGet: {path: /healthz, port: health}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: {path: /readyz, port: health}
  periodSeconds: 5
  timeoutSeconds: 5
startupProbe:
  httpGet: {path: /healthz, port: health}
  periodSeconds: 1
  timeoutSeconds: 5
  failureThreshold: 60
env:
  - name: POD_NAME
    valueFrom: {fieldRef: {fieldPath: metadata.name}}
  - name: POD_NAMESPACE
    valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
resources:
  {{- toYaml .settings.resources | nindent 2 }}
{{- end }}

{{/* A control-plane Deployment with its account and disruption budget. Both replicas are ready; the Lease says who works. */}}
{{- define "windlass.controlPlane" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "windlass.labels" . | nindent 4 }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "windlass.labels" . | nindent 4 }}
spec:
  replicas: {{ .settings.replicas }}
  revisionHistoryLimit: 3
  selector:
    matchLabels:
      {{- include "windlass.selector" . | nindent 6 }}
  strategy:
    rollingUpdate: {maxUnavailable: 1, maxSurge: 1}
  template:
    metadata:
      {{- include "windlass.podMetadata" . | nindent 6 }}
    spec:
      serviceAccountName: {{ .name }}
      {{- include "windlass.restrictedPod" . | nindent 6 }}
      containers:
        - name: {{ .component }}
          image: {{ include "windlass.image" (dict "root" .root "name" .component) }}
          args:
            - --leader-elect
            - --metrics-address=0.0.0.0:8080
            - --health-address=0.0.0.0:8081
            {{- range .arguments }}
            - {{ . | quote }}
            {{- end }}
          {{- include "windlass.restrictedContainer" . | nindent 10 }}
{{- if gt (int .settings.replicas) 1 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "windlass.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "windlass.selector" . | nindent 6 }}
{{- end }}
---
# The Lease that says which replica works.
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ .name }}-lease
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "windlass.labels" . | nindent 4 }}
rules:
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    verbs: [create]
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    resourceNames: [{{ .name }}]
    verbs: [get, update, patch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .name }}-lease
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "windlass.labels" . | nindent 4 }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: {{ .name }}-lease}
subjects:
  - {kind: ServiceAccount, name: {{ .name }}, namespace: {{ .root.Release.Namespace }}}
{{- end }}
