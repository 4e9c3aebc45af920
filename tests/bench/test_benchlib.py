"""Statistics, counting and reporting of the benchmark, on made-up figures."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from benchlib import chart, peers, report  # noqa: E402
from benchlib.server import count_requests, difference, writes  # noqa: E402
from benchlib.statistics import ratios, rotated, series, spread  # noqa: E402

METRICS = """# TYPE apiserver_request_total counter
apiserver_request_total{code="200",component="apiserver",dry_run="",group="",resource="configmaps",scope="resource",subresource="",verb="APPLY",version="v1"} 7
apiserver_request_total{code="201",component="apiserver",dry_run="",group="",resource="configmaps",scope="resource",subresource="",verb="APPLY",version="v1"} 3
apiserver_request_total{code="200",component="apiserver",dry_run="",group="example.windlass.dev",resource="greetings",scope="resource",subresource="status",verb="APPLY",version="v1"} 1e+01
apiserver_request_total{code="0",component="apiserver",dry_run="",group="",resource="configmaps",scope="cluster",subresource="",verb="WATCH",version="v1"} 1
apiserver_request_total{code="200",component="apiserver",dry_run="",group="coordination.k8s.io",resource="leases",scope="resource",subresource="",verb="PUT",version="v1"} 99
"""


def figures(seconds, cpu, rss):
    return {"converge-300": {"converge_seconds": seconds, "cpu_seconds": cpu, "rss_mb": rss, "peak_mb": rss, "writes_per_second": 300 / seconds,
                             "requests": {"APPLY configmaps": 600}, "rest_writes": 0},
            "pods": {"cache_bytes_per_object": 2000, "cache_rss_mb": rss, "cache_peak_mb": rss}}


def run():
    return {"setup": {"machine": "2 cores", "versions": "all new"}, "peers": [peers.WINDLASS, peers.GO], "workers": 4,
            "sizes": [300], "pods": 1000, "pod_bytes": 8000, "projected_bytes": 1000,
            "rounds": [{peers.WINDLASS: figures(1.0, 1.0, 20), peers.GO: figures(2.0, 4.0, 80)},
                       {peers.WINDLASS: figures(3.0, 1.5, 22), peers.GO: figures(3.0, 4.0, 80)}],
            "binaries": {peers.WINDLASS: {"binary_mb": 2, "libraries_mb": 30}, peers.GO: {"binary_mb": 40, "libraries_mb": 0}}}


class Statistics(unittest.TestCase):
    def test_a_spread_is_minimum_median_maximum_of_what_was_measured(self):
        self.assertEqual(spread([3, None, 1, 2]), (1, 2, 3))
        self.assertIsNone(spread([None]))

    def test_ratios_compare_measurements_of_the_same_round(self):
        self.assertEqual(ratios([1, 4, None], [2, 4, 8]), (0.5, 0.75, 1.0))
        self.assertIsNone(ratios([1], [0]))

    def test_each_peer_is_first_equally_often(self):
        self.assertEqual([rotated(["a", "b", "c"], by)[0] for by in range(6)], ["a", "b", "c"] * 2)
        self.assertEqual(sorted(rotated(["a", "b", "c"], 1)), ["a", "b", "c"])

    def test_a_round_without_a_figure_is_a_gap(self):
        self.assertEqual(series(run()["rounds"] + [{}], peers.GO, "converge-300", "cpu_seconds"), [4.0, 4.0, None])


class Requests(unittest.TestCase):
    def test_the_kinds_of_the_controllers_are_counted_by_verb(self):
        self.assertEqual(count_requests(METRICS), {"APPLY configmaps": 10, "APPLY greetings/status": 10, "WATCH configmaps": 1})

    def test_writes_leave_out_lists_and_watches(self):
        self.assertEqual(writes(count_requests(METRICS)), 20)

    def test_a_difference_has_only_what_changed(self):
        self.assertEqual(difference({"a": 3, "b": 1}, {"a": 1, "b": 1}), {"a": 2})


class Report(unittest.TestCase):
    def test_targets_are_judged_by_the_median_of_the_ratios(self):
        rows = {row[0]: row[2:] for row in report.targets(run(), "converge-300")}
        self.assertEqual(rows["time to converge ÷ controller-runtime"], ("0.75", True))
        self.assertEqual(rows["CPU ÷ controller-runtime"], ("0.31", True))
        self.assertEqual(rows["bytes of a cached Pod"], ("2000", True))
        self.assertEqual(rows["writes in rest"], ("0", True))
        self.assertNotIn("memory at rest ÷ kube-rs", rows)

    def test_a_missed_target_is_said_to_be_missed(self):
        worse = run()
        for entry in worse["rounds"]:
            entry[peers.WINDLASS]["converge-300"]["rest_writes"] = 3
        self.assertIn("| writes in rest | 0 | 3 **missed** |", report.page(worse, ""))

    def test_the_page_has_medians_ratios_and_notes(self):
        text = report.page(run(), "## Notes\nWhy.")
        self.assertIn("| CPU of the controller until converged (s) | 1.25 (1.00–1.50) | 4.00 |", text)
        self.assertIn("| CPU of the controller until converged (s) | 0.25 / 0.31 / 0.38 |", text)
        self.assertTrue(text.endswith("## Notes\nWhy.\n"))

    def test_an_interrupted_run_is_reported_with_the_rounds_it_has(self):
        interrupted = run()
        interrupted["rounds"] += [{peers.WINDLASS: figures(2.0, 2.0, 21)}, {}]
        interrupted["sizes"] = [300, 10000]
        interrupted["rounds"][0][peers.GO]["pods"]["load_before"] = 7.25
        text = report.page(interrupted, "")
        self.assertIn("2 to 3 rounds;", text)
        self.assertNotIn("was interrupted", text)
        self.assertIn("the run was interrupted", report.page({**interrupted, "resumed": 1}, ""))
        self.assertIn("7.2 to 7.2", text)
        self.assertIn("| CPU ÷ controller-runtime | ≤ 0.50 | 0.31 met |", text)
        self.assertNotIn("10 000 parents", text)
        self.assertIn("300 parents", chart.script(interrupted, "out.svg"))
        self.assertIn("| APPLY configmaps | 600 | 600 |", text)
        self.assertIn("| CPU of the controller until converged (s) | 0.25 / 0.31 / 0.38 |", text)

    def test_a_single_round_is_said_to_be_one(self):
        single = run()
        del single["rounds"][1]
        self.assertIn("1 round; a single round shows no spread", report.page(single, ""))

    def test_the_chart_has_a_bar_a_peer(self):
        text = chart.script(run(), "out.svg")
        self.assertIn('"windlass" 0 1.25 1.0 1.5', text)
        self.assertIn('"controller-\\nruntime" 1 4.0 4.0 4.0', text)


if __name__ == "__main__":
    unittest.main()
