// Addresses of front ends that are mailed, as operators state them: never one that a request has named (C20).
import { isLoopback } from '@countersign/protocol'
import { z } from 'zod'
import type { LinkTo } from '../../accounts/proofs/proofs.ts'
import { uidOf } from './uid.ts'

/** An address with holes such as `{uid}` and `{token}`, over https or on this machine. */
export function linkTemplate(...holes: readonly string[]) {
  const named = holes.map((hole) => `{${hole}}`)
  return z.string().refine(
    (text) => {
      const url = URL.parse(text.replace(/[{}]/g, ''))
      const isSafe =
        url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.origin)))
      return isSafe && url.username === '' && named.every((hole) => text.split(hole).length === 2)
    },
    `must be an https address with ${named.join(' and ')} in it`,
  )
}

/** Fills an address; undefined, and so our own page, where none is stated. */
export function linkFrom(template: string | null): LinkTo | undefined {
  if (template === null) return undefined
  return (secret, user) =>
    template.replaceAll('{uid}', uidOf(user)).replaceAll('{token}', secret).replaceAll('{key}', secret)
}
