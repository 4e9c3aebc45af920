#pragma once
// How vmctl shows objects: a table for people, JSON or YAML for programs. Pure.
#include <string>
#include <vector>

#include "kube/object/conditions.h"
#include "kube/object/json.h"

namespace windlass::vm::cli {

enum class Format { Table, Json, Yaml };

// Columns as wide as their widest cell, three spaces apart, no trailing spaces.
std::string table(const std::vector<std::vector<std::string>>& rows);

// One row a VM, sorted by namespace and name; with the namespace when `allNamespaces`.
std::string listTable(const std::vector<kube::Json>& vms, bool allNamespaces, kube::TimePoint now);
// One VM in full: spec, state, conditions.
std::string statusText(const kube::Json& vm, kube::TimePoint now);

// Without metadata.managedFields.
std::string asJson(const kube::Json& value);
std::string asYaml(const kube::Json& value);
// A v1 List of the VMs.
kube::Json asList(const std::vector<kube::Json>& vms);

// "5s", "12m", "3h", "2d", as kubectl rounds.
std::string age(kube::TimePoint since, kube::TimePoint now);

}  // namespace windlass::vm::cli
