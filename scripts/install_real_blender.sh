#!/usr/bin/env bash
# install_real_blender.sh SUITE: put Debian's Blender, with its window, into a root folder below .build, and write the
# wrapper that starts it:
#
#   trixie  Blender 4.3         .build/blender-4.3/blender, for .build/blender-4.3-root
#   sid     5.2 LTS, or later   .build/blender-sid/blender, for .build/blender-sid-root
#
# The bpy wheels have neither a window nor an executable, so the tests that need them use Debian's package. It gets a
# root folder of its own: nothing of the machine's Debian is replaced, whatever its release. The programs that drive the
# window (Xvfb, xdotool, ImageMagick, python3-xlib) come from the machine's release.
#
# Needs Debian, root (to install, not to start it), one to three minutes, 2 GB for each. Safe to interrupt and to run
# again; where all is there it ends at once.
#
# Exit 75: the suite can't be installed today, through no fault of this script or this machine. sid changes daily, and
# there are days when its packages don't fit together. One line on stdout says so, with apt's own words. Only what apt
# and debootstrap say of their archive counts as that; every other failure is exit 1.
#
# The wrapper is a BLENDER_EXECUTABLE like any other. It binds the machine's data folders below the root folder, under
# their own names, so that a path means the same inside and outside; and it does so in a mount namespace that only this
# Blender sees, and that ends with it. unshare, sh, chroot and env each replace themselves by the next, so the process
# that was started *is* Blender in the end: signals reach it, and its exit status is the one that is seen. (bubblewrap,
# the usual tool for this, stays as a parent: SIGTERM ends that alone, and Blender renders on as an orphan.)
#
# Each root's OpenGL has a shader cache of its own: two versions of Mesa cut each other's index, which both have mapped
# into memory, and the one with the longer one dies of SIGBUS.
set -euo pipefail
export LC_ALL=C.UTF-8 # what apt and debootstrap say is read below

SUITE=${1:-}
ROOT_PACKAGES=(blender libgl1-mesa-dri python3-pytest)
case $SUITE in
    trixie) name=blender-4.3 ;;
    sid)
        name=blender-sid # its version is not ours to say
        # What its package only recommends: the window's OpenGL, and what Blender's own extension manager imports.
        ROOT_PACKAGES+=(libgl1 libegl1 python3-cattr python3-requests python3-zstandard python3-numpy)
        ;;
    *)
        echo "usage: install_real_blender.sh trixie|sid" >&2
        exit 2
        ;;
esac
HOST_PACKAGES=(debootstrap xvfb xdotool imagemagick python3-xlib)

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$repository/.build
root=$build/$name-root
wrapper=$build/$name/blender
log=$build/$name.log
complete=$root/complete
ELSEWHERE="install Blender from blender.org and set BLENDER_EXECUTABLE to it"
wanted="$SUITE ${ROOT_PACKAGES[*]}"

fail() {
    echo "install_real_blender: $*" >&2
    exit 1
}

# Run a step with its output in the log; show the log's end if the step fails.
step() {
    local what=$1
    shift
    echo "install_real_blender: $what"
    "$@" >>"$log" 2>&1 </dev/null || fail_step "$what"
}

fail_step() {
    tail -n 30 "$log" >&2
    fail "$1 failed; the whole log is $log"
}

# The same for what hangs on the suite's own state: exit 75 where apt, debootstrap or the loader blame that.
suite_step() {
    local what=$1 from fault
    shift
    echo "install_real_blender: $what"
    from=$(($(wc -l <"$log") + 1))
    "$@" >>"$log" 2>&1 </dev/null && return
    fault=$(tail -n "+$from" "$log" | suite_fault) || fail_step "$what"
    echo "install_real_blender: $SUITE can't be installed today: $fault"
    exit 75
}

# The first line on stdin that says that the suite, or the way to it, is at fault. A full disk lets packages fail, too.
# Where apt doesn't know a name, the list above is out of date, unless it is Blender's own that is gone for a while.
suite_fault() {
    local said sign
    local signs=(
        'Failed getting release file' "Couldn't download " "Couldn't find these debs" 'Invalid Release (file|signature)'
        'Failed to fetch ' 'does not have a Release file' 'Release file for .* (is not valid yet|is expired)'
        '^ .* : (Pre-)?Depends: ' 'Unable to correct problems' 'Unable to satisfy dependencies'
        "Package '?blender'? has no installation candidate" 'Unable to locate package blender$'
        'dpkg: error processing (package|archive) ' 'error while loading shared libraries: ' 'symbol lookup error: '
    )
    said=$(cat)
    ! grep --quiet --ignore-case 'No space left on device' <<<"$said" || return
    sign=$(printf '|%s' "${signs[@]}")
    grep --max-count=1 --extended-regexp "${sign:1}" <<<"$said"
}

missing_host_packages() {
    local package
    for package in "${HOST_PACKAGES[@]}"; do
        dpkg-query --show --showformat '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            echo "$package"
    done
}

# One suite at a time: the machine's dpkg waits for nobody.
install_host_packages() {
    local packages
    exec 8>"$build/host-packages.lock"
    flock 8
    mapfile -t packages < <(missing_host_packages)
    if [ ${#packages[@]} -gt 0 ]; then
        step "refreshing the package lists" apt-get update
        step "installing ${packages[*]}" \
            env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${packages[@]}"
    fi
    exec 8>&-
}

# The archive this machine installs Debian from: its security and updates archives are no place to bootstrap from.
debian_mirror() {
    # shellcheck disable=SC2016 # apt's own placeholders
    apt-get indextargets --format '$(REPO_URI)|$(LABEL)' 'Created-By: Packages' |
        awk -F'|' '$2 == "Debian" && !mirror {mirror = $1} END {print mirror}'
}

bootstrap() {
    [ ! -e "$root/etc/apt/sources.list" ] || return 0
    local mirror
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || fail "apt's sources on this machine name no Debian archive; $ELSEWHERE"
    # A bootstrap cannot be resumed, so it happens under another name.
    rm -rf --one-file-system "$root" "$root.partial"
    suite_step "bootstrapping Debian $SUITE" bootstrap_partial "$mirror"
    # How this machine reaches its archive (proxy, clock) holds inside as well. Tests need no fsync for each package.
    apt-config dump | grep -E '^Acquire::(https?::|Check-|Retries)' >"$root.partial/etc/apt/apt.conf.d/90machine" ||
        true
    echo force-unsafe-io >"$root.partial/etc/dpkg/dpkg.cfg.d/unsafe-io"
    ln -s /proc/self/mounts "$root.partial/etc/mtab" # Blender complains where it cannot read it
    mv "$root.partial" "$root"
}

bootstrap_partial() {
    apart debootstrap --variant=minbase --include=python3 "$SUITE" "$root.partial" "$1" || {
        cat "$root.partial/debootstrap/debootstrap.log"
        return 1
    }
}

# Run a command in namespaces of its own: its mounts and its processes end with it, also if this script is killed. So
# nothing of the machine stays mounted below a folder that is removed later, and no dpkg goes on behind our back.
apart() {
    unshare --mount --pid --fork --kill-child "$@"
}

in_root() {
    # shellcheck disable=SC2016 # for that shell to expand
    apart sh -c 'mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"' "$root" \
        /usr/bin/env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

install_blender() {
    suite_step "finishing what was interrupted" in_root dpkg --configure -a
    # Else apt goes on with what lists it has where it could not read the present ones.
    suite_step "reading $SUITE's package lists" in_root apt-get update -o APT::Update::Error-Mode=any
    suite_step "installing ${ROOT_PACKAGES[*]}" \
        in_root apt-get install --yes --fix-broken --no-install-recommends "${ROOT_PACKAGES[@]}"
    suite_step "starting Blender by itself" in_root blender --background --version
    in_root apt-get clean >>"$log" 2>&1
}

write_wrapper() {
    mkdir -p "$(dirname "$wrapper")"
    cat >"$wrapper.partial" <<'WRAPPER'
#!/bin/sh
# Written by scripts/install_real_blender.sh: start Debian's Blender in its own root folder, as this very process.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P) || exit
user_namespace=
[ "$(id -u)" = 0 ] || user_namespace=--map-root-user
# shellcheck disable=SC2086 # no words where no option is wanted
exec unshare --mount $user_namespace sh -c '
    root=$0
    for folder in /*; do
        case $folder in
            /bin | /boot | /etc | /lib* | /lost+found | /run | /sbin | /usr | /var) continue ;;
        esac
        if [ -d "$folder" ] && [ ! -L "$folder" ]; then
            mkdir -p "$root$folder" && mount --rbind "$folder" "$root$folder" || exit 127
        fi
    done
    exec chroot "$root" /usr/bin/env --chdir="$PWD" MESA_SHADER_CACHE_DIR=/var/cache/mesa /usr/bin/blender "$@"
' "$here-root" "$@"
WRAPPER
    chmod +x "$wrapper.partial"
    mv "$wrapper.partial" "$wrapper"
}

check_wrapper() {
    "$wrapper" --background --version | head -n 1
}

main() {
    mkdir -p "$build"
    exec 9>"$build/$name.lock"
    flock 9
    if [ "$(cat "$complete" 2>/dev/null)" = "$wanted" ] && [ -z "$(missing_host_packages)" ]; then
        write_wrapper
        return
    fi
    command -v apt-get >/dev/null || fail "there is no apt-get here; $ELSEWHERE"
    [ "$(id -u)" = 0 ] || fail "installing packages needs root; run it with sudo, or: $ELSEWHERE"
    : >"$log"
    rm -f "$wrapper" # what it starts is in pieces until all is there
    [[ $repository != *[[:space:]]* ]] || fail "debootstrap takes no folder with a space in its name: $repository"
    install_host_packages
    bootstrap
    install_blender
    write_wrapper
    check_wrapper >/dev/null || fail "Blender is installed but does not start: $wrapper --background --version"
    echo "$wanted" >"$complete"
    echo "install_real_blender: $("$wrapper" --background --version | head -n 1): $wrapper"
}

main
