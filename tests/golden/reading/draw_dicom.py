"""Draws folders of DICOM files with pydicom: series as scanners, archives and tools leave them."""

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from dicom_series import Series, private_tags, series_copy, write
from scans import Case, Volume, lean

# What is odd about a series, beside everything else that is drawn; half of the series have nothing.
ODDITIES = [
    "tilt", "one slice missing", "wide gap", "uneven", "padding", "private tags", "private image", "excess bytes", "single slice", "every slice twice",
    "contradicting spacing", "no numbers", "numbers in no order", "one number", "localizer beside", "text beside", "no preamble", "phases", "slopes differ",
    "several UIDs", "orientations rounded", "passes", "no rescale", "MONOCHROME1", "missing slice location", "number of frames is 1",
]  # fmt: skip


def numbers(rng, oddity, count):
    """InstanceNumbers of the slices from the first place to the last: they say nothing about places."""
    if oddity == "several UIDs":
        return list(range(1, count + 1))
    if oddity == "numbers in no order":
        return [int(n) for n in rng.permutation(count)]
    if oddity in ("no numbers", "one number"):
        return [None if oddity == "no numbers" else 1] * count
    first = int(rng.integers(0, 300))
    order = [list(range(count)), list(range(count))[::-1], [int(n) for n in rng.permutation(count)]][
        int(rng.choice(3, p=[0.45, 0.4, 0.15]))
    ]
    return [first + n * (2 if first % 5 == 0 else 1) for n in order]


def drawn_series(rng, oddity):
    """The data sets of one series, and the volumes that it holds."""
    series = Series(rng, oddity)
    places = np.arange(series.count, dtype=float)
    if oddity in ("one slice missing", "wide gap"):
        series.count += 4
        places = np.arange(series.count, dtype=float)
        at = int(rng.integers(2, series.count - 2))
        places = (
            places[np.arange(series.count) != at]
            if oddity == "one slice missing"
            else np.where(places >= at, places + 9, places)
        )
    elif oddity == "uneven":
        # An even step but for two distances that are a third longer and shorter.
        places[int(rng.integers(1, len(places) - 1))] += 1 / 3
    files, scales, values = [], [], []
    for place in places:
        values.append(series.values())
        scales.append(
            (float(rng.choice([0.5, 0.75, 1, 1.25])), series.intercept) if oddity == "slopes differ" else None
        )
    if oddity == "orientations rounded":
        series.row, series.column = (np.round(v, 6) for v in lean(rng, 5)[:, :2].T)
        normal = np.cross(series.row, series.column)
        series.step = normal / np.linalg.norm(normal) * series.step_mm
    order = numbers(rng, oddity, len(places))
    if None not in order and order not in (sorted(order), sorted(order)[::-1]):
        series.traits.add("numbers shuffled")
    for place, number, stored, scale in zip(places, order, values, scales):
        files.append(series.slice(place, stored, number, scale))
    slope = 1 if oddity == "no rescale" else series.slope
    intercept = 0 if oddity == "no rescale" else series.intercept
    hu = [stored * (scale or (slope, 0))[0] + intercept for stored, scale in zip(values, scales)]
    truth = (
        [volume(series, places, hu)]
        if oddity not in ("wide gap", "one slice missing", "uneven")
        else regular(series, places, hu)
    )
    return series, files, decorated(rng, series, files, places, hu, truth)


def volume(series, places, hu):
    return Volume(
        series.affine(
            series.step * (places[1] - places[0] if len(places) > 1 else 1), series.origin + series.step * places[0]
        ),
        np.stack(hu, -1).transpose(1, 0, 2),
    )


def regular(series, places, hu):
    """What uneven slices become (ARCHITECTURE.md): parts at a wide gap, else linear between the slices beside."""
    wide = np.flatnonzero(np.diff(places) > 4.5)
    if len(wide):
        parts = np.split(np.arange(len(places)), wide + 1)
        return [volume(series, places[part], [hu[i] for i in part]) for part in parts]
    grid = np.arange(places[0], places[-1] + 0.5)
    whole = []
    for at in grid:
        above = min(int(np.searchsorted(places, at - 1e-9)), len(places) - 1)
        below = max(above - 1, 0)
        share = 1.0 if above == below else (at - places[below]) / (places[above] - places[below])
        whole.append(hu[below] * (1 - share) + hu[above] * share)
    return [volume(series, grid, whole)]


def decorated(rng, series, files, places, hu, truth):
    """Changes the files as the oddity asks, and the truth where that changes it."""
    oddity = series.oddity
    for ds in files:
        if oddity in ("private tags", "private image"):
            private_tags(rng, ds, oddity == "private image")
        elif oddity == "excess bytes" and series.syntax != "RLE":
            ds.PixelData += bytes(2 * int(rng.integers(1, len(ds.PixelData) // 2)))  # Less than a frame.
        elif oddity == "contradicting spacing":
            ds.SpacingBetweenSlices, ds.SliceThickness = str(-1.5 * series.step_mm), str(2 * series.step_mm)
        elif oddity == "MONOCHROME1":
            ds.PhotometricInterpretation = "MONOCHROME1"
        elif oddity == "number of frames is 1":
            ds.NumberOfFrames = 1
    if oddity == "padding":
        least = series.range()[0]
        for ds in files:
            ds.add_new("PixelPaddingValue", "SS" if series.signed else "US", least)
        air = np.round(least * series.slope + series.intercept, 9)
        truth = [Volume(v.affine, np.where(np.isclose(v.voxels, air), -1024, v.voxels)) for v in truth]
    elif oddity == "several UIDs":
        for z, ds in enumerate(files):
            ds.SeriesInstanceUID = f"{series.series}.{z % 2}"
    elif oddity == "orientations rounded":
        for z, ds in enumerate(files):
            ds.ImageOrientationPatient = [f"{x:.{4 + z % 3}f}" for x in (*series.row, *series.column)]
    elif oddity == "every slice twice":
        files += [series_copy(series, ds) for ds in files]
    elif oddity in ("phases", "passes"):
        if int(files[0].InstanceNumber) > int(files[-1].InstanceNumber):
            series.traits.add(f"{oddity} one against the other")
        shift = 0.3 if oddity == "passes" else 0
        more = [series.values() for _ in places]
        for ds in files:
            ds.AcquisitionNumber, ds.AcquisitionTime = 1, "101500"
        last = max(int(ds.InstanceNumber) for ds in files)
        files += [
            series.slice(place + shift, stored, last + 1 + z, AcquisitionNumber=2, AcquisitionTime="101600")
            for z, (place, stored) in enumerate(zip(places, more))
        ]
        truth = truth + [volume(series, places + shift, [stored * series.slope + series.intercept for stored in more])]
    return truth


def localizer(rng, series):
    ds = series.slice(0, series.values(), 1)
    ds.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    ds.SeriesInstanceUID, ds.SeriesNumber, ds.SeriesDescription = series.uid(), 1, "Scout"
    ds.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    return ds


def draw_series(rng, name, folder):
    """A folder with one series."""
    oddity = str(rng.choice(ODDITIES)) if rng.random() < 0.7 else ""
    folder.mkdir()
    series, files, truth = drawn_series(rng, oddity)
    if oddity == "localizer beside":
        series.save(localizer(rng, series), folder / "scout.dcm")
    elif oddity == "text beside":
        (folder / "LICENSE").write_text("As is.\n")
        (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
        (folder / "index.csv").write_text("file,place\n")
    write(rng, series, files, folder)
    made_up = oddity in ("one slice missing", "uneven")
    return Case(name, folder, truth, series.traits, 1.01 if made_up else 0.51)


def draw_study(rng, name, folder):
    """A folder with two or three series, whose files lie together or in folders of their own."""
    folder.mkdir()
    truth, traits = [], set()
    apart = bool(rng.integers(2))
    for nth in range(int(rng.integers(2, 4))):
        series, files, volumes = drawn_series(rng, "")
        inside = folder / f"S{nth}" if apart else folder
        inside.mkdir(exist_ok=True)
        write(rng, series, files, inside, f"{nth}-")
        truth += volumes
        traits |= series.traits
    return Case(name, folder, truth, traits)


def functional_groups(series, place, scale):
    group, position, measures, orientation, transform, content = (Dataset() for _ in range(6))
    position.ImagePositionPatient = [f"{x:.5f}" for x in series.origin + series.step * place]
    group.PlanePositionSequence = Sequence([position])
    content.DimensionIndexValues = [1, 1]
    content.InStackPositionNumber, content.StackID = 1, "1"
    group.FrameContentSequence = Sequence([content])
    shared = Dataset()
    measures.PixelSpacing, measures.SliceThickness = [str(s) for s in series.spacing], str(series.step_mm)
    shared.PixelMeasuresSequence = Sequence([measures])
    orientation.ImageOrientationPatient = [f"{x:.6f}" for x in (*series.row, *series.column)]
    shared.PlaneOrientationSequence = Sequence([orientation])
    transform.RescaleSlope, transform.RescaleIntercept, transform.RescaleType = str(scale[0]), str(scale[1]), "HU"
    shared.PixelValueTransformationSequence = Sequence([transform])
    return group, shared


def draw_multi_frame(rng, name, folder):
    """One Enhanced CT image with all slices as frames, in the order of places or in another."""
    folder.mkdir()
    series = Series(rng, "")
    places = np.arange(series.count, dtype=float)
    order = rng.permutation(series.count) if rng.random() < 0.4 else np.arange(series.count)
    values = [series.values() for _ in places]
    ds = series.slice(0, values[0], 1)
    for tag in (
        "ImagePositionPatient",
        "ImageOrientationPatient",
        "PixelSpacing",
        "SliceThickness",
        "SliceLocation",
        "RescaleSlope",
        "RescaleIntercept",
    ):
        delattr(ds, tag)
    ds.SOPClassUID = pydicom.uid.EnhancedCTImageStorage
    ds.NumberOfFrames = series.count
    groups = [functional_groups(series, places[z], (series.slope, series.intercept)) for z in order]
    for nth, ((group, _), z) in enumerate(zip(groups, order)):
        group.FrameContentSequence[0].InStackPositionNumber = int(z) + 1
        group.FrameContentSequence[0].DimensionIndexValues = [1, int(z) + 1]
    ds.PerFrameFunctionalGroupsSequence = Sequence([group for group, _ in groups])
    ds.SharedFunctionalGroupsSequence = Sequence([groups[0][1]])
    dtype = np.dtype(f"{'i' if series.signed else 'u'}{series.allocated // 8}").newbyteorder(
        ">" if series.syntax == "big endian" else "<"
    )
    ds.PixelData = b"".join(values[z].astype(dtype).tobytes() for z in order)
    ds.PixelData += bytes(len(ds.PixelData) % 2)
    ds["PixelData"].VR = "OB" if series.allocated == 8 else "OW"
    series.save(ds, folder / "enhanced.dcm")
    hu = [stored * series.slope + series.intercept for stored in values]
    traits = series.traits | ({"frames shuffled"} if (order != np.arange(series.count)).any() else set())
    return Case(name, folder, [volume(series, places, hu)], traits)
