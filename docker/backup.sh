#!/bin/bash
# Copies the filestore each minute, takes a backup each day and a full one each week; writes what
# the health page reads. The data directories of both servers are mounted under /members.
set -euo pipefail

status=/backup/backup.json
leader() {
    local name
    for name in pg-a pg-b; do
        curl -fs -o /dev/null "http://$name:8008/primary" && echo "$name" && return
    done
}
age() { python3 /opt/lottery/rehearsal.py age "$status" "$1"; }
back_up() {
    local primary
    primary=$(leader)
    export PGHOST=$primary PGUSER=postgres
    pgbackrest --stanza=lottery --pg1-path="/members/$primary/data" --pg1-user=postgres stanza-create
    pgbackrest --stanza=lottery --pg1-path="/members/$primary/data" --pg1-user=postgres --type="$1" backup
    python3 /opt/lottery/rehearsal.py note "$status" backup
    if [[ $1 == full ]]; then
        python3 /opt/lottery/rehearsal.py note "$status" full
    fi
}

while true; do
    python3 /opt/lottery/rehearsal.py copy /filestore/filestore/lottery /backup/files || true
    if [[ $(age full) -gt 604800 ]]; then
        back_up full || true
    elif [[ $(age backup) -gt 86400 ]]; then
        back_up diff || true
    fi
    sleep 60
done
