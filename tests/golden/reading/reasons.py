"""The differences from other programs that are known, and why Islet is right.

A reason holds for one program, for inputs with one property, and for one way of differing; and only where Islet reads what
was drawn.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    # The other programs.
    readers: str
    # What the input has.
    trait: str
    # How they differ: the first words of `scans.difference`.
    differs: str
    why: str
    # A word of the note in which Islet must say what it did.
    noted: str = ""


REASONS = [
    # DICOM.
    Reason(
        "dcm2niix",
        "tilt",
        "count size place values",
        "It resamples a tilted series to a grid without the tilt. Islet keeps the slices as they are and puts the shear into the affine, so no voxel changes.",
        "tilt",
    ),
    Reason(
        "SimpleITK",
        "tilt",
        "place",
        "It takes the step from slice to slice to be along their normal, so it loses the shear (PS3.3 C.7.6.2.1.1 gives the place of every slice).",
        "tilt",
    ),
    Reason(
        "dcm2niix",
        "one slice missing",
        "size values place",
        "Its even grid has one slice more than were scanned and lost, so that all are interpolated. Islet fills in the missing slice and leaves the others.",
        "missing",
    ),
    Reason(
        "SimpleITK",
        "one slice missing",
        "size",
        "It stacks the slices as if none were missing, so those behind the gap are in the wrong place.",
        "missing",
    ),
    Reason(
        "dcm2niix",
        "uneven",
        "size values place",
        "Its even grid is finer than the slices; of unsigned 16 bits it makes none and stacks the slices. Islet interpolates at the usual distance.",
        "even grid",
    ),
    Reason("SimpleITK", "uneven", "values", "It stacks the slices as if they were even.", "even grid"),
    Reason(
        "dcm2niix",
        "wide gap",
        "count",
        "It makes one volume over the gap. Islet parts the series, because nine slices would have to be made up.",
        "missing",
    ),
    Reason(
        "SimpleITK",
        "wide gap",
        "count",
        "It stacks the slices as if there were no gap. Islet parts the series.",
        "missing",
    ),
    Reason(
        "dcm2niix",
        "passes",
        "size place values count",
        "It makes one volume of two passes, whose slices lie between one another. Islet parts them by acquisition.",
        "acquisition",
    ),
    Reason(
        "SimpleITK",
        "passes",
        "size count",
        "It stacks the slices of both passes alternately. Islet parts them by acquisition.",
        "acquisition",
    ),
    Reason(
        "SimpleITK", "phases", "count", "It stacks two images of each place on one another. Islet parts them.", "phases"
    ),
    Reason("SimpleITK", "every slice twice", "size", "It stacks a slice and its copy. Islet drops the copy.", "twice"),
    Reason(
        "dcm2niix", "every slice twice", "count", "It takes the copies for a second frame. Islet drops them.", "twice"
    ),
    Reason(
        "dcm2niix SimpleITK",
        "several UIDs",
        "count",
        "It makes a volume for each SeriesInstanceUID. Islet joins what is one even stack of one study, frame of reference and numbering.",
        "UID",
    ),
    Reason("dcm2niix", "localizer beside", "count", "It converts the scout as well. Islet lists it."),
    Reason("SimpleITK", "localizer beside", "count", "It reads the scout as well. Islet lists it."),
    Reason("SimpleITK", "single slice", "thickness", "It gives a lone slice 1 mm. Islet takes SliceThickness."),
    Reason(
        "SimpleITK",
        "MONOCHROME1",
        "values",
        "GDCM inverts the values. MONOCHROME1 says how to show them, not what they are (PS3.3 C.7.6.3.1.2), as dcm2niix has it.",
    ),
    Reason(
        "SimpleITK",
        "slopes differ",
        "values",
        "It takes the type of voxels from the first slice and cuts the fractions of others off.",
    ),
    Reason(
        "SimpleITK",
        "32 bits in big endian",
        "values",
        "GDCM swaps the halves of the samples. pydicom, dcm2niix and Islet do not.",
    ),
    Reason(
        "dcm2niix",
        "numbers shuffled",
        "size place values count",
        "It leaves slices out where InstanceNumber does not follow the places, and says so. Islet goes by the places alone.",
    ),
    Reason(
        "dcm2niix",
        "private image",
        "place size values count",
        "It takes attributes out of a private sequence for the slice's own.",
    ),
    Reason("dcm2niix", "deflated", "count", "It does not read deflated files, so it misses a series."),
    Reason(
        "dcm2niix",
        "frames shuffled",
        "place values size count",
        "It does not sort the frames by place (their functional groups have it).",
    ),
    Reason(
        "SimpleITK",
        "frames shuffled",
        "place thickness values",
        "GDCM gives up on the geometry where frames are not in the order of places, and gives 1 mm.",
    ),
    Reason(
        "dcm2niix SimpleITK",
        "padding",
        "values",
        "PixelPaddingValue marks what was not scanned (PS3.3 C.7.5.1.1.2). Islet makes it air, -1024 HU; they leave the number.",
    ),
    Reason(
        "dcm2niix",
        "phases one against the other",
        "values count",
        "It goes by InstanceNumber: where the second phase runs the other way, it mixes the slices of both. Islet parts them by acquisition and place.",
        "phases",
    ),
    Reason("dcm2niix", "no numbers", "size place values", "It leaves slices out where they have no InstanceNumber."),
    Reason("dcm2niix", "one number", "size place values", "It leaves slices out where all have one InstanceNumber."),
    # NIfTI.
    Reason(
        "nibabel", "sform singular", "place", "It takes an sform of zeros as it is. Islet takes the qform, as ITK does."
    ),
    Reason(
        "SimpleITK",
        "sheared sform",
        "place",
        "ITK's directions are at right angles, so it takes the qform, which has lost the shear. Islet and nibabel keep the sform.",
    ),
    Reason(
        "SimpleITK",
        "forms differ",
        "place thickness",
        "Where sform and qform are two frames, ITK takes the qform, and Islet and nibabel the sform. nifti1.h leaves the choice to the reader.",
    ),
    Reason(
        "SimpleITK",
        "scale 0, 7",
        "values",
        "It adds scl_inter where scl_slope is 0. nifti1.h: a slope of 0 means that there is no scaling.",
    ),
    Reason(
        "nibabel SimpleITK",
        "offset is 0",
        "values",
        "It takes the header for voxels. nifti1.h: in a single file voxels begin at byte 352 or later.",
    ),
    Reason(
        "SimpleITK",
        "negative pixdim",
        "place thickness",
        "It takes a negative voxel size for a flip. nifti1.h: voxel sizes are positive; Islet and nibabel take the size alone.",
    ),
    Reason(
        "nibabel SimpleITK",
        "no form",
        "place",
        "A file without sform and qform does not say where it lies. Islet takes the axes for RAS and says so; nibabel takes them for LAS about the middle, ITK for LPS.",
        "lies",
    ),
    Reason(
        "nibabel",
        "units of m",
        "place thickness",
        "It gives the numbers of the file without its unit. Islet and ITK take xyzt_units into account.",
    ),
    Reason(
        "nibabel",
        "units of um",
        "place thickness",
        "It gives the numbers of the file without its unit. Islet and ITK take xyzt_units into account.",
    ),
    Reason(
        "SimpleITK",
        "two dimensions",
        "place thickness",
        "A picture of two dimensions has no place in the patient to ITK. The header has it.",
    ),
    Reason(
        "SimpleITK",
        "not a number",
        "values",
        "It takes what is no number for 0 before scaling. Islet takes it for air, -1024 HU.",
    ),
    Reason(
        "nibabel SimpleITK",
        "complex",
        "refused",
        "They read complex numbers, of which nibabel drops the imaginary part. Islet refuses them: no CT has any.",
    ),
    # NRRD.
    Reason("SimpleITK", "units of cm", "place thickness", "It ignores `space units`. Islet reads them."),
    Reason(
        "pynrrd",
        "units of cm",
        "place thickness",
        "It gives the numbers of the file; the unit is beside them. Islet applies it.",
    ),
    Reason("SimpleITK", "units of um", "place thickness", "It ignores `space units`. Islet reads them."),
    Reason(
        "pynrrd",
        "units of um",
        "place thickness",
        "It gives the numbers of the file; the unit is beside them. Islet applies it.",
    ),
    Reason("pynrrd", "bzip2", "refused", "Neither ITK nor 3D Slicer reads bzip2. Islet refuses it by name."),
]


def reason(reader, traits, text, notes):
    """The reason for a difference; None where there is none."""
    differs = text.split(":")[0]
    for one in REASONS:
        said = not one.noted or any(one.noted in note for note in notes)
        if reader in one.readers.split() and one.trait in traits and differs in one.differs.split() and said:
            return one
    return None
