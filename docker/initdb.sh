#!/bin/bash
# Run once by the postgres image as superuser: the suite's roles, and the template Odoo's database
# is made from, with the journal already owned by a role Odoo is not (same files as tools/database).
set -euo pipefail

run() { psql -X -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" "$@"; }

run -d postgres -v odoo_password="$ODOO_PASSWORD" -v sealer_password="$SEALER_PASSWORD" -f /suite/roles.sql
run -d postgres -c "CREATE DATABASE lottery_template OWNER odoo TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
run -d lottery_template -f /suite/owner.sql
run -d postgres -c "CREATE DATABASE lottery_sessions OWNER odoo TEMPLATE template0"
