// `countersign config types`: the names of roles, scopes and details, for the compiler of an application.
import { existsSync, readFileSync } from 'node:fs'
import { Command } from 'commander'
import { listRoles } from '../../../access/roles.store.ts'
import { allApis } from '../../../oauth/apis/apis.store.ts'
import { typesFile, typesMark } from '../../config-types.ts'
import { CommandFailed, withPlatform } from '../context.ts'
import { several } from '../input.ts'
import { green } from '../terminal.ts'
import { wholeText } from '../whole-file.ts'

interface Options {
  readonly api?: readonly string[]
  readonly check?: true
}

export function configTypesCommand(): Command {
  return new Command('types')
    .description('write down the names of roles, scopes and details, for the compiler of an application')
    .argument('[to]', 'a declaration file; - is standard output', 'countersign.d.ts')
    .option('--api <identifier>', 'of this API alone; may be given several times', several)
    .option('--check', 'write nothing; exit code 1 when the file says something else')
    .action(run)
}

async function run(to: string, { api: only, check }: Options, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform: { database }, terminal }) => {
    const all = await allApis(database)
    const unknown = only?.filter((identifier) => !all.some((api) => api.identifier === identifier)) ?? []
    if (unknown.length > 0) {
      throw new CommandFailed(
        'Nothing was written.',
        unknown.map((path) => ({
          path,
          code: 'unknown_api',
          message: 'There is no API of this identifier.',
        })),
      )
    }
    const apis = all.filter(({ identifier }) => only === undefined || only.includes(identifier))
    const roles = (await listRoles(database)).map(({ name }) => name)
    const text = typesFile({ roles, apis })
    if (to === '-') return terminal.show({ text }, [text.trimEnd()])
    const before = existsSync(to) ? readFileSync(to, 'utf8') : null
    if (before !== null && !before.startsWith(typesMark))
      throw new CommandFailed(`${to} was not written by this command; it is left as it is.`)
    if (check === true) {
      if (before !== text) throw new CommandFailed(`${to} is not what this server has names of.`)
      return terminal.show({ file: to, isSame: true }, [`${green('Up to date')} ${to}`])
    }
    await wholeText(to, text, { mayReplace: true })
    terminal.show({ file: to, roles: roles.length, apis: apis.length }, [
      `${green('Written')} ${to}: ${counted(roles.length, 'role')}, ${counted(apis.length, 'API')}.`,
    ])
  })
}

function counted(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`
}
