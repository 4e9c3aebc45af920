# Warnings, sanitizers, linker and compiler cache: what every target is built with.
option(WINDLASS_WERROR "Treat warnings as errors" ON)
set(WINDLASS_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined or thread")
set(WINDLASS_TEST_FLAGS "" CACHE STRING "Compiler options of the tests' own sources, besides those of the rooms")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
                    -Wnull-dereference -Wformat=2 -fno-strict-aliasing)
# g++ 12 reports these inside libstdc++ and nlohmann/json when it inlines with optimisation (GCC bugs 105329, 105562, 107852).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-null-dereference -Wno-restrict -Wno-maybe-uninitialized -Wno-dangling-pointer -Wno-array-bounds
                      -Wno-stringop-overflow)
endif()
if(WINDLASS_WERROR)
  add_compile_options(-Werror)
endif()

if(WINDLASS_SANITIZE)
  add_compile_options(-fsanitize=${WINDLASS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WINDLASS_SANITIZE})
endif()

# Paths in messages and debug information begin at the top of the tree: the same objects in every clone, so the compiler's
# cache serves the next one as well.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
find_program(WINDLASS_CCACHE ccache)
if(WINDLASS_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${WINDLASS_CCACHE})
endif()
find_program(WINDLASS_MOLD mold)
if(WINDLASS_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
