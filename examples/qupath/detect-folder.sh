#!/bin/sh
# Nuclei of every slide in a folder, as files that QuPath imports: detect-folder.sh SLIDES DATASET RESULTS
# Stopped and run again, it goes on where it was; what cannot be read is named and passed over. Then, in QuPath:
# import-folder.groovy beside this file.
#   UNICELL  the command; `npx unicell` when left out
exec ${UNICELL:-npx unicell} detect "$1" --dataset "$2" --format geojson --out "$3"
