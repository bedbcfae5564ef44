#!/bin/sh
# Runs a task of Rails in a container that lives for that only, with what it needs of .env.production.
# Arguments: prefix of all names, folder of the settings, image, the task, further options of `docker run`.
set -eu
prefix=$1 folder=$2 image=$3 task=$4
shift 4
docker rm -f "${prefix}_migrate" >/dev/null 2>&1 || true
# Mail and single sign-on are left out: docker takes quotes for a part of a value, which compose does not.
grep -E '^(LOCAL_DOMAIN|SINGLE_USER_MODE|SECRET_KEY_BASE|OTP_SECRET|VAPID_[A-Z_]+|ACTIVE_RECORD_[A-Z_]+|DB_[A-Z]+|REDIS_[A-Z]+)=' "$folder/.env.production" |
  docker run --rm --name "${prefix}_migrate" --network "${prefix}_internal_network" --env-file /dev/stdin "$@" "$image" bundle exec rails "$task"
