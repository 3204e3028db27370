// `countersign export`: everybody, with their hashes, into a file that only its owner reads.
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command } from 'commander'
import { passwordsOf } from '../../../accounts/credentials/passwords.ts'
import { exportAll } from '../../../admin/moving/export.ts'
import { type ExportFormat, exportFormats } from '../../../admin/moving/formats.ts'
import type { MovedRecord } from '../../../admin/moving/records.ts'
import { CommandFailed, UsageError, withPlatform } from '../context.ts'
import { green } from '../terminal.ts'

/** A file is never written over: it might be the last copy of somebody's passwords. */
export function exportCommand(): Command {
  return new Command('export')
    .description('write down everybody, with their password hashes')
    .argument('<format>', `${Object.keys(exportFormats).join(', ')}: who is to read it`)
    .argument('<to>', 'a file that does not exist yet')
    .action(run)
}

async function run(name: string, to: string, _options: unknown, command: Command): Promise<void> {
  if (!Object.hasOwn(exportFormats, name)) {
    throw new UsageError(`There is no format ${name}: ${Object.keys(exportFormats).join(', ')}.`)
  }
  const format = exportFormats[name as keyof typeof exportFormats]()
  await withPlatform(command, async ({ platform, terminal }) => {
    const counts = { people: 0, roles: 0 }
    const records = () => exportAll(platform, passwordsOf(platform))
    const file = createWriteStream(to, { flags: 'wx', mode: 0o600 })
    await pipeline(Readable.from(written(format, records, counts)), file).catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EEXIST') throw new CommandFailed(`${to} exists already; it is left as it is.`)
      if (code === 'ENOENT' || code === 'EACCES') throw new CommandFailed(`${to} can’t be written.`)
      throw error
    })
    terminal.show({ file: to, format: name, ...counts }, [
      `${green('Written')} ${to}: ${counts.people} people and ${counts.roles} roles as ${format.title}.`,
      'Their password hashes are in it: keep it as you keep the database.',
    ])
  })
}

async function* written(
  format: ExportFormat,
  records: () => AsyncIterable<MovedRecord>,
  counts: { people: number; roles: number },
): AsyncGenerator<string> {
  let before = format.before
  for (let pass = 0; pass < (format.passes ?? 1); pass += 1) {
    for await (const record of records()) {
      const text = format.write(record, pass)
      if (text === null) continue
      if (record.kind === 'user') counts.people += 1
      if (record.kind === 'role') counts.roles += 1
      yield before + text
      before = format.between
    }
  }
  yield (before === format.between ? '' : before) + format.after
}
