// Scripts that stand in pages of the server itself: bundled from their `*.browser.ts` into a constant beside it, which is
// committed, so that the server has it without a bundler and without a file to read. A test bundles them again.
//
//   node --conditions=@countersign/source scripts/page-scripts.ts      writes them
import { writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

/** A script, the constant that it becomes, and what is said of that. */
interface PageScript {
  readonly from: URL
  readonly to: URL
  readonly name: string
  readonly about: string
}

/** Every script that is kept as a constant. */
export const pageScripts: readonly PageScript[] = [
  {
    from: new URL('../packages/server/src/accounts/passkeys/passkeys.browser.ts', import.meta.url),
    to: new URL('../packages/server/src/accounts/passkeys/script.ts', import.meta.url),
    name: 'passkeyScript',
    about:
      'Makes and shows passkeys where a page has a place for them. Constant: nothing from a request may stand in it.',
  },
]

/** The text of the file that holds the constant. @throws Error when the script can't stand in a page */
export async function pageScriptFile({ from, name, about }: PageScript): Promise<string> {
  const made = await rolldown({ input: fileURLToPath(from), platform: 'browser' })
  const { output } = await made.generate({ format: 'iife', minify: true })
  await made.close()
  const [{ code }, ...more] = output
  // HTML standard §4.12.1.3: inside a script element these would end it, or change where it ends.
  if (more.length > 0 || /<\/script|<script|<!--/i.test(code))
    throw new Error('The script can’t stand in a page.')
  return `// Made from ${basename(fileURLToPath(from))} by scripts/page-scripts.ts: change that, and run this.

/** ${about} */
// biome-ignore format: one line, as the bundler wrote it
export const ${name} =
  ${JSON.stringify(code.trim())}
`
}

if (import.meta.main) {
  for (const script of pageScripts) await writeFile(script.to, await pageScriptFile(script))
}
