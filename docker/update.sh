#!/bin/bash
# Installs the suite into a new database, or brings the addons of an existing one up to date, as
# tools/database does; can be repeated: docker compose run --rm update
# LOTTERY_ADMIN_PASSWORD: the administrator's, asked for at installation only.
set -euo pipefail

ROOT=/opt/lottery
. "$ROOT/tools/lib_words.sh"
export PYTHONPATH=/opt/oca${PYTHONPATH:+:$PYTHONPATH}
IFS=, read -ra folders <<<"$ODOO_ADDONS_PATH,$(python3 -c 'import odoo.addons, os; print(",".join(map(os.path.abspath, odoo.addons.__path__)))')"

sql() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }
addons() { python3 "$ROOT/tools/addons.py" "$@"; }
odoo_run() {
    step "$1"
    odoo --stop-after-init --no-http --workers 0 --max-cron-threads 0 --log-level warn "${@:2}" ||
        fail "$1" "repair it, then repeat"
}

# The comment on the database says what was installed to the end.
held=$(sql -d postgres -c "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '$PGDATABASE'")
new=$(addons hashes)
if [[ ! $held ]]; then
    [[ ${LOTTERY_ADMIN_PASSWORD:-} ]] || fail "LOTTERY_ADMIN_PASSWORD is not set" "docker compose run --rm -e LOTTERY_ADMIN_PASSWORD update"
    python3 "$ROOT/addons/lottery_base/tools/object_store.py" || fail "making the bucket" "is the object store up, are key and secret right?"
    odoo_run "installing the suite" -i "$(addons names)" --load-language zh_CN
    step "administrator"
    python3 "$ROOT/tools/provision.py" "$PGDATABASE"
else
    { read -r install && read -r update; } < <(addons changed "$held") || true
    others=$(sql -c "SELECT name, latest_version FROM ir_module_module WHERE state IN ('installed', 'to upgrade')" | addons outdated "${folders[@]}")
    update=$update${others:+${update:+,}$others}
    arguments=()
    [[ ! $install ]] || arguments+=(-i "$install")
    [[ ! $update ]] || arguments+=(-u "$update" --i18n-overwrite)
    [[ ${#arguments[@]} == 0 ]] || odoo_run "updating $install $update" "${arguments[@]}"
fi
sql -c "COMMENT ON DATABASE \"$PGDATABASE\" IS '$new'"
step "up to date"
