"""Writes OME-Zarr with zarr and ome-zarr from raw RGB: `write-zarr.py RAW WIDTH HEIGHT FOLDER`."""

import sys
from pathlib import Path

import numcodecs
import numpy as np
import zarr
from ome_zarr.writer import write_image
from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec

raw, width, height, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
rgb = np.fromfile(raw, np.uint8).reshape(height, width, 3)
planes = np.moveaxis(rgb, 2, 0)
UNITS = {"x": "micrometer", "y": "micrometer", "z": "micrometer", "t": "second"}
TYPES = {"t": "time", "c": "channel"}


def halved(array: np.ndarray) -> np.ndarray:
    """Means of 2 x 2 pixels of the last two axes."""
    cut = array[..., : array.shape[-2] // 2 * 2, : array.shape[-1] // 2 * 2].astype(np.uint32)
    sums = cut[..., ::2, ::2] + cut[..., 1::2, ::2] + cut[..., ::2, 1::2] + cut[..., 1::2, 1::2]
    return ((sums + 2) // 4).astype(array.dtype)


def image(axes: str, levels: int, version: str, mpp: float = 0.5, units: dict = UNITS) -> dict:
    described = [{"name": axis, "type": TYPES.get(axis, "space")} for axis in axes]
    for axis in described:
        if axis["name"] in units:
            axis["unit"] = units[axis["name"]]
    # The first level says one pixel; the scale that all share says how large it is.
    common = [mpp if axis in "yx" else 1.0 for axis in axes]
    datasets = [
        {
            "path": str(level),
            "coordinateTransformations": [
                {"type": "scale", "scale": [2.0**level if axis in "yx" else 1.0 for axis in axes]}
            ],
        }
        for level in range(levels)
    ]
    one = {"name": "field", "axes": described, "datasets": datasets}
    one["coordinateTransformations"] = [{"type": "scale", "scale": common}]
    if version == "0.4":
        one["version"] = version
    return {"multiscales": [one]}


def write(name, axes, chunks, *, version="0.4", data=planes, levels=2, attributes=None, **options):
    """`options` are those of `zarr.create_array`."""
    path = folder / name
    zarr_format = 2 if version == "0.4" else 3
    said = image(axes, levels, version) | (attributes or {})
    if zarr_format == 3:
        said = {"ome": {"version": version, **said}}
    group = zarr.create_group(path, zarr_format=zarr_format, attributes=said)
    for level in range(levels):
        shape = tuple(data.shape[-3 + "cyx".index(axis)] if axis in "cyx" else 1 for axis in axes)
        if "c" not in axes and data.ndim == 3:
            raise ValueError("channels without an axis")
        array = group.create_array(
            str(level), shape=shape, dtype=data.dtype, chunks=chunks, **options
        )
        array[...] = data.reshape(shape)
        data = halved(data)


SLASH = {"chunk_key_encoding": {"name": "v2", "separator": "/"}}
write("blosc.zarr", "cyx", (1, 128, 200), compressors=numcodecs.Blosc("lz4", 5, 1), **SLASH)
write("blosczstd.zarr", "tczyx", (1, 3, 1, 256, 256), compressors=numcodecs.Blosc("zstd", 3, 2))
write("dots.zarr", "cyx", (3, 100, 100), compressors=numcodecs.Zlib())
write("lz4.zarr", "cyx", (2, 100, 100), compressors=numcodecs.LZ4(), **SLASH)
write("none.zarr", "zcyx", (1, 3, 256, 256), compressors=None)
write("fortran.zarr", "cyx", (3, 64, 96), compressors=numcodecs.GZip(), order="F")
deep = (planes.astype(np.uint16) * 257).astype(">u2")
write("deep.zarr", "cyx", (3, 128, 128), data=deep, compressors=numcodecs.Zstd(), **SLASH)
v5 = {"version": "0.5"}
write("zstd.zarr", "cyx", (1, 256, 256), compressors=ZstdCodec(level=3, checksum=True), **v5)
write("gzip.zarr", "tczyx", (1, 1, 1, 256, 256), compressors=GzipCodec(), **v5)
write("blosc5.zarr", "cyx", (3, 64, 64), compressors=BloscCodec(), **v5)
write("sharded.zarr", "cyx", (1, 64, 64), shards=(3, 256, 256), compressors=ZstdCodec(), **v5)
write(
    "sharded16.zarr",
    "tczyx",
    (1, 3, 1, 32, 64),
    shards=(1, 3, 1, 128, 128),
    data=planes.astype(np.uint16) * 257,
    compressors=GzipCodec(),
    **v5,
)
grey = (planes.astype(np.uint16).sum(axis=0) // 3).astype(np.uint8)
write("grey.zarr", "yx", (128, 128), data=grey, **v5)

# As ome-zarr writes by itself: its own levels, chunks and codecs.
for name, zarr_format in [("own4", 2), ("own5", 3)]:
    group = zarr.create_group(folder / f"{name}.ome.zarr", zarr_format=zarr_format)
    write_image(
        planes,
        group,
        axes=[
            {"name": "c", "type": "channel"},
            {"name": "y", "type": "space", "unit": "micrometer"},
            {"name": "x", "type": "space", "unit": "micrometer"},
        ],
        scale={"c": 1.0, "y": 0.5, "x": 0.5},
        scale_factors=[2, 4],
    )

# As bioformats2raw lays out a file of several images.
several = folder / "several.zarr"
zarr.create_group(several, zarr_format=2, attributes={"bioformats2raw.layout": 3})
zarr.create_group(several / "OME", zarr_format=2, attributes={"series": ["0", "1", "2"]})
names = ["macro image", "first", "second"]
xml = "".join(f'<Image Name="{name}"><Pixels SizeX="1" SizeY="1"/></Image>' for name in names)
(several / "OME" / "METADATA.ome.xml").write_text(f"<OME>{xml}</OME>")
colours = [{"label": f"Channel {i}", "color": c} for i, c in enumerate(["FF0000", "00FF00", "0000FF"])]
rgb_said = {"omero": {"channels": colours, "rdefs": {"model": "color"}}}
macro = planes[:, :100, :90]
write("several.zarr/0", "tczyx", (1, 1, 1, 64, 64), data=macro, levels=1)
write("several.zarr/1", "tczyx", (1, 1, 1, 256, 256), attributes=rgb_said, **SLASH)
write("several.zarr/2", "tczyx", (1, 1, 1, 64, 64), data=planes[:, 10:, 20:], levels=1)

halved(planes).transpose(1, 2, 0).tofile(folder / "coarse8.raw")
(halved(planes.astype(np.uint16) * 257) >> 8).astype(np.uint8).transpose(1, 2, 0).tofile(
    folder / "coarse16.raw"
)
