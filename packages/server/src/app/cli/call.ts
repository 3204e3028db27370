// How a command line is read before commander reads it: the options that all commands share may stand anywhere, `help` leads to
// the command that it names, and a command that isn't there is told what comes closest.
import type { Command } from 'commander'
import { closest } from '../spelling.ts'
import { UsageError } from './context.ts'

/** What people look for under a name that is no command here, and where it is. */
const elsewhere: Readonly<Record<string, string>> = {
  admin:
    'Somebody becomes an administrator by the role admin: countersign role create admin, then countersign user grant WHO admin.',
  audit: 'The audit trail comes with an export: countersign export countersign FILE --audit.',
  openapi: 'This version has no management API that could be described.',
}

/**
 * Puts shared options behind the command that they are for.
 *
 * @param args as typed, without the program
 * @throws UsageError for a command that there isn't
 */
export function called(program: Command, args: readonly string[]): string[] {
  const [first, ...named] = args
  if (first === 'help') return called(program, [...named, '--help'])
  const path: string[] = []
  const shared: string[] = []
  let command = program
  let at = 0
  for (let word = args[at]; word !== undefined && command.commands.length > 0; word = args[at]) {
    const length = sharedLength(word)
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word))
    if (length > 0) shared.push(...args.slice(at, at + length))
    else if (next !== undefined) path.push(word)
    else if (word.startsWith('-')) break
    else if (path.length > 0 && word === 'help')
      return called(program, ['help', ...path, ...args.slice(at + 1)])
    else throw unknown(word, path, command)
    command = next ?? command
    at += Math.max(1, length)
  }
  return [...path, ...shared, ...args.slice(at)]
}

/** How many words an option takes that every command understands; 0 for any other word. */
function sharedLength(word: string): number {
  if (word === '--json' || word === '--yes' || word.startsWith('--config=')) return 1
  return word === '--config' ? 2 : 0
}

/** JSON Web Tokens, and opaque tokens of ours. */
const tokenLike = /\be[w-z0-9][\w-]{8,}(?:\.[\w-]*){2,4}|\bcs[a-z]{2}_[\w-]{8,}/g

/** A token where a command or an option belongs is a secret all the same: what repeats the input leaves it out. */
export function withoutTokens(text: string): string {
  return text.replaceAll(tokenLike, '[token]')
}

function unknown(word: string, path: readonly string[], { commands }: Command): UsageError {
  const headline = `Unknown command “${withoutTokens([...path, word].join(' '))}”.`
  const here = path.length === 0 && Object.hasOwn(elsewhere, word) ? elsewhere[word] : undefined
  if (here !== undefined) return new UsageError(`${headline} ${here}`)
  // Of a short word every other is near.
  const known = commands.flatMap((one) => [one.name(), ...one.aliases()])
  const near = known.filter((name) => word.length > 4 || name.charAt(0) === word.charAt(0))
  const meant = closest(word, near)
  if (meant !== undefined) return new UsageError(`${headline} Did you mean “${[...path, meant].join(' ')}”?`)
  return new UsageError(`${headline} ${['countersign', ...path, '--help'].join(' ')} lists what there is.`)
}
