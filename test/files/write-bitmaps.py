"""Writes pictures of many kinds from `field.png` in a folder with Pillow and tifffile: `write-bitmaps.py FOLDER`."""

import struct
import sys
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

folder = Path(sys.argv[1])
rgb = Image.open(folder / "field.png").convert("RGB")
width, height = rgb.size
alpha = Image.fromarray(np.tile(np.linspace(0, 255, width).astype(np.uint8), (height, 1)))
rgba = rgb.copy()
rgba.putalpha(alpha)
kinds = {
    "rgb": rgb,
    "grey": rgb.convert("L"),
    "palette": rgb.quantize(40),
    "one": rgb.convert("1"),
}
for name, image in kinds.items():
    image.save(folder / f"{name}.bmp")
    image.save(folder / f"{name}.png")
rgba.save(folder / "rgba.png")
# Alpha of a plain bitmap is not used.
bgra = np.dstack([np.asarray(rgb)[..., ::-1], np.asarray(alpha)])
head = struct.pack("<2sIIIIiiHHIIIIII", b"BM", 0, 0, 54, 40, width, height, 1, 32, *[0] * 6)
(folder / "rgba.bmp").write_bytes(head + bgra[::-1].tobytes())
plain = (folder / "rgb.bmp").read_bytes()
start = struct.unpack_from("<I", plain, 10)[0]
rows = [plain[start + i * (len(plain) - start) // height :][: (len(plain) - start) // height] for i in range(height)]
turned = bytearray(plain[:start] + b"".join(reversed(rows)))
struct.pack_into("<i", turned, 22, -height)
(folder / "topdown.bmp").write_bytes(turned)
rgb.save(folder / "topdown.png")
packed = bytearray((folder / "grey.bmp").read_bytes())
struct.pack_into("<I", packed, 30, 1)
(folder / "rle.bmp").write_bytes(packed)
(folder / "cut.bmp").write_bytes(plain[: len(plain) // 2])

pixels = np.asarray(rgb)
grey = np.asarray(kinds["grey"])
tiled = {"tile": (16, 16), "metadata": None}
tifffile.imwrite(folder / "grey.tif", grey, photometric="minisblack", **tiled)
Image.fromarray(np.dstack([grey] * 3)).save(folder / "grey-as-rgb.png")
for orientation in (2, 3, 6, 8):
    tags = [(274, 3, 1, orientation)]
    tifffile.imwrite(
        folder / f"turned{orientation}.tif", pixels, photometric="rgb", extratags=tags, **tiled
    )
tifffile.imwrite(
    folder / "planes.tif",
    np.moveaxis(np.asarray(rgba), -1, 0),
    photometric="rgb",
    planarconfig="separate",
    extrasamples=["unassalpha"],
    **tiled,
)
