"""Writes TIFF files with tifffile from a picture in raw RGB: `write-tiffs.py RAW WIDTH HEIGHT FOLDER`."""

import sys
from pathlib import Path

import numpy as np
import tifffile

raw, width, height, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
rgb = np.fromfile(raw, np.uint8).reshape(height, width, 3)
planes = np.moveaxis(rgb, -1, 0)
twelve = (rgb.astype(np.uint32) * 4095 // 255).astype(np.uint16)
tiled = {"tile": (64, 64)}


def write(name: str, data: np.ndarray, **options: object) -> None:
    tifffile.imwrite(folder / name, data, **options)


# Samples of 12 bits in 16.
for layout, options in [("tile", tiled), ("strip", {"rowsperstrip": 16})]:
    for packed in ["none", "zstd", "deflate"]:
        name = f"{layout}_{packed}"
        given = {**options, "compression": None if packed == "none" else packed}
        rgb_in = {**given, "photometric": "rgb"}
        write(f"bits12_{name}_max.tif", twelve, extratags=[(281, 3, 3, (4095,) * 3)], **rgb_in)
        write(f"bits12_{name}_unsaid.tif", twelve, **rgb_in)
        write(f"bits12_{name}.ome.tif", twelve, metadata={"SignificantBits": 12}, **rgb_in)
        full = (rgb.astype(np.uint16) << 8) | rgb
        write(f"bits16_{name}.tif", full, **rgb_in)
alpha = np.dstack([twelve, np.full((height, width), 2047, np.uint16)])
write(
    "bits12_alpha.tif",
    alpha,
    photometric="rgb",
    extrasamples=["unassalpha"],
    extratags=[(281, 3, 4, (4095,) * 4)],
    **tiled,
)
write("bits12_grey.tif", twelve[..., 1], extratags=[(281, 3, 1, 4095)], **tiled)

# Red, green and blue in pages of their own.
names = {"Channel": {"Name": ["Red", "Green", "Blue"]}}
colours = {"Channel": {"Color": [-16776961, 16711935, 65535]}}
stains = {"Channel": {"Name": ["DAPI", "FITC", "TRITC"], "Color": colours["Channel"]["Color"]}}
glowing = {"Channel": {"Color": colours["Channel"]["Color"], "Fluor": ["a", "b", "c"]}}
for layout, options in [("tile", tiled), ("strip", {"rowsperstrip": 16})]:
    given = {**options, "photometric": "minisblack"}
    for name, metadata in [
        ("names", names),
        ("colours", colours),
        ("unsaid", {}),
        ("stains", stains),
        ("glowing", glowing),
    ]:
        write(
            f"pages_{name}_{layout}.ome.tif",
            planes,
            metadata={"axes": "CYX", **metadata},
            compression="deflate",
            **given,
        )
    order = [2, 0, 1]
    shuffled = {"Channel": {"Name": [["Red", "Green", "Blue"][i] for i in order]}}
    write(
        f"pages_shuffled_{layout}.ome.tif",
        planes[order],
        metadata={"axes": "CYX", **shuffled},
        **given,
    )
write(
    "pages_12in16.ome.tif",
    np.moveaxis(twelve, -1, 0),
    photometric="minisblack",
    metadata={"axes": "CYX", "SignificantBits": 12, **names},
    **tiled,
)
with tifffile.TiffWriter(folder / "pages_pyramid.ome.tif") as out:
    given = {"photometric": "minisblack", **tiled}
    out.write(planes, subifds=1, metadata={"axes": "CYX", **names}, **given)
    out.write(planes[:, ::2, ::2], subfiletype=1, **given)
lut = np.zeros((3, 3, 256), np.uint8)
for channel in range(3):
    lut[channel, channel] = np.arange(256)
magenta = lut.copy()
magenta[0, 2] = np.arange(256)
for name, metadata in [
    ("composite", {"mode": "composite"}),
    ("luts", {"mode": "composite", "LUTs": list(lut)}),
    ("magenta", {"mode": "composite", "LUTs": list(magenta)}),
    ("grey", {"mode": "grayscale"}),
]:
    for order in "<", ">":
        write(
            f"imagej_{name}_{'little' if order == '<' else 'big'}.tif",
            planes,
            imagej=True,
            byteorder=order,
            metadata={"axes": "CYX", **metadata},
        )
write(
    "imagej_stack.tif",
    planes,
    imagej=True,
    metadata={"axes": "ZYX", "Labels": ["Red", "Green", "Blue"]},
)

# A thumbnail, a macro or a mask before the picture, and pictures behind it.
small = rgb[::4, ::4]
with tifffile.TiffWriter(folder / "first_thumbnail.tif") as out:
    out.write(small, subfiletype=1, photometric="rgb", metadata=None, **tiled)
    out.write(rgb, photometric="rgb", metadata=None, **tiled)
    out.write(rgb[::2, ::2], subfiletype=1, photometric="rgb", metadata=None, **tiled)
with tifffile.TiffWriter(folder / "first_thumbnail_strips.tif") as out:
    out.write(small, subfiletype=1, photometric="rgb", metadata=None)
    out.write(rgb, photometric="rgb", metadata=None)
with tifffile.TiffWriter(folder / "first_old_thumbnail.tif") as out:
    out.write(small, extratags=[(255, 3, 1, 2)], photometric="rgb", metadata=None, **tiled)
    out.write(rgb, photometric="rgb", metadata=None, **tiled)
with tifffile.TiffWriter(folder / "first_label.tif") as out:
    out.write(small, description="label 75x65", photometric="rgb", metadata=None, **tiled)
    out.write(rgb, photometric="rgb", metadata=None, **tiled)
with tifffile.TiffWriter(folder / "larger_second.tif") as out:
    out.write(rgb[::2, ::2], photometric="rgb", metadata=None, **tiled)
    out.write(rgb, photometric="rgb", metadata=None, **tiled)
with tifffile.TiffWriter(folder / "images.ome.tif", ome=True) as out:
    for name, data, size in [("macro", small, 8.0), ("one", rgb, 0.5), ("two", rgb[::2, ::2], 1.0)]:
        metadata = {"Name": name, "PhysicalSizeX": size, "PhysicalSizeY": size}
        out.write(data, photometric="rgb", metadata=metadata, **tiled)
