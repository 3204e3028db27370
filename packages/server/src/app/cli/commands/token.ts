/** `countersign token`: look into a token. It is read from standard input, for a token is a secret. */

import { parseOpaque, peekUnverified, TokenError, tokenKinds, verifyJws } from '@countersign/protocol'
import { Command } from 'commander'
import { openKeyring } from '../../../platform/keys/keyring.ts'
import { UsageError, withPlatform } from '../context.ts'
import { readSecret } from '../input.ts'
import { bold, green, yellow } from '../terminal.ts'
import { duration, moment } from '../words.ts'

export function tokenCommand(): Command {
  return new Command('token')
    .description('look into a token')
    .addCommand(
      new Command('decode')
        .description('show header and claims of a JWT from standard input, and whether this server signed it')
        .action(decode),
    )
}

async function decode(_options: unknown, command: Command): Promise<void> {
  const token = await readSecret('Token')
  for (const prefix of ['csat', 'csrt', 'csac', 'csss']) {
    if (parseOpaque(prefix, token) !== null)
      throw new UsageError(
        `This is an opaque token (${prefix}): there is nothing in it to decode. Ask the introspection endpoint.`,
      )
  }
  const parts = peekUnverified(token)
  if (parts === null) throw new UsageError('This is not a JWT.')
  await withPlatform(command, async ({ platform, terminal }) => {
    const keyring = await openKeyring(platform)
    const kind = Object.entries(tokenKinds).find(([, { typ }]) =>
      [typ].flat().some((one) => one === parts.header['typ']),
    )?.[0]
    let signature = 'by a key of this server'
    try {
      verifyJws(token, (header) => keyring.find(header))
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      signature =
        error.code === 'unknown_key' ? 'by a key that this server does not publish' : 'does not verify'
    }
    const now = platform.runtime.now()
    const exp = parts.claims['exp']
    const life =
      typeof exp !== 'number'
        ? 'no expiry'
        : exp > now
          ? `lives for another ${duration(exp - now)}`
          : `expired ${duration(now - exp)} ago`
    const value = { header: parts.header, claims: parts.claims, kind: kind ?? null, signature, life }
    const trusted = signature.startsWith('by a key of this server')
    terminal.show(value, [
      bold('Header'),
      indented(parts.header),
      bold('Claims'),
      indented(parts.claims),
      `Signed ${trusted ? green(signature) : yellow(signature)}; ${life}${typeof exp === 'number' ? ` (${moment(exp)})` : ''}.`,
    ])
  })
}

function indented(value: unknown): string {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
}
