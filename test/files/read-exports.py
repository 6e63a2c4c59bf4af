"""Reads result files with the usual programs and prints what they saw: COCO, GEOJSON, PARQUET, CSV."""

import contextlib
import json
import sys

import geopandas
import pandas
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

coco_path, geojson_path, parquet_path, csv_path = sys.argv[1:]
# It prints its progress.
with contextlib.redirect_stdout(sys.stderr):
    truth = COCO(coco_path)
    found = truth.loadAnns(truth.getAnnIds())
    masks = [int(truth.annToMask(one).sum()) for one in found]
    keys = ("image_id", "category_id", "bbox", "score")
    result = truth.loadRes([{key: one[key] for key in keys} for one in found])
    evaluation = COCOeval(truth, result, "segm")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
circles = geopandas.read_file(geojson_path)
points = geopandas.read_parquet(parquet_path)
last = points.geometry.iloc[5]
table = pandas.read_csv(csv_path)
print(
    json.dumps(
        {
            "coco": {
                "annotations": len(found),
                "categories": len(truth.getCatIds()),
                "maskPixels": masks,
                "ap": float(evaluation.stats[0]),
            },
            "geojson": {"rows": len(circles), "type": circles.geom_type.iloc[0]},
            "parquet": {"rows": len(points), "type": last.geom_type, "x": last.x, "y": last.y},
            "csv": {"rows": len(table), "columns": list(table.columns)},
        }
    )
)
