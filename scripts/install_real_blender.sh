#!/usr/bin/env bash
# Put Debian's Blender 4.3, with its window, into .build/blender-4.3-root, and write .build/blender-4.3/blender, which
# starts it.
#
# The bpy wheels have neither a window nor an executable, so the tests that need them use the package of Debian trixie.
# It gets a root folder of its own: nothing of the machine's Debian is replaced, whatever its release. The programs that
# drive the window (Xvfb, xdotool, ImageMagick) come from the machine's release.
#
# Needs Debian, root (to install, not to start it), one to three minutes, 2 GB. Safe to interrupt and to run again; where
# all is there it ends at once.
#
# The wrapper is a BLENDER_EXECUTABLE like any other. It binds the machine's data folders below the root folder, under
# their own names, so that a path means the same inside and outside; and it does so in a mount namespace that only this
# Blender sees, and that ends with it. unshare, sh, chroot and env each replace themselves by the next, so the process
# that was started *is* Blender in the end: signals reach it, and its exit status is the one that is seen. (bubblewrap,
# the usual tool for this, stays as a parent: SIGTERM ends that alone, and Blender renders on as an orphan.)
set -euo pipefail

SUITE=trixie
ROOT_PACKAGES=(blender libgl1-mesa-dri python3-pytest)
HOST_PACKAGES=(debootstrap xvfb xdotool imagemagick)

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$repository/.build
root=$build/blender-4.3-root
wrapper=$build/blender-4.3/blender
log=$build/blender-4.3.log
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
    "$@" >>"$log" 2>&1 </dev/null || {
        tail -n 30 "$log" >&2
        fail "$what failed; the whole log is $log"
    }
}

missing_host_packages() {
    local package
    for package in "${HOST_PACKAGES[@]}"; do
        dpkg-query --show --showformat '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            echo "$package"
    done
}

install_host_packages() {
    local packages
    mapfile -t packages < <(missing_host_packages)
    [ ${#packages[@]} -gt 0 ] || return 0
    step "refreshing the package lists" apt-get update
    step "installing ${packages[*]}" \
        env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${packages[@]}"
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
    step "bootstrapping Debian $SUITE" apart \
        debootstrap --variant=minbase --include=python3 "$SUITE" "$root.partial" "$mirror"
    # How this machine reaches its archive (proxy, clock) holds inside as well. Tests need no fsync for each package.
    apt-config dump | grep -E '^Acquire::(https?::|Check-|Retries)' >"$root.partial/etc/apt/apt.conf.d/90machine" ||
        true
    echo force-unsafe-io >"$root.partial/etc/dpkg/dpkg.cfg.d/unsafe-io"
    ln -s /proc/self/mounts "$root.partial/etc/mtab" # Blender complains where it cannot read it
    mv "$root.partial" "$root"
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
    step "finishing what was interrupted" in_root dpkg --configure -a
    step "reading trixie's package lists" in_root apt-get update
    step "installing ${ROOT_PACKAGES[*]}" \
        in_root apt-get install --yes --fix-broken --no-install-recommends "${ROOT_PACKAGES[@]}"
    in_root apt-get clean >>"$log" 2>&1
}

write_wrapper() {
    mkdir -p "$(dirname "$wrapper")"
    cat >"$wrapper.partial" <<'WRAPPER'
#!/bin/sh
# Written by scripts/install_real_blender.sh: start Blender 4.3 in its own root folder, as this very process.
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
    exec chroot "$root" /usr/bin/env --chdir="$PWD" /usr/bin/blender "$@"
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
    exec 9>"$build/blender-4.3.lock"
    flock 9
    if [ "$(cat "$complete" 2>/dev/null)" = "$wanted" ] && [ -z "$(missing_host_packages)" ]; then
        write_wrapper
        return
    fi
    command -v apt-get >/dev/null || fail "there is no apt-get here; $ELSEWHERE"
    [ "$(id -u)" = 0 ] || fail "installing packages needs root; run it with sudo, or: $ELSEWHERE"
    : >"$log"
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
