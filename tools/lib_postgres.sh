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

# backup_environment HOME: places and key of pgBackRest, for the server's archiver and for backups. An
# off-site repository of another kind (S3, Azure, …) is PGBACKREST_REPO2_* in settings.env.
backup_environment() {
    local home=$1
    export PGBACKREST_CONFIG=$home/pgbackrest.conf PGBACKREST_REPO1_CIPHER_PASS=$LOTTERY_BACKUP_KEY
    export PGBACKREST_REPO1_PATH=${LOTTERY_BACKUP_DIR:-$home/backup}/database
    export PGBACKREST_LOG_PATH=$home/log PGBACKREST_LOCK_PATH=$home/lock PGBACKREST_SPOOL_PATH=$home/spool
    [[ -z ${LOTTERY_OFFSITE_DIR:-} ]] || export PGBACKREST_REPO2_PATH=$LOTTERY_OFFSITE_DIR/database
    [[ ${PGBACKREST_REPO2_PATH:-} ]] || return 0
    export PGBACKREST_REPO2_CIPHER_TYPE=aes-256-cbc PGBACKREST_REPO2_CIPHER_PASS=$LOTTERY_BACKUP_KEY
    export PGBACKREST_REPO2_RETENTION_FULL_TYPE=time PGBACKREST_REPO2_RETENTION_FULL=${PGBACKREST_REPO2_RETENTION_FULL:-28}
}
