// DICOM files as the tests read them, without any code of Islet.

/** Explicit VR little endian: values by tag ("00100010"), sequences as arrays of the same. */
export function dicom(bytes) {
  const long = new Set(["OB", "OW", "OF", "OD", "OL", "SQ", "UN", "UC", "UR", "UT"]);
  let at = 0;
  const tag = () => [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)].map((n) => n.toString(16).padStart(4, "0")).join("").toUpperCase();
  const dataSet = (end) => {
    const found = {};
    while (at < end) {
      const key = tag();
      if (key === "FFFEE00D") {
        at += 8;
        break;
      }
      const vr = bytes.toString("latin1", at + 4, at + 6);
      const length = long.has(vr) ? bytes.readUInt32LE(at + 8) : bytes.readUInt16LE(at + 6);
      at += long.has(vr) ? 12 : 8;
      if (vr === "SQ") {
        found[key] = items(length === 0xffffffff ? bytes.length : at + length);
      } else {
        found[key] = bytes.subarray(at, at + length);
        at += length;
      }
    }
    return found;
  };
  const items = (end) => {
    const found = [];
    while (at < end) {
      const [key, length] = [tag(), bytes.readUInt32LE(at + 4)];
      at += 8;
      if (key === "FFFEE0DD") break;
      found.push(dataSet(length === 0xffffffff ? bytes.length : at + length));
    }
    return found;
  };
  at = 132;
  return dataSet(bytes.length);
}

/** A text without its padding. */
export const text = (value) => value.toString("latin1").replace(/[\0 ]+$/, "");

/** The labels of a SEG's frames, one after the other. */
export function labels(seg) {
  const packed = seg["7FE00010"];
  const [rows, columns] = [seg["00280010"].readUInt16LE(), seg["00280011"].readUInt16LE()];
  const voxels = rows * columns * parseInt(text(seg["00280008"]));
  return Uint8Array.from({ length: voxels }, (_, i) => (packed[i >> 3] >> (i & 7)) & 1);
}
