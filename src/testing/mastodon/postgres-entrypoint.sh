#!/bin/sh
# The first process of PostgreSQL: at the first start a server that listens on its socket only makes what there must be, is
# stopped again, and only then comes the one that stays, as in the usual image. Over TCP a password is asked for, from 127.0.0.1
# too, so that a test can see there which one is in force.
set -eu

export PGDATA="${PGDATA:-/var/lib/postgresql/data}"
POSTGRES_USER="${POSTGRES_USER:-postgres}"
POSTGRES_DB="${POSTGRES_DB:-$POSTGRES_USER}"

# Another program than the server.
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
  method="${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}"
  if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "$method" != trust ]; then
    echo 'Error: Database is uninitialized and superuser password is not specified.' >&2
    echo '       You must specify POSTGRES_PASSWORD to a non-empty value for the' >&2
    echo '       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".' >&2
    exit 1
  fi
  printf '%s\n' "${POSTGRES_PASSWORD:-unused}" |
    initdb --username="$POSTGRES_USER" --pwfile=/dev/stdin --auth-local=trust --auth-host=scram-sha-256 \
      --locale=C.UTF-8 --encoding=UTF8 --no-sync
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
  pg_ctl -w -o "-c listen_addresses=''" start
  if [ "$POSTGRES_DB" != postgres ]; then
    psql -q -U "$POSTGRES_USER" -d postgres -c "CREATE DATABASE \"$POSTGRES_DB\""
  fi
  pg_ctl -m fast -w stop
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
fi
unset POSTGRES_PASSWORD
shift
exec postgres -c listen_addresses='*' "$@"
