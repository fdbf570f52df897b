#!/usr/bin/env bash
# Try the Dockerfile where there is no Docker: its steps in a bare root folder, its command in namespaces of its own.
#
#     try_in_chroot.sh build                              make the root folder, .build/container/blender-5.2
#     try_in_chroot.sh run DATA [NAME=VALUE…] [WORD…]     as docker run --volume DATA:DATA --env NAME=VALUE … IMAGE WORD…
#
# The variable BLENDER_VERSION is the Dockerfile's build argument, for both.
#
# What is done is what the Dockerfile says: this reads it. The base is Debian's own minimal system, made by debootstrap
# from the archive that this machine uses; pip reaches its index as this machine's pip does, by the same configuration,
# which is lent for the time of the build and not left in the root folder.
#
# Needs Debian and root; two minutes, 1.5 GB. Safe to interrupt and to run again; where all is there it ends at once.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dockerfile=$repository/container/Dockerfile
home=$repository/.build/container
CERTIFICATES=tmp/pip_certificates.crt
PATH_INSIDE=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

fail() {
    echo "try_in_chroot: $*" >&2
    exit 1
}

# The rest of the Dockerfile's line, or lines, that begin with this word, for the Blender that is asked for.
instruction() {
    sed -n "s/^$1 //p" "$dockerfile" | sed "s/\${BLENDER_VERSION}/$version/g"
}

# The words of a line whose rest is a list in JSON, each on a line.
listed() {
    instruction "$1" | python3 -c 'import json, sys; print(*json.load(sys.stdin), sep="\n")'
}

# Run a step with its output in the log; show the log's end if the step fails.
step() {
    local what=$1
    shift
    echo "try_in_chroot: $what"
    "$@" >>"$log" 2>&1 </dev/null || {
        tail -n 30 "$log" >&2
        fail "$what failed; the whole log is $log"
    }
}

# inside ROOT USER FOLDER [LENT…] -- [NAME=VALUE…] COMMAND…: run a command in a root folder, with mounts and processes of
# its own that end with it, and with no environment but what is named. LENT files and folders keep their names. This
# script is replaced by it: unshare takes its place, with the command as its one child.
inside() {
    # shellcheck disable=SC2016 # for that shell to expand
    exec unshare --mount --pid --fork --kill-child sh -euc '
        root=$1 user=$2 folder=$3
        shift 3
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount --rbind /sys "$root/sys"
        while [ "$1" != -- ]; do
            if [ -d "$1" ]; then mkdir -p "$root$1"; else mkdir -p "$root${1%/*}" && : >>"$root$1"; fi
            mount --rbind "$1" "$root$1"
            shift
        done
        shift
        exec chroot --userspec="$user" "$root" env --ignore-environment --chdir="$folder" "$@"
    ' sh "$@"
}

build_inside() (
    inside "$@"
)

# The archive this machine installs Debian from: its security and updates archives are no place to bootstrap from.
debian_mirror() {
    # shellcheck disable=SC2016 # apt's own placeholders
    apt-get indextargets --format '$(REPO_URI)|$(LABEL)' 'Created-By: Packages' |
        awk -F'|' '$2 == "Debian" && !mirror {mirror = $1} END {print mirror}'
}

# The Debian that the Dockerfile builds on for the Blender that is asked for.
debian_suite() {
    local suite
    suite=$(instruction FROM | sed -n "s/^debian:\(.*\)-slim AS blender-$version\$/\1/p")
    [ -n "$suite" ] || fail "the Dockerfile has no FROM debian:SUITE-slim AS blender-$version"
    echo "$suite"
}

# What the Dockerfile builds on, in a folder that is kept: the rest of the build is made in copies of it.
bootstrap() {
    local base=$1 suite=$2 mirror
    [ ! -d "$base" ] || return 0
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || fail "apt's sources on this machine name no Debian archive"
    command -v debootstrap >/dev/null ||
        step "installing debootstrap" sh -c 'apt-get update && apt-get install --yes --no-install-recommends debootstrap'
    rm -rf --one-file-system "$base.partial"
    step "bootstrapping Debian $suite" \
        unshare --mount --pid --fork --kill-child debootstrap --variant=minbase "$suite" "$base.partial" "$mirror"
    # How this machine reaches its archive (proxy, clock) holds inside as well. Tests need no fsync for each package.
    apt-config dump | grep -E '^Acquire::(https?::|Check-|Retries)' >"$base.partial/etc/apt/apt.conf.d/90machine" ||
        true
    echo force-unsafe-io >"$base.partial/etc/dpkg/dpkg.cfg.d/unsafe-io"
    mv "$base.partial" "$base"
}

# What pip says of its configuration; nothing where this machine has no pip, and so no configuration to lend.
pip_config() {
    python3 -m pip config "$@" 2>/dev/null || true
}

# The files and folders that make up the configuration of this machine's pip: those that it reads, and those named there.
# Of an index that is a folder, which is called simple, the one above: its pages may point to files beside it.
pip_configuration() {
    {
        pip_config debug | sed -n 's/^ *\(\/.*\), exists: True$/\1/p'
        pip_config list | grep -v '\.cert=' | grep -oE "/[^ ':]+" | sed 's/^\/*/\//; s/\/simple$//'
    } | while read -r path; do [ ! -e "$path" ] || echo "$path"; done
}

# The variables by which pip is told of its index, and of the way there.
pip_environment() {
    env | grep -iE '^(pip_[a-z_]+|https?_proxy|no_proxy)=' | grep -v '^PIP_CERT=' || true
    [ ! -e "$root/$CERTIFICATES" ] || echo "PIP_CERT=/$CERTIFICATES"
}

# The certificates that this machine's pip trusts. A copy: Debian's packages write to the place where they mostly lie.
copy_pip_certificates() {
    local trusted
    trusted=$(pip_config list | sed -n "s/^.*\.cert='\(.*\)'$/\1/p" | tail -n 1)
    [ -z "$trusted" ] || cp "$trusted" "$root/$CERTIFICATES"
}

# A digest of all that the build depends on.
wanted() {
    { echo "$version" && cat "$dockerfile" "${sources[@]}"; } | sha256sum
}

build() {
    local sources destination suite lent environment
    cd "$repository"
    suite=$(debian_suite)
    # shellcheck disable=SC2206 # patterns, which this shell expands as Docker does
    sources=($(instruction COPY))
    destination=${sources[-1]}
    unset 'sources[-1]'
    [ "$(id -u)" = 0 ] || fail "a root folder is made by root: run this with sudo"
    mkdir -p "$home"
    exec 9>"$home/lock"
    flock 9
    [ "$(cat "$root/complete" 2>/dev/null)" != "$(wanted)" ] || return 0
    : >"$log"
    bootstrap "$home/$suite" "$suite"
    rm -rf --one-file-system "$root"
    cp --archive --reflink=auto "$home/$suite" "$root"
    mkdir -p "$root$destination"
    cp "${sources[@]}" "$root$destination"
    cp /etc/resolv.conf /etc/hosts "$root/etc"
    copy_pip_certificates
    mapfile -t lent < <(pip_configuration)
    mapfile -t environment < <(pip_environment)
    step "running the Dockerfile's steps" build_inside "$root" 0:0 / "${lent[@]}" -- "PATH=$PATH_INSIDE" "HOME=$HOME" \
        "${environment[@]}" sh -c "$(instruction RUN)"
    rm -f "$root/$CERTIFICATES"
    wanted >"$root/complete"
    tail -n 1 "$log"
}

run() {
    local data=$1 variables words=() entry
    shift
    mapfile -t variables < <(instruction ENV)
    while [[ ${1:-} == *=* ]]; do
        variables+=("$1")
        shift
    done
    words=("$@")
    [ $# -gt 0 ] || mapfile -t words < <(listed CMD)
    mapfile -t entry < <(listed ENTRYPOINT)
    inside "$root" "$(instruction USER)" "$(instruction WORKDIR)" "$data" -- "PATH=$PATH_INSIDE" \
        HOME="$(instruction WORKDIR)" "${variables[@]}" "${entry[@]}" "${words[@]}"
}

version=${BLENDER_VERSION:-$(sed -n 's/^ARG BLENDER_VERSION=//p' "$dockerfile")}
root=$home/blender-$version
log=$root.log

case ${1:-} in
    build) build ;;
    run) run "${@:2}" ;;
    *) fail "say build, or run DATA [NAME=VALUE…] [WORD…]" ;;
esac
