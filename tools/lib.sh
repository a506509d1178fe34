# shellcheck shell=bash
# What the commands in tools/ share: where things are, how a step is announced and how it fails.
# Sourced, never run. State of an instance lives under $STATE, the toolchain under $VAR.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
VAR=$ROOT/var
VENV=$VAR/venv
INSTANCE=${LOTTERY_INSTANCE:-main}
. "$ROOT/tools/lib_words.sh"

case $INSTANCE in
main) STATE=$VAR PORT_SHIFT=0 DB=lottery ;;
test) STATE=$VAR/test PORT_SHIFT=10 DB=lottery_test ;;
cluster) STATE=$VAR/cluster PORT_SHIFT=20 DB=lottery ;;
*) fail "LOTTERY_INSTANCE is '$INSTANCE'" "use main, test or cluster" ;;
esac
mkdir -p "$STATE/log" "$STATE/run" "$VAR/home" "$VAR/cache"

# What the operator has fixed for this instance: lines NAME=value. The environment of a call comes first.
if [[ -f $STATE/settings.env ]]; then
    while IFS='=' read -r name value; do
        [[ ! $name =~ ^[A-Z][A-Z0-9_]*$ || -n ${!name:-} ]] || export "$name=$value"
    done <"$STATE/settings.env"
fi

# Without HTTP_PORT: the one of the instance that runs here, else the default.
if [[ -z ${HTTP_PORT:-} ]]; then
    HTTP_PORT=$(cat "$STATE/run/http_port" "$VAR/run/http_port" 2>/dev/null | head -n 1) || true
    : "${HTTP_PORT:=8069}"
fi
[[ $HTTP_PORT =~ ^[1-9][0-9]{2,4}$ && $HTTP_PORT -le 65000 ]] ||
    fail "HTTP_PORT is '$HTTP_PORT'" "use a number up to 65000: the other ports follow it"
export HTTP_PORT
PUBLIC_PORT=$((HTTP_PORT + PORT_SHIFT))
ODOO_PORT=$((PUBLIC_PORT + 100))
GEVENT_PORT=$((PUBLIC_PORT + 101))
ILMS_PORT=$((PUBLIC_PORT + 102))

# An outside server when PGHOST names one, else a private cluster of our own.
if [[ -n ${PGHOST:-} && -z ${LOTTERY_EMBEDDED:-} && $INSTANCE != cluster ]]; then
    EMBEDDED=
    export PGPORT=${PGPORT:-5432}
else
    EMBEDDED=yes
    export LOTTERY_EMBEDDED=yes PGHOST=127.0.0.1
    PGPORT=${PGPORT_EMBEDDED:-$((HTTP_PORT + 103))}
    export PGPORT=$((PGPORT + PORT_SHIFT))
fi

# What the cluster has beside it: PGPORT is HAProxy's door to the primary, ODOO_PORT its door to
# the nodes. cluster_port NAME: a port of one process.
CLUSTER_PORTS=(odoo gevent ilms primary replica odoo1 gevent1 odoo2 gevent2 jobs jobs-gevent
    pg-a pg-b patroni-a patroni-b etcd etcd-peer scratch fault)
cluster_port() {
    local number
    for number in "${!CLUSTER_PORTS[@]}"; do
        [[ ${CLUSTER_PORTS[number]} == "$1" ]] && echo $((ODOO_PORT + number)) && return
    done
    return 1
}

export VAR STATE INSTANCE DB PUBLIC_PORT ODOO_PORT GEVENT_PORT ILMS_PORT EMBEDDED
# Nothing may depend on the caller's home: caches and profiles stay inside var/.
export HOME=$VAR/home XDG_CACHE_HOME=$VAR/cache PIP_CACHE_DIR=$VAR/cache/pip npm_config_cache=$VAR/cache/npm
export PATH=$VENV/bin:$PATH:/usr/sbin:/sbin LANG=C.UTF-8 LC_ALL=C.UTF-8 TZ=UTC
unset PGDATABASE PGSERVICE PYTHONHOME PYTHONPATH

# Where the journal's heads go, by colons: other disks or hosts in production. Tests have their own.
[[ $INSTANCE != test ]] || unset LOTTERY_JOURNAL_HEAD_DIRS LOTTERY_ARCHIVE_DIR
export LOTTERY_JOURNAL_HEAD_DIRS=${LOTTERY_JOURNAL_HEAD_DIRS:-$STATE/heads1:$STATE/heads2}
# shellcheck disable=SC2034 # for those who source this
IFS=: read -ra HEADS <<<"$LOTTERY_JOURNAL_HEAD_DIRS"
export LOTTERY_ARCHIVE_DIR=${LOTTERY_ARCHIVE_DIR:-$STATE/archive}

# as_root CMD...: directly, by sudo, or fail with the command to give to an administrator.
as_root() {
    if [[ $(id -u) == 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -- "$@"
    else
        fail "root is needed for: $*" "run it as an administrator, then repeat"
    fi
}

# hash_of FILE...: one hash over files; one that is missing counts as empty.
hash_of() { { cat -- "$@" 2>/dev/null || true; } | sha256sum | cut -c1-16; }

# stamped NAME KEY: true when step NAME was finished with this KEY.
stamped() { [[ -f $VAR/stamps/$1 && $(<"$VAR/stamps/$1") == "$2" ]]; }
stamp() {
    mkdir -p "$VAR/stamps"
    printf '%s\n' "$2" >"$VAR/stamps/$1.new"
    mv "$VAR/stamps/$1.new" "$VAR/stamps/$1"
}

# exclusive NAME: one process at a time; the lock is dropped at exit.
exclusive() {
    exec 9>"$VAR/.lock-$1"
    flock -n 9 && return
    say "waiting for another $1 to end" >&2
    flock -w 1800 9 || fail "another $1 is running" "wait for it or end it"
}

# Secrets of this instance as shell variables (see tools/secrets).
load_secrets() {
    "$ROOT/tools/secrets" >/dev/null
    # shellcheck disable=SC1091
    . "$STATE/secrets.env"
    if [[ $EMBEDDED ]]; then
        export PGUSER=odoo PGPASSWORD=$LOTTERY_PG_PASSWORD
    else
        export PGUSER=${PGUSER:-odoo}
    fi
}
