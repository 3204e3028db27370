// `countersign jwt size`: what each claim costs, and whether what carries tokens will carry this one.
import {
  type JwsAlgorithm,
  type JwsAlgorithmRow,
  jwsAlgorithms,
  maximumMintedLength,
} from '@countersign/protocol'
import type { Command } from 'commander'
import type { JsonSegment } from '../../inspector/read-token.ts'
import { number } from '../../inspector/value-words.ts'
import { CommandFailed, terminalOf } from '../context.ts'
import { givenTokenOrClaims } from '../jwt/given.ts'
import { bar, marked, padded, shown, width } from '../jwt/layout.ts'
import {
  type Cost,
  cookieLimit,
  type Sizes,
  type SizeVerdict,
  sizesBeforeSigning,
  sizesOf,
  sizeVerdict,
} from '../jwt/size.ts'
import { bold, cyan, dim, green, yellow } from '../terminal.ts'

/** @param file where the token or the claims are; standard input without one */
export async function size(
  file: string | undefined,
  { alg }: { readonly alg: JwsAlgorithm },
  command: Command,
): Promise<void> {
  const given = await givenTokenOrClaims(file)
  if ('token' in given && given.token.is === 'encrypted') {
    throw new CommandFailed('The token is encrypted: what its claims cost can’t be seen.', [
      {
        path: 'token',
        code: 'encrypted',
        message: `It has ${number(given.token.token.length)} bytes. Measure it before it is encrypted.`,
      },
    ])
  }
  const sizes =
    'claims' in given
      ? sizesBeforeSigning({ alg, typ: 'at+jwt', kid: 'x'.repeat(43) }, given.claims, signatureBytes(alg))
      : ofToken(given.token as Extract<typeof given.token, { is: 'signed' }>)
  const verdict = sizeVerdict(sizes.total)
  const isGuess = 'claims' in given
  terminalOf(command).show(
    { ...sizes, limits: { cookie: cookieLimit, minted: maximumMintedLength }, verdict },
    [
      ...table(sizes),
      '',
      ...marked(verdict === 'fits' ? green('✓') : yellow('!'), verdictWords(verdict, sizes.total)),
      ...(isGuess
        ? marked(
            dim('–'),
            `Counted as an access token signed with ${alg}, whose key has a thumbprint for a name.`,
          )
        : []),
    ],
  )
  if (verdict === 'refused') {
    throw new CommandFailed('The token is too large.', [
      {
        path: 'token',
        code: 'too_large',
        message: 'Leave claims out: what an API can look up need not travel with every request.',
      },
    ])
  }
}

function ofToken(token: {
  readonly header: JsonSegment
  readonly claims: JsonSegment
  readonly signature: { readonly text: string }
}): Sizes {
  const part = ({ members, text }: JsonSegment) => ({ members: members ?? {}, encodedLength: text.length })
  return sizesOf(part(token.header), part(token.claims), token.signature.text.length)
}

/** Of an RSA signature as most keys make it: 2048 bits. */
function signatureBytes(alg: JwsAlgorithm): number {
  const row: JwsAlgorithmRow = jwsAlgorithms[alg]
  const ofHash = { sha256: 32, sha384: 48, sha512: 64 }[row.hash ?? 'sha256']
  switch (row.family) {
    case 'hmac':
      return ofHash
    case 'ecdsa':
      return { ES256: 64, ES256K: 64, ES384: 96, ES512: 132 }[alg as 'ES256'] ?? 64
    case 'eddsa':
      return alg === 'Ed448' ? 114 : 64
    case 'ml-dsa':
      return row.signatureBytes ?? 0
    default:
      return 256
  }
}

const heads = { header: 'Header', claims: 'Claims', signature: 'Signature' } as const

function table({ costs, parts, total }: Sizes): string[] {
  const names = costs.map(({ name }) => shown(name).slice(1, -1))
  const nameWidth = Math.min(32, Math.max(12, ...names.map((name) => name.length)))
  const columns = width() - nameWidth - 24
  const most = Math.max(...costs.map(({ bytes }) => bytes))
  const line = ({ bytes }: Cost, name: string): string => {
    const share = `${((100 * bytes) / total).toFixed(1)} %`
    const drawn = process.stdout.isTTY === true ? `  ${bar(bytes / most, columns)}` : ''
    const short = name.length > nameWidth ? `${name.slice(0, nameWidth - 1)}…` : name
    return `    ${cyan(padded(short, nameWidth))}  ${padded(number(bytes), 6, 'start')}  ${dim(padded(share, 7, 'start'))}${dim(drawn)}`
  }
  const section = (part: Cost['part']): string[] => {
    const own = costs
      .map((cost, index) => ({ cost, name: names[index] ?? '' }))
      .filter(({ cost }) => cost.part === part)
    const sorted = own.toSorted((a, b) => b.cost.bytes - a.cost.bytes)
    return [
      `  ${bold(padded(heads[part], nameWidth + 2))}  ${bold(padded(number(parts[part]), 6, 'start'))}`,
      ...sorted.map(({ cost, name }) => line(cost, name)),
    ]
  }
  return [
    ...section('header'),
    ...section('claims'),
    ...section('signature'),
    `  ${bold(padded('Together', nameWidth + 2))}  ${bold(padded(number(total), 6, 'start'))}  ${dim('bytes')}`,
  ]
}

function verdictWords(verdict: SizeVerdict, total: number): string {
  const [cookie, minted] = [number(cookieLimit), number(maximumMintedLength)]
  switch (verdict) {
    case 'fits':
      return `It fits: a cookie holds ${cookie} bytes with its name, a header 8 kB.`
    case 'too_large_for_a_cookie':
      return `A browser drops cookies past ${cookie} bytes. Past ${minted} it would not be minted: many servers refuse headers of 8 kB.`
    default:
      return `Refused: ${number(total - maximumMintedLength)} bytes more than the ${minted} that are minted. Many servers refuse headers of 8 kB.`
  }
}
