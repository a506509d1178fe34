#!/bin/bash
# Usage: backup.sh full | diff | files | restore [TIME] | look | stop | rehearse | daemon | list
# What tools/backup does, in containers: docker compose exec backup /opt/lottery/docker/backup.sh …
# The data directories of both servers are mounted under /members; /offsite, when it is mounted, gets
# a second copy of the files, and PGBACKREST_REPO2_* in database.env one of the database.
set -euo pipefail

ROOT=$(cd "$(dirname "$0")/.." && pwd -P)
. "$ROOT/tools/lib_words.sh"
. "$ROOT/tools/lib_backup.sh"

# shellcheck disable=SC2034 # lib_backup.sh reads these
{
    command="docker compose exec backup /opt/lottery/docker/backup.sh"
    bin=$PATRONI_POSTGRESQL_BIN_DIR python=python3 tools=$ROOT/tools postgresql_conf=/etc/lottery/postgresql.conf
    database=lottery files=/filestore/filestore/lottery archive=/archive heads=(/heads1 /heads2)
    backups=/backup offsite=
    status=/backup/backup.json report=/backup/rehearsal.json work=/backup/log
    scratch=/backup/scratch scratch_port=5499
}
[[ ! -d /offsite ]] || offsite=/offsite

as_owner() { "$@"; }
as_superuser() { PGUSER=postgres "$@"; }

exclusive() {
    exec 9>"$work/.lock-$1"
    flock 9
}

primary() {
    local name
    for name in pg-a pg-b; do
        if curl -fs -o /dev/null "http://$name:8008/primary"; then
            echo "/members/$name/data $name 5432"
            return
        fi
    done
}

if [[ ${1:-} == daemon ]]; then
    until [[ $(primary) ]]; do sleep 2; done
    "$0" init || sleep 60
fi
backup_command "$@"
