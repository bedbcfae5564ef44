#!/bin/sh
# Makes the three buckets that Museum knows, once MinIO answers. Run again it changes nothing.
set -eu
until mc alias set h0 http://ente-minio:3200 "$MINIO_USER" "$MINIO_PASSWORD"; do
  echo "waiting for minio..."
  sleep 1
done
for bucket in b2-eu-cen wasabi-eu-central-2-v3 scw-eu-fr-v3; do
  mc mb -p "h0/$bucket"
done
