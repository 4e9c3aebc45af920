"""Which images are stale, and building them: layers below before layers above, independent ones side by side."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from . import cache as caches
from . import chroot, digest, host, layer, oci, tree
from .errors import BuildError
from .kinds import KINDS

# What every layer's bytes depend on, whatever its kind
SHARED_CODE = digest.of_code(layer, tree, chroot)
KEPT_IMAGES = 3
KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Plan:
    image: object
    keys: tuple        # of the layers, lowest first
    key: str           # of the image

    def tar(self, cache):
        return cache.images / self.key / "image.tar"

    def done(self, cache):
        return (cache.images / self.key / "image.json").exists()


def plan(image):
    """The keys of an image and its layers from the present inputs. Raises MissingInput when one is not there."""
    keys = layer_keys(image.layers)
    key = digest.of_json([image.reference, image.config, keys, digest.of_code(oci)])
    return Plan(image, keys, key)


def layer_keys(specs):
    keys = []
    for spec in specs:
        below = layer_keys(spec.builder) if spec.builder else ()
        keys.append(_layer_key(spec, keys[-1:], below[-1:]))
    return tuple(keys)


def _layer_key(spec, parent, builder):
    kind = KINDS[spec.kind]
    code = [SHARED_CODE, digest.of_code(kind)]
    return digest.of_json([spec.kind, kind.inputs(spec.spec, spec.place), code, parent, builder])


class Builder:
    def __init__(self, cache, epoch, progress, jobs=2):
        self.cache = cache
        self.epoch = epoch
        self.progress = progress
        self.jobs = jobs

    def build(self, plans):
        """Builds what is missing of `plans` and points current/ at all of them. Raises after the last image when one failed."""
        self.cache.sweep()
        pool = ThreadPoolExecutor(self.jobs)
        try:
            failures = self._all(pool, plans)
        except BaseException:   # interrupted: the builds that run clean up after themselves
            pool.shutdown(wait=False, cancel_futures=True)
            host.stop_all()
            raise
        finally:
            pool.shutdown()
        self._forget_old(plans)
        self._write_index()
        if failures:
            raise BuildError("\n".join(failures))

    def _all(self, pool, plans):
        """Builds side by side; what failed and why."""
        # the big ones first: they decide how long it takes
        running = {pool.submit(self._image, each): each for each in sorted(plans, key=lambda each: -each.image.budget)}
        failures = []
        for ready in as_completed(running):
            try:
                ready.result()
            except BuildError as error:
                name = running[ready].image.name
                failures.append(f"{name}: {error}" + self._keep_log(error))
        return failures

    def _image(self, wanted):
        name = wanted.image.name
        if not wanted.done(self.cache):
            layers = self._layers(name, wanted.image.layers)
            if layer_keys(wanted.image.layers) != wanted.keys or tuple(each.key for each in layers) != wanted.keys:
                raise BuildError("a file that it is made from changed while it was built: run images/build again")
            with self._locked(wanted.key, name):
                if not wanted.done(self.cache):
                    self._write_image(wanted, layers)
        self.cache.point(name, wanted.tar(self.cache))

    def _layers(self, name, specs):
        """The layers of a stack, lowest first; those that are missing are made."""
        made = []
        for spec, key in zip(specs, layer_keys(specs)):
            made.append(layer.load(self.cache, key) or self._layer(name, key, spec, made))
        return made

    def _layer(self, name, key, spec, below):
        parent = self._layers(name, spec.builder) if spec.builder else below
        with self._locked(key, f"{name}: layer {spec.kind}"):
            return layer.load(self.cache, key) or self._make_layer(name, key, spec, parent)

    def _make_layer(self, name, key, spec, parent):
        with self.progress.step(f"{name}: layer {spec.kind}"), self.cache.workplace(key) as place:
            log = place / "log"
            log.touch()
            work = place / "work"
            work.mkdir()
            try:
                made = KINDS[spec.kind].build(spec.spec, spec.place, parent, work, log)
                return layer.store(self.cache, key, made, place, self.epoch)
            except BuildError as error:
                if error.log:   # it is in the scratch folder, which goes
                    error.log = shutil.copy(error.log, self.cache.failed / f"{name}.log")
                raise

    def _write_image(self, wanted, layers):
        image = wanted.image
        with self.progress.step(f"{image.name}: image"), self.cache.workplace(wanted.key) as place:
            folder = place / "publish"
            folder.mkdir()
            digests = oci.write(folder / "image.tar", image.reference, image.config, layers, self.epoch)
            size = (folder / "image.tar").stat().st_size
            if image.budget and size > image.budget * 1_000_000:
                raise BuildError(f"the image has {size / 1e6:.0f} MB and its recipe allows {image.budget} MB: "
                                 "take something out or raise `budget` in its image.yaml")
            meta = {"name": image.name, "reference": image.reference, "layers": list(wanted.keys), "size": size, **digests}
            (folder / "image.json").write_text(json.dumps(meta, indent=1) + "\n")
            caches.publish(folder, self.cache.images / wanted.key)

    def _locked(self, key, what):
        return self.cache.lock(key, lambda: self.progress.say(f"{what}: another build is making it, waiting for that"))

    @staticmethod
    def _keep_log(error):
        return f"\n  whole log: {error.log}" if error.log else ""

    def _write_index(self):
        """current/index.json: what is there, for programs. Written whole each time under a lock."""
        with self.cache.lock("index"):
            entries = []
            for link in sorted(self.cache.current.glob("*.tar")):
                meta = link.resolve().parent / "image.json"
                if meta.exists():
                    found = json.loads(meta.read_text())
                    entries.append({word: found[word] for word in ("name", "reference", "manifest", "config", "size")} | {"tar": link.name})
            fresh = self.cache.current / ".index.json"
            fresh.write_text(json.dumps(entries, indent=1) + "\n")
            fresh.rename(self.cache.current / "index.json")

    def _forget_old(self, plans):
        """Keeps the newest few versions of each image and the layers that some image needs; the rest goes after a day."""
        with self.cache.lock("index"):
            versions = {}
            for folder in self.cache.images.iterdir():
                meta = folder / "image.json"
                if meta.exists():
                    versions.setdefault(json.loads(meta.read_text())["name"], []).append(folder)
            wanted = {key for each in plans for key in (*each.keys, each.key)}
            pointed = {link.resolve().parent for link in self.cache.current.glob("*.tar")}
            needed = set(wanted)
            for folders in versions.values():
                folders.sort(key=caches.age)
                for folder in folders[KEPT_IMAGES:]:
                    if folder not in pointed and folder.name not in wanted and caches.age(folder) > KEPT_SECONDS / 24:
                        caches.remove(folder)
            for folder in self.cache.images.iterdir():
                if (folder / "image.json").exists():
                    needed.update(json.loads((folder / "image.json").read_text())["layers"])
            for folder in self.cache.layers.iterdir():
                if folder.name not in needed and caches.age(folder) > KEPT_SECONDS:
                    caches.remove(folder)
