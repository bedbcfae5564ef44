#!/bin/bash
# The first start of the usual PostgreSQL image as the recipe uses it: any user, names and passwords in files, scripts that run
# once on an empty folder. The settings are those of the command line: nothing is listened on that they don't name.
set -euo pipefail

[ "${1:-}" = postgres ] || exec "$@"
if ! id -un >/dev/null 2>&1; then echo "db:x:$(id -u):$(id -g)::/tmp:/bin/sh" >>/etc/passwd; fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  POSTGRES_USER="$(cat "${POSTGRES_USER_FILE:-/dev/null}")"
  POSTGRES_PASSWORD="$(cat "${POSTGRES_PASSWORD_FILE:-/dev/null}")"
  export POSTGRES_USER="${POSTGRES_USER:-postgres}"
  if [ -z "$POSTGRES_PASSWORD" ]; then
    echo 'Error: Database is uninitialized and superuser password is not specified.' >&2
    exit 1
  fi
  # shellcheck disable=SC2086 # the options are several words
  initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") --locale=C.UTF-8 --no-sync ${POSTGRES_INITDB_ARGS:-} >/dev/null
  printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
  pg_ctl -w -s -o "-c listen_addresses=''" start
  for script in /docker-entrypoint-initdb.d/*.sh; do
    [ -e "$script" ] || continue
    echo "$0: running $script"
    "$script"
  done
  pg_ctl -w -s -m fast stop
  echo 'PostgreSQL init process complete; ready for start up.'
fi
exec "$@"
