#!/bin/bash
# Run as superuser whenever the shape starts, without harm when all is there: the suite's roles, and
# the template Odoo's database is made from, with the journal already owned by a role Odoo is not
# (same files as tools/database).
set -euo pipefail

run() { psql -X -v ON_ERROR_STOP=1 "$@"; }
exists() { [[ $(run -d postgres -Atc "SELECT 1 FROM pg_database WHERE datname = '$1'") == 1 ]]; }

until run -d postgres -Atc 'SELECT 1' >/dev/null 2>&1; do sleep 1; done
run -d postgres -v odoo_password="$ODOO_PASSWORD" -v sealer_password="$SEALER_PASSWORD" -f /suite/roles.sql
if ! exists lottery_template; then
    run -d postgres -c "CREATE DATABASE lottery_template OWNER odoo TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
fi
run -d lottery_template -c "CREATE EXTENSION IF NOT EXISTS pg_trgm" -f /suite/owner.sql
exists lottery_sessions || run -d postgres -c "CREATE DATABASE lottery_sessions OWNER odoo TEMPLATE template0"
