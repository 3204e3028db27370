// SHA-256 for platforms whose own answers only later (FIPS 180-4 §6.2). Short texts only: thumbprints, challenges,
// digests of opaque tokens. It branches on nothing but the length.

const [roundConstants, startState] = constantsOf(64)

/** The SHA-256 of some bytes: 32 bytes. */
export function sha256(message: Uint8Array): Uint8Array {
  const blocks = padded(message)
  const state = startState.slice()
  const schedule = new Uint32Array(64)
  for (let at = 0; at < blocks.byteLength; at += 64)
    compress(state, new DataView(blocks.buffer, at, 64), schedule)
  const digest = new DataView(new ArrayBuffer(32))
  state.forEach((word, index) => {
    digest.setUint32(index * 4, word)
  })
  return new Uint8Array(digest.buffer)
}

/** §5.1.1: a one bit, zeros, and the length in bits as 64 bits, up to a whole number of blocks. */
function padded(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = message.byteLength
  const blocks = new Uint8Array(Math.ceil((length + 9) / 64) * 64)
  blocks.set(message)
  blocks[length] = 0x80
  const view = new DataView(blocks.buffer)
  view.setUint32(blocks.byteLength - 8, Math.floor(length / 0x2000_0000))
  view.setUint32(blocks.byteLength - 4, length << 3)
  return blocks
}

function compress(state: Uint32Array, block: DataView, schedule: Uint32Array): void {
  const word = (index: number) => schedule[index] ?? 0
  for (let t = 0; t < 64; t++) {
    schedule[t] =
      t < 16
        ? block.getUint32(t * 4)
        : word(t - 16) + mixed(word(t - 15), 7, 18, 3) + word(t - 7) + mixed(word(t - 2), 17, 19, 10)
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let t = 0; t < 64; t++) {
    const chosen = (e & f) ^ (~e & g)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    const one = (h + rotated(e, 6, 11, 25) + chosen + (roundConstants[t] ?? 0) + word(t)) | 0
    const two = (rotated(a, 2, 13, 22) + majority) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0]
  }
  for (const [index, value] of [a, b, c, d, e, f, g, h].entries()) state[index] = (state[index] ?? 0) + value
}

/** σ of §4.1.2: two rotations and a shift. */
function mixed(x: number, one: number, two: number, shift: number): number {
  return rotate(x, one) ^ rotate(x, two) ^ (x >>> shift)
}

/** Σ of §4.1.2: three rotations. */
function rotated(x: number, one: number, two: number, three: number): number {
  return rotate(x, one) ^ rotate(x, two) ^ rotate(x, three)
}

function rotate(x: number, by: number): number {
  return (x >>> by) | (x << (32 - by))
}

/** §4.2.2 and §5.3.3: 32 bits of the fractions of the primes' cube roots, and of the first eight square roots. */
function constantsOf(count: number): readonly [Uint32Array, Uint32Array] {
  const primes: number[] = []
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n)
  const fractions = (root: (prime: number) => number, of: readonly number[]) =>
    Uint32Array.from(of, (prime) => (root(prime) % 1) * 2 ** 32)
  return [fractions(Math.cbrt, primes), fractions(Math.sqrt, primes.slice(0, 8))]
}
