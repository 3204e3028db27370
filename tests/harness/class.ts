// The pages of docs/learn as a reader goes through them: every block of shell in one shell for each page, what they print,
// and the pictures with the tests that they name.
import { spawn } from 'node:child_process'
import { text as whole } from 'node:stream/consumers'

/** A block of shell, and what the page says that it prints. */
export interface Step {
  readonly commands: string
  readonly says: string
}

/** What is run: ```sh, and ```text after it. Other blocks are to be read. */
export function stepsOf(page: string): Step[] {
  return [...page.matchAll(/^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?/gms)].map(
    ([, commands = '', says = '']) => ({ commands, says }),
  )
}

/** Runs steps one after the other in one shell. @returns what each printed, on either stream */
export async function runSteps(
  steps: readonly Step[],
  place: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<string[]> {
  const script = steps.map(({ commands }) => `{ :\n${commands}} 2>&1\nprintf '\\001'\n`).join('')
  const child = spawn('sh', ['-c', script], { ...place, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise((resolve, reject) => child.on('close', resolve).on('error', reject))
  const [out, err] = await Promise.all([whole(child.stdout), whole(child.stderr), ended])
  const printed = out.split('\u0001')
  if (printed.length !== steps.length + 1) throw new Error(`The shell ended early:\n${out}\n${err}`)
  return printed.slice(0, -1)
}

/**
 * Whether a step printed what the page says. `…` stands for anything within a line; white space is for the eye.
 *
 * @returns the first line that differs, as the page has it and as it came; null when none does
 */
export function difference(says: string, printed: string): { says: string; printed: string } | null {
  const wanted = linesOf(says)
  const got = linesOf(printed)
  for (let at = 0; at < Math.max(wanted.length, got.length); at++) {
    const [want = '(no more)', have = '(no more)'] = [wanted[at], got[at]]
    const form = want
      .split('…')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('.*')
    if (!new RegExp(`^${form}$`).test(have)) return { says: want, printed: have }
  }
  return null
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
}

/** A sequence diagram, and the list under it. Semicolons and the word “end” would break an arrow's text. */
export interface Picture {
  readonly arrows: readonly string[]
  readonly proofs: readonly { readonly name: string; readonly file: string }[]
}

/** The pictures of a page, with numbered arrows; the files of their tests are relative to it. */
export function picturesOf(page: string): Picture[] {
  return [...page.matchAll(/^```mermaid\n(.*?)^```\n\n((?:\d+\. [^\n]*\n)*)/gms)].map(
    ([, drawn = '', list = '']) => ({
      arrows: drawn.match(/^\s*\w+-{1,2}>>\w+: (?!.*\bend\b)[^;#\n]+$/gm) ?? [],
      proofs: [...list.matchAll(/^\d+\. `([^`]+)` in \[[^\]]+\]\(([^)]+)\)$/gm)].map(
        ([, name = '', file = '']) => ({ name, file }),
      ),
    }),
  )
}
