// `countersign client`: the clients that may ask for tokens.
import {
  type ClientAuthenticationMethod,
  type GrantType,
  importJwkSet,
  KeyError,
} from '@countersign/protocol'
import { Command, Option } from 'commander'
import { changeClient } from '../../../oauth/clients/change.ts'
import { changeKeys } from '../../../oauth/clients/change-keys.ts'
import { type Client, isConfidential } from '../../../oauth/clients/client.ts'
import { allClients, clientById, deleteClient, disableClient } from '../../../oauth/clients/clients.store.ts'
import { type ClientDescription, createClient, rotateSecret } from '../../../oauth/clients/registration.ts'
import { changeChannels } from '../../../oauth/sign-out/change.ts'
import { rememberEnded } from '../../../platform/db/ended.ts'
import { event } from '../../../platform/events/events.ts'
import { type SigningAlgorithm, signingAlgorithms } from '../../../platform/keys/keyring.ts'
import { CommandFailed, type SharedOptions, UsageError, withPlatform } from '../context.ts'
import { encryptionExample, encryptionText, jsonFile, namedEncryption } from '../encryption.ts'
import { exchangeCommand, exchangeShown } from '../exchange.ts'
import { registrationCommands } from '../initial-tokens.ts'
import { confirmed, several } from '../input.ts'
import {
  changedBy,
  describedIn,
  metadataText,
  readMetadata,
  refused,
  shownAsMetadata,
} from '../metadata-file.ts'
import { type RequestRuleOptions, rulesGiven, rulesShown, withRequestRuleOptions } from '../request-rules.ts'
import { channelsGiven, channelsShown, type SignOutOptions, withSignOutOptions } from '../sign-out.ts'
import { bold, columns, dim, green, moment, yellow } from '../terminal.ts'

export function clientCommand(): Command {
  const clients = new Command('client')
    .description('the clients that may ask for tokens')
    .addCommand(new Command('list').description('every client').action(listClients))
    .addCommand(new Command('show').description('one client').argument('<id>').action(showClient))
    .addCommand(createCommand())
    .addCommand(
      withSignOutOptions(
        new Command('update')
          .description(
            'change a client: anything by its metadata; by options its keys, how its ID tokens are encrypted, or where it is told (or nowhere: none) that a session has ended; what is not given stays',
          )
          .argument('<id>')
          .option('--metadata <file>', metadataHelp)
          .option('--jwks <file>', 'its public keys from now on (a JWK Set)')
          .option('--id-token-encryption <alg/enc>', `such as ${encryptionExample}, or none`),
      ).action(update),
    )
    .addCommand(exchangeCommand())
    .addCommand(
      new Command('secret')
        .description('give a client a new secret; the old one dies at once')
        .argument('<id>')
        .action(newSecret),
    )
    .addCommand(
      new Command('disable')
        .description('refuse a client and everything issued to it')
        .argument('<id>')
        .action(switchClient(true)),
    )
    .addCommand(
      new Command('enable').description('accept a client again').argument('<id>').action(switchClient(false)),
    )
    .addCommand(
      new Command('delete')
        .description('forget a client; everything issued to it dies')
        .argument('<id>')
        .action(removeClient),
    )
  for (const command of registrationCommands()) clients.addCommand(command)
  return clients
}

const metadataHelp =
  'client metadata in JSON, as in RFC 7591; - is standard input, null goes back to what is usual'

function createCommand(): Command {
  return withAddressOptions(
    new Command('create')
      .description('register a client; its secret is shown this once')
      .argument('[name]', 'what people read on the consent page; may stand in --metadata instead')
      .option('--metadata <file>', metadataHelp)
      .option('--id <id>', 'its identifier; chosen when left out')
      .option('--public', 'it can’t keep a secret: a browser or native application')
      .option(
        '--jwks <file>',
        'its public keys (a JWK Set); with one to sign with, it signs assertions instead of holding a secret',
      )
      .option('--id-token-encryption <alg/enc>', `encrypt its ID tokens to its key: ${encryptionExample}`)
      .option('--id-token-alg <alg>', `what its ID tokens are signed with: ${signingAlgorithms.join(', ')}`)
      .option('--dpop-bound', 'it gets only access tokens that are bound to a key of its own (DPoP)')
      .option('--api <identifier>', 'the API that it is: it may ask about tokens made for it')
      .option('--redirect-uri <uri>', 'where answers go; may be given several times', several)
      .option(
        '--post-logout-redirect-uri <uri>',
        'where people may come back to once they are signed out; may be given several times',
        several,
      )
      .option('--scope <scope>', 'a scope it may ask for; may be given several times', several)
      .addOption(
        new Option('--grant <grant>', 'a grant it may use; may be given several times').argParser(several),
      ),
  ).action(create)
}

/** What only clients in which people sign in have. */
function withAddressOptions(command: Command): Command {
  return withRequestRuleOptions(withSignOutOptions(command))
}

/** A client as printed: everything but the digest of its secret. */
function printable({
  secretDigest: _,
  jwks,
  signOut,
  requests,
  exchange,
  ...client
}: Client): Record<string, unknown> {
  return {
    ...client,
    idTokenEncryption: encryptionText(client.idTokenEncryption),
    ...channelsShown({ signOut }),
    ...rulesShown({ requests }),
    ...exchangeShown({ exchange }),
    createdAt: moment(client.createdAt),
    disabledAt: client.disabledAt === null ? null : moment(client.disabledAt),
    hasKeys: jwks !== null,
  }
}

async function listClients(_options: unknown, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const clients = await allClients(platform.database)
    const rows = clients.map((client) => [
      client.id,
      client.name,
      isConfidential(client) ? client.authentication : 'public',
      client.disabledAt === null ? client.grants.join(', ') : 'disabled',
    ])
    terminal.show(
      { clients: clients.map(printable) },
      clients.length === 0
        ? ['No clients yet: countersign client create']
        : columns(rows, ['id', 'name', 'kind', 'grants']),
    )
  })
}

async function showClient(id: string, _options: unknown, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const client = shownAsMetadata(existing(await clientById(platform.database, id), id))
    const rows = Object.entries(client).map(([name, value]) => [name, metadataText(value)])
    terminal.show(client, columns(rows))
  })
}

interface CreateOptions extends SignOutOptions, RequestRuleOptions {
  readonly metadata?: string
  readonly id?: string
  readonly public?: true
  readonly jwks?: string
  readonly idTokenEncryption?: string
  readonly idTokenAlg?: string
  readonly dpopBound?: true
  readonly api?: string
  readonly redirectUri?: string[]
  readonly postLogoutRedirectUri?: string[]
  readonly scope?: string[]
  readonly grant?: string[]
}

async function create(
  name: string | undefined,
  { metadata, json: _json, yes: _yes, config: _config, ...options }: CreateOptions & SharedOptions,
  command: Command,
): Promise<void> {
  const inFile = metadata !== undefined
  if (inFile && Object.keys(options).length > 0)
    throw new UsageError('--metadata says everything: give no other option with it.')
  const description = inFile
    ? await describedInFile(metadata, name)
    : describedByOptions(name ?? missingName(), options)
  await withPlatform(command, async ({ platform, settings, terminal }) => {
    const registered = await createClient(platform, description, settings)
    if (!registered.ok) {
      const headline = 'The client was not registered.'
      throw inFile ? refused(headline, registered.findings) : new CommandFailed(headline, registered.findings)
    }
    const { client, secret } = registered
    const shown = inFile
      ? { ...shownAsMetadata(client), ...(secret !== null && { client_secret: secret }) }
      : { ...printable(client), secret }
    terminal.show(shown, [
      `${green('registered')} ${bold(client.id)} (${client.name})`,
      ...secretLines(secret),
    ])
  })
}

function missingName(): never {
  throw new UsageError('Give the client a name, or describe it with --metadata.')
}

async function describedInFile(file: string, name: string | undefined): Promise<ClientDescription> {
  const metadata = await readMetadata(file)
  return describedIn(
    name === undefined ? metadata : { ...metadata, client_name: name },
    'The client was not registered.',
  )
}

function describedByOptions(name: string, options: CreateOptions): ClientDescription {
  const requests = rulesGiven(options)
  return {
    name,
    ...(options.id === undefined ? {} : { id: options.id }),
    ...byKeys(options),
    ...(options.public === true ? { authentication: 'none' as ClientAuthenticationMethod } : {}),
    ...(options.idTokenAlg === undefined ? {} : { idTokenAlg: options.idTokenAlg as SigningAlgorithm }),
    ...(options.dpopBound === undefined ? {} : { dpopBoundAccessTokens: true }),
    ...(options.api === undefined ? {} : { api: options.api }),
    ...(options.redirectUri === undefined ? {} : { redirectUris: options.redirectUri }),
    ...(options.postLogoutRedirectUri === undefined
      ? {}
      : { postLogoutRedirectUris: options.postLogoutRedirectUri }),
    signOut: channelsGiven(options),
    ...(requests !== undefined && { requests }),
    ...(options.scope === undefined ? {} : { scopes: options.scope }),
    ...(options.grant === undefined ? {} : { grants: options.grant as GrantType[] }),
  }
}

function secretLines(secret: string | null): string[] {
  if (secret === null) return []
  return [`  Secret: ${secret}`, dim('  Keep it now: only its digest is stored.')]
}

type Keys = Pick<ClientDescription, 'authentication' | 'jwks' | 'idTokenEncryption'>

/** Who has keys to sign with signs assertions; keys to encrypt to alone leave a client its secret. */
function byKeys({ jwks: file, idTokenEncryption: named }: CreateOptions): Keys {
  const encryption =
    named === undefined ? {} : { idTokenEncryption: namedEncryption('--id-token-encryption', named) }
  if (file === undefined) return encryption
  const jwks = jsonFile('--jwks', file, aJwkSet)
  const signs = named === undefined || holdsSigningKey(jwks)
  return { ...encryption, jwks, ...(signs && { authentication: 'private_key_jwt' as const }) }
}

const aJwkSet = 'a JWK Set: {"keys": […]}'

function holdsSigningKey(jwks: Readonly<Record<string, unknown>>): boolean {
  try {
    return importJwkSet(jwks).keys.length > 0
  } catch (error) {
    // Registration says what is wrong with the set.
    if (error instanceof KeyError) return false
    throw error
  }
}

interface UpdateOptions extends SignOutOptions {
  readonly metadata?: string
  readonly jwks?: string
  readonly idTokenEncryption?: string
}

async function update(id: string, options: UpdateOptions, command: Command): Promise<void> {
  const keys = keysGiven(options)
  const channels = channelsGiven(options)
  const [changesKeys, changesChannels] = [keys, channels].map((change) => Object.keys(change).length > 0)
  const kinds = [changesKeys, changesChannels, options.metadata !== undefined].filter(Boolean)
  if (kinds.length > 1)
    throw new UsageError('Metadata, keys and logout addresses are changed one after the other.')
  if (kinds.length === 0)
    throw new UsageError(
      'Nothing to change: give --metadata, --jwks, --id-token-encryption or a logout address.',
    )
  if (options.metadata !== undefined) return updateByMetadata(id, options.metadata, command)
  await withPlatform(command, async ({ platform, settings, terminal }) => {
    const client = existing(await clientById(platform.database, id), id)
    const findings = changesKeys
      ? await changeKeys(platform, client, keys, settings)
      : await changeChannels(platform, client, channels)
    if (findings.length > 0) throw new CommandFailed('The client was not changed.', findings)
    const changed = existing(await clientById(platform.database, id), id)
    terminal.show(printable(changed), [`${green('changed')} ${bold(id)}`])
  })
}

async function updateByMetadata(id: string, file: string, command: Command): Promise<void> {
  const metadata = await readMetadata(file)
  await withPlatform(command, async ({ platform, settings, terminal }) => {
    if ((metadata['client_id'] ?? id) !== id)
      throw new CommandFailed('The client was not changed.', [
        { path: 'client_id', code: 'other', message: 'is that of another client, and ids never change' },
      ])
    const changed = await changeClient(platform, id, changedBy(metadata), settings)
    if (changed === null) throw new CommandFailed(`There is no client ${id}.`)
    if (!changed.ok) throw refused('The client was not changed.', changed.findings)
    const { client, secret } = changed
    terminal.show({ ...shownAsMetadata(client), ...(secret !== null && { client_secret: secret }) }, [
      `${green('changed')} ${bold(id)}`,
      ...(metadata['client_secret'] === undefined ? secretLines(secret) : []),
    ])
  })
}

function keysGiven({ jwks, idTokenEncryption: named }: UpdateOptions) {
  return {
    ...(jwks !== undefined && { jwks: jsonFile('--jwks', jwks, aJwkSet) }),
    ...(named !== undefined && {
      idTokenEncryption: named === 'none' ? null : namedEncryption('--id-token-encryption', named),
    }),
  }
}

async function newSecret(id: string, _options: unknown, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    existing(await clientById(platform.database, id), id)
    const secret = await rotateSecret(platform, id)
    if (secret === null) throw new CommandFailed(`The client ${id} has no secret.`)
    terminal.show({ id, secret }, [`${green('new secret')} for ${bold(id)}`, ...secretLines(secret)])
  })
}

function switchClient(off: boolean): (id: string, options: unknown, command: Command) => Promise<void> {
  return (id, _options, command) =>
    withPlatform(command, async ({ platform, terminal }) => {
      const { database, runtime } = platform
      existing(await clientById(database, id), id)
      await database.commit([
        disableClient(database, id, off ? runtime.now() : null),
        event(database, runtime, { type: 'client.updated', clientId: id, detail: { disabled: off } }),
      ])
      terminal.show({ id, disabled: off }, [
        off ? `${yellow('disabled')} ${bold(id)}` : `${green('enabled')} ${bold(id)}`,
      ])
    })
}

async function removeClient(id: string, options: SharedOptions, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const client = existing(await clientById(platform.database, id), id)
    await confirmed(`Delete the client ${client.name} (${id})? Everything issued to it dies.`, options.yes)
    const { database, runtime } = platform
    await database.commit([
      deleteClient(platform, id),
      rememberEnded(database, `client ${id}`, runtime.now()),
    ])
    terminal.show({ id, deleted: true }, [`${yellow('deleted')} ${bold(id)}`])
  })
}

function existing(client: Client | undefined, id: string): Client {
  if (client === undefined) throw new CommandFailed(`There is no client ${id}.`)
  return client
}
