// The page’s script as one text: as the build has left it, or, where the server runs from its sources, bundled at the
// first request. In a browser @countersign/protocol speaks Web Crypto, so its own functions judge there too.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the build puts the script, and the page as one file, below the package. */
export const builtScript = 'dist/inspector.js'
export const builtFile = 'dist/inspect.html'

const runsFromSources = import.meta.url.endsWith('.ts')

let bundled: Promise<string> | undefined

/** The script. @throws Error when it runs from sources and the bundler is not installed */
export function inspectorScript(): Promise<string> {
  bundled ??= runsFromSources ? bundleScript() : readFile(builtAt(), 'utf8')
  // A failure is not remembered: the bundler may be installed meanwhile.
  bundled.catch(() => {
    bundled = undefined
  })
  return bundled
}

function builtAt(): string {
  return join(dirname(createRequire(import.meta.url).resolve('countersign/package.json')), builtScript)
}

/** Bundles inspector.browser.ts. @throws Error with what the bundler said */
export async function bundleScript(): Promise<string> {
  const { rolldown } = await import('rolldown')
  const made = await rolldown({
    input: fileURLToPath(new URL('./inspector.browser.ts', import.meta.url)),
    platform: 'browser',
    // The ciphers are loaded with the first token that is decrypted, and none is.
    external: /^jose\//,
    resolve: { conditionNames: ['@countersign/source', 'browser'] },
  })
  const { output } = await made.generate({ format: 'iife', minify: true })
  await made.close()
  const [{ code }, ...more] = output
  // HTML standard §4.12.1.3: inside a script element these would end it, or change where it ends.
  if (more.length > 0 || /<\/script|<script|<!--/i.test(code))
    throw new Error('The script can’t stand in a page.')
  return code.trim()
}
