"""A real Kubernetes of several nodes on one machine. docs/test-cluster.md is the map of this package."""
