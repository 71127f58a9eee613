// A series of DICOM files with values of its own in every attribute that tells of a patient, and where such values are found again.
import { gunzipSync, inflateRawSync } from "node:zlib";

/** What is planted, by tag and representation. UIDs keep what tells slices apart: their number. */
export const CANARIES = {
  "00080020": ["DA", "19470211"], "00080021": ["DA", "19470212"], "00080022": ["DA", "19470213"], "00080023": ["DA", "19470214"],
  "00080030": ["TM", "171931.4711"], "00080050": ["SH", "CANARYACCESS"], "00080080": ["LO", "CANARYHOSPITAL"],
  "00080081": ["ST", "CANARYSTREET 5"], "00080090": ["PN", "CANARYREFERRER^R"], "00081010": ["SH", "CANARYSTATION"],
  "00081030": ["LO", "CANARYSTUDY"], "00081040": ["LO", "CANARYWARD"], "00081048": ["PN", "CANARYDOCTOR^D"], "00081050": ["PN", "CANARYPERFORMER"],
  "00081070": ["PN", "CANARYOPERATOR"], "00090010": ["LO", "CANARYVENDOR"], "00091001": ["LO", "CANARYPRIVATE"], "00100010": ["PN", "CANARYNAME^ANNA"],
  "00100020": ["LO", "CANARYID0815"], "00100021": ["LO", "CANARYISSUER"], "00100030": ["DA", "19330417"], "00100032": ["TM", "043217"],
  "00101000": ["LO", "CANARYOTHERID"], "00101001": ["PN", "CANARYOTHERNAME"], "00101040": ["LO", "CANARYADDRESS"], "00102154": ["SH", "CANARYPHONE"],
  "001021B0": ["LT", "CANARYHISTORY"], "00104000": ["LT", "CANARYCOMMENT"], "00181000": ["LO", "CANARYSERIAL"], "00181030": ["LO", "CANARYPROTOCOL"],
  "00200010": ["SH", "CANARYSTUDYID"], "0020000D": ["UI", "2.25.4711471147114711001"], "0020000E": ["UI", "2.25.4711471147114711002"],
  "00200052": ["UI", "2.25.4711471147114711003"], "00204000": ["LT", "CANARYIMAGECOMMENT"], "00324000": ["LT", "CANARYSTUDYCOMMENT"],
  "00400244": ["DA", "19470215"], "00400254": ["LO", "CANARYSTEP"],
};
const INSTANCE = "2.25.4711471147114711004";

/** The planted values as bytes search for them: parts long enough to be nothing else. */
export const secrets = () => [...Object.values(CANARIES).map(([, value]) => value.split("^")[0]), INSTANCE];

const LONG = new Set(["OB", "OW", "OF", "OD", "OL", "SQ", "UN", "UC", "UR", "UT"]);

/** A file in explicit little endian with the canaries in place of its own values or added to them. */
export function planted(bytes, number) {
  const elements = new Map();
  let at = 132;
  const meta = [];
  while (at < bytes.length) {
    const tag = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)].map((n) => n.toString(16).padStart(4, "0")).join("").toUpperCase();
    const isLong = LONG.has(bytes.toString("latin1", at + 4, at + 6));
    const [head, length] = isLong ? [12, bytes.readUInt32LE(at + 8)] : [8, bytes.readUInt16LE(at + 6)];
    if (length === 0xffffffff) throw new Error(`${tag} has no length`);
    const element = bytes.subarray(at, at + head + length);
    if (tag.startsWith("0002")) meta.push([tag, element]);
    else elements.set(tag, element);
    at += head + length;
  }
  const instance = `${INSTANCE}${String(number).padStart(3, "0")}`;
  for (const [tag, [vr, value]] of Object.entries({ ...CANARIES, "00080018": ["UI", instance] })) elements.set(tag, short(tag, vr, value));
  const head = meta.map(([tag, element]) => (tag === "00020003" ? short(tag, "UI", instance) : element));
  // The length of the file's own group, PS3.10 7.1.
  const group = head.filter((_, i) => meta[i][0] !== "00020000");
  const size = Buffer.from([2, 0, 0, 0, 0x55, 0x4c, 4, 0, 0, 0, 0, 0]);
  size.writeUInt32LE(Buffer.concat(group).length, 8);
  const sorted = [...elements.keys()].sort().map((tag) => elements.get(tag));
  return Buffer.concat([bytes.subarray(0, 132), size, ...group, ...sorted]);
}

function short(tag, vr, value) {
  const padded = value.length % 2 ? value + (vr === "UI" ? "\0" : " ") : value;
  const element = Buffer.alloc(8 + padded.length);
  element.writeUInt16LE(parseInt(tag.slice(0, 4), 16), 0);
  element.writeUInt16LE(parseInt(tag.slice(4), 16), 2);
  element.write(vr, 4, "latin1");
  element.writeUInt16LE(padded.length, 6);
  element.write(padded, 8, "latin1");
  return element;
}

/** Everything in a file, packed or not: the bytes, and those of what is gzipped or zipped in it. */
export function contents(bytes) {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return [bytes, ...contents(gunzipSync(bytes))];
  if (bytes.readUInt32LE(0) !== 0x04034b50) return [bytes];
  const all = [bytes];
  let at = 0;
  while (at + 30 < bytes.length && bytes.readUInt32LE(at) === 0x04034b50) {
    const [method, packed, name, extra] = [bytes.readUInt16LE(at + 8), bytes.readUInt32LE(at + 18), bytes.readUInt16LE(at + 26), bytes.readUInt16LE(at + 28)];
    const start = at + 30 + name + extra;
    const file = bytes.subarray(start, start + packed);
    all.push(...contents(method === 8 ? inflateRawSync(file) : file));
    at = start + packed;
  }
  return all;
}

/** The planted values that are in some bytes, or in a text. */
export function found(where, allowed = []) {
  const parts = typeof where === "string" ? [Buffer.from(where)] : contents(where);
  return secrets().filter((secret) => !allowed.includes(secret) && parts.some((part) => part.includes(secret)));
}
