// `countersign jwt lint`: what is unwise in a token.
import type { Command } from 'commander'
import { number } from '../../inspector/value-words.ts'
import { CommandFailed, terminalOf } from '../context.ts'
import { registeredClaims, registrySnapshot } from '../jwt/claim-registry.ts'
import { givenTokenOrClaims } from '../jwt/given.ts'
import { marked, shown } from '../jwt/layout.ts'
import { type Linted, lint, type Remark } from '../jwt/lint.ts'
import { bold, dim, green, red, yellow } from '../terminal.ts'

/** @param file where the token or the claims are; standard input without one */
export async function lintToken(
  file: string | undefined,
  { strict }: { readonly strict?: true },
  command: Command,
): Promise<void> {
  const remarks = lint(lintedOf(await givenTokenOrClaims(file)))
  const count = (level: Remark['level']) => remarks.filter((remark) => remark.level === level).length
  const counts = { error: count('error'), warning: count('warning'), note: count('note') }
  const known = `Names are held against the IANA registry of ${registrySnapshot}: ${number(registeredClaims.size)} claims.`
  terminalOf(command).show({ remarks, counts, registrySnapshot }, [
    ...remarks.flatMap(lines),
    ...(remarks.length === 0
      ? marked(green('✓'), 'Nothing unwise was found.')
      : ['', `  ${summary(counts)}`]),
    '',
    dim(`  ${known}`),
  ])
  if (counts.error > 0 || (strict === true && counts.warning > 0))
    throw new CommandFailed('The token should not be used like this.')
}

function lintedOf(given: Awaited<ReturnType<typeof givenTokenOrClaims>>): Linted {
  if ('claims' in given) return { header: null, claims: given.claims, length: null }
  const { token } = given
  if (token.is === 'encrypted') {
    throw new CommandFailed('The token is encrypted: its claims can’t be read.', [
      {
        path: 'token',
        code: 'encrypted',
        message: 'Look at it before it is encrypted, or give its claims as JSON.',
      },
    ])
  }
  const { header, claims } = token
  if (header.members === null || claims.members === null) {
    throw new CommandFailed('This is no JSON Web Token that can be read.', [
      {
        path: 'token',
        code: 'malformed',
        message: 'countersign jwt verify says what is wrong with its form.',
      },
    ])
  }
  return { header: header.members, claims: claims.members, length: token.token.length }
}

const marks = { error: red('✗'), warning: yellow('!'), note: dim('–') } as const

function lines({ level, at, message }: Remark): string[] {
  const place = at === null ? '' : `${bold(shown(at).slice(1, -1))}: `
  return marked(marks[level], `${place}${message}`)
}

function summary({ error, warning, note }: Readonly<Record<Remark['level'], number>>): string {
  const words = [
    [error, 'error', 'errors'],
    [warning, 'warning', 'warnings'],
    [note, 'note', 'notes'],
  ] as const
  return words
    .filter(([count]) => count > 0)
    .map(([count, one, many]) => `${count} ${count === 1 ? one : many}`)
    .join(', ')
}
