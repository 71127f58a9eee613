"""Writes attributes.json: what pydicom 3 reads from some of the small DICOM files, attribute by attribute.

    python make_attributes.py

An entry is [depth, tag, keyword, VR, value]. The groups of single frames and the pixel data are left out.
"""

import json
from pathlib import Path

import pydicom
from pydicom.multival import MultiValue
from pydicom.valuerep import PersonName

FILES = ["big_endian_32.dcm", "converted.dcm", "deflated.dcm", "enhanced_big_endian.dcm", "enhanced_undefined.dcm",
         "implicit.dcm", "unsigned_12.dcm"]
HERE = Path(__file__).parent


def text(value):
    if value is None:
        return ""
    if isinstance(value, MultiValue):
        return "\\".join(text(one) for one in value)
    if isinstance(value, PersonName):
        return str(value)
    return str(getattr(value, "original_string", value)).strip()


def rows(data_set, depth=0):
    found = []
    for element in data_set:
        if element.tag == 0x7FE00010:
            continue
        tag = f"({element.tag.group:04X},{element.tag.element:04X})"
        is_sequence = element.VR == "SQ"
        found.append([depth, tag, element.keyword, element.VR, "" if is_sequence else text(element.value)])
        if is_sequence and element.keyword != "PerFrameFunctionalGroupsSequence":
            for item in element.value:
                found.append([depth + 1, "(FFFE,E000)", "Item", "SQ", ""])
                found.extend(rows(item, depth + 1))
    return found


expected = {name: rows(pydicom.dcmread(HERE / "dicom" / name)) for name in FILES}
lines = ",\n".join(json.dumps(name) + ": [\n" + ",\n".join(map(json.dumps, found)) + "\n]" for name, found in expected.items())
(HERE / "attributes.json").write_text("{\n" + lines + "\n}\n")
