# shellcheck shell=bash
# Backups, here and in docker/: what tools/backup and docker/backup.sh share. Sourced after
# lib_words.sh, never run. Who sources it sets
#   command                 how an operator calls it
#   bin python tools        PostgreSQL's programs, a Python with psycopg2, the suite's tools
#   database files archive  name of the database, its filestore, archived logs (both may be missing)
#   heads                   the directories with the journal's heads
#   backups offsite         directories copies go to; offsite may be empty. pgBackRest's own
#                           places are in the environment (PGBACKREST_REPO1_*, …REPO2_*)
#   status report work      the health page's file, the rehearsal's result, a directory for logs
#   scratch scratch_port    where a restored server lives, with the settings of postgresql_conf
# and defines
#   as_owner CMD...         runs it as the user PostgreSQL runs as
#   as_superuser CMD...     with the name and password of PostgreSQL's superuser, of the primary
#                           unless PGHOST and PGPORT say otherwise
#   primary                 prints data directory, host and port of the server that is the primary now
#   exclusive NAME          one process at a time, lock on descriptor 9
# shellcheck disable=SC2154 # those

MINUTE=60 HOUR=3600 DAY=86400 WEEK=604800

# pgbackrest ARGUMENTS: about the server that is the primary now.
pgbackrest() {
    local data host port
    read -r data host port <<<"$(primary)"
    [[ $port ]] || fail "there is no primary" "start the servers; tools/cluster status says which runs"
    (
        cd /
        export PGHOST=$host PGUSER=postgres
        as_owner /usr/bin/pgbackrest --stanza=lottery --pg1-path="$data" --pg1-port="$port" --pg1-user=postgres "$@"
    )
}

super_sql() { as_superuser "$bin/psql" -XAtq -v ON_ERROR_STOP=1 "$@"; }

# Numbers of pgBackRest's repositories: the second is off-site and may be missing.
repositories() { echo 1 ${PGBACKREST_REPO2_PATH:+2}; }

# note NAME: now is when it was last done well; the health page reads it.
note() { "$python" "$tools/rehearsal.py" note "$status" "$1"; }

# age_of NAME: seconds since it was last done well.
age_of() { "$python" "$tools/rehearsal.py" age "$status" "$1"; }

# === BACKING UP === #

# Without harm when all is there; a repository that was added gets its place.
prepare_backups() {
    exclusive backup
    logged "$work/prepare.log" "preparing the backup" "look for space and rights in $backups ${offsite:-}" \
        pgbackrest stanza-create
    flock -u 9
    [[ -f $status ]] || back_up full
}

# It counts as done when every repository has it.
back_up() {
    exclusive backup
    copy_files
    fetch_objects
    local number
    for number in $(repositories); do
        logged "$work/backup-$1.log" "the backup (repository $number)" "is there space? \`list\` tells what there is" \
            pgbackrest --type="$1" --repo="$number" backup
    done
    note backup
    [[ $1 != full ]] || note full
    flock -u 9
}

# Files of the filestore are named by their content, archives by their month: neither changes,
# what is there stays.
copy_files() {
    local place
    for place in "$backups" ${offsite:+"$offsite"}; do
        [[ ! -d $files ]] || "$python" "$tools/rehearsal.py" copy "$files" "$place/files"
        [[ ! -d $archive ]] || "$python" "$tools/rehearsal.py" copy "$archive" "$place/archive"
    done
}

# What other nodes have brought into the object store, where there is one (LOTTERY_OBJECTS_URL).
fetch_objects() {
    local place
    for place in "$backups" ${offsite:+"$offsite"}; do
        as_superuser "$python" "$tools/rehearsal.py" fetch "$place/files" --database "$database"
    done
}

# Each is a process of its own: what fails in it ends it and nothing else.
keep() {
    trap 'exit 0' TERM INT
    local tried=0
    while true; do
        "$0" files >/dev/null || true
        if [[ $(age_of full) -gt $WEEK ]]; then
            "$0" full || true
        elif [[ $(age_of backup) -gt $DAY ]]; then
            "$0" diff || true
        fi
        # One that failed is tried again in an hour: it costs a restore.
        if [[ $(age_of rehearsal) -gt $WEEK ]] && ((SECONDS - tried > HOUR || tried == 0)); then
            tried=$((SECONDS + 1))
            "$0" rehearse || true
        fi
        sleep "$MINUTE" &
        wait $!
    done
}

# === RESTORING === #

stop_scratch() {
    if [[ -f $scratch/data/postmaster.pid ]]; then
        (cd / && as_owner "$bin/pg_ctl" -s -D "$scratch/data" -m immediate -w stop) || true
    fi
    rm -rf "$scratch"
}

scratch_sql() { PGHOST=127.0.0.1 PGPORT=$scratch_port super_sql "$@"; }

# restore_database ARGUMENTS: into the scratch place; returns when recovery has come to its end.
restore_database() {
    stop_scratch
    as_owner install -d -m 0700 "$scratch" "$scratch/data"
    install -m 0644 "$postgresql_conf" "$scratch/postgresql.conf"
    printf '%s\n' "host all all all scram-sha-256" >"$scratch/pg_hba.conf"
    (
        cd "$scratch" || exit
        logged "$work/restore.log" "the restore" "\`list\` tells what there is; is the time within a backup?" \
            as_owner /usr/bin/pgbackrest --stanza=lottery --pg1-path="$scratch/data" "$@" restore
        # It must not write into the archive it came from.
        logged "$work/restore.log" "starting the restored server" "see $scratch/log" \
            as_owner "$bin/pg_ctl" -s -D "$scratch/data" -l "$scratch/log" -w -t 3600 -o \
            "-c config_file=$scratch/postgresql.conf -c hba_file=$scratch/pg_hba.conf -c listen_addresses=127.0.0.1 -p $scratch_port -c unix_socket_directories= -c archive_mode=off -c synchronous_standby_names= -c shared_buffers=128MB -c max_wal_senders=10 -c max_worker_processes=8" start 9>&-
    )
    local _
    for _ in $(seq 7200); do
        [[ $(scratch_sql -d postgres -c "SELECT pg_is_in_recovery()" 2>/dev/null) == f ]] && return
        (cd / && as_owner "$bin/pg_ctl" -s -D "$scratch/data" status >/dev/null) || break
        sleep 0.5
    done
    tail -n 5 "$scratch/log" >&2
    fail "the restored server does not come up" "the time must lie after the end of a backup and before now"
}

restore() {
    exclusive restore
    if [[ ${1:-} ]]; then
        restore_database --type=time --target="$1" --target-action=promote
    else
        restore_database --type=default
    fi
    say "restored to 127.0.0.1:$scratch_port, database $database, as of $(scratch_sql -d "$database" -c "SELECT COALESCE(pg_last_xact_replay_timestamp(), now())")"
    say "look: $command look    end: $command stop"
}

# look ARGUMENTS: a prompt (psql) in the restored database.
look() {
    [[ -f $scratch/data/postmaster.pid ]] || fail "nothing is restored" "$command restore"
    PGHOST=127.0.0.1 PGPORT=$scratch_port as_superuser "$bin/psql" -d "$database" "$@"
}

# A point all can be compared at: what is alive goes on meanwhile.
rehearse() {
    exclusive restore
    local point start number=0 place result=0
    point=rehearsal-$(date +%Y%m%d%H%M%S)
    start=$(date +%s.%N)
    rm -rf "$work/rehearsal"
    mkdir -p "$work/rehearsal"
    copy_files >/dev/null
    fetch_objects >/dev/null
    for place in "${heads[@]}"; do
        number=$((number + 1))
        [[ ! -d $place ]] || cp -a "$place" "$work/rehearsal/heads$number"
    done
    compare counts before
    super_sql -d postgres -c "SELECT pg_create_restore_point('$point')" >/dev/null
    compare counts after
    await_archive "$(super_sql -d postgres -c "SELECT pg_walfile_name(pg_switch_wal())")"
    step "restoring to $point"
    restore_database --type=name --target="$point" --target-action=promote
    step "comparing"
    PGHOST=127.0.0.1 PGPORT=$scratch_port compare report --started "$start" --files "$backups/files" --report "$report" || result=$?
    stop_scratch
    [[ $result == 0 ]] || fail "the restored copy differs" "see $report"
    note rehearsal
}

# compare COMMAND ARGUMENTS: of tools/rehearsal.py, as superuser of the server asked.
compare() {
    as_superuser "$python" "$tools/rehearsal.py" "$1" "$work/rehearsal" --database "$database" "${@:2}"
}

# await_archive SEGMENT: until it is in the archive.
await_archive() {
    local _ there
    for _ in $(seq 240); do
        there=$(super_sql -d postgres -c "SELECT COALESCE(last_archived_wal, '') >= '$1' FROM pg_stat_archiver")
        [[ $there == t ]] && return
        sleep 0.5
    done
    fail "WAL is not archived" "see the primary's log and the space in $backups ${offsite:-}"
}

# backup_command ARGUMENTS: what both commands take.
backup_command() {
    mkdir -p "$work"
    case ${1:-} in
    init) prepare_backups ;;
    full | diff) back_up "$1" ;;
    files) copy_files ;;
    restore) restore "${2:-}" ;;
    look) look "${@:2}" ;;
    rehearse) rehearse ;;
    daemon) keep ;;
    list) pgbackrest info ;;
    stop) stop_scratch ;;
    *)
        usage "$0"
        [[ ${1:-} == --help ]]
        ;;
    esac
}
