#!/usr/bin/python3 -B
"""make_mutants.py STEP_MACHINE.cpp MUTANTS.txt OUT.cpp: one copy of the step machine for each defect of the list.

A defect is a name, a line of the source and what stands there instead, separated by lines of ---- (defects by ====). A line that
does not stand in the source exactly once is an error: the list must follow the machine."""
import pathlib
import re
import sys

PUBLIC = {"newRun": "Run newRun(const UpgradePlan&, std::string);",
          "next": "Transition next(const UpgradePlan&, Run, const Event&);",
          "passedPointOfNoReturn": "bool passedPointOfNoReturn(const UpgradePlan&, const Run&);",
          "deadlineOf": "std::int64_t deadlineOf(const Step&);"}


def squeezed(text):
    return re.sub(r"\s+", " ", text).strip()


def mutate(source, name, find, replace):
    pattern = r"\s+".join(re.escape(word) for word in find.split())
    found = re.findall(pattern, source)
    if len(found) != 1:
        sys.exit(f"mutants: {name}: stands {len(found)} times in the step machine, not once: {squeezed(find)}")
    return re.sub(pattern, lambda _: replace.strip(), source)


def in_namespace(body, number):
    """Names get a suffix, because argument-dependent lookup would find the real ones as well."""
    for public in PUBLIC:
        body = re.sub(rf"(?<![\w.:]){public}\(", f"{public}{number}(", body)
    declared = "\n".join(re.sub(rf"\b{public}\(", f"{public}{number}(", text) for public, text in PUBLIC.items())
    return f"namespace windlass::ops::mutant{number} {{\n{declared}\n{body}\n}}  // namespace windlass::ops::mutant{number}\n"


def main(machine, mutants, out):
    source = pathlib.Path(machine).read_text()
    head, body = source.split("namespace windlass::ops {\n", 1)
    body = body.rsplit("}  // namespace windlass::ops", 1)[0]
    text, rows = [head, '#include "mutants.h"\n'], []
    for number, entry in enumerate(pathlib.Path(mutants).read_text().split("\n====\n")):
        name, find, replace = (part.strip() for part in entry.split("\n----"))
        text.append(in_namespace(mutate(body, name, find, replace), number))
        rows.append(f'      {{"{name}", mutant{number}::next{number}}},')
    text.append("namespace windlass::ops::test {\nstd::vector<Mutant> mutants() {\n  return {\n" + "\n".join(rows) + "\n  };\n}\n}  // namespace windlass::ops::test\n")
    pathlib.Path(out).write_text("\n".join(text))


main(*sys.argv[1:])
