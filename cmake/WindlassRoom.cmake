# One CMake library per room. A room sees its own headers and those of the rooms it names in DEPS, because each room's
# headers are reachable only through that room's own include root (a folder that holds one symlink to the room): a wrong
# arrow between rooms is a missing header, hence a failed build.
#
#   windlass_room(NAME kube_client DIR kube/client SOURCES a.cpp b.cpp DEPS kube_object [LIBS OpenSSL::SSL])
#   windlass_binary(NAME windlass-operator SOURCES main.cpp DEPS ...)
#   windlass_test(NAME kube_client_test SOURCES a_test.cpp DEPS kube_client [LABELS unit])
#
# Paths in SOURCES are relative to the CMakeLists.txt that calls; DIR is relative to the top of the tree (default: where
# the caller stands). Test sources live in tests/<same path as the room>.

set_property(GLOBAL PROPERTY WINDLASS_ROOMS "")

function(_windlass_include_root room dir out)
  set(root ${CMAKE_BINARY_DIR}/include/${room})
  get_filename_component(parent ${root}/${dir} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${dir} ${root}/${dir} SYMBOLIC)
  set(${out} ${root} PARENT_SCOPE)
endfunction()

function(windlass_room)
  cmake_parse_arguments(R "" "NAME;DIR" "SOURCES;DEPS;LIBS;PRIVATE_LIBS" ${ARGN})
  if(NOT R_DIR)
    file(RELATIVE_PATH R_DIR ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  _windlass_include_root(${R_NAME} ${R_DIR} root)
  add_library(${R_NAME} STATIC ${R_SOURCES})
  target_include_directories(${R_NAME} PUBLIC $<BUILD_INTERFACE:${root}>)
  target_link_libraries(${R_NAME} PUBLIC ${R_DEPS} ${R_LIBS} PRIVATE ${R_PRIVATE_LIBS})
  set_property(GLOBAL APPEND PROPERTY WINDLASS_ROOMS ${R_NAME})
endfunction()

function(windlass_binary)
  cmake_parse_arguments(B "" "NAME" "SOURCES;DEPS;LIBS" ${ARGN})
  add_executable(${B_NAME} ${B_SOURCES})
  target_link_libraries(${B_NAME} PRIVATE ${B_DEPS} ${B_LIBS})
  set_property(GLOBAL APPEND PROPERTY WINDLASS_BINARIES ${B_NAME})
endfunction()

function(windlass_test)
  cmake_parse_arguments(T "" "NAME;TIMEOUT" "SOURCES;DEPS;LIBS;LABELS" ${ARGN})
  if(NOT T_LABELS)
    set(T_LABELS unit)
  endif()
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 60)
  endif()
  add_executable(${T_NAME} ${T_SOURCES})
  target_link_libraries(${T_NAME} PRIVATE ${T_DEPS} ${T_LIBS} source_tree GTest::gmock GTest::gtest_main)
  target_compile_options(${T_NAME} PRIVATE ${WINDLASS_TEST_FLAGS})
  # One ctest entry a binary keeps `make unit` quick; gtest's own XML has the single tests.
  add_test(NAME ${T_NAME} COMMAND ${T_NAME} --gtest_brief=1 --gtest_output=xml:${CMAKE_BINARY_DIR}/junit/${T_NAME}.xml)
  set_tests_properties(${T_NAME} PROPERTIES LABELS "${T_LABELS}" TIMEOUT ${T_TIMEOUT})
  set_property(GLOBAL APPEND PROPERTY WINDLASS_TESTS_${T_LABELS} ${T_NAME})
endfunction()

# windlass_python_test(NAME images_test SCRIPT test_images.py LABELS python [TIMEOUT 600] [ENV NAME=value…]): one unittest file
# as one ctest.
# Labels choose when it runs: python (no cluster needed), api, cluster (a running test cluster, KUBECONFIG set).
function(windlass_python_test)
  cmake_parse_arguments(T "" "NAME;SCRIPT;TIMEOUT" "LABELS;ENV" ${ARGN})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300)
  endif()
  find_program(WINDLASS_PYTHON3 NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
  add_test(NAME ${T_NAME} COMMAND ${WINDLASS_PYTHON3} -B ${CMAKE_CURRENT_SOURCE_DIR}/${T_SCRIPT} -v)
  set_tests_properties(${T_NAME} PROPERTIES LABELS "${T_LABELS}" TIMEOUT ${T_TIMEOUT}
                       WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                       ENVIRONMENT "WINDLASS_BUILD=${CMAKE_BINARY_DIR};${T_ENV}")
endfunction()

# `ninja unit-tests` (`story-tests`) builds every test binary of that label and nothing else; `ninja binaries` what the images carry.
function(windlass_report_rooms)
  get_property(unit GLOBAL PROPERTY WINDLASS_TESTS_unit)
  add_custom_target(unit-tests DEPENDS ${unit})
  get_property(story GLOBAL PROPERTY WINDLASS_TESTS_story)
  add_custom_target(story-tests DEPENDS ${story})
  get_property(binaries GLOBAL PROPERTY WINDLASS_BINARIES)
  add_custom_target(binaries DEPENDS ${binaries})
endfunction()
