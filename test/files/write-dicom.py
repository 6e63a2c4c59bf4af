"""Writes whole slide instances with pydicom from raw RGB: `write-dicom.py RAW WIDTH HEIGHT FOLDER`."""

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    generate_uid,
)

raw, width, height, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
rgb = np.fromfile(raw, np.uint8).reshape(height, width, 3)
SIDE = 128
WSM = "1.2.840.10008.5.1.4.1.1.77.1.6"
columns, rows = -(-width // SIDE), -(-height // SIDE)
padded = np.zeros((rows * SIDE, columns * SIDE, 3), np.uint8)
padded[:height, :width] = rgb
places = [(row, column) for row in range(rows) for column in range(columns)]


def tile(row: int, column: int) -> np.ndarray:
    return padded[row * SIDE : (row + 1) * SIDE, column * SIDE : (column + 1) * SIDE]


def jpeg(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()


def write(
    name: str,
    *,
    syntax: str = ExplicitVRLittleEndian,
    sop_class: str = WSM,
    flavour: str = "VOLUME",
    order: list[tuple[int, int]] = places,
    sparse: bool = False,
    encoded: bytes | None = None,
    tables: tuple[bytes, bytes] | None = None,
) -> None:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = generate_uid()
    one = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    one.SOPClassUID = sop_class
    one.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    one.StudyInstanceUID, one.SeriesInstanceUID = generate_uid(), generate_uid()
    one.SpecificCharacterSet = "ISO_IR 192"
    one.PatientName = "Weiß^Zoë"
    one.ImageType = ["ORIGINAL", "PRIMARY", flavour, "NONE"]
    one.Modality = "SM"
    one.SamplesPerPixel, one.BitsAllocated, one.BitsStored, one.HighBit = 3, 8, 8, 7
    one.PixelRepresentation, one.PlanarConfiguration = 0, 0
    one.PhotometricInterpretation = "RGB" if encoded is None else "YBR_FULL_422"
    one.Rows = one.Columns = SIDE
    one.NumberOfFrames = len(order)
    one.TotalPixelMatrixColumns, one.TotalPixelMatrixRows = width, height
    one.DimensionOrganizationType = "TILED_SPARSE" if sparse else "TILED_FULL"
    measures, groups = Dataset(), Dataset()
    measures.PixelSpacing = [0.0005, 0.0005]
    groups.PixelMeasuresSequence = [measures]
    one.SharedFunctionalGroupsSequence = [groups]
    if sparse:
        frames = []
        for row, column in order:
            place, frame = Dataset(), Dataset()
            place.ColumnPositionInTotalImagePixelMatrix = column * SIDE + 1
            place.RowPositionInTotalImagePixelMatrix = row * SIDE + 1
            frame.PlanePositionSlideSequence = [place]
            frames.append(frame)
        one.PerFrameFunctionalGroupsSequence = frames
    if tables:
        one.ExtendedOffsetTable, one.ExtendedOffsetTableLengths = tables
    one.PixelData = encoded or b"".join(tile(*place).tobytes() for place in order)
    if encoded is not None:
        one["PixelData"].is_undefined_length = True
    one.save_as(folder / f"{name}.dcm", enforce_file_format=True)


write("plain")
write("sparse", order=places[::-1], sparse=True)
coded = [jpeg(tile(*place)) for place in places]
write("tables", syntax=JPEGBaseline8Bit, encoded=encapsulate(coded, has_bot=True, fragments_per_frame=2))
write("fragments", syntax=JPEGBaseline8Bit, encoded=encapsulate(coded, has_bot=False))
pixels, *tables = encapsulate_extended(coded)
write("extended", syntax=JPEGBaseline8Bit, encoded=pixels, tables=tuple(tables))
write("label", flavour="LABEL")
write("other", sop_class="1.2.840.10008.5.1.4.1.1.7")
write("implicit", syntax=ImplicitVRLittleEndian)
write("deflated", syntax=DeflatedExplicitVRLittleEndian)
