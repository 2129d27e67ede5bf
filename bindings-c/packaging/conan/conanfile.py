"""Builds the C library from the checkout that this recipe is in: conan create bindings-c/packaging/conan"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import cross_building
from conan.tools.env import Environment
from conan.tools.files import copy, load, rmdir

required_conan_version = ">=2.0"


class Roomcast(ConanFile):
    name = "roomcast"
    description = "Send messages into live 100ms rooms from a backend"
    license = "MIT OR Apache-2.0"
    url = "https://github.com/roomcast/roomcast"
    homepage = "https://github.com/roomcast/roomcast"
    topics = ("100ms", "messaging", "video")
    package_type = "library"
    settings = ("os", "arch", "compiler", "build_type")
    options = {"shared": [True, False], "fPIC": [True, False]}  # noqa: RUF012
    default_options = {"shared": False, "fPIC": True}  # noqa: RUF012

    def set_version(self):
        header = load(self, Path(self.recipe_folder, "../../include/roomcast.h"))
        self.version = re.search(r'#define ROOMCAST_VERSION "(.*)"', header)[1]

    def export_sources(self):
        subprocess.run([Path(self.recipe_folder, "../source.sh"), self.export_sources_folder], check=True)

    def configure(self):
        # C, and Rust compiles it, always as position-independent code.
        self.options.rm_safe("fPIC")
        self.settings.rm_safe("compiler.cppstd")
        self.settings.rm_safe("compiler.libcxx")

    def package_id(self):
        # The same library for every compiler of C.
        self.info.settings.rm_safe("compiler")

    def validate(self):
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("this recipe builds for Linux; releases have the library for other systems")
        if cross_building(self) and not self.buildenv.vars(self).get("CARGO_BUILD_TARGET"):
            raise ConanInvalidConfiguration("for another processor, the profile's [buildenv] needs CARGO_BUILD_TARGET")

    def _environment(self) -> Environment:
        environment = Environment()
        environment.define("LIBRARIES", "shared" if self.options.shared else "static")
        environment.define("PROFILE", "dev" if self.settings.build_type == "Debug" else "release")
        # A user's own is kept: crates are then compiled once for several builds.
        if not self._target_dir_of_user():
            environment.define("CARGO_TARGET_DIR", str(Path(self.build_folder, "target")))
        return environment

    def _target_dir_of_user(self) -> str | None:
        return self.buildenv.vars(self).get("CARGO_TARGET_DIR")

    def build(self):
        with self.buildenv.vars(self).apply(), self._environment().vars(self).apply():
            self.run(str(Path(self.source_folder, "bindings-c/build.sh")))

    def package(self):
        target = Path(self._target_dir_of_user() or Path(self.build_folder, "target"))
        triple = self.buildenv.vars(self).get("CARGO_BUILD_TARGET") or ""
        built = target / triple / ("debug" if self.settings.build_type == "Debug" else "release")
        with self.buildenv.vars(self).apply(), self._environment().vars(self).apply():
            install = Path(self.source_folder, "bindings-c/install.sh")
            self.run(f'"{install}" "{built}" / "{self.package_folder}"')
        # conan writes such files itself.
        for folder in ("lib/cmake", "lib/pkgconfig", "share"):
            rmdir(self, Path(self.package_folder, folder))
        licenses = Path(self.package_folder, "licenses")
        copy(self, "LICENSE-*", self.source_folder, licenses)
        copy(self, "THIRD-PARTY-LICENSES", Path(self.source_folder, "bindings-c"), licenses)

    def package_info(self):
        self.cpp_info.libs = ["roomcast"]
        # What roomcast.pc has as Libs.private.
        if not self.options.shared:
            self.cpp_info.system_libs = ["util", "rt", "pthread", "m", "dl"]
            self.cpp_info.exelinkflags = self.cpp_info.sharedlinkflags = ["-Wl,--eh-frame-hdr"]
        self.cpp_info.set_property("cmake_file_name", "roomcast")
        self.cpp_info.set_property("cmake_target_name", "roomcast::roomcast")
        self.cpp_info.set_property("pkg_config_name", "roomcast")
