#!/usr/bin/env bash
# Install Debian's Slurm and munge, whose programs the tests in tests/slurm start by themselves, with a configuration,
# folders and ports of their own.
#
# Needs Debian or Ubuntu, and root; half a minute, 50 MB. Safe to run again; where all is there it ends at once. What the
# packages do beyond that is Debian's: Slurm's own services stay off as long as there is no /etc/slurm/slurm.conf.
set -euo pipefail

PACKAGES=(slurm-wlm munge)

fail() {
    echo "install_slurm: $*" >&2
    exit 1
}

missing_packages() {
    local package
    for package in "${PACKAGES[@]}"; do
        dpkg-query --show --showformat '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            echo "$package"
    done
}

mapfile -t packages < <(missing_packages)
[ ${#packages[@]} -gt 0 ] || exit 0
command -v apt-get >/dev/null || fail "there is no apt-get here: install Slurm (slurmctld, slurmd) and munge yourself"
[ "$(id -u)" = 0 ] || fail "installing ${packages[*]} needs root: run it with sudo"

log=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.build/slurm.log
mkdir -p "$(dirname "$log")"
export DEBIAN_FRONTEND=noninteractive
echo "install_slurm: installing ${packages[*]}"
{
    apt-get update &&
        apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 "${packages[@]}"
} >"$log" 2>&1 </dev/null || {
    tail -n 30 "$log" >&2
    fail "installing failed; the whole log is $log"
}
