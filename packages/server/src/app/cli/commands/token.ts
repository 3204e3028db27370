// `countersign token`: look into a token. It is read from standard input, for a token is a secret.
import { parseOpaque, peekUnverified, TokenError, tokenKinds, verifyJws } from '@countersign/protocol'
import { Command } from 'commander'
import { looksEncrypted } from '../../../oauth/tokens/encryption.ts'
import { spanWords } from '../../../platform/html/words.ts'
import { type Keyring, openKeyring } from '../../../platform/keys/keyring.ts'
import { CommandFailed, withPlatform } from '../context.ts'
import { readSecret } from '../input.ts'
import { bold, green, moment, yellow } from '../terminal.ts'

export function tokenCommand(): Command {
  return new Command('token')
    .description('look into a token of this server; for any other, see countersign jwt')
    .addCommand(
      new Command('decode')
        .description('show header and claims of a JWT from standard input, and whether this server signed it')
        .action(decode),
    )
}

async function decode(_options: unknown, command: Command): Promise<void> {
  const token = await readSecret('Token')
  for (const prefix of ['csat', 'csrt', 'csac', 'csss', 'csak']) {
    if (parseOpaque(prefix, token) !== null)
      throw new CommandFailed(
        `This is an opaque token (${prefix}): there is nothing in it to decode. Ask the introspection endpoint.`,
      )
  }
  if (looksEncrypted(token))
    throw new CommandFailed('This is an encrypted token: only the key of whoever it is for opens it.')
  const parts = peekUnverified(token)
  if (parts === null) throw new CommandFailed('This is not a JWT.')
  await withPlatform(command, async ({ platform, terminal }) => {
    const keyring = await openKeyring(platform)
    const kind = Object.entries(tokenKinds).find(([, { typ }]) =>
      [typ].flat().some((one) => one === parts.header['typ']),
    )?.[0]
    const { signature, trusted } = judgeSignature(token, keyring)
    const life = lifeWords(parts.claims['exp'], platform.runtime.now())
    const value = { header: parts.header, claims: parts.claims, kind: kind ?? null, signature, life }
    terminal.show(value, [
      bold('Header'),
      indented(parts.header),
      bold('Claims'),
      indented(parts.claims),
      `Signed ${trusted ? green(signature) : yellow(signature)}; ${life}.`,
    ])
  })
}

function judgeSignature(token: string, keyring: Keyring): { signature: string; trusted: boolean } {
  try {
    verifyJws(token, (header) => keyring.find(header))
    return { signature: 'by a key of this server', trusted: true }
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    const unknown = error.code === 'unknown_key'
    const signature = unknown ? 'by a key that this server does not publish' : 'wrongly: it does not verify'
    return { signature, trusted: false }
  }
}

/** Seconds since the epoch of the last moment that a Date can hold (ECMA-262, Time Values). */
const lastMoment = 8_640_000_000_000

function lifeWords(exp: unknown, now: number): string {
  // The token may be anybody’s: a time that no calendar has is as good as none.
  if (typeof exp !== 'number' || Math.abs(exp) > lastMoment) return 'without an expiry'
  const at = moment(exp)
  return exp > now
    ? `lives for another ${spanWords(exp - now)} (${at})`
    : `expired ${spanWords(now - exp)} ago (${at})`
}

function indented(value: unknown): string {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
}
