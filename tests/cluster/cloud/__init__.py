"""Helpers of the cluster tests of a cloud."""
