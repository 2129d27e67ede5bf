"""The vcpkg port without vcpkg: its manifest, and its portfile with stand-ins for vcpkg's functions."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import TARGET, build
from toolchain import BINDING, HEADER, ROOT, need, run

PORT = BINDING / "packaging/vcpkg"
VERSION = next(line.split('"')[1] for line in HEADER.read_text().splitlines() if "define ROOMCAST_VERSION" in line)
# What the functions of these names do in vcpkg, with the checkout as the source.
STAND_INS = """
set(VERSION "@VERSION@")
set(PORT roomcast)
set(TARGET_TRIPLET x64-linux)
set(VCPKG_LIBRARY_LINKAGE "@LINKAGE@")
set(CURRENT_BUILDTREES_DIR "@FOLDER@/buildtrees")
set(CURRENT_PACKAGES_DIR "@FOLDER@/packages")
function(vcpkg_from_github)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "OUT_SOURCE_PATH;REPO;REF;SHA512;HEAD_REF" "")
    if(arg_UNPARSED_ARGUMENTS OR NOT arg_REPO STREQUAL "roomcast/roomcast" OR NOT arg_REF STREQUAL "v@VERSION@")
        message(FATAL_ERROR "${ARGN}")
    endif()
    set(${arg_OUT_SOURCE_PATH} "@ROOT@" PARENT_SCOPE)
endfunction()
function(vcpkg_execute_required_process)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "WORKING_DIRECTORY;LOGNAME" "COMMAND")
    execute_process(COMMAND ${arg_COMMAND} WORKING_DIRECTORY "${arg_WORKING_DIRECTORY}" COMMAND_ERROR_IS_FATAL ANY)
endfunction()
function(vcpkg_fixup_pkgconfig)
endfunction()
function(vcpkg_install_copyright)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
    foreach(file IN LISTS arg_FILE_LIST)
        file(READ "${file}" text)
        file(APPEND "${CURRENT_PACKAGES_DIR}/share/${PORT}/copyright" "${text}")
    endforeach()
endfunction()
include("@PORT@/portfile.cmake")
"""


def test_the_manifest() -> None:
    manifest = json.loads((PORT / "vcpkg.json").read_text())
    assert manifest["name"] == "roomcast" and manifest["version"] == VERSION
    # The names that vcpkg's schema has.
    assert set(manifest) <= {"name", "version", "description", "homepage", "license", "supports", "dependencies"}


def test_the_portfile_calls_only_functions_that_the_stand_ins_have() -> None:
    called = set(re.findall(r"^\s*(vcpkg_\w+)\(", (PORT / "portfile.cmake").read_text(), re.MULTILINE))
    assert called == set(re.findall(r"function\((vcpkg_\w+)\)", STAND_INS))


@pytest.mark.parametrize("linkage", ["static", "dynamic"])
def test_the_portfile_makes_a_package(linkage: str, tmp_path: Path) -> None:
    values = {"VERSION": VERSION, "LINKAGE": linkage, "FOLDER": tmp_path, "ROOT": ROOT, "PORT": PORT}
    script = tmp_path / "run.cmake"
    script.write_text(re.sub("@([A-Z]+)@", lambda found: str(values[found[1]]), STAND_INS))
    build(need("cmake"), "-P", script)
    assert TARGET.exists()
    package = tmp_path / "packages"
    assert (package / "lib/libroomcast.a").exists() == (linkage == "static")
    assert (package / "lib/libroomcast.so").exists() == (linkage == "dynamic")
    assert "Permission is hereby granted" in (package / "share/roomcast/copyright").read_text()
    assert (package / "share/roomcast/usage").exists() and not (package / "share/man").exists()
    # As its `usage` says.
    program = tmp_path / "program"
    program.mkdir()
    (program / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.15)\nproject(main LANGUAGES C)\nfind_package(roomcast CONFIG REQUIRED)\n"
        f"add_executable(main {BINDING}/packaging/conan/test_package/test_package.c)\n"
        "target_link_libraries(main PRIVATE roomcast::roomcast)\n"
    )
    run("cmake", "-S", program, "-B", program / "build", f"-DCMAKE_PREFIX_PATH={package}")
    run("cmake", "--build", program / "build")
    assert f"roomcast {VERSION}: connection: " in run(
        program / "build/main", env={"LD_LIBRARY_PATH": str(package / "lib")}
    )
