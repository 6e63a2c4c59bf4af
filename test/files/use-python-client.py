"""Every way through the Python client that needs a service; the test reads what is printed."""

import io
import json
import sys
import warnings
from pathlib import Path

import numpy as np
from PIL import Image
from unicell_client import UniCellClient, UniCellProblem

url, picture, slide, out = sys.argv[1:]
warnings.simplefilter("error")
unicell = UniCellClient(url)
options = {"dataset": "consep", "mpp": 0.5}


def refused(call: object) -> str:
    try:
        call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"


pillow = Image.open(picture)
pixels = np.asarray(pillow.convert("RGB"))
found = unicell.detect(picture, **options)
frame, points = found.to_dataframe(), found.to_geodataframe(unit="um")
several = unicell.detect(picture, dataset=["consep", "ocelot"], mpp=0.5)

job = unicell.create_job(file=slide, dataset="consep", exports=["csv", "json"])
told = []
ended = job.wait(progress=told.append)
files = job.download(out)
listed = [one["id"] == job.id for one in unicell.jobs(limit=1)["jobs"]]
# An outline with so many corners that no address holds them, around the upper half.
edge = [[64 - i * 64 / 2000, 32 + i % 2 * 1e-6] for i in range(2001)]
upper = {"type": "Polygon", "coordinates": [[[0, 0], [64, 0], *edge, [0, 0]]]}
outlined = unicell.create_job(file=slide, dataset="consep", regions=[upper]).wait()

print(
    json.dumps(
        {
            "counts": [
                len(unicell.detect(image, **options).nuclei())
                for image in (
                    picture,
                    Path(picture),
                    Path(picture).read_bytes(),
                    io.BytesIO(Path(picture).read_bytes()),
                    pillow,
                    pixels,
                    pixels[::-1, ::-1],
                )
            ],
            "name": found.answer["image"]["id"],
            "nucleus": next(iter(found.nuclei())),
            "classes": {str(k): v for k, v in found.nuclei().counts().items()},
            "density": found.density(),
            "columns": list(frame.columns),
            "dtypes": [str(t) for t in frame.dtypes],
            "attrs": frame.attrs,
            "um": [points.geometry.iloc[0].x, points.geometry.iloc[0].y],
            "several": list(several.results),
            "outlined": [outlined["name"], outlined["results"][0]["total"]],
            "status": ended["status"],
            "windows": told[-1]["windowsDone"],
            "jobNuclei": len(job.nuclei()),
            "inBox": len(job.nuclei(bbox=[0, 0, 3, 3], classes=["Inflammatory"], min_score=0.1)),
            "files": [[file.name, file.stat().st_size > 0] for file in files],
            "summary": job.summary()["researchUseOnly"],
            "jobs": listed,
            "score": unicell.score(
                dataset="consep",
                mpp=0.5,
                truth=[{"x": 5, "y": 5, "class": "Epithelial"}],
                predictions=[{"x": 5, "y": 6, "class": "Epithelial"}],
            )["fd"],
            "datasets": "consep" in [dataset["id"] for dataset in unicell.datasets()],
            "refused": [
                refused(lambda: unicell.detect(b"no picture", **options)),
                refused(lambda: unicell.detect(picture, dataset="consep", mmp=0.5)),
                refused(lambda: unicell.detect(pixels[..., 0], **options)),
                refused(lambda: unicell.detect(pixels.astype("float32"), **options)),
                refused(lambda: unicell.detect(3, **options)),
                refused(several.nuclei),
                refused(lambda: unicell.create_job(dataset="consep")),
                refused(lambda: unicell.create_job(path="a.svs", url="https://example.org/a.svs")),
                refused(lambda: unicell.job("../../livez").get()),
                refused(lambda: UniCellClient("file:///etc/passwd")),
                refused(lambda: UniCellClient("http://127.0.0.1:1", retries=0).datasets()),
            ],
            "problem": [UniCellProblem.__name__, job.delete()],
        }
    )
)
