// Keys in a file, as an operator or an orchestrator puts them there (a mounted secret, a volume). Read again while it is
// used, so that a replaced file is noticed; a broken or missing one leaves the last good keys in force.
import { decodeStrictJson, importJwkSetAsync } from '@countersign/protocol'
import type { Pace, ReadKeys } from './kept-keys.ts'

/** A file costs nobody anything: it is looked at more often than an issuer. */
export const pace: Pace = { coolDown: 5, retryWithoutKeys: 1, patienceMs: 5000, longestStale: 24 * 3600 }

const lifetime = 30
const maximumBytes = 256 * 1024

/**
 * @throws TypeError where there is no file system, or when the file can not be read: a mistake that is found at start
 */
export function keysInFile(path: string): ReadKeys {
  // Asked of the runtime only here: where there are no files, nothing of this package asks for them.
  const fs = globalThis.process?.getBuiltinModule?.('node:fs')
  if (fs === undefined) throw new TypeError('keys in a file need a runtime with a file system')
  const { constants, promises } = fs
  try {
    fs.accessSync(path, constants.R_OK)
  } catch (cause) {
    throw new TypeError('the file of the keys cannot be read', { cause })
  }

  async function bytesOf(): Promise<Uint8Array | null> {
    const file = await promises.open(path, 'r')
    try {
      const { size } = await file.stat()
      return size > maximumBytes ? null : await file.readFile()
    } finally {
      await file.close()
    }
  }

  return async (last) => {
    try {
      const bytes = await bytesOf()
      if (bytes === null) return { ok: false, detail: `the file of the keys has over ${maximumBytes} bytes` }
      const text = new TextDecoder().decode(bytes)
      if (text === last?.text) return last
      const keys = await importJwkSetAsync(decodeStrictJson(bytes))
      if (keys.keys.length > 0) return { ok: true, keys, text, lifetime }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
      return { ok: false, detail: `the file of the keys: ${code}` }
    }
    return { ok: false, detail: 'the file of the keys has no usable key' }
  }
}
