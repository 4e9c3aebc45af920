#pragma once
// Step machines with one defect each, made from the real source by make_mutants.py.
#include <vector>

#include "operator/simulate/simulator.h"

namespace windlass::ops::test {

struct Mutant {
  const char* defect;
  StepMachine machine;
};

std::vector<Mutant> mutants();

}  // namespace windlass::ops::test
