#!/bin/sh
# Nuclei of every slide in a folder, as files that QuPath imports: detect-folder.sh SLIDES DATASET RESULTS
# Stopped and run again, it goes on where it was; what cannot be read is named and passed over. Then, in QuPath:
# import-folder.groovy beside this file.
#   UNICELL  the command; `npx unicell` when left out
set -u
failed=0
for slide in "$1"/*; do
  name=${slide##*/}
  for result in "$3/${name%.*}.$2".*geojson; do
    if [ -e "$result" ]; then
      echo "$name: done before"
      continue 2
    fi
  done
  ${UNICELL:-npx unicell} detect "$slide" --dataset "$2" --format qupath --out "$3" || failed=1
done
exit "$failed"
