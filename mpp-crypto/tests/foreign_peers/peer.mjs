// A foreign peer: one JSON object per line in, one per line out, on `@hpke/core` and `jose`. A refusal never ends the program.
// Where the packages are is told by MPP_FOREIGN_NODE_MODULES: import looks beside this file only.

import { createRequire } from "node:module";
import { webcrypto } from "node:crypto";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

globalThis.crypto ??= webcrypto;
const require = createRequire(`${process.env.MPP_FOREIGN_NODE_MODULES}/anchor.js`);
const hpke = require("@hpke/core");
const jose = await import(pathToFileURL(require.resolve("jose")));

const CHUNK = 65536;
const TAG = 16;
const PURPOSES = { 1: "parcel", 2: "key-material", 3: "enrolment" };
const FINAL = new TextEncoder().encode("final");
const NOTHING = new Uint8Array(0);
const suite = new hpke.CipherSuite({
  kem: new hpke.DhkemP256HkdfSha256(),
  kdf: new hpke.HkdfSha256(),
  aead: new hpke.Aes256Gcm(),
});

const decode = (text) => new Uint8Array(Buffer.from(text, "base64"));
const encode = (bytes) => Buffer.from(bytes).toString("base64");
const uuidBytes = (text) => Buffer.from(text.replaceAll("-", ""), "hex");
const uuidText = (bytes) =>
  Buffer.from(bytes).toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

function pkcs8Der(pem) {
  return decode(pem.replace(/-----[^-]+-----/g, "").replace(/\s/g, ""));
}

// The header as docs/formats/envelope-v1.md lays it out.
function writeHeader(context, kid) {
  const purpose = Object.keys(PURPOSES).find((code) => PURPOSES[code] === context.purpose);
  const id = webcrypto.getRandomValues(new Uint8Array(16));
  const texts = [context.source, context.contentType, kid].map((text) => [text.length, ...Buffer.from(text)]);
  const ids = [context.partner, context.consent, context.parcel].flatMap((text) => [...uuidBytes(text)]);
  const body = [0, 1, 0, 0, ...id, Number(purpose), ...ids, ...texts.flat()];
  return Uint8Array.from([...Buffer.from("MPPE"), 1, 1, body.length >> 8, body.length & 255, ...body]);
}

function readHeader(envelope) {
  const bytes = Buffer.from(envelope);
  if (bytes.length < 77 || bytes.toString("latin1", 0, 4) !== "MPPE" || bytes[4] !== 1 || bytes[5] !== 1) {
    throw new Error("not an envelope of version and suite 1");
  }
  const end = 8 + bytes.readUInt16BE(6);
  if (end > 845 || bytes.length < end || bytes.readUInt32BE(8) !== CHUNK) throw new Error("not a header");
  const fields = { purpose: PURPOSES[bytes[28]] };
  for (const [name, at] of [["partner", 29], ["consent", 45], ["parcel", 61]]) {
    fields[name] = uuidText(bytes.subarray(at, at + 16));
  }
  let at = 77;
  for (const name of ["source", "contentType", "kid"]) {
    fields[name] = bytes.toString("latin1", at + 1, at + 1 + bytes[at]);
    at += 1 + bytes[at];
  }
  if (at !== end) throw new Error("bytes missing or left over");
  return { info: envelope.slice(0, end), fields };
}

async function envelopeSeal({ publicJwk, context, plaintext }) {
  const info = writeHeader(context, await jose.calculateJwkThumbprint(publicJwk, "sha256"));
  const recipientPublicKey = await suite.kem.importKey("jwk", publicJwk, true);
  const sender = await suite.createSenderContext({ recipientPublicKey, info });
  const text = decode(plaintext);
  const parts = [info, new Uint8Array(sender.enc)];
  let at = 0;
  do {
    const last = at + CHUNK >= text.length;
    parts.push(new Uint8Array(await sender.seal(text.slice(at, at + CHUNK), last ? FINAL : NOTHING)));
    at += CHUNK;
  } while (at < text.length);
  return { envelope: encode(Buffer.concat(parts)) };
}

async function envelopeOpen({ privateKey, context, envelope }) {
  const bytes = decode(envelope);
  const { info, fields } = readHeader(bytes);
  for (const [name, expected] of Object.entries(context)) {
    if (fields[name] !== expected) throw new Error("another context");
  }
  const enc = bytes.slice(info.length, info.length + 65);
  if (enc.length !== 65 || enc[0] !== 4) throw new Error("no encapsulated key");
  const algorithm = { name: "ECDH", namedCurve: "P-256" };
  const key = await webcrypto.subtle.importKey("pkcs8", pkcs8Der(privateKey), algorithm, true, ["deriveBits"]);
  const recipient = await suite.createRecipientContext({ recipientKey: key, enc, info });
  const opened = [];
  let rest = bytes.slice(info.length + 65);
  let first = true;
  for (; rest.length > CHUNK + TAG; rest = rest.slice(CHUNK + TAG), first = false) {
    opened.push(new Uint8Array(await recipient.open(rest.slice(0, CHUNK + TAG), NOTHING)));
  }
  if (rest.length < TAG || (rest.length === TAG && !first)) throw new Error("no last chunk");
  opened.push(new Uint8Array(await recipient.open(rest, FINAL)));
  return { plaintext: encode(Buffer.concat(opened)), kid: fields.kid };
}

async function thumbprint({ jwk }) {
  return { thumbprint: await jose.calculateJwkThumbprint(jwk, "sha256") };
}

// The keys of the requests are public once they have signed: the other side verifies with the JWK that jose writes.
async function keyOf({ privateKey, alg }) {
  const key = await jose.importPKCS8(privateKey, alg, { extractable: true });
  const { d, dp, dq, p, q, qi, ...jwk } = await jose.exportJWK(key);
  return { key, jwk };
}

async function jwsSign(request) {
  const { key, jwk } = await keyOf(request);
  const kid = await jose.calculateJwkThumbprint(jwk, "sha256");
  const payload = new TextEncoder().encode(JSON.stringify(request.payload));
  const header = { alg: request.alg, kid, typ: request.typ };
  return { jws: await new jose.CompactSign(payload).setProtectedHeader(header).sign(key), jwk };
}

async function jwsVerify({ jws, jwk, alg }) {
  const key = await jose.importJWK(jwk, alg);
  const { payload, protectedHeader } = await jose.compactVerify(jws, key, { algorithms: [alg] });
  return { payload: JSON.parse(new TextDecoder().decode(payload)), header: protectedHeader };
}

function rs256Header({ kid, b64 }) {
  return b64 ? { alg: "RS256", kid } : { alg: "RS256", kid, b64: false, crit: ["b64"] };
}

async function flattened(request, payload) {
  const { key, jwk } = await keyOf({ ...request, alg: "RS256" });
  const signed = await new jose.FlattenedSign(payload).setProtectedHeader(rs256Header(request)).sign(key);
  return { ...signed, jwk };
}

async function detachedSign(request) {
  const { protected: header, signature, jwk } = await flattened(request, decode(request.body));
  return { value: `${header}..${signature}`, jwk };
}

async function verifyFlattened(header, signature, bytes, jwk) {
  const { b64 } = JSON.parse(Buffer.from(header, "base64url"));
  const payload = b64 === false ? bytes : Buffer.from(bytes).toString("base64url");
  const key = await jose.importJWK(jwk, "RS256");
  const jws = { protected: header, signature, payload };
  const verified = await jose.flattenedVerify(jws, key, { algorithms: ["RS256"] });
  return verified.protectedHeader;
}

async function detachedVerify({ value, jwk, body }) {
  const [header, signature] = value.split("..");
  return { header: await verifyFlattened(header, signature, decode(body), jwk) };
}

async function consentSign(request) {
  const payload = decode(request.payload);
  const { protected: header, signature, jwk } = await flattened(request, payload);
  return { text: `${header}.${Buffer.from(payload).toString("base64url")}.${signature}`, jwk };
}

async function consentVerify({ text, jwk }) {
  const [header, encoded, signature] = text.split(".");
  const payload = new Uint8Array(Buffer.from(encoded, "base64url"));
  await verifyFlattened(header, signature, payload, jwk);
  return { payload: encode(payload) };
}

const OPERATIONS = {
  envelope_seal: envelopeSeal,
  envelope_open: envelopeOpen,
  thumbprint,
  jws_sign: jwsSign,
  jws_verify: jwsVerify,
  detached_sign: detachedSign,
  detached_verify: detachedVerify,
  consent_sign: consentSign,
  consent_verify: consentVerify,
};

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const request = JSON.parse(line);
    answer = { ok: true, ...(await OPERATIONS[request.op](request)) };
  } catch (error) {
    answer = { ok: false, error: `${error.name}: ${error.message}` };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
