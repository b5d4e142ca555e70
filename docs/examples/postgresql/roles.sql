-- SPDX-FileCopyrightText: gbz.zorgid contributors
-- SPDX-License-Identifier: GPL-3.0-or-later
-- Three roles for a dossier in PostgreSQL, to be run by an administrator of the database:
--
--   psql -d zorgid -v schema=zorgid -v owner=zorgid_owner -v writer=zorgid_writer -v reader=zorgid_reader -f roles.sql
--
-- 1. Run it once: it makes the roles and the schema.
-- 2. Give each role a password or a certificate (\password zorgid_owner), and let the owner make the tables:
--    gbz.zorgid.dossier with migrate: true.
-- 3. Run it again: it grants what each role may. The same after every update of the collection that migrates.
--
-- owner:  makes and changes the tables, erases people.
-- writer: the runs. Adds to the journal and to people's words, and can neither change nor delete what stands there.
-- reader: board, dossier_info, check mode without dossier_key. Reads everything but what is sealed, and writes nothing.
\set ON_ERROR_STOP on

SELECT format('CREATE ROLE %I LOGIN', name)
  FROM unnest(ARRAY[:'owner', :'writer', :'reader']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
CREATE SCHEMA IF NOT EXISTS :"schema" AUTHORIZATION :"owner";
GRANT USAGE ON SCHEMA :"schema" TO :"writer", :"reader";

SELECT to_regclass(format('%I.run', :'schema')) IS NULL AS unmade \gset
\if :unmade
  \echo 'The roles are there. Now let the owner make the tables (gbz.zorgid.dossier with migrate: true), then run this again.'
  \quit
\endif

BEGIN;
SET LOCAL search_path TO :"schema";
-- What an earlier version of this file granted and this one does not, goes.
REVOKE ALL ON ALL TABLES IN SCHEMA :"schema" FROM PUBLIC, :"writer", :"reader";
REVOKE ALL ON ALL SEQUENCES IN SCHEMA :"schema" FROM PUBLIC, :"writer", :"reader";

GRANT SELECT ON dossier_version TO :"writer", :"reader";

GRANT SELECT, UPDATE ON dossier TO :"writer";
GRANT SELECT (id, identity, environment, tenant, migrated_at, key_id) ON dossier TO :"reader";

GRANT SELECT, INSERT, UPDATE (name) ON organisation TO :"writer";
GRANT SELECT ON organisation TO :"reader";

GRANT SELECT, INSERT, UPDATE ON milestone TO :"writer";
GRANT SELECT ON milestone TO :"reader";

GRANT SELECT, INSERT, UPDATE ON submission TO :"writer";
GRANT USAGE ON SEQUENCE submission_id_seq TO :"writer";
GRANT SELECT ON submission TO :"reader";

-- Used once, then destroyed.
GRANT SELECT, INSERT, DELETE ON secret TO :"writer";
GRANT SELECT (ura, name, kept_at) ON secret TO :"reader";

GRANT SELECT, INSERT, UPDATE ON organisation_key TO :"writer";
GRANT SELECT (ura, key_id) ON organisation_key TO :"reader";

GRANT SELECT, INSERT, UPDATE, DELETE ON sealed TO :"writer";
GRANT SELECT (ura, kind, version, kept_at) ON sealed TO :"reader";

-- What belongs to nobody goes after 90 days.
GRANT SELECT, INSERT, UPDATE, DELETE ON observation TO :"writer";
GRANT SELECT ON observation TO :"reader";

GRANT SELECT, INSERT, UPDATE, DELETE ON seen TO :"writer";
GRANT SELECT ON seen TO :"reader";

-- For minutes, between the slices of one job.
GRANT SELECT, INSERT, DELETE ON shared_reading TO :"writer";
GRANT SELECT (name, ended_at) ON shared_reading TO :"reader";

GRANT SELECT, INSERT ON word TO :"writer";
GRANT SELECT ON word TO :"reader";

GRANT SELECT, INSERT ON journal TO :"writer";
GRANT SELECT ON journal TO :"reader";

-- Every writer locks it first (SELECT ... FOR UPDATE needs UPDATE).
GRANT SELECT, UPDATE ON journal_head TO :"writer";
GRANT SELECT ON journal_head TO :"reader";

-- Telemetry: the runs of the last day.
GRANT SELECT, INSERT, DELETE ON run TO :"writer";
GRANT SELECT ON run TO :"reader";
COMMIT;
