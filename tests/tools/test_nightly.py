#!/usr/bin/python3 -B
"""The history that tools/nightly keeps, with small jobs instead of upgrades."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

NIGHTLY = pathlib.Path(__file__).resolve().parents[2] / "tools" / "nightly"


class Nightly(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="windlass-nightly-")
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)
        self.job = self.root / "history" / "logs" / "hop"
        (self.root / "junit").mkdir()

    def command(self, script, *options):
        return [NIGHTLY, "--history", self.root / "history", "--job", "hop", "--junit", self.root / "junit", *options, "--",
                "sh", "-c", script]

    def nightly(self, script, *options):
        return subprocess.run(self.command(script, *options), capture_output=True, text=True, timeout=60, check=False)

    def read(self, build, name):
        return json.loads((self.job / build / name).read_text())

    def test_a_build_that_passes_keeps_its_log_its_junit_files_and_its_times(self):
        old = self.root / "junit" / "old.xml"
        old.write_text("<testsuite/>")
        subprocess.run(["touch", "-d", "yesterday", old], check=True)
        done = self.nightly(f"echo hello; echo '<testsuite/>' > {self.root}/junit/hop.xml")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.job / "1" / "build-log.txt").read_text(), "hello\n")
        self.assertEqual([path.name for path in (self.job / "1" / "artifacts").iterdir()], ["junit_hop.xml"])
        self.assertEqual((self.job / "latest-build.txt").read_text(), "1")
        finished = self.read("1", "finished.json")
        self.assertEqual((finished["result"], finished["passed"]), ("SUCCESS", True))
        self.assertGreaterEqual(finished["timestamp"], self.read("1", "started.json")["timestamp"])

    def test_a_build_that_fails_ends_as_its_job_and_the_oldest_go(self):
        for number in (1, 2, 3):
            done = self.nightly("exit 7", "--keep", "2")
            self.assertEqual(done.returncode, 1)
            self.assertEqual(self.read(str(number), "finished.json")["result"], "FAILURE")
        self.assertEqual(sorted(path.name for path in self.job.iterdir()), ["2", "3", "latest-build.txt"])

    def test_a_build_that_is_told_to_stop_is_aborted_and_its_job_may_clean_up(self):
        process = subprocess.Popen(self.command("trap 'echo cleaned; exit 0' TERM; echo ready; while :; do sleep 0.1; done"),
                                   stdout=subprocess.PIPE, text=True)
        while process.stdout.readline() != "ready\n":
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertEqual(self.read("1", "finished.json")["result"], "ABORTED")
        self.assertIn("cleaned", (self.job / "1" / "build-log.txt").read_text())

    def test_what_a_job_leaves_behind_does_not_keep_the_build(self):
        done = self.nightly("sleep 50 & echo $!")
        os.kill(int((self.job / "1" / "build-log.txt").read_text()), signal.SIGKILL)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLess(self.read("1", "finished.json")["timestamp"] - self.read("1", "started.json")["timestamp"], 40)

    def test_told_to_stop_before_its_job_began_it_is_aborted_as_well(self):
        process = subprocess.Popen(self.command("exec sleep 60"), stdout=subprocess.PIPE, text=True)
        process.stdout.readline()  # what is going to run
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertEqual(self.read("1", "finished.json")["result"], "ABORTED")

    def test_a_job_is_the_name_of_a_folder(self):
        done = subprocess.run([NIGHTLY, "--job", "../x", "--", "true"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--job", done.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
