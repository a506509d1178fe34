# shellcheck shell=bash
# What the commands that run PostgreSQL share. Sourced after lib.sh, never run.

bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
[[ $bin ]] || fail "PostgreSQL is not installed" "run tools/setup"

# PostgreSQL refuses root; as root everything runs as the package's own user.
if [[ $(id -u) == 0 ]]; then
    OWNER=(setpriv --reuid=postgres --regid=postgres --init-groups --)
else
    OWNER=(env)
fi
as_owner() { "${OWNER[@]}" "$@"; }

# The cluster's home: var/pg, or outside the checkout when its owner cannot get there
# (a clone in a 0700 directory); var/pg is a link then.
place() {
    [[ -e $STATE/pg ]] && return
    if [[ $(id -u) != 0 ]]; then
        install -d -m 0700 "$STATE/pg"
        return
    fi
    if as_owner test -x "$STATE"; then
        install -d -m 0700 -o postgres -g postgres "$STATE/pg"
    else
        local home
        home=/var/lib/lottery-suite/$(printf %s "$STATE" | sha256sum | cut -c1-16)
        install -d -m 0755 /var/lib/lottery-suite
        install -d -m 0700 -o postgres -g postgres "$home"
        ln -s "$home" "$STATE/pg"
    fi
}
