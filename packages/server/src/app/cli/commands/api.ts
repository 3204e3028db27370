// `countersign api`: the APIs that tokens are made for.
import { readFileSync } from 'node:fs'
import { decodeStrictJson, JsonError } from '@countersign/protocol'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type Api, type ApiEncryption, type ApiScope, tokenFormats } from '../../../oauth/apis/api.ts'
import { allApis } from '../../../oauth/apis/apis.store.ts'
import { type ApiDescription, createApi } from '../../../oauth/apis/registration.ts'
import type { DetailsDescription } from '../../../oauth/details/declare.ts'
import { CommandFailed, type Context, UsageError, withPlatform } from '../context.ts'
import { encryptionExample, encryptionText, jsonFile, namedEncryption } from '../encryption.ts'
import { bold, columns, green } from '../terminal.ts'

interface ApiOptions {
  readonly name?: string
  readonly scope?: readonly ApiScope[]
  readonly format?: Api['tokenFormat']
  readonly seconds?: number
  readonly encryption?: string
  readonly key?: string
  readonly details?: string
}

export function apiCommand(): Command {
  return new Command('api')
    .description('the APIs that tokens are made for')
    .addCommand(new Command('list').description('every API').action(listApis))
    .addCommand(new Command('show').description('one API').argument('<identifier>').action(showApi))
    .addCommand(
      described(new Command('create'))
        .description('add an API')
        .argument('<identifier>', 'an absolute URI: the audience of its tokens')
        .action(create),
    )
    .addCommand(
      described(new Command('update'))
        .description('change an API; what is not given stays')
        .argument('<identifier>')
        .action(update),
    )
}

function described(command: Command): Command {
  return command
    .option('--name <name>', 'what people read')
    .option('--scope <name=description>', 'a scope of it; may be given several times', scopes)
    .addOption(new Option('--format <format>', 'how its tokens look').choices(tokenFormats))
    .option('--seconds <seconds>', 'how long they live', seconds)
    .option('--details <file>', 'its types of authorization details: a JSON list, in place of those before')
    .option('--encryption <alg/enc>', `encrypt its tokens so: ${encryptionExample}`)
    .option('--key <file>', 'to this public key of the API (a JWK)')
}

async function listApis(_options: unknown, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const apis = await allApis(platform.database)
    const rows = apis.map((api) => [api.identifier, api.name, api.tokenFormat, scopeNames(api).join(' ')])
    terminal.show(
      { apis },
      apis.length === 0
        ? ['No APIs yet: countersign api create']
        : columns(rows, ['identifier', 'name', 'tokens', 'scopes']),
    )
  })
}

async function showApi(identifier: string, _options: unknown, command: Command): Promise<void> {
  await withPlatform(command, async (context) => {
    const api = existing(await apiNamed(context, identifier))
    const { encryption } = api
    const rows = [
      ['identifier', api.identifier],
      ['name', api.name],
      ['scopes', scopeNames(api).join('\n') || '–'],
      ['details', api.details.map(({ type, words }) => `${type}: ${words}`).join('\n') || '–'],
      ['tokens', `${api.tokenFormat}, ${api.accessTokenSeconds} s`],
      ['encryption', encryptionText(encryption) ?? '–'],
      ['key', String(encryption?.jwk['kid'] ?? (encryption === null ? '–' : 'without kid'))],
    ]
    context.terminal.show(api, columns(rows))
  })
}

async function create(identifier: string, options: ApiOptions, command: Command): Promise<void> {
  await withPlatform(command, async (context) => {
    if ((await apiNamed(context, identifier)) !== undefined)
      throw new CommandFailed('There is such an API already: countersign api update')
    const api = await save(context, { identifier, ...changesOf(options, null) })
    context.terminal.show(api, [`${green('added')} ${bold(api.identifier)} (${api.tokenFormat})`])
  })
}

async function update(identifier: string, options: ApiOptions, command: Command): Promise<void> {
  await withPlatform(command, async (context) => {
    const before = existing(await apiNamed(context, identifier))
    const api = await save(context, { ...before, ...changesOf(options, before.encryption) })
    context.terminal.show(api, [`${green('changed')} ${bold(api.identifier)} (${api.tokenFormat})`])
  })
}

async function save({ platform, settings }: Context, description: ApiDescription): Promise<Api> {
  const saved = await createApi(platform, description, settings)
  if (!saved.ok) throw new CommandFailed('The API was not saved.', saved.findings)
  return saved.api
}

/** Only what the options say. */
function changesOf(options: ApiOptions, before: ApiEncryption | null): Partial<ApiDescription> {
  const { name, scope, format, seconds: accessTokenSeconds, details } = options
  return {
    ...(name !== undefined && { name }),
    ...(scope !== undefined && { scopes: scope }),
    ...(accessTokenSeconds !== undefined && { accessTokenSeconds }),
    ...(format !== undefined && { tokenFormat: format }),
    ...(details !== undefined && { details: detailsIn(details) }),
    ...encryptionChange(options, before),
  }
}

/** What stands in it is checked with the rest of the API. */
function detailsIn(file: string): readonly DetailsDescription[] {
  try {
    const types = decodeStrictJson(readFileSync(file))
    if (Array.isArray(types)) return types as DetailsDescription[]
  } catch (error) {
    if (!(error instanceof JsonError) && (error as { code?: string }).code === undefined) throw error
  }
  throw new CommandFailed('The types of details can’t be read.', [
    { path: '--details', code: 'unreadable', message: 'Name a file that holds a JSON list of types.' },
  ])
}

function encryptionChange(
  { format, encryption, key }: ApiOptions,
  before: ApiEncryption | null,
): Partial<ApiDescription> {
  if (encryption === undefined && key === undefined) {
    return format === undefined || format === 'encrypted' ? {} : { encryption: null }
  }
  const how = encryption === undefined ? before : namedEncryption('--encryption', encryption)
  const jwk = key === undefined ? withoutAlgorithm(before) : jsonFile('--key', key, 'a public key as a JWK')
  if (how === null || jwk === undefined)
    throw new UsageError('Encrypted tokens need both --encryption and --key.')
  return { tokenFormat: format ?? 'encrypted', encryption: { alg: how.alg, enc: how.enc, jwk } }
}

/** The key that is there, for whichever algorithm comes next. */
function withoutAlgorithm(encryption: ApiEncryption | null): ApiEncryption['jwk'] | undefined {
  if (encryption === null) return undefined
  const { alg: _, ...jwk } = encryption.jwk
  return jwk
}

async function apiNamed({ platform }: Context, identifier: string): Promise<Api | undefined> {
  return (await allApis(platform.database)).find((api) => api.identifier === identifier)
}

function existing(api: Api | undefined): Api {
  if (api === undefined) throw new CommandFailed('There is no such API: countersign api list')
  return api
}

function scopeNames({ scopes: list }: Api): string[] {
  return list.map(({ name }) => name)
}

function scopes(text: string, before: readonly ApiScope[] = []): readonly ApiScope[] {
  const [name = '', ...description] = text.split('=')
  return [...before, { name, description: description.join('=') }]
}

function seconds(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('Give whole seconds.')
  return Number(text)
}
