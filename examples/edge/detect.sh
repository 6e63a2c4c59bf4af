#!/bin/sh
# Nuclei of a picture by curl: detect.sh PICTURE DATASET MPP
#   UNICELL_URL  where a tier answers, for instance http://127.0.0.1:8787
#   UNICELL_KEY  bearer key, where the service wants one
set -eu
curl --silent --show-error --fail-with-body \
  --retry 2 --retry-connrefused \
  ${UNICELL_KEY:+--header "Authorization: Bearer $UNICELL_KEY"} \
  --header "Content-Type: $(file --brief --mime-type "$1")" \
  --header 'Accept: text/csv' \
  --data-binary "@$1" \
  "$UNICELL_URL/v1/detect?dataset=$2&mpp=$3"
