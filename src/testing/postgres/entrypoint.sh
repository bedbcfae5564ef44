#!/bin/sh
# The first process of a test's PostgreSQL: it knows the names, the path and the first start of the usual image, but asks for a
# password over TCP from 127.0.0.1 too, so that a test can see there which one is in force.
set -eu

export PGDATA="${PGDATA:-/var/lib/postgresql/data}"
POSTGRES_USER="${POSTGRES_USER:-postgres}"
POSTGRES_DB="${POSTGRES_DB:-$POSTGRES_USER}"

# Another program than the server, as the application of a test is one.
case "${1:-postgres}" in
postgres) ;;
-*) set -- postgres "$@" ;;
*) exec "$@" ;;
esac

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres "$PGDATA"
  chmod 0700 "$PGDATA"
  # shellcheck disable=SC2016 # the inner shell fills them in
  exec su -p -s /bin/sh -c 'exec "$0" "$@"' -- postgres "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then POSTGRES_PASSWORD="$(cat "$POSTGRES_PASSWORD_FILE")"; fi
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo 'Error: there is no database yet, and neither POSTGRES_PASSWORD nor POSTGRES_PASSWORD_FILE to make one with.' >&2
    exit 1
  fi
  printf '%s\n' "$POSTGRES_PASSWORD" |
    initdb --username="$POSTGRES_USER" --pwfile=/dev/stdin --auth-local=trust --auth-host=scram-sha-256 \
      --locale=C.UTF-8 --encoding=UTF8 --no-sync >/dev/null
  printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
  if [ "$POSTGRES_DB" != postgres ]; then
    printf 'CREATE DATABASE "%s" OWNER "%s";\n' "$POSTGRES_DB" "$POSTGRES_USER" | postgres --single postgres >/dev/null
  fi
fi
unset POSTGRES_PASSWORD
shift
exec postgres -c listen_addresses='*' "$@"
