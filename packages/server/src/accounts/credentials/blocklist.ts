// The most used passwords, as collected by `@zxcvbn-ts/language-common`. Loaded when the first password is chosen and
// kept as sorted fingerprints: 0.4 MB instead of the list's 3 MB.

/** Whether a text (lower case) is one of the most used passwords. */
export interface Blocklist {
  has(text: string): boolean
}

let loading: Promise<Blocklist> | undefined

/** The list, loaded when first asked for. */
export function commonPasswords(): Promise<Blocklist> {
  loading ??= load()
  return loading
}

async function load(): Promise<Blocklist> {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  const words = dictionary['passwords-common']
  const fingerprints = Float64Array.from(words, (word) => fingerprint(word.toLowerCase())).sort()
  // Nothing else in this process reads the list; emptied, its strings can be collected.
  words.length = 0
  return { has: (text) => isIn(fingerprints, fingerprint(text)) }
}

function isIn(sorted: Float64Array, value: number): boolean {
  let low = 0
  let high = sorted.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const candidate = sorted[middle] ?? 0
    if (candidate === value) return true
    if (candidate < value) low = middle + 1
    else high = middle - 1
  }
  return false
}

/** 53 bits of a text: with 50,000 entries, one innocent password in 10^11 is taken for a common one. */
function fingerprint(text: string): number {
  let high = 0x811c9dc5
  let low = 0x9e3779b9
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    high = Math.imul(high ^ unit, 0x01000193)
    low = Math.imul(low ^ unit, 0x85ebca6b)
    low ^= low >>> 15
  }
  high = Math.imul(high ^ (low >>> 13), 0xc2b2ae35)
  high ^= high >>> 16
  return (high >>> 0) * 2 ** 21 + ((low >>> 0) & 0x1fffff)
}
