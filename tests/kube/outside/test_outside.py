#!/usr/bin/python3 -B
"""The library as a stranger uses it: installed to a folder, found by find_package, built, linked, run."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = """cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES CXX)
find_package(windlass_kube REQUIRED)
add_executable(outside main.cpp)
target_link_libraries(outside PRIVATE windlass::kube windlass::kube_fake)
"""
BUILD = pathlib.Path(os.environ.get("WINDLASS_BUILD", HERE.parents[2] / "build" / "release"))


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{words}: exit code {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return done.stdout


class OutsideTest(unittest.TestCase):
    def test_an_outside_project_is_built_on_the_installed_library(self):
        with tempfile.TemporaryDirectory() as folder:
            prefix = pathlib.Path(folder) / "prefix"
            source = pathlib.Path(folder) / "source"
            build = pathlib.Path(folder) / "build"
            source.mkdir()
            (source / "CMakeLists.txt").write_text(PROJECT)
            shutil.copy(HERE / "main.cpp", source)
            run("cmake", "--install", BUILD, "--component", "kube", "--prefix", prefix)
            run("cmake", "-G", "Ninja", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}")
            run("cmake", "--build", build)
            self.assertEqual(run(build / "outside"), "reconciled ns/a\n")
            self.assert_nothing_points_into_the_source(prefix)

    def assert_nothing_points_into_the_source(self, prefix):
        for path in prefix.rglob("*.cmake"):
            self.assertNotIn(str(HERE.parents[2]), path.read_text(), f"{path.name} names the source tree")


if __name__ == "__main__":
    unittest.main()
