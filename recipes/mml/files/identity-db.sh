#!/bin/bash
# Makes the database of the identity service. PostgreSQL's image runs it at the first start, on an empty folder only.
set -euo pipefail
# shellcheck source=/dev/null
source /configs/identity.conf
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres <<SQL
CREATE USER "$IDENTITY_USR" WITH PASSWORD '$IDENTITY_PW';
CREATE DATABASE "$IDENTITY_DB" OWNER "$IDENTITY_USR";
REVOKE CONNECT ON DATABASE "$IDENTITY_DB" FROM PUBLIC;
SQL
