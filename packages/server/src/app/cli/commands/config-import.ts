// `countersign config import --django settings.json`: the settings of a Django project as a configuration of ours. Shows
// what it would write unless told to; secrets go into files that their owner alone reads, and nowhere else.
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { type DjangoConfig, djangoConfig } from '../../django-config.ts'
import { CommandFailed, terminalOf, UsageError } from '../context.ts'
import { bold, dim, green, yellow } from '../terminal.ts'
import { refuseTaken, unwritable, wholeText } from '../whole-file.ts'

interface Options {
  readonly django?: string
  readonly dialect: '5.2' | '5.5.1'
  readonly out: string
  readonly secrets: string
  readonly apply?: boolean
}

const howToWrite =
  'python manage.py shell -v 0 -c "import json; from django.conf import settings as s; print(json.dumps({n: getattr(s, n) for n in dir(s) if n.isupper()}, default=str))"'

export function configImportCommand(): Command {
  return new Command('import')
    .description('make a configuration of the settings of a Django project')
    .option('--django <file>', 'its settings as JSON, SECRET_KEY among them')
    .addOption(
      new Option('--dialect <release>', 'the release of Simple JWT that front ends know')
        .choices(['5.2', '5.5.1'])
        .default('5.5.1'),
    )
    .option('--out <file>', 'the configuration to write', 'countersign.config.ts')
    .option('--secrets <folder>', 'where the keys go', '.countersign/secrets')
    .option('--apply', 'write, instead of showing what would be written')
    .addHelpText('after', `\nThe file is what this prints, in the project:\n  ${howToWrite}`)
    .action(async (options: Options, command: Command) => {
      if (options.django === undefined)
        throw new UsageError(
          'Give the settings of the project: --django settings.json. --help tells how they are made.',
        )
      const made = djangoConfig(readSettings(options.django), options.secrets, options.dialect)
      const text = configText(made)
      if (options.apply === true) await write(options, made, text)
      const files = made.secrets.map(({ name }) => join(options.secrets, name))
      terminalOf(command).show(
        { applied: options.apply === true, config: made.profiles, secretFiles: files, left: made.left },
        shown(options, text, files, made),
      )
    })
}

function shown(
  options: Options,
  text: string,
  files: readonly string[],
  { left }: DjangoConfig,
): readonly string[] {
  const isDone = options.apply === true
  const owned = dim('(readable by you alone)')
  const written = isDone
    ? [`${green('wrote')} ${options.out}`, ...files.map((file) => `${green('wrote')} ${file} ${owned}`)]
    : [
        `${bold(options.out)} would be:`,
        '',
        ...text.trimEnd().split('\n'),
        ...files.flatMap((file) => ['', `and a key in ${file} ${owned}`]),
      ]
  return [
    ...written,
    '',
    ...(left.length === 0 ? ['Everything has a counterpart.'] : ['Not carried over:']),
    ...left.map(({ setting, why }) => `  ${yellow(setting)}: ${why}`),
    ...(isDone ? [] : ['', 'Nothing was written: add --apply.']),
  ]
}

function readSettings(file: string): Readonly<Record<string, unknown>> {
  if (!existsSync(file)) throw new CommandFailed(`There is no file ${file}.`)
  const given = parsed(readFileSync(file, 'utf8'))
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return { ...given }
  throw new CommandFailed('The file can’t be read.', [
    {
      path: file,
      code: 'not_json',
      message: `It is no JSON object. Make it so, in the project: ${howToWrite}`,
    },
  ])
}

/** A parser's message would quote the text, and the text holds secrets. */
function parsed(text: string): unknown {
  try {
    // From Django 5.2 on its shell says first, on the same output, what it has imported by itself.
    return JSON.parse(text.slice(Math.max(0, text.search(/^\{/m))))
  } catch {
    return undefined
  }
}

function configText({ profiles }: DjangoConfig): string {
  return `import { defineConfig } from 'countersign'

// Of the settings of a Django project. What is not stated has its usual value: docs/guides/move-in.md
export default defineConfig({
  profiles: ${literal(profiles, '  ')},
})
`
}

/** JSON as TypeScript is written: names without quotes where they need none. */
function literal(value: unknown, indent: string): string {
  return JSON.stringify(value, null, 2)
    .replace(/^(\s*)"([A-Za-z_]\w*)":/gm, '$1$2:')
    .replace(/"([^"'\\]*)"/g, "'$1'")
    .replaceAll('\n', `\n${indent}`)
}

/** @throws CommandFailed where a file is there already; nothing is written then */
async function write(options: Options, { secrets }: DjangoConfig, text: string): Promise<void> {
  const files = secrets.map(({ name, text: secret }) => [join(options.secrets, name), secret] as const)
  refuseTaken([options.out, ...files.map(([file]) => file)])
  if (files.length > 0) makeFolder(options.secrets)
  for (const [file, secret] of files) await wholeText(file, secret, { mode: 0o600 })
  await wholeText(options.out, text)
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw unwritable(folder, error)
  }
}
