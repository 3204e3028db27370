// `countersign key`: API keys, for machines and for people's own programs. The keys that sign tokens are `countersign keys`.
import { digest } from '@countersign/protocol'
import { Command, InvalidArgumentError } from 'commander'
import type { ApiKey, KeyOwner } from '../../../oauth/api-keys/api-key.ts'
import { keyByDigest, keyById, listKeys } from '../../../oauth/api-keys/api-keys.store.ts'
import { endKey, makeKey } from '../../../oauth/api-keys/keep-keys.ts'
import { isKey } from '../../../oauth/api-keys/known-key.ts'
import { profiles } from '../../../oauth/profiles/rules.ts'
import type { Platform } from '../../../platform/platform.ts'
import { CommandFailed, UsageError, withPlatform } from '../context.ts'
import { readSecret, several } from '../input.ts'
import { bold, columns, dim, green, moment, yellow } from '../terminal.ts'
import { userNamed } from '../user-named.ts'

export function keyCommand(): Command {
  return new Command('key')
    .description('API keys, for machines and people’s own programs')
    .addCommand(
      new Command('list').description('every key').option('--after <id>', 'go on after this id').action(list),
    )
    .addCommand(
      new Command('create')
        .description('make a key; it is shown this once')
        .argument('<name>', 'what it is for, in your words')
        .option('--client <id>', 'the client that it belongs to')
        .option('--user <who>', 'or the person: e-mail address, user name or id')
        .requiredOption('--api <identifier>', 'the API that it is for')
        .option('--scope <scope>', 'what it may do there; may be given several times', several)
        .option('--expires <time>', 'when it ends, such as 12h, 90d or 1y; else when it is revoked', duration)
        .action(create),
    )
    .addCommand(
      new Command('revoke')
        .description('end a key at once')
        .argument('[id]', 'else the key itself is read from a prompt or standard input')
        .action(revoke),
    )
}

interface CreateOptions {
  readonly client?: string
  readonly user?: string
  readonly api: string
  readonly scope?: readonly string[]
  readonly expires?: number
}

async function create(name: string, options: CreateOptions, command: Command): Promise<void> {
  const { client, user, api: audience, scope: scopes = [], expires: seconds } = options
  if ((client === undefined) === (user === undefined))
    throw new UsageError('Say whose key it is: --client or --user.')
  await withPlatform(command, async ({ platform, settings, terminal }) => {
    const owner = await ownerNamed(platform, { client, user })
    const described = { name, owner, audience, scopes, ...(seconds !== undefined && { seconds }) }
    const made = await makeKey(platform, profiles[settings.profile], described)
    if (!made.ok) throw new CommandFailed('The key was not made.', made.findings)
    const { key, text } = made
    const end = key.expiresAt === null ? 'until it is revoked' : `until ${moment(key.expiresAt)}`
    terminal.show({ ...shown(key), key: text }, [
      `${green('made')} ${bold(key.id)} for ${key.audience}, good ${end}`,
      `  Key: ${text}`,
      dim('  Keep it now: only its digest is stored. Send it as Authorization: Bearer.'),
    ])
  })
}

async function ownerNamed(
  platform: Platform,
  { client, user = '' }: { readonly client: string | undefined; readonly user: string | undefined },
): Promise<KeyOwner> {
  if (client !== undefined) return { kind: 'client', clientId: client }
  return { kind: 'user', userId: (await userNamed(platform, user)).id }
}

async function list({ after = '' }: { readonly after?: string }, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const keys = await listKeys(platform.database, after)
    const rows = keys.map((key) => [
      key.id,
      key.name,
      ownerId(key),
      key.audience,
      key.scopes.join(' '),
      endOf(key, platform.runtime.now()),
      key.lastUsedAt === null ? 'never' : moment(key.lastUsedAt),
    ])
    terminal.show(
      { keys: keys.map(shown) },
      keys.length === 0
        ? ['No keys: countersign key create']
        : columns(rows, ['id', 'name', 'of', 'API', 'scopes', 'until', 'last used']),
    )
  })
}

async function revoke(id: string | undefined, _options: unknown, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const { database } = platform
    const key = id === undefined ? await keyGiven(platform) : await keyById(database, id)
    const isEnded = key !== undefined && (await database.commit(endKey(platform, key))).ok
    if (key === undefined || !isEnded) throw new CommandFailed('There is no such key: countersign key list')
    terminal.show({ id: key.id, revoked: true }, [`${yellow('revoked')} ${bold(key.id)}`])
  })
}

/** One that was found somewhere: whoever has it need not look for its id. */
async function keyGiven({ database }: Platform): Promise<ApiKey | undefined> {
  const text = await readSecret('Key')
  if (!isKey(text)) throw new UsageError('This is no API key, or a letter of it is wrong.')
  return keyByDigest(database, digest(text))
}

/** A key as it is shown. */
function shown({ owner, createdAt, expiresAt, lastUsedAt, ...key }: ApiKey): Record<string, unknown> {
  return {
    ...key,
    ...(owner.kind === 'client' ? { client: owner.clientId } : { user: owner.userId }),
    createdAt: moment(createdAt),
    expiresAt: expiresAt === null ? null : moment(expiresAt),
    lastUsedAt: lastUsedAt === null ? null : moment(lastUsedAt),
  }
}

function ownerId({ owner }: ApiKey): string {
  return owner.kind === 'client' ? owner.clientId : owner.userId
}

function endOf({ expiresAt }: ApiKey, now: number): string {
  if (expiresAt === null) return 'no end'
  return expiresAt <= now ? 'over' : moment(expiresAt)
}

const unitSeconds: Readonly<Record<string, number>> = { h: 3600, d: 86_400, w: 604_800, y: 31_536_000 }

function duration(text: string): number {
  const [, count, unit = ''] = /^([1-9]\d{0,3})([hdwy])$/.exec(text) ?? []
  const seconds = unitSeconds[unit]
  if (seconds === undefined) throw new InvalidArgumentError('Give hours, days, weeks or years: 12h, 90d, 1y.')
  return Number(count) * seconds
}
