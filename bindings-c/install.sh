#!/bin/sh
# Installs the built library, or removes what it installed:
#
#     install.sh [<directory of the library> [<prefix> [<destdir>]]]     by default target/release and /usr/local
#     install.sh --uninstall [<prefix> [<destdir>]]
#
# LIBDIR is the directory of the libraries, by default <prefix>/lib; CMAKEDIR that of the CMake package, by default
# <LIBDIR>/cmake/roomcast. LIBRARIES is what to install, by default "shared static".
# SYSTEM, by default this one, is the system that the library was built for: linux, macos or windows. Needs only a shell; on Linux,
# for a static library that exports only its own functions, also what localise.sh needs. The installed tree is relocatable:
# roomcast.pc and the CMake package use paths relative to their own.
set -eu
# What is installed is for everybody, whoever installs it.
umask 022

here=$(cd "$(dirname "$0")" && pwd)
uninstall=
if [ "${1:-}" = --uninstall ]; then
    uninstall=yes built=
else
    built=${1:-$here/../target/release}
fi
[ $# -eq 0 ] || shift
prefix=${1:-/usr/local}
prefix=${prefix%/}
destdir=${2:-}
libdir=${LIBDIR:-$prefix/lib}
cmakedir=${CMAKEDIR:-$libdir/cmake/roomcast}
libraries=${LIBRARIES:-shared static}

fail() { echo "install.sh: $1" >&2; exit 1; }

case $prefix/ in /*) ;; *) fail "the prefix must begin with /: $prefix" ;; esac
case $libdir in "$prefix"/*) ;; *) fail "LIBDIR must be below the prefix: $libdir" ;; esac
case $cmakedir in "$prefix"/*) ;; *) fail "CMAKEDIR must be below the prefix: $cmakedir" ;; esac
wanted() { case $libraries in *"$1"*) ;; *) return 1 ;; esac; }
wanted shared || wanted static || fail "LIBRARIES must have shared or static: $libraries"

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
if [ -z "$uninstall" ]; then
    for library in $(! wanted shared || echo "$shared" "$import") $(! wanted static || echo "$static"); do
        [ -f "$built/$library" ] || fail "$built/$library is not built; run make build, or bindings-c/build.sh"
    done
fi

# The system libraries that Rust's standard library needs, for static linking. Other systems: see README.md. Without libgcc: the
# compiler links the shared one, or for a static program the static one, to which a static program cannot link by -lgcc_s.
[ "$system" != linux ] || SYSTEM_LIBRARIES=${SYSTEM_LIBRARIES:--lutil -lrt -lpthread -lm -ldl -lc}
system_libraries=${SYSTEM_LIBRARIES:-}
# The table by which an unwinder finds its way through a static program: not every compiler for musl asks for it, and without it a
# panic could not be caught.
[ "$system" != linux ] || system_libraries="-Wl,--eh-frame-hdr $system_libraries"
[ -n "$system_libraries$uninstall" ] || fail "SYSTEM_LIBRARIES is not known for this system: see bindings-c/README.md"
# The same as a CMake list.
system_library_list=$(echo "$system_libraries" | sed -e 's/ -/;-/g' -e 's/\.lib /.lib;/g')
# A program that can only link the static library always needs them.
libs='' libs_private=$system_libraries
wanted shared || libs=" $system_libraries" libs_private=

# Of the manual's pages: the day of the commit, of which a packager says SOURCE_DATE_EPOCH, else this one.
day() { LC_ALL=C date -u "$@" '+%B %d, %Y' 2>/dev/null | sed 's/ 0/ /'; }
if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then
    date=$(day -d "@$SOURCE_DATE_EPOCH")
    date=${date:-$(day -r "$SOURCE_DATE_EPOCH")}
else
    date=$(day)
fi

to_libdir=${libdir#"$prefix"/}
# A DLL is looked for where programs are; the rest is in the directory of the libraries.
case $system in windows) shared_dir=bin ;; *) shared_dir=$to_libdir ;; esac
# The relative paths from roomcast.pc and from the CMake package to the prefix: one ".." per directory.
up() { echo "$1" | sed 's,[^/][^/]*,..,g'; }
pc_to_prefix=$(up "$to_libdir/pkgconfig")
cmake_to_prefix=$(up "${cmakedir#"$prefix"/}")

# Each of these never overwrites in place, since a program may have the old file loaded; and only removes, to uninstall.
# fill <template> <file>: replaces the template's placeholders.
fill() {
    rm -f "$2"
    [ -z "$uninstall" ] || return 0
    sed -e "s|@VERSION@|$version|g" -e "s|@DATE@|$date|g" -e "s|@LIBDIR@|$to_libdir|g" -e "s|@SHARED@|$shared_dir/$soname|g" \
        -e "s|@SONAME@|$soname|g" -e "s|@STATIC@|$static|g" -e "s|@IMPORT@|$import|g" \
        -e "s|@PC_TO_PREFIX@|$pc_to_prefix|g" -e "s|@CMAKE_TO_PREFIX@|$cmake_to_prefix|g" \
        -e "s|@LIBS@|$libs|g" -e "s|@LIBS_PRIVATE@|$libs_private|g" -e "s|@SYSTEM_LIBRARY_LIST@|$system_library_list|g" \
        "$here/$1" >"$2"
    chmod 644 "$2"
}
# put <mode> <from> <to>
put() {
    rm -f "$3"
    [ -z "$uninstall" ] || return 0
    cp "$2" "$3"
    chmod "$1" "$3"
}
# link <target> <name>
link() {
    rm -f "$2"
    [ -n "$uninstall" ] || ln -s "$1" "$2"
}

root=$destdir$prefix
lib=$destdir$libdir
cmake=$destdir$cmakedir
man=$root/share/man/man3
[ -n "$uninstall" ] || mkdir -p "$root/include" "$lib/pkgconfig" "$cmake" "$man"
put 644 "$here/include/roomcast.h" "$root/include/roomcast.h"
put 644 "$here/include/roomcast-ffi.h" "$root/include/roomcast-ffi.h"
if wanted shared; then
    [ -n "$uninstall" ] || mkdir -p "$root/$shared_dir"
    put 755 "$built/$shared" "$root/$shared_dir/$file"
    if [ "$system" = windows ]; then
        put 644 "$built/$import" "$lib/$import"
    else
        link "$file" "$lib/$soname"
        link "$soname" "$lib/$shared"
    fi
fi
if wanted static; then
    put 644 "$built/$static" "$lib/$static"
    # Other systems' tools: see README.md.
    if [ "$system" = linux ] && [ -z "$uninstall" ]; then
        "$here/localise.sh" "$built/$static" "$lib/$static"
    fi
fi
fill install/roomcast.pc.in "$lib/pkgconfig/roomcast.pc"
fill install/roomcast-config.cmake.in "$cmake/roomcast-config.cmake"
fill install/roomcast-config-version.cmake.in "$cmake/roomcast-config-version.cmake"
for template in "$here"/man/*.3.in; do
    page=$(basename "$template" .in)
    fill "man/$page.in" "$man/$page"
    # Each of the names that a page is about finds it.
    for name in $(sed -n -e '/^\.Nd/q' -e 's/^\.Nm \([A-Za-z0-9_]*\).*/\1/p' "$template"); do
        [ "$name.3" != "$page" ] || continue
        rm -f "$man/$name.3"
        [ -n "$uninstall" ] || echo ".so man3/$page" >"$man/$name.3"
    done
done

if [ -n "$uninstall" ]; then
    rmdir "$cmake" 2>/dev/null || true
    echo "roomcast $version for C is no longer in $root"
else
    echo "roomcast $version for C is in $root"
fi
