#!/bin/sh
# The steps of the Dockerfile, as root on a bare Debian 12 or 13: what is beside this file becomes a worker.
#
# Only packages of Debian and PyPI. What the packages of Debian are for:
#   python3-venv  the Python that the Blender is built for, and pip
#   tini          process 1: passes SIGTERM on to Blender, and Blender's exit code out
#   lib…          what the bpy wheel expects of the system, though no window is ever opened
#   EGL           libglvnd's, by which EEVEE and a compositor on the GPU draw: NVIDIA's where the machine lends it to
#                 the container, else Mesa's, which draws on the CPU
set -eu

PACKAGES="
    python3-venv tini
    libgl1 libgomp1 libice6 libsm6 libx11-6 libxfixes3 libxi6 libxkbcommon0 libxrender1 libxxf86vm1
"
EGL_PACKAGES="libegl1 libegl-mesa0 libgl1-mesa-dri"
USER_ID=1000
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

fail() {
    echo "install: $*" >&2
    exit 1
}

install_packages() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    apt-get install -qq --yes --no-install-recommends $PACKAGES $EGL_PACKAGES
    apt-get clean
    rm -rf /var/lib/apt/lists/*
}

# No dependencies but those that are listed: rendering needs no more.
install_blender() {
    python3 -m venv /opt/blender
    /opt/blender/bin/python -m pip install --quiet --no-cache-dir --disable-pip-version-check --no-deps \
        --requirement "$here"/blender-*.txt
    install -m 755 "$here/blender" /usr/local/bin/blender
}

install_extension() {
    python3 -m zipfile --extract "$here"/*.zip /opt/array_chunk_render
    # The user that renders can't write there.
    /opt/blender/bin/python -m compileall -q /opt/array_chunk_render
}

check() {
    missing=$(find /opt/blender -path '*/bpy/__init__.so' -exec ldd {} + | awk '/=> not found/ {print $1}')
    [ -z "$missing" ] || fail "PACKAGES lacks what brings" $missing
    /opt/blender/bin/python -c 'import bpy, os; print("installed Blender", bpy.app.version_string, flush=True); os._exit(0)'
}

install_packages
install_blender
install_extension
useradd --uid "$USER_ID" --create-home render
check
