// What a person gives to have tokens encrypted: `ALG/ENC`, and files with keys.
import { readFileSync } from 'node:fs'
import { isJsonObject } from '@countersign/protocol'
import type { ContentEncryption, KeyManagementAlgorithm } from '@countersign/protocol/jwe'
import type { Encryption } from '../../oauth/tokens/encryption.ts'
import { CommandFailed, UsageError } from './context.ts'

/** How `ALG/ENC` options are described. */
export const encryptionExample = 'ECDH-ES+A256KW/A256GCM'

/** Reads `ALG/ENC`; whether they are known is for registration to say. @throws UsageError */
export function namedEncryption(option: string, text: string): Encryption {
  const [alg, enc, more] = text.split('/')
  if (!alg || !enc || more !== undefined)
    throw new UsageError(`${option}: name an algorithm and a cipher, such as ${encryptionExample}.`)
  return { alg: alg as KeyManagementAlgorithm, enc: enc as ContentEncryption }
}

/** `ALG/ENC` of what is stored; nothing without. */
export function encryptionText(encryption: Encryption | null): string | null {
  return encryption === null ? null : `${encryption.alg}/${encryption.enc}`
}

/**
 * Reads a file of JSON.
 *
 * @param holds what it should hold, in words
 * @throws CommandFailed when there is no such file, or no JSON object in it
 */
export function jsonFile(option: string, file: string, holds: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (!isJsonObject(value)) throw new Error('not an object')
    return value
  } catch {
    throw new CommandFailed('The keys can’t be read.', [
      { path: option, code: 'unreadable', message: `Name a file that holds ${holds}.` },
    ])
  }
}
