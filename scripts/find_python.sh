#!/usr/bin/env bash
# Find a Python that environments can be made with, and print "VERSION PATH": one of the first of these versions that
# this machine has.
#
#     find_python.sh VERSION...
#
# $PYTHON, the caller's own, goes before all others; then those of the PATH, of .build and of pyenv. Exit code 1, and one
# sentence that says how to get one: there is none.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

# Of a virtual environment the base: the environment itself may be about to be removed. The extensions' and bpy's
# binary interface is the usual one, not that without the global lock (t).
ASK='
import sys, venv, ensurepip
if "t" not in sys.abiflags:
    print("%d.%d" % sys.version_info[:2], sys._base_executable)
'

# use VERSION PROGRAM: end with it where it is of that version.
use() {
    local answer
    answer=$("$2" -I -c "$ASK" </dev/null 2>/dev/null)
    if [ "${answer%% *}" = "$1" ]; then
        printf '%s\n' "$answer"
        exit
    fi
}

candidates() {
    printf '%s\n' "python$1" python3 python .build/*/bin/python
    # pyenv's own command of that name refuses where another version is switched on.
    if command -v pyenv >/dev/null; then printf '%s\n' "$(pyenv root)"/versions/"$1"*/bin/python3; fi
}

for version; do
    if [ -n "${PYTHON:-}" ]; then use "$version" "$PYTHON"; fi
done
for version; do
    while read -r program; do use "$version" "$program"; done < <(candidates "$version")
done

advice=
for version; do
    case $version in
        3.11) advice+='Debian 12: apt-get install python3.11-venv; ' ;;
        3.13) advice+='Debian 13: apt-get install python3.13-venv; Fedora: dnf install python3.13; ' ;;
    esac
done
versions=$*
echo "Python ${versions// / or } with venv is needed and was not found: install it (${advice}anywhere: pyenv install" \
    "$version), or name it: make PYTHON=/path/to/python$version" >&2
exit 1
