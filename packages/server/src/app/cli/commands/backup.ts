// `countersign backup` and `countersign restore`: the embedded database in one file, and back.
import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { CopyRefused, copyDatabase } from '../../../platform/db/copy.ts'
import { fileOf } from '../../../platform/db/database.ts'
import { systemRuntime } from '../../../platform/runtime.ts'
import { fileFacts, type Restored, restoreDatabase } from '../../restore.ts'
import type { Settings } from '../../settings.ts'
import {
  CommandFailed,
  modeHere,
  readSettings,
  refuseWithoutSecret,
  terminalOf,
  UsageError,
} from '../context.ts'
import { confirmed } from '../input.ts'
import { withProgress } from '../progress.ts'
import { green, type Terminal } from '../terminal.ts'
import { unwritable, wholeFile } from '../whole-file.ts'

export function backupCommand(): Command {
  return new Command('backup')
    .description(
      'copy the embedded database into a file, while servers go on; what is sealed in it stays sealed',
    )
    .argument('<to>', 'a file that does not exist yet')
    .action(backUp)
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('put a backup in the place of the embedded database, which is kept beside it')
    .argument('<from>', 'a file that `countersign backup` wrote')
    .option(
      '--keep-sessions',
      'leave people signed in as they were then, also where that had been ended since',
    )
    .action(restore)
}

async function backUp(to: string, _options: unknown, command: Command): Promise<void> {
  if (to === '-') throw new UsageError('A backup is a file: it is read through before it has its name.')
  const { file } = await embedded(command)
  const terminal = terminalOf(command)
  await withPages(terminal, (told) => wholeFile(to, (beside) => copyDatabase(file, beside, told))).catch(
    (error: unknown) => {
      throw refusalOf(error, { file, to })
    },
  )
  const facts = await fileFacts(to)
  terminal.show({ file: to, ...facts }, [
    `${green('Written')} ${to}: ${facts.bytes.toLocaleString('en')} bytes, read through and whole.`,
    `SHA-256 ${facts.sha256}`,
    'The secret is not in it, and without the secret it opens nothing: keep that in another place.',
  ])
}

type Told = (done: number, pages: number) => void

/** Shows how many pages are copied. */
function withPages<T>(terminal: Terminal, work: (told: Told) => Promise<T>): Promise<T> {
  return withProgress({ runtime: systemRuntime(), terminal }, ({ expects, passed }) => {
    let whole = 0
    return work((done, pages) => {
      if (pages !== whole) expects(pages, 'pages')
      whole = pages
      passed(done)
    })
  })
}

async function restore(from: string, options: { keepSessions?: true }, command: Command): Promise<void> {
  if (from === '-') throw new UsageError('A backup is restored from a file.')
  const { settings, file } = await embedded(command)
  refuseWithoutSecret(settings)
  // Before anybody is asked about it.
  if (!existsSync(from)) throw refusalOf(new CopyRefused('unreadable'), { file: from, to: file })
  const { yes } = command.optsWithGlobals<{ yes?: boolean }>()
  await confirmed(`Put ${from} in the place of ${file}?`, yes)
  const keepsSessions = options.keepSessions === true
  const terminal = terminalOf(command)
  const what = { from, file, keepsSessions }
  const restored = await withPages(terminal, (told) => restoreDatabase(settings, what, told)).catch(
    (error: unknown) => {
      throw refusalOf(error, { file: from, to: file })
    },
  )
  terminal.show({ file, ...restored }, linesOf(file, restored, keepsSessions))
}

function linesOf(file: string, { kept, applied }: Restored, keepsSessions: boolean): string[] {
  return [
    `${green('Restored')} ${file}.`,
    ...(applied.length === 0 ? [] : [`Brought to this version: ${applied.join(', ')}.`]),
    ...(kept === null ? [] : [`What was there before: ${kept}`]),
    keepsSessions
      ? 'Sessions are as they were then: some of them may have been ended since.'
      : 'Everybody signs in anew.',
    'Links in letters and whatever somebody was in the midst of are good for nothing: they begin again.',
    'Keys of APIs, passwords, recovery codes, roles and clients are as they were then: withdraw again what was withdrawn since.',
  ]
}

async function embedded(command: Command): Promise<{ readonly settings: Settings; readonly file: string }> {
  const { settings, findings } = await readSettings(command, modeHere())
  if (findings.length > 0) throw new CommandFailed('The configuration has problems.', findings)
  const file = fileOf(settings.database.reveal())
  if (file !== null) return { settings, file }
  const message = 'A database that is a server’s own is backed up by its tools: pg_dump and pg_restore.'
  throw new CommandFailed('This is for the embedded database.', [
    { path: 'DATABASE_URL', code: 'not_embedded', message },
  ])
}

const words = {
  unreadable: 'There is no such database, or it can’t be read.',
  damaged: 'It is no database, or not whole.',
  'in use': 'Something has it open: stop the server first.',
} as const

/** @param names the file that is read, and the one that is written */
function refusalOf(error: unknown, { file, to }: { readonly file: string; readonly to: string }): unknown {
  if (error instanceof CopyRefused) {
    const { because } = error
    const path = because === 'in use' ? to : file
    return new CommandFailed('Nothing was copied.', [{ path, code: because, message: words[because] }])
  }
  return unwritable(to, error)
}
