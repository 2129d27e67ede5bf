# Rust is a tool of the machine: vcpkg has none.
find_program(CARGO cargo REQUIRED)

vcpkg_from_github(
    OUT_SOURCE_PATH SOURCE_PATH
    REPO roomcast/roomcast
    REF "v${VERSION}"
    # Of the release's tarball, which vcpkg prints when it does not match.
    SHA512 0
    HEAD_REF main
)

if(VCPKG_LIBRARY_LINKAGE STREQUAL "dynamic")
    set(libraries shared)
else()
    set(libraries static)
endif()
# What Rust compiles does not depend on the C library's debug or release variant.
set(VCPKG_BUILD_TYPE release)
if(NOT DEFINED ENV{CARGO_TARGET_DIR})
    set(ENV{CARGO_TARGET_DIR} "${CURRENT_BUILDTREES_DIR}/${TARGET_TRIPLET}-rel")
endif()

vcpkg_execute_required_process(
    COMMAND "${CMAKE_COMMAND}" -E env "LIBRARIES=${libraries}" "CARGO=${CARGO}" "${SOURCE_PATH}/bindings-c/build.sh"
    WORKING_DIRECTORY "${SOURCE_PATH}"
    LOGNAME "build-${TARGET_TRIPLET}"
)
# vcpkg has CMake packages in share/<port>.
vcpkg_execute_required_process(
    COMMAND "${CMAKE_COMMAND}" -E env "LIBRARIES=${libraries}" CMAKEDIR=/share/roomcast
        "${SOURCE_PATH}/bindings-c/install.sh" "$ENV{CARGO_TARGET_DIR}/release" / "${CURRENT_PACKAGES_DIR}"
    WORKING_DIRECTORY "${SOURCE_PATH}"
    LOGNAME "install-${TARGET_TRIPLET}"
)
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/share/man")
vcpkg_fixup_pkgconfig()

vcpkg_install_copyright(
    FILE_LIST
        "${SOURCE_PATH}/LICENSE-MIT"
        "${SOURCE_PATH}/LICENSE-APACHE"
        "${SOURCE_PATH}/bindings-c/THIRD-PARTY-LICENSES"
)
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
