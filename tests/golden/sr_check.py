"""Reports of measurements (DICOM SR) of ours by highdicom and dciodvfy.

    pip install highdicom==0.28.2        # and dicom3tools for dciodvfy
    python tests/golden/sr_check.py REPORT.dcm
        # what highdicom finds, as JSON: each group's template, tracking identifier, finding, sites, numbers and region
"""
import json
import subprocess
import sys

import highdicom as hd


def numbers(group):
    return [{"name": m.name.meaning, "derivation": m.derivation.meaning if m.derivation else "", "value": m.value,
             "unit": m.unit.value, "points": [r.value.tolist() for r in m.referenced_coordinates]}
            for m in group.get_measurements()]


def group(template, found):
    region = found.roi if template == "1410" else None
    return {"template": template, "name": found.tracking_identifier, "uid": found.tracking_uid,
            "finding": found.finding_type.meaning if found.finding_type else "",
            "sites": [[s.value.meaning, s.laterality.meaning if s.laterality else ""] for s in found.finding_sites],
            "numbers": numbers(found), "region": region.value.tolist() if region is not None else None}


def check(path):
    report = hd.sr.srread(path)
    assert isinstance(report, hd.sr.Comprehensive3DSR), type(report)
    content = report.content
    assert isinstance(content, hd.sr.MeasurementReport), type(content)
    assert content.get_volumetric_roi_measurement_groups() == []
    [observer] = content.get_observer_contexts()
    groups = [group("1501", found) for found in content.get_image_measurement_groups()]
    groups += [group("1410", found) for found in content.get_planar_roi_measurement_groups()]
    said = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True).stderr.splitlines()
    assert not [line for line in said if line.startswith("Error")], said
    evidence = [uids[2] for uids in report.get_evidence()]
    print(json.dumps({"observer": observer.observer_identifying_attributes.name, "groups": groups, "evidence": evidence,
                      "patient": str(report.PatientName), "dciodvfy": said}))


if __name__ == "__main__":
    check(sys.argv[1])
