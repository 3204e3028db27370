// `countersign jwt compare`: the same claims as JWT, SWT and SAML, and what each costs and can't say.
import type { Command } from 'commander'
import { systemRuntime } from '../../../platform/runtime.ts'
import { number, visible } from '../../inspector/value-words.ts'
import { CommandFailed, terminalOf, UsageError } from '../context.ts'
import { exampleClaims, type Form, formsOf, limits } from '../jwt/compare.ts'
import { givenTokenOrClaims } from '../jwt/given.ts'
import { bar, marked, padded, width } from '../jwt/layout.ts'
import { bold, cyan, dim, yellow } from '../terminal.ts'

/** @param file where the claims, or a token with them, are; standard input without one */
export async function compare(
  file: string | undefined,
  { example, show }: { readonly example?: true; readonly show?: string },
  command: Command,
): Promise<void> {
  if (example === true && file !== undefined)
    throw new UsageError('--example: leave out the file, or the option.')
  const isOwn = example === true || (file === undefined && process.stdin.isTTY)
  const claims = isOwn ? exampleClaims : claimsOf(await givenTokenOrClaims(file))
  const forms = await formsOf(claims, systemRuntime())
  if (show !== undefined) return showOne(forms, show, command)
  const json = Buffer.byteLength(JSON.stringify(claims))
  const count = Object.keys(claims).length
  terminalOf(command).show({ json, forms }, [
    `  ${bold(`The same ${count === 1 ? 'claim' : `${count} claims`}`)}${dim(`, ${number(json)} bytes of JSON${isOwn ? ' (an example: give your own as a file)' : ''}`)}`,
    '',
    ...table(forms),
    '',
    ...forms.flatMap(flattened),
    `  ${bold('What each can’t do')}`,
    ...limits.flatMap(({ format, words }) => marked(dim('–'), `${format}: ${words}`)),
    '',
    dim('  Every token was made and signed for real, with keys that are forgotten now.'),
    dim(`  One whole: --show ${forms.map(({ name }) => name).join('|')}`),
  ])
}

function claimsOf(given: Awaited<ReturnType<typeof givenTokenOrClaims>>): Readonly<Record<string, unknown>> {
  if ('claims' in given) return given.claims
  if (given.token.is === 'signed' && given.token.claims.members !== null) return given.token.claims.members
  throw new CommandFailed('The claims of this token can’t be read.', [
    { path: 'token', code: 'unreadable', message: 'Compare them as JSON, or before they are encrypted.' },
  ])
}

function showOne(forms: readonly Form[], name: string, command: Command): void {
  const form = forms.find((one) => one.name === name.toLowerCase())
  if (form === undefined) throw new UsageError(`--show: one of ${forms.map((one) => one.name).join(', ')}.`)
  if (form.token === null) {
    throw new CommandFailed(`There is no ${form.format} of these claims.`, [
      { path: 'claims', code: 'not_expressible', message: form.why ?? 'It can’t hold them.' },
    ])
  }
  terminalOf(command).show(form, [form.token])
}

function table(forms: readonly Form[]): string[] {
  const most = Math.max(...forms.map(({ bytes }) => bytes ?? 0))
  const columns = width() - 46
  const heading = `  ${padded('', 22)}  ${padded('bytes', 7, 'start')}  ${padded('in a form', 9, 'start')}`
  return [
    dim(heading),
    ...forms.map(({ format, signature, bytes, inForm, why }) => {
      const name = `${cyan(padded(format, 8))}  ${padded(signature, 12)}`
      if (bytes === null) return `  ${name}  ${dim(why ?? '')}`
      const drawn = process.stdout.isTTY === true ? `  ${dim(bar(bytes / most, columns))}` : ''
      return `  ${name}  ${bold(padded(number(bytes), 7, 'start'))}  ${dim(padded(number(inForm ?? 0), 9, 'start'))}${drawn}`
    }),
  ]
}

function flattened({ format, flattened: names }: Form): string[] {
  if (names.length === 0) return []
  const list = new Intl.ListFormat('en').format(names.map((name) => visible(name)))
  return [
    ...marked(yellow('!'), `${format} carries ${list} as text, which the receiver has to take apart.`),
    '',
  ]
}
