"""Reads a store of SpatialData, and its table with anndata alone, and prints what they saw: STORE."""

import json
import sys

import anndata
import spatialdata
from spatialdata.transformations import get_transformation

path = sys.argv[1]
store = spatialdata.read_zarr(path)
if "nuclei" not in store.shapes:
    print(json.dumps({"shapes": 0, "rows": store.tables["table"].n_obs}))
    sys.exit()
shapes = store.shapes["nuclei"]
table = store.tables["table"]
element, matched = spatialdata.join_spatialelement_table(
    sdata=store, spatial_element_names="nuclei", table_name="table", how="inner"
)
scale = get_transformation(shapes, "micrometer")
alone = anndata.read_zarr(f"{path}/tables/table")
circle = shapes.iloc[-1]
print(
    json.dumps(
        {
            "shapes": len(shapes),
            "index": shapes.index.name,
            "ids": shapes.index.tolist() == table.obs["cell_id"].tolist() == table.obs_names.tolist(),
            "matched": matched.n_obs,
            "types": sorted(set(shapes.geom_type)),
            "last": [circle.geometry.x, circle.geometry.y, circle.radius],
            "um": scale.to_affine_matrix(("x", "y"), ("x", "y"))[0][0],
            "columns": alone.obs.columns.tolist(),
            "categories": alone.obs["class"].cat.categories.tolist(),
            "classes": [None if code < 0 else code for code in alone.obs["class"].cat.codes.tolist()],
            "score": alone.obs["score"].round(4).tolist(),
            "slide": alone.obs["slide"].unique().tolist(),
            "spatial": alone.obsm["spatial"].tolist(),
            "colours": list(alone.uns["class_colors"]),
            "unicell": {
                name: value.item() if hasattr(value, "item") else value
                for name, value in alone.uns["unicell"].items()
            },
        }
    )
)
