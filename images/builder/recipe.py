"""Reads images/*/image.yaml and images/bases/*.yaml. Strict: an unknown word in a recipe is an error that names the file."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from .errors import BuildError
from .kinds import KINDS

REGISTRY = "windlass.dev"
WORDS = {"name", "tag", "base", "layers", "config", "default", "about", "budget", "repository"}


@dataclass(frozen=True)
class Place:
    """Where a recipe stands and the settings that all recipes share."""
    folder: Path      # of the recipe
    images: Path      # images/ of the repository
    repository: Path
    cache: object
    debian: dict      # images/debian.yaml: suite, sources, epoch
    overrides: dict   # {program: path} from the command line


@dataclass(frozen=True)
class LayerSpec:
    kind: str
    spec: dict
    place: Place
    builder: tuple = ()   # of LayerSpec: what it is built in when that is not the parent


@dataclass(frozen=True)
class Image:
    name: str         # file name in current/, and what a person types
    reference: str    # windlass.dev/<repository>:<tag>
    layers: tuple     # of LayerSpec, lowest first
    config: dict
    default: bool     # built when no name is given
    about: str
    budget: int       # megabytes the tar may have, 0: not limited


class Recipes:
    def __init__(self, images, cache, overrides=None):
        self.images = Path(images).absolute()
        self.cache = cache
        self.overrides = overrides or {}
        self.debian = _read(self.images / "debian.yaml")

    def all(self):
        """Every image, by name."""
        found = {}
        for file in sorted(self.images.glob("*/image.yaml")):
            for text in _documents(file):
                image = self._image(file, text)
                if image.name in found:
                    raise BuildError(f"{file}: the image name {image.name} is used twice: give one of them another name")
                found[image.name] = image
        return found

    def stack(self, base):
        """The layers of images/bases/<base>.yaml with those of its own base below."""
        if not base:
            return ()
        file = self.images / "bases" / f"{base}.yaml"
        if not file.exists():
            raise BuildError(f"{file} does not exist: the recipe asks for base {base}; there is {self._bases()}")
        text = _read(file)
        return self.stack(text.get("base")) + self._layers(file, text)

    def _bases(self):
        return ", ".join(sorted(file.stem for file in (self.images / "bases").glob("*.yaml")))

    def _image(self, file, text):
        unknown = set(text) - WORDS
        if unknown:
            raise BuildError(f"{file}: unknown word {sorted(unknown)[0]}; known are {', '.join(sorted(WORDS))}")
        for word in ("name", "tag", "layers"):
            if word not in text:
                raise BuildError(f"{file}: `{word}` is missing")
        name, tag = str(text["name"]), str(text["tag"])
        return Image(
            name=name,
            reference=f"{REGISTRY}/{text.get('repository', name)}:{tag}",
            layers=self.stack(text.get("base")) + self._layers(file, text),
            config=text.get("config", {}),
            default=text.get("default", True),
            about=text.get("about", ""),
            budget=text.get("budget", 0),
        )

    def _layers(self, file, text):
        place = Place(file.parent, self.images, self.images.parent, self.cache, self.debian, self.overrides)
        layers = []
        for entry in text["layers"]:
            if len(entry) != 1 or next(iter(entry)) not in KINDS:
                raise BuildError(f"{file}: a layer is one of {', '.join(sorted(KINDS))}, not {', '.join(map(str, entry))}")
            kind, spec = next(iter(entry.items()))
            spec = spec or {}
            layers.append(LayerSpec(kind, spec, place, self.stack(spec.get("builder"))))
        return tuple(layers)


def _read(file):
    return next(iter(_documents(file)))


def _documents(file):
    try:
        documents = [text for text in yaml.safe_load_all(file.read_text()) if text]
    except (OSError, yaml.YAMLError) as error:
        raise BuildError(f"{file}: cannot be read: {error}") from error
    if not documents:
        raise BuildError(f"{file}: is empty")
    return documents
