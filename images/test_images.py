#!/usr/bin/python3
"""What images/ promises, on small recipes made here and, where they are already built, on the real images."""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from builder import build, layer, recipe, tree  # noqa: E402
from builder.cache import Cache  # noqa: E402
from builder.errors import BuildError, MissingInput  # noqa: E402
from builder.kinds import kernel_guest  # noqa: E402
from builder.progress import Progress  # noqa: E402

RECIPE = """
name: small
tag: "1"
base: below
layers:
  - files: {from: rootfs, folders: [{path: /var/lib/small, uid: 999, mode: "750"}], links: {/usr/bin/other: program}}
config: {User: "999:999", Entrypoint: [/usr/bin/program]}
"""
RUN_AS_ROOT = {"vm-agent"}       # moves devices and threads between namespaces
NOT_CONTAINERS = {"guest-tiny", "guest-debian"}
UNPACK_LIMIT = 120_000_000       # bytes: larger images are checked by the digests of their blobs only


class World:
    """A small images/ folder and a cache beside it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.images = self.folder / "images"
        self.write("debian.yaml", "suite: none\nsources: []\nepoch: 1000000000\n")
        self.write("bases/below.yaml", "layers:\n  - files: {from: below}\n")
        self.write("bases/below/etc/below", "below\n")
        self.write("small/image.yaml", RECIPE)
        self.write("small/rootfs/usr/bin/program", "#!/bin/sh\n", 0o755)
        self.write("small/rootfs/etc/settings", "a = 1\n")

    def write(self, name, text, mode=0o644):
        path = self.images / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def plan(self, cache="cache"):
        self.cache = Cache(self.folder / cache)
        recipes = recipe.Recipes(self.images, self.cache)
        self.epoch = recipes.debian["epoch"]
        return build.plan(recipes.all()["small"])

    def build(self, cache="cache"):
        plan = self.plan(cache)
        build.Builder(self.cache, self.epoch, Progress(quiet=True)).build([plan])
        return plan.tar(self.cache)


def read_image(tar_path):
    """(index, manifest, config, tar) with every blob found under its digest."""
    tar = tarfile.open(tar_path)
    load = lambda name: json.loads(tar.extractfile(name).read())  # noqa: E731
    blob = lambda what: load("blobs/" + what["digest"].replace(":", "/"))  # noqa: E731
    index = load("index.json")
    manifest = blob(index["manifests"][0])
    return index, manifest, blob(manifest["config"]), tar


def layer_entries(tar, descriptor):
    packed = tar.extractfile("blobs/" + descriptor["digest"].replace(":", "/")).read()
    plain = subprocess.run(["zstd", "-dcq"], input=packed, capture_output=True, check=True).stdout
    return hashlib.sha256(plain).hexdigest(), tarfile.open(fileobj=io.BytesIO(plain)).getmembers()


class SmallWorld(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.world = World(scratch.name)


class SameInputSameImage(SmallWorld):
    def test_two_builds_in_two_caches_are_equal_to_the_byte(self):
        first = self.world.build("one").read_bytes()
        for path in self.world.images.rglob("*"):
            os.utime(path, (5, 5))
        self.assertEqual(first, self.world.build("two").read_bytes())

    def test_an_image_that_is_up_to_date_is_not_touched(self):
        tar = self.world.build()
        before = tar.stat().st_ino
        self.assertEqual(before, self.world.build().stat().st_ino)

    def test_current_is_a_link_to_the_newest(self):
        self.world.build()
        self.world.write("small/rootfs/etc/settings", "a = 2\n")
        tar = self.world.build()
        self.assertEqual((self.world.cache.current / "small.tar").resolve(), tar.resolve())
        listed = json.loads((self.world.cache.current / "index.json").read_text())
        self.assertEqual([entry["reference"] for entry in listed], ["windlass.dev/small:1"])


class EveryInputCounts(SmallWorld):
    def changed(self, change):
        before = self.world.plan().key
        change()
        return before != self.world.plan().key

    def test_the_content_of_a_file(self):
        self.assertTrue(self.changed(lambda: self.world.write("small/rootfs/etc/settings", "a = 2\n")))

    def test_the_execute_bit_of_a_file(self):
        self.assertTrue(self.changed(lambda: self.world.write("small/rootfs/etc/settings", "a = 1\n", 0o755)))

    def test_a_new_file(self):
        self.assertTrue(self.changed(lambda: self.world.write("small/rootfs/etc/more", "")))

    def test_a_layer_below(self):
        self.assertTrue(self.changed(lambda: self.world.write("bases/below/etc/below", "other\n")))

    def test_the_user_it_runs_as(self):
        self.assertTrue(self.changed(lambda: self.world.write("small/image.yaml", RECIPE.replace('"999:999"', '"998:998"'))))

    def test_a_comment_in_the_recipe_does_not(self):
        self.assertFalse(self.changed(lambda: self.world.write("small/image.yaml", "# why\n" + RECIPE)))


class Layout(SmallWorld):
    def test_every_blob_has_the_digest_and_the_size_it_is_listed_with(self):
        check_blobs(self, self.world.build())

    def test_containerd_finds_the_name(self):
        index, _, _, tar = read_image(self.world.build())
        tar.close()
        self.assertEqual(index["manifests"][0]["annotations"]["io.containerd.image.name"], "windlass.dev/small:1")

    def test_owners_and_modes_arrive(self):
        _, manifest, _, tar = read_image(self.world.build())
        _, members = layer_entries(tar, manifest["layers"][1])
        tar.close()
        found = {os.path.normpath(member.name): member for member in members}
        self.assertEqual((found["var/lib/small"].uid, found["var/lib/small"].mode), (999, 0o750))
        self.assertEqual((found["usr/bin/program"].uid, found["usr/bin/program"].mode), (0, 0o755))
        self.assertEqual(found["usr/bin/other"].linkname, "program")
        self.assertLessEqual(max(member.mtime for member in members), 1000000000)

    def test_a_file_taken_away_stays_away(self):
        with tempfile.TemporaryDirectory() as scratch:
            root = Path(scratch, "root")
            (root / "etc/gone").mkdir(parents=True)
            (root / "etc/gone/file").write_text("1")
            (root / "etc/kept").write_text("1")
            before = tree.scan(root)
            first = self.pack(scratch, "first", tree.Tree(root))
            subprocess.run(["rm", "-r", str(root / "etc/gone")], check=True)
            (root / "etc/new").write_text("2")
            second = self.pack(scratch, "second", tree.difference(before, root))
            self.assertEqual(second.removed, ("etc/gone",))
            layer.unpack([first, second], Path(scratch, "again"))
            self.assertEqual(tree.scan(Path(scratch, "again")), tree.scan(root))

    def pack(self, scratch, name, what):
        place = Path(scratch, name)
        place.mkdir()
        meta = layer.pack(what, place / "layer.tar.zst", place, 1000000000)
        return layer.Layer(key=name, path=place / "layer.tar.zst", removed=tuple(meta.pop("removed")), **meta)


class Privileges(unittest.TestCase):
    def test_normalising_takes_setuid_bits_and_leftovers(self):
        with tempfile.TemporaryDirectory() as scratch:
            root = Path(scratch)
            (root / "var/log").mkdir(parents=True)
            (root / "var/log/dpkg.log").write_text("today")
            (root / "su").write_text("")
            (root / "su").chmod(0o6755)
            tree.normalise(root)
            self.assertEqual((root / "su").stat().st_mode & 0o7777, 0o755)
            self.assertFalse((root / "var/log/dpkg.log").exists())


class Failures(SmallWorld):
    def left(self):
        cache = self.world.cache
        return [path for folder in (cache.work, cache.images) for path in folder.iterdir()]

    def test_an_image_over_its_budget_is_refused_and_leaves_nothing(self):
        self.world.write("small/rootfs/etc/large", os.urandom(700_000).hex())
        self.world.write("small/image.yaml", RECIPE + "budget: 0.5\n")
        with self.assertRaisesRegex(BuildError, "budget"):
            self.world.build()
        self.assertEqual(self.left(), [])
        self.assertFalse((self.world.cache.current / "small.tar").exists())

    def test_what_a_killed_build_left_is_removed(self):
        plan = self.world.plan()
        leftover = self.world.cache.work / plan.key / "work"
        leftover.mkdir(parents=True)
        other = self.world.cache.work / "other"
        other.mkdir()
        self.world.build()
        self.assertEqual(list(self.world.cache.work.iterdir()), [])

    def test_a_missing_folder_is_named(self):
        self.world.write("small/image.yaml", RECIPE.replace("rootfs", "nowhere"))
        with self.assertRaisesRegex(MissingInput, "nowhere"):
            self.world.plan()

    def test_an_unknown_word_is_an_error_that_names_the_file(self):
        self.world.write("small/image.yaml", RECIPE + "colour: blue\n")
        with self.assertRaisesRegex(BuildError, "small/image.yaml.*colour"):
            self.world.plan()

    def test_an_unknown_layer_kind_is_an_error_that_lists_the_kinds(self):
        self.world.write("small/image.yaml", RECIPE.replace("- files", "- docker"))
        with self.assertRaisesRegex(BuildError, "bootstrap"):
            self.world.plan()

    def test_two_builds_at_once_both_end_with_the_image(self):
        plan = self.world.plan()
        errors = []

        def once():
            try:
                build.Builder(self.world.cache, self.world.epoch, Progress(quiet=True)).build([plan])
            except Exception as error:  # pylint: disable=broad-except
                errors.append(error)

        threads = [threading.Thread(target=once) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        self.assertEqual(errors, [])
        check_blobs(self, plan.tar(self.world.cache))


class KernelModules(unittest.TestCase):
    def test_modules_come_after_what_they_depend_on_and_builtin_ones_are_left_out(self):
        with tempfile.TemporaryDirectory() as scratch:
            source = Path(scratch, "6.0")
            (source / "kernel/net").mkdir(parents=True)
            (source / "modules.builtin").write_text("kernel/virtio/virtio_pci.ko\n")
            (source / "kernel/net/virtio_net.ko").write_bytes(b"\0depends=net_failover\0")
            (source / "kernel/net/net_failover.ko").write_bytes(b"\0depends=failover\0")
            (source / "kernel/net/failover.ko").write_bytes(b"\0depends=\0")
            order = kernel_guest.copy_modules(source, ["virtio-pci", "virtio_net"], Path(scratch, "target"))
            self.assertEqual(order, ["failover.ko", "net_failover.ko", "virtio_net.ko"])
            with self.assertRaisesRegex(BuildError, "zfs"):
                kernel_guest.copy_modules(source, ["zfs"], Path(scratch, "target"))


class TinyGuestNetwork(unittest.TestCase):
    """The guest's reader of network-config, run with a stand-in for `ip`."""

    BLOCK = """version: 2
ethernets:
  eth0:
    match:
      macaddress: "52:54:00:00:00:01"
    addresses:
      - 10.244.1.5/24
    routes:
      - to: default
        via: 10.244.1.1
    nameservers:
      addresses:
        - 10.96.0.10
      search:
        - a.local
        - b.local
    mtu: 1400
"""
    FLOW = """{"version":2,"ethernets":{"id0":{"match":{"macaddress":"52:54:00:00:00:01"},"nameservers":{"addresses":["10.96.0.10"],
"search":["a.local","b.local"]},"mtu":1400,"addresses":["10.244.1.5/24"],"routes":[{"to":"0.0.0.0/0","via":"10.244.1.1"}]}}}"""

    def configure(self, text):
        with tempfile.TemporaryDirectory() as seed:
            Path(seed, "network-config").write_text(text)
            script = 'ip() { echo "ip $*"; }; . "$1"; network_from_seed; cat "$RESOLV"'
            done = subprocess.run(["sh", "-c", script, "sh", HERE / "guest-tiny/rootfs/lib/guest/network"], capture_output=True, text=True,
                                  env={"PATH": os.environ["PATH"], "SEED": seed, "RESOLV": f"{seed}/resolv.conf"}, check=True)
            return sorted(done.stdout.splitlines())

    def test_block_and_flow_style_read_the_same(self):
        wanted = sorted(["ip link set eth0 mtu 1400", "ip link set eth0 up", "ip address add 10.244.1.5/24 dev eth0",
                         "ip route add default via 10.244.1.1 dev eth0", "nameserver 10.96.0.10", "search a.local b.local"])
        self.assertEqual(self.configure(self.BLOCK), wanted)
        self.assertEqual(self.configure(self.FLOW), wanted)


class RealImages(unittest.TestCase):
    """Each image that is in the cache now, under the name that a cluster would import."""

    def each(self):
        for tar in sorted(Cache().current.glob("*.tar")):
            with self.subTest(tar.stem):
                yield tar

    def test_blobs_are_whole(self):
        for tar in self.each():
            check_blobs(self, tar)

    def test_containers_run_as_a_numeric_user_that_is_not_root(self):
        for tar in self.each():
            if tar.stem in NOT_CONTAINERS | RUN_AS_ROOT:
                continue
            config = read_image(tar)[2]["config"]
            self.assertRegex(config.get("User", ""), "^[1-9][0-9]*:[1-9][0-9]*$")

    def test_no_file_gives_privileges_away_and_none_is_writable_for_all(self):
        for tar in self.each():
            _, manifest, _, opened = read_image(tar)
            for descriptor in manifest["layers"]:
                if descriptor["size"] > UNPACK_LIMIT:
                    continue
                _, members = layer_entries(opened, descriptor)
                self.assertEqual([member.name for member in members if member.mode & 0o6000], [])
                self.assertEqual([member.name for member in members if member.isfile() and member.mode & 0o002], [])
                self.assertEqual([member.name for member in members if member.ischr() or member.isblk()], [])

    def test_sizes_are_within_the_budget_of_the_recipe(self):
        images = recipe.Recipes(HERE, Cache()).all()
        for tar in self.each():
            if tar.stem in images:
                self.assertGreater(images[tar.stem].budget, 0, "the recipe names no budget")
                self.assertLessEqual(tar.stat().st_size, images[tar.stem].budget * 1_000_000)


def check_blobs(test, tar_path):
    """Every blob has its digest and size; the small layers also unpack to what the configuration lists."""
    _, manifest, config, tar = read_image(tar_path)
    with tar:
        for member in tar.getmembers():
            if member.name.startswith("blobs/"):
                found = hashlib.file_digest(tar.extractfile(member), "sha256").hexdigest()
                test.assertEqual(found, member.name.rsplit("/", 1)[1])
        for descriptor, diff_id in zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True):
            test.assertEqual(tar.getmember("blobs/" + descriptor["digest"].replace(":", "/")).size, descriptor["size"])
            if descriptor["size"] < UNPACK_LIMIT:
                test.assertEqual("sha256:" + layer_entries(tar, descriptor)[0], diff_id)


if __name__ == "__main__":
    # pipes of ended programs are closed when their owner is collected
    unittest.main(warnings="ignore")
