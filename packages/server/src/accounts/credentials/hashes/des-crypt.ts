// crypt(3) of old Unix: 25 rounds of DES (FIPS 46-3) over zeros, its expansion stirred by a salt of 12 bits, under a key of
// the first eight bytes of the password, of seven bits each. Django kept such hashes as `crypt$$…` until its version 4.
//
// Written with one number a bit: nothing here has to be fast, and a hash of it takes a millisecond or two.

/** Bits of a block that go into another, counted from 1 as the standard does. */
type Table = readonly number[]

const initial: Table = table(
  '58 50 42 34 26 18 10 2 60 52 44 36 28 20 12 4 62 54 46 38 30 22 14 6 64 56 48 40 32 24 16 8',
  '57 49 41 33 25 17 9 1 59 51 43 35 27 19 11 3 61 53 45 37 29 21 13 5 63 55 47 39 31 23 15 7',
)
const final: Table = Array.from({ length: 64 }, (_, at) => initial.indexOf(at + 1) + 1)
const expansion: Table = Array.from(
  { length: 48 },
  (_, at) => ((Math.floor(at / 6) * 4 + (at % 6) + 31) % 32) + 1,
)
const permutation: Table = table(
  '16 7 20 21 29 12 28 17 1 15 23 26 5 18 31 10 2 8 24 14 32 27 3 9 19 13 30 6 22 11 4 25',
)
const firstChoice: Table = table(
  '57 49 41 33 25 17 9 1 58 50 42 34 26 18 10 2 59 51 43 35 27 19 11 3 60 52 44 36',
  '63 55 47 39 31 23 15 7 62 54 46 38 30 22 14 6 61 53 45 37 29 21 13 5 28 20 12 4',
)
const secondChoice: Table = table(
  '14 17 11 24 1 5 3 28 15 6 21 10 23 19 12 4 26 8 16 7 27 20 13 2',
  '41 52 31 37 47 55 30 40 51 45 33 48 44 49 39 56 34 53 46 42 50 36 29 32',
)
const shifts: Table = table('1 1 2 2 2 2 2 2 1 2 2 2 2 2 2 1')

/** Each box: four rows of sixteen hexadecimal digits. */
const boxes: readonly string[] = [
  'e4d12fb83a6c5907 0f74e2d1a6cb9538 41e8d62bfc973a50 fc8249175b3ea06d',
  'f18e6b34972dc05a 3d47f28ec01a69b5 0e7ba4d158c6932f d8a13f42b67c05e9',
  'a09e63f51dc7b428 d709346a285ecbf1 d6498f30b12c5ae7 1ad069874fe3b52c',
  '7de3069a1285bc4f d8b56f03472c1ae9 a690cb7df13e5284 3f06a1d8945bc72e',
  '2c417ab6853fd0e9 eb2c47d150fa3986 421bad78f9c5630e b8c71e2d6f09a453',
  'c1af92680d34e75b af427c9561de0b38 9ef528c3704a1db6 432c95fabe17608d',
  '4b2ef08d3c975a61 d0b7491ae35c2f86 14bdc37eaf680592 6bd814a7950fe23c',
  'd2846fb1a93e50c7 1fd8a374c56b0e92 7b419ce206adf358 21e74a8dfc90356b',
]

const letters = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** @param salt two of `./0-9A-Za-z` @returns the salt and eleven letters more */
export function desCrypt(password: string, salt: string): string {
  const keys = keysOf(Buffer.from(password))
  const stirred = stirredBy(salt)
  let block: number[] = new Array<number>(64).fill(0)
  for (let time = 0; time < 25; time += 1) block = encrypted(block, keys, stirred)
  const bits = [...block, 0, 0]
  const written = Array.from({ length: 11 }, (_, at) => letters[numberIn(bits.slice(at * 6, at * 6 + 6))])
  return salt + written.join('')
}

function table(...rows: readonly string[]): Table {
  return rows.join(' ').split(' ').map(Number)
}

function picked(bits: readonly number[], which: Table): number[] {
  return which.map((at) => bits[at - 1] ?? 0)
}

function numberIn(bits: readonly number[]): number {
  return bits.reduce((value, bit) => value * 2 + bit, 0)
}

/** Seven bits of each byte; the eighth is parity, which counts for nothing. */
function keysOf(password: Buffer): readonly (readonly number[])[] {
  const bits = Array.from({ length: 64 }, (_, at) => ((password[at >> 3] ?? 0) >> (6 - (at & 7))) & 1)
  const chosen = picked(
    bits.map((bit, at) => ((at & 7) === 7 ? 0 : bit)),
    firstChoice,
  )
  let [left, right] = [chosen.slice(0, 28), chosen.slice(28)]
  return shifts.map((by) => {
    left = [...left.slice(by), ...left.slice(0, by)]
    right = [...right.slice(by), ...right.slice(0, by)]
    return picked([...left, ...right], secondChoice)
  })
}

/** The expansion, with each bit of the first half that the salt names in the place of its fellow of the second. */
function stirredBy(salt: string): Table {
  const stirred = [...expansion]
  for (let at = 0; at < 12; at += 1) {
    const letter = letters.indexOf(salt.charAt(Math.floor(at / 6)))
    if (((letter >> (at % 6)) & 1) === 0) continue
    const [one, other] = [stirred[at] ?? 0, stirred[at + 24] ?? 0]
    stirred[at] = other
    stirred[at + 24] = one
  }
  return stirred
}

function encrypted(block: readonly number[], keys: readonly (readonly number[])[], stirred: Table): number[] {
  const begun = picked(block, initial)
  let [left, right] = [begun.slice(0, 32), begun.slice(32)]
  for (const key of keys) {
    const mixed = picked(right, stirred).map((bit, at) => bit ^ (key[at] ?? 0))
    const boxed = boxes.flatMap((box, at) => substituted(box, mixed.slice(at * 6, at * 6 + 6)))
    const next = picked(boxed, permutation).map((bit, at) => bit ^ (left[at] ?? 0))
    left = right
    right = next
  }
  return picked([...right, ...left], final)
}

function substituted(box: string, six: readonly number[]): number[] {
  const [row = ''] = box.split(' ').slice(numberIn([six[0] ?? 0, six[5] ?? 0]))
  const value = Number.parseInt(row.charAt(numberIn(six.slice(1, 5))), 16)
  return [3, 2, 1, 0].map((at) => (value >> at) & 1)
}
