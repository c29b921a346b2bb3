import { createHash, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";

const MAGIC = Buffer.from("SSHSIG");
const NAMESPACE = Buffer.from("git");
const HASH = Buffer.from("sha512");

/**
 * GitHub's own signing key, played by an Ed25519 key: signatures are genuine SSHSIG
 * (https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig), which `git verify-commit` accepts.
 */
export class SigningKey {
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #publicBlob: Buffer;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    this.#privateKey = privateKey;
    this.#publicKey = publicKey;
    const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
    this.#publicBlob = Buffer.concat([field(Buffer.from("ssh-ed25519")), field(raw)]);
  }

  /** The public key as it stands in an `allowed_signers` file. */
  get publicLine(): string {
    return `ssh-ed25519 ${this.#publicBlob.toString("base64")}`;
  }

  get fingerprint(): string {
    return createHash("sha256").update(this.#publicBlob).digest("base64").replace(/=+$/, "");
  }

  /** An armoured signature over a commit's text. */
  sign(payload: string): string {
    const signature = sign(null, signedData(payload), this.#privateKey);
    const version = Buffer.from([0, 0, 0, 1]);
    const blob = Buffer.concat([
      MAGIC,
      version,
      field(this.#publicBlob),
      field(NAMESPACE),
      field(Buffer.alloc(0)),
      field(HASH),
      field(Buffer.concat([field(Buffer.from("ssh-ed25519")), field(signature)])),
    ]);
    const lines = blob.toString("base64").match(/.{1,70}/g) ?? [];
    return ["-----BEGIN SSH SIGNATURE-----", ...lines, "-----END SSH SIGNATURE-----"].join("\n");
  }

  /** Whether this key made that signature over that text. */
  verify(payload: string, armoured: string): boolean {
    const lines = armoured.trim().split("\n");
    if (lines[0] !== "-----BEGIN SSH SIGNATURE-----") return false;
    const blob = Buffer.from(lines.slice(1, -1).join(""), "base64");
    const head = Buffer.concat([MAGIC, Buffer.from([0, 0, 0, 1]), field(this.#publicBlob), field(NAMESPACE)]);
    if (!blob.subarray(0, head.length).equals(head)) return false;
    return verify(null, signedData(payload), this.#publicKey, blob.subarray(-64));
  }
}

function signedData(payload: string) {
  const digest = createHash("sha512").update(payload).digest();
  return Buffer.concat([MAGIC, field(NAMESPACE), field(Buffer.alloc(0)), field(HASH), field(digest)]);
}

function field(content: Buffer) {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}
