#!/bin/bash
# Makes the database of the media service. PostgreSQL's image runs it at the first start, on an empty folder only.
set -euo pipefail
# shellcheck source=/dev/null
source /configs/media.conf
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres <<SQL
CREATE USER "$MEDIA_USR" WITH PASSWORD '$MEDIA_PW';
CREATE DATABASE "$MEDIA_DB" OWNER "$MEDIA_USR";
REVOKE CONNECT ON DATABASE "$MEDIA_DB" FROM PUBLIC;
SQL
