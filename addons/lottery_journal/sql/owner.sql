-- The journal's tables, owned by a role Odoo does not have (PF-AUD-02).
--
--   psql -U postgres -d DATABASE [-v odoo_role=odoo] -f owner.sql
--
-- Run by a superuser once for each database, before or after the addon is installed; a second
-- run changes nothing. Tables the addon made for itself (fallback) are taken over with their rows.
-- The sealer's password is not set here: ALTER ROLE lottery_sealer PASSWORD '…'.

\set ON_ERROR_STOP on
\if :{?odoo_role}
\else
    \set odoo_role odoo
\endif

SELECT format('CREATE ROLE %I %s', role, kind)
FROM (VALUES ('lottery_journal', 'NOLOGIN'), ('lottery_sealer', 'LOGIN')) AS wanted(role, kind)
WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role)
\gexec

BEGIN;
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS journal;
SET LOCAL search_path = journal;

-- tables: begin (the addon runs this part by itself where it has to fall back)
CREATE TABLE IF NOT EXISTS staging (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid uuid NOT NULL UNIQUE,
    created_at timestamp NOT NULL,
    event varchar NOT NULL,
    model varchar,
    res_id bigint,
    branch_id bigint,
    user_id bigint,
    body text NOT NULL,
    mac_version smallint NOT NULL,
    key_id varchar NOT NULL,
    row_mac bytea NOT NULL,
    staged_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE IF NOT EXISTS entry (
    seq bigint PRIMARY KEY CHECK (seq > 0),
    staging_id bigint NOT NULL UNIQUE,
    uid uuid NOT NULL UNIQUE,
    created_at timestamp NOT NULL,
    event varchar NOT NULL,
    model varchar,
    res_id bigint,
    branch_id bigint,
    user_id bigint,
    body text NOT NULL,
    mac_version smallint NOT NULL,
    key_id varchar NOT NULL,
    row_mac bytea NOT NULL,
    row_ok boolean NOT NULL,
    sealed_at timestamp NOT NULL,
    chain_version smallint NOT NULL,
    chain_key_id varchar NOT NULL,
    prev_mac bytea NOT NULL,
    mac bytea NOT NULL
);
-- Readers: the list of the web client, newest first; the history of one record; the rule by unit.
CREATE INDEX IF NOT EXISTS entry_created_at ON entry (created_at);
CREATE INDEX IF NOT EXISTS entry_record ON entry (model, res_id);
CREATE INDEX IF NOT EXISTS entry_branch ON entry (branch_id, created_at);
CREATE INDEX IF NOT EXISTS entry_unproven ON entry (seq) WHERE NOT row_ok;
CREATE TABLE IF NOT EXISTS head (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seq bigint NOT NULL,
    mac bytea NOT NULL,
    signed_at timestamp NOT NULL,
    places integer NOT NULL
);
CREATE TABLE IF NOT EXISTS verification (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    verified_at timestamp NOT NULL,
    ok boolean NOT NULL,
    checked bigint NOT NULL,
    first_broken bigint,
    reason varchar NOT NULL,
    detail varchar NOT NULL,
    unproven bigint NOT NULL,
    seconds double precision NOT NULL
);
-- Closed months that moved to files (PF-AUD-03): what the chain needs to go on across the gap.
CREATE TABLE IF NOT EXISTS archive (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file varchar NOT NULL UNIQUE,
    first_seq bigint NOT NULL UNIQUE,
    last_seq bigint NOT NULL CHECK (last_seq >= first_seq),
    first_prev_mac bytea NOT NULL,
    last_mac bytea NOT NULL,
    sha256 varchar NOT NULL,
    size bigint NOT NULL,
    sealed_until timestamp NOT NULL,
    written_at timestamp NOT NULL
);

-- A second lock for everybody, the owner included: who wants to change a row has to switch off a
-- trigger first, and the chain still tells.
CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE OR REPLACE FUNCTION keep_unsealed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE lost boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM gone WHERE NOT EXISTS (
        SELECT FROM %I.entry WHERE entry.uid = gone.uid))', TG_TABLE_SCHEMA) INTO lost;
    IF lost THEN
        RAISE EXCEPTION 'the journal is append-only: a row leaves staging when it is sealed'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
-- Entries go only by remove_archived(), and only those its archive holds.
CREATE OR REPLACE FUNCTION refuse_unarchived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('lottery_journal.archive', true), '') = '' THEN
        RAISE EXCEPTION 'the journal is append-only: % on % refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION keep_unarchived() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE lost boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM gone WHERE NOT EXISTS (
        SELECT FROM %I.archive WHERE id = current_setting(''lottery_journal.archive'')::bigint
           AND gone.seq BETWEEN first_seq AND last_seq))', TG_TABLE_SCHEMA) INTO lost;
    IF lost THEN
        RAISE EXCEPTION 'the journal is append-only: the archive does not hold the entry'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION remove_archived(archive_id bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    held archive%ROWTYPE;
    removed bigint;
BEGIN
    SELECT * INTO STRICT held FROM archive WHERE id = archive_id;
    IF (SELECT min(seq) FROM entry) IS DISTINCT FROM held.first_seq
        OR (SELECT prev_mac FROM entry WHERE seq = held.first_seq) IS DISTINCT FROM held.first_prev_mac
        OR (SELECT mac FROM entry WHERE seq = held.last_seq) IS DISTINCT FROM held.last_mac
    THEN
        RAISE EXCEPTION 'archive % does not hold the oldest entries', held.file;
    END IF;
    IF NOT EXISTS (SELECT FROM entry WHERE seq > held.last_seq) THEN
        RAISE EXCEPTION 'the last entry stays: the chain goes on from it';
    END IF;
    PERFORM set_config('lottery_journal.archive', held.id::text, true);
    DELETE FROM entry WHERE seq BETWEEN held.first_seq AND held.last_seq;
    GET DIAGNOSTICS removed = ROW_COUNT;
    PERFORM set_config('lottery_journal.archive', '', true);
    IF removed <> held.last_seq - held.first_seq + 1 THEN
        RAISE EXCEPTION 'entries of archive % are missing', held.file;
    END IF;
    RETURN removed;
END $$;
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE OR REPLACE TRIGGER keep_sealed BEFORE DELETE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_unarchived();
CREATE OR REPLACE TRIGGER keep_unarchived AFTER DELETE ON entry REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION keep_unarchived();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON archive
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON verification
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON staging
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE OR REPLACE TRIGGER keep_unsealed AFTER DELETE ON staging REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION keep_unsealed();
-- tables: end

ALTER SCHEMA journal OWNER TO lottery_journal;
SELECT format('ALTER TABLE journal.%I OWNER TO lottery_journal', tablename)
FROM pg_tables WHERE schemaname = 'journal'
\gexec
ALTER FUNCTION refuse() OWNER TO lottery_journal;
ALTER FUNCTION keep_unsealed() OWNER TO lottery_journal;
ALTER FUNCTION refuse_unarchived() OWNER TO lottery_journal;
ALTER FUNCTION keep_unarchived() OWNER TO lottery_journal;
ALTER FUNCTION remove_archived(bigint) OWNER TO lottery_journal;
REVOKE ALL ON FUNCTION remove_archived(bigint) FROM PUBLIC, :"odoo_role";
GRANT EXECUTE ON FUNCTION remove_archived(bigint) TO lottery_sealer;
REVOKE ALL ON SCHEMA journal FROM PUBLIC, :"odoo_role";
REVOKE ALL ON ALL TABLES IN SCHEMA journal FROM PUBLIC, :"odoo_role";
GRANT USAGE ON SCHEMA journal TO :"odoo_role", lottery_sealer;
GRANT SELECT ON ALL TABLES IN SCHEMA journal TO :"odoo_role", lottery_sealer;
GRANT INSERT ON staging TO :"odoo_role";
GRANT DELETE ON staging TO lottery_sealer;
GRANT INSERT ON entry, head, verification, archive TO lottery_sealer;
COMMIT;
