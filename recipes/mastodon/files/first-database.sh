#!/bin/sh
# Makes the database's folder and Mastodon's role in it, by a container that lives for that only. It works in a folder beside
# the real one, which gets its name at the end: a half one never has it, and what an interruption left is thrown away.
# Environment: POSTGRES_PASSWORD, ROLE_PASSWORD. Arguments: name of the container, image, the folder.
set -eu
name=$1 image=$2 folder=$3
docker rm -f -v "$name" >/dev/null 2>&1 || true
rm -rf -- "$folder.part"
trap 'docker rm -f -v "$name" >/dev/null 2>&1 || true' EXIT
docker run -d --name "$name" --network none -e POSTGRES_PASSWORD -v "$folder.part:/var/lib/postgresql/data" "$image" >/dev/null
# Over TCP, and twice in a row: the server that makes the database at the first start listens on its socket only, and is
# followed by the real one.
ready=0 tries=0
while [ "$ready" -lt 2 ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 600 ] || [ "$(docker inspect --format '{{.State.Running}}' "$name")" != true ]; then
    echo "PostgreSQL did not come up; the end of its log:" >&2
    docker logs --tail 20 "$name" >&2
    exit 1
  fi
  if docker exec "$name" pg_isready -q -h 127.0.0.1 -U postgres; then ready=$((ready + 1)); else ready=0; fi
  sleep 0.2
done
# By standard input: an argument could be read by everybody on the host.
docker exec -i "$name" psql -X -q -v ON_ERROR_STOP=1 -U postgres <<SQL
CREATE ROLE mastodon LOGIN CREATEDB PASSWORD '$ROLE_PASSWORD';
SQL
docker stop --time 60 "$name" >/dev/null
mv -T -- "$folder.part" "$folder"
sync -f "$folder"
