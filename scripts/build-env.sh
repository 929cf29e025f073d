#!/usr/bin/env sh
# Finds or installs what building the LP solver (HiGHS, C++) needs: cmake and libclang.
#
# Prints `export` lines for the caller to evaluate:   eval "$(sh scripts/build-env.sh)"
# Order: what the machine already has; else pinned PyPI wheels in a private folder (.tools/, no root
# needed); else Debian packages when root; else it says exactly what to type.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
tools="$root/.tools"

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "sanban: $1"
    say "Type this, then run the same command again:"
    say "    $2"
    exit 1
}

command -v c++ >/dev/null 2>&1 || fail "no C++ compiler (c++) was found." "sudo apt-get install g++ make"
command -v cargo >/dev/null 2>&1 || fail "no cargo was found." "install rustup from https://rustup.rs, then open a new shell"
command -v python3 >/dev/null 2>&1 || fail "no python3 was found." "sudo apt-get install python3 python3-venv"

libclang_folder() {
    for folder in ${LIBCLANG_PATH:+"$LIBCLANG_PATH"} "$tools"/venv/lib/python3*/site-packages/clang/native \
        /usr/lib/llvm-*/lib /usr/lib/x86_64-linux-gnu /usr/lib/aarch64-linux-gnu /usr/lib64 /usr/lib \
        /Library/Developer/CommandLineTools/usr/lib; do
        for library in "$folder"/libclang.so "$folder"/libclang-*.so* "$folder"/libclang.so.* "$folder"/libclang.dylib; do
            case "$library" in *libclang-cpp*) continue ;; esac
            [ -e "$library" ] && { printf '%s' "$folder"; return 0; }
        done
    done
    return 1
}

cmake_folder() {
    if command -v cmake >/dev/null 2>&1; then dirname "$(command -v cmake)"; return 0; fi
    [ -x "$tools/venv/bin/cmake" ] && { printf '%s' "$tools/venv/bin"; return 0; }
    return 1
}

if ! cmake_folder >/dev/null || ! libclang_folder >/dev/null; then
    say "sanban: installing cmake and libclang into .tools/ (once, about 170 MB)"
    if ! { python3 -m venv "$tools/venv" && "$tools/venv/bin/pip" install --quiet cmake==4.1.2 libclang==18.1.1; } >&2; then
        rm -rf "$tools/venv"
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
            say "sanban: no wheels could be installed; trying Debian packages"
            { apt-get update -q && apt-get install -qy cmake libclang-dev; } >&2 ||
                fail "cmake and libclang could not be installed." "sudo apt-get install cmake libclang-dev"
        else
            fail "cmake and libclang could not be installed." "sudo apt-get install cmake libclang-dev python3-venv"
        fi
    fi
fi

cmake_folder >/dev/null || fail "cmake is missing." "sudo apt-get install cmake"
libclang_folder >/dev/null || fail "libclang is missing." "sudo apt-get install libclang-dev"

printf 'export PATH="%s:$PATH"\n' "$(cmake_folder)"
printf 'export LIBCLANG_PATH="%s"\n' "$(libclang_folder)"
# libclang from a wheel comes without the compiler's own headers (stddef.h …): lend it gcc's.
headers=$(c++ -print-file-name=include 2>/dev/null || true)
[ -d "$headers" ] && printf 'export BINDGEN_EXTRA_CLANG_ARGS="-I%s"\n' "$headers"
exit 0
