// `countersign export`: everybody and everything, with their hashes, into a file that only its owner reads.
import { createWriteStream } from 'node:fs'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command } from 'commander'
import { passwordsOf } from '../../../accounts/credentials/passwords.ts'
import { atOneMoment, type ExportOptions, exportAll } from '../../../admin/moving/export.ts'
import { countPeople } from '../../../admin/moving/export-people.store.ts'
import { type ExportFormat, exportFormats } from '../../../admin/moving/formats.ts'
import type { MovedRecord } from '../../../admin/moving/records.ts'
import { UsageError, withPlatform } from '../context.ts'
import { writeWhole } from '../outlet.ts'
import { type Progress, withProgress } from '../progress.ts'
import { green, terminal } from '../terminal.ts'
import { wholeFile } from '../whole-file.ts'

interface Options {
  readonly audit?: boolean
  readonly signingKeys?: boolean
}

export function exportCommand(): Command {
  return new Command('export')
    .description('write down everybody, with their password hashes and all that they hold')
    .argument('<format>', `${Object.keys(exportFormats).join(', ')}: who is to read it`)
    .argument('<to>', 'a file that does not exist yet; - for standard output')
    .option('--audit', 'the audit trail too, with addresses of people and networks (countersign)')
    .option(
      '--signing-keys',
      'the private signing keys too, in the clear: tokens go on being taken, and whoever has the file can make some (countersign)',
    )
    .action(run)
}

async function run(name: string, to: string, options: Options, command: Command): Promise<void> {
  if (!Object.hasOwn(exportFormats, name)) {
    throw new UsageError(`There is no format “${name}”: ${Object.keys(exportFormats).join(', ')}.`)
  }
  const { audit = false, signingKeys = false } = options
  if (name !== 'countersign' && (audit || signingKeys))
    throw new UsageError(
      '--audit and --signing-keys are for the format countersign: others have no place for them.',
    )
  const format = exportFormats[name as keyof typeof exportFormats]()
  const what: ExportOptions = { audit, signingKeys, peopleAlone: name !== 'countersign' }
  const isPiped = to === '-'
  if (isPiped && process.stdout.isTTY)
    throw new UsageError('Password hashes and secrets are not for a terminal: send them to a file or a pipe.')
  await withPlatform(command, async ({ platform, terminal: usual }) => {
    const counts = new Map<string, number>()
    await withProgress({ runtime: platform.runtime, terminal: usual }, (progress) =>
      atOneMoment(platform, async (then) => {
        progress.expects(await countPeople(then.database), 'people')
        const records = () => exportAll(then, passwordsOf(then), what)
        const lines = () => Readable.from(written(format, records, counts, progress))
        await (isPiped ? writeWhole(lines()) : wholeFile(to, (beside) => pipeline(lines(), fileAt(beside))))
      }),
    )
    const { user: people = 0, role: roles = 0, ...others } = Object.fromEntries(counts)
    const told = { withoutPassword: 0, noPassword: 0, ...others }
    const value = { file: isPiped ? null : to, format: name, people, roles, ...told }
    // What is exported has standard output for itself.
    const summary = isPiped ? terminal(usual.json, 'stderr') : usual
    summary.show(
      value,
      summaryOf(counts, { name, to: isPiped ? 'to standard output' : to, format, signingKeys }),
    )
  })
}

interface Written {
  readonly name: string
  readonly to: string
  readonly format: ExportFormat
  readonly signingKeys: boolean
}

/** What a person is told of what was written. @param counts by the kind of a record */
export function summaryOf(
  counts: ReadonlyMap<string, number>,
  { name, to, format: { title, withoutHash }, signingKeys }: Written,
): string[] {
  const [unread, none] = [counts.get('withoutPassword') ?? 0, counts.get('noPassword') ?? 0]
  const people = told(counts, 'user', 'person', 'people')
  const roles = counts.has('role') ? ` and ${told(counts, 'role', 'role', 'roles')}` : ''
  return [
    `${green('Written')} ${to}: ${people}${roles} as ${title}.`,
    ...(name === 'countersign'
      ? [
          `Among it ${told(counts, 'session', 'session', 'sessions')}, ${told(counts, 'grant', 'grant', 'grants')} and ${told(counts, 'consent', 'consent', 'consents')}, which go on where it is imported.`,
        ]
      : []),
    ...(unread > 0
      ? [
          `Of ${told(counts, 'withoutPassword', 'person', 'people')} the password hash is of a form that can’t be read there: they choose a new one.`,
        ]
      : []),
    ...(none > 0 && withoutHash !== undefined
      ? [`Of ${told(counts, 'noPassword', 'person', 'people')} there is no password here: ${withoutHash}.`]
      : []),
    'Their password hashes are in it: keep it as you keep the database.',
    ...(signingKeys
      ? ['So are the private signing keys: whoever reads it can sign tokens for everybody.']
      : []),
  ]
}

function fileAt(path: string): Writable {
  return createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true })
}

function told(counts: ReadonlyMap<string, number>, kind: string, one: string, many: string): string {
  const count = counts.get(kind) ?? 0
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

async function* written(
  format: ExportFormat,
  records: () => AsyncIterable<MovedRecord>,
  counts: Map<string, number>,
  progress: Progress,
): AsyncGenerator<string> {
  let before = format.before
  for (let pass = 0; pass < (format.passes ?? 1); pass += 1) {
    for await (const record of records()) {
      const text = format.write(record, pass)
      if (text === null) continue
      const count = (counts.get(record.kind) ?? 0) + 1
      counts.set(record.kind, count)
      if (record.kind === 'user') {
        progress.passed(count)
        const { passwordHash } = record
        const lack =
          passwordHash === null
            ? 'noPassword'
            : format.readsHash?.(passwordHash) === false
              ? 'withoutPassword'
              : null
        if (lack !== null) counts.set(lack, (counts.get(lack) ?? 0) + 1)
      }
      yield before + text
      before = format.between
    }
  }
  yield (before === format.between ? '' : before) + format.after
}
