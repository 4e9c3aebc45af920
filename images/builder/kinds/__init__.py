"""The kinds of layer. Each is a module with two functions:

    inputs(spec, place)                 -> plain data: everything the result depends on beside the parent and this module's code;
                                           raises MissingInput when something is not there yet
    build(spec, place, parent, work, log) -> Tree: makes the files; `parent` are the layers below (or of the base that the spec's
                                           `builder` names), `work` an empty folder

`spec` is the recipe's mapping for the layer, `place` a recipe.Place.
"""

from . import apt, binary, bootstrap, disk_guest, files, kernel_guest, libraries, program, venv

KINDS = {"apt": apt, "binary": binary, "bootstrap": bootstrap, "disk_guest": disk_guest, "files": files, "kernel_guest": kernel_guest, "libraries": libraries,
         "program": program, "venv": venv}
