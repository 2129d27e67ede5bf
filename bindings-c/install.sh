#!/bin/sh
# Installs the built library: install.sh [<directory of the library> [<prefix> [<destdir>]]], by default target/release and
# /usr/local. LIBDIR is the directory of the libraries, by default <prefix>/lib. SYSTEM, by default this one, is the system that
# the library was built for: linux, macos or windows. Needs only a shell. The installed tree is relocatable: roomcast.pc and the
# CMake package use paths relative to their own.
set -eu
# What is installed is for everybody, whoever installs it.
umask 022

here=$(cd "$(dirname "$0")" && pwd)
built=${1:-$here/../target/release}
prefix=${2:-/usr/local}
prefix=${prefix%/}
destdir=${3:-}
libdir=${LIBDIR:-$prefix/lib}

fail() { echo "install.sh: $1" >&2; exit 1; }

case $prefix/ in /*) ;; *) fail "the prefix must begin with /: $prefix" ;; esac
case $libdir in "$prefix"/*) ;; *) fail "LIBDIR must be below the prefix: $libdir" ;; esac

version=$(sed -n 's/^#define ROOMCAST_VERSION "\(.*\)"$/\1/p' "$here/include/roomcast.h")
abi=$(cat "$here/abi-version")
case $(uname -s) in Linux) system=linux ;; Darwin) system=macos ;; MINGW* | MSYS* | CYGWIN*) system=windows ;; *) system= ;; esac
system=${SYSTEM:-$system}

# What cargo built; and below <prefix>, the shared library's file and the name by which programs load it. On Windows a program
# links to an import library.
import=
case $system in
linux) shared=libroomcast.so static=libroomcast.a file=libroomcast.so.$version soname=libroomcast.so.$abi ;;
macos) shared=libroomcast.dylib static=libroomcast.a file=libroomcast.$version.dylib soname=libroomcast.$abi.dylib ;;
windows)
    shared=roomcast.dll file=roomcast.dll soname=roomcast.dll
    if [ -f "$built/roomcast.dll.lib" ]; then
        # Both would be roomcast.lib otherwise.
        import=roomcast.dll.lib static=roomcast.lib
    else
        import=libroomcast.dll.a static=libroomcast.a
    fi
    ;;
*) fail "unknown system: set SYSTEM to linux, macos or windows, whose libraries it is most like" ;;
esac
for library in $shared $static $import; do
    [ -f "$built/$library" ] || fail "$built/$library is not built; run make build, or cargo build --release -p roomcast-c"
done

# The system libraries that Rust's standard library needs, for static linking. Other systems: see README.md.
[ "$system" != linux ] || SYSTEM_LIBRARIES=${SYSTEM_LIBRARIES:--lgcc_s -lutil -lrt -lpthread -lm -ldl -lc}
system_libraries=${SYSTEM_LIBRARIES:?not known for this system: see \"Installing and linking\" in bindings-c/README.md}
# The same as a CMake list.
system_library_list=$(echo "$system_libraries" | sed -e 's/ -/;-/g' -e 's/\.lib /.lib;/g')

to_libdir=${libdir#"$prefix"/}
# A DLL is looked for where programs are; the rest is in the directory of the libraries.
case $system in windows) shared_dir=bin ;; *) shared_dir=$to_libdir ;; esac
# The relative paths from roomcast.pc and from the CMake package to the prefix: one ".." per directory.
up() { echo "$1" | sed 's,[^/][^/]*,..,g'; }
pc_to_prefix=$(up "$to_libdir/pkgconfig")
cmake_to_prefix=$(up "$to_libdir/cmake/roomcast")

# fill <template> <file>: replaces the template's placeholders.
fill() {
    sed -e "s|@VERSION@|$version|g" -e "s|@LIBDIR@|$to_libdir|g" -e "s|@SHARED@|$shared_dir/$soname|g" \
        -e "s|@SONAME@|$soname|g" -e "s|@STATIC@|$static|g" -e "s|@IMPORT@|$import|g" \
        -e "s|@PC_TO_PREFIX@|$pc_to_prefix|g" -e "s|@CMAKE_TO_PREFIX@|$cmake_to_prefix|g" \
        -e "s|@SYSTEM_LIBRARIES@|$system_libraries|g" -e "s|@SYSTEM_LIBRARY_LIST@|$system_library_list|g" \
        "$here/install/$1" >"$2"
    chmod 644 "$2"
}
# put <mode> <from> <to>: never overwrites in place, since a program may have the old file loaded.
put() {
    rm -f "$3"
    cp "$2" "$3"
    chmod "$1" "$3"
}

root=$destdir$prefix
lib=$destdir$libdir
mkdir -p "$root/include" "$root/$shared_dir" "$lib/pkgconfig" "$lib/cmake/roomcast"
put 644 "$here/include/roomcast.h" "$root/include/roomcast.h"
put 644 "$here/include/roomcast-ffi.h" "$root/include/roomcast-ffi.h"
put 755 "$built/$shared" "$root/$shared_dir/$file"
if [ "$system" = windows ]; then
    put 644 "$built/$import" "$lib/$import"
else
    ln -sf "$file" "$lib/$soname"
    ln -sf "$soname" "$lib/$shared"
fi
put 644 "$built/$static" "$lib/$static"
fill roomcast.pc.in "$lib/pkgconfig/roomcast.pc"
fill roomcast-config.cmake.in "$lib/cmake/roomcast/roomcast-config.cmake"
fill roomcast-config-version.cmake.in "$lib/cmake/roomcast/roomcast-config-version.cmake"
echo "roomcast $version for C is in $root"
