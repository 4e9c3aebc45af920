#pragma once
// The built-in kinds Windlass uses. Names and versions: k8s.io/api.
#include "kube/object/resource.h"

namespace windlass::kube::kinds {

inline const ResourceKind Pod{"", "v1", "Pod", "pods", true};
inline const ResourceKind Node{"", "v1", "Node", "nodes", false};
inline const ResourceKind Namespace{"", "v1", "Namespace", "namespaces", false};
inline const ResourceKind Secret{"", "v1", "Secret", "secrets", true};
inline const ResourceKind ConfigMap{"", "v1", "ConfigMap", "configmaps", true};
inline const ResourceKind Service{"", "v1", "Service", "services", true};
inline const ResourceKind ServiceAccount{"", "v1", "ServiceAccount", "serviceaccounts", true};
inline const ResourceKind PersistentVolumeClaim{"", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true};
inline const ResourceKind ResourceQuota{"", "v1", "ResourceQuota", "resourcequotas", true};
inline const ResourceKind Deployment{"apps", "v1", "Deployment", "deployments", true};
inline const ResourceKind StatefulSet{"apps", "v1", "StatefulSet", "statefulsets", true};
inline const ResourceKind DaemonSet{"apps", "v1", "DaemonSet", "daemonsets", true};
inline const ResourceKind ReplicaSet{"apps", "v1", "ReplicaSet", "replicasets", true};
inline const ResourceKind ControllerRevision{"apps", "v1", "ControllerRevision", "controllerrevisions", true};
inline const ResourceKind Job{"batch", "v1", "Job", "jobs", true};
inline const ResourceKind PodDisruptionBudget{"policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", true};
inline const ResourceKind NetworkPolicy{"networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", true};
inline const ResourceKind Lease{"coordination.k8s.io", "v1", "Lease", "leases", true};
inline const ResourceKind Event{"events.k8s.io", "v1", "Event", "events", true};
inline const ResourceKind CustomResourceDefinition{"apiextensions.k8s.io", "v1", "CustomResourceDefinition",
                                                   "customresourcedefinitions", false};

}  // namespace windlass::kube::kinds
