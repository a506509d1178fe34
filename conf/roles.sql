-- Database roles, run by the cluster's superuser here and in docker/ (psql -v odoo_password=… -v sealer_password=…).
-- Odoo's role may create databases and nothing more; the journal belongs to a role nobody can log in as.
SELECT format('CREATE ROLE %I', role)
FROM unnest(ARRAY['odoo', 'lottery_journal', 'lottery_sealer']) AS role
WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role)
\gexec
ALTER ROLE odoo LOGIN CREATEDB NOSUPERUSER NOCREATEROLE PASSWORD :'odoo_password';
ALTER ROLE lottery_journal NOLOGIN;
ALTER ROLE lottery_sealer LOGIN PASSWORD :'sealer_password';
