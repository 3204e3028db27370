// `countersign jwt inspect`: the token inspector as one file, to be opened in a browser from wherever it lies. Tokens are
// pasted there, so that none stands in an argument or a shell's history.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from 'commander'
import { inspectorFile } from '../../inspector/inspector.page.ts'
import { inspectorScript } from '../../inspector/script.ts'
import { CommandFailed, type SharedOptions, terminalOf } from '../context.ts'
import { wholeText } from '../whole-file.ts'

/** @param out where it is written; over a file that is there only with `--yes` */
export async function writeInspector({ out }: { readonly out: string }, command: Command): Promise<void> {
  const mayReplace = command.optsWithGlobals<SharedOptions>().yes === true
  if (!mayReplace && existsSync(out))
    throw new CommandFailed('The inspector was not written.', [
      { path: out, code: 'exists', message: 'It exists already; --yes replaces it.' },
    ])
  const page = inspectorFile(await inspectorScript())
  await wholeText(out, page, { mayReplace })
  const address = pathToFileURL(resolve(out)).href
  terminalOf(command).show({ file: out, url: address, bytes: Buffer.byteLength(page) }, [address])
}
