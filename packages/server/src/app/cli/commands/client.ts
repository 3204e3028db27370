// `countersign client`: the clients that may ask for tokens.
import { readFileSync } from 'node:fs'
import { type ClientAuthenticationMethod, type GrantType, isJsonObject } from '@countersign/protocol'
import { Command, Option } from 'commander'
import { type Client, isConfidential } from '../../../oauth/clients/client.ts'
import { allClients, clientById, deleteClient, disableClient } from '../../../oauth/clients/clients.store.ts'
import { type ClientDescription, createClient, rotateSecret } from '../../../oauth/clients/registration.ts'
import { event } from '../../../platform/events/events.ts'
import { CommandFailed, type SharedOptions, withPlatform } from '../context.ts'
import { isConfirmed, several } from '../input.ts'
import { bold, columns, dim, green, moment, yellow } from '../terminal.ts'

export function clientCommand(): Command {
  return new Command('client')
    .description('the clients that may ask for tokens')
    .addCommand(new Command('list').description('every client').action(listClients))
    .addCommand(new Command('show').description('one client').argument('<id>').action(showClient))
    .addCommand(
      new Command('create')
        .description('register a client; its secret is shown this once')
        .argument('<name>', 'what people read on the consent page')
        .option('--id <id>', 'its identifier; chosen when left out')
        .option('--public', 'it can’t keep a secret: a browser or native application')
        .option(
          '--jwks <file>',
          'its public keys (a JWK Set): it signs assertions instead of holding a secret',
        )
        .option('--api <identifier>', 'the API that it is: it may ask about tokens made for it')
        .option('--redirect-uri <uri>', 'where answers go; may be given several times', several)
        .option('--scope <scope>', 'a scope it may ask for; may be given several times', several)
        .addOption(
          new Option('--grant <grant>', 'a grant it may use; may be given several times').argParser(several),
        )
        .action(create),
    )
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
}

/** A client as printed: everything but the digest of its secret. */
function printable({ secretDigest: _, jwks, ...client }: Client): Record<string, unknown> {
  return {
    ...client,
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
    const client = printable(existing(await clientById(platform.database, id), id))
    const rows = Object.entries(client).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join('\n') || '–' : String(value ?? '–'),
    ])
    terminal.show(client, columns(rows))
  })
}

interface CreateOptions {
  readonly id?: string
  readonly public?: true
  readonly jwks?: string
  readonly api?: string
  readonly redirectUri?: string[]
  readonly scope?: string[]
  readonly grant?: string[]
}

async function create(name: string, options: CreateOptions, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const description: ClientDescription = {
      name,
      ...(options.id === undefined ? {} : { id: options.id }),
      ...(options.public === true ? { authentication: 'none' as ClientAuthenticationMethod } : {}),
      ...(options.jwks === undefined ? {} : byKeys(options.jwks)),
      ...(options.api === undefined ? {} : { api: options.api }),
      ...(options.redirectUri === undefined ? {} : { redirectUris: options.redirectUri }),
      ...(options.scope === undefined ? {} : { scopes: options.scope }),
      ...(options.grant === undefined ? {} : { grants: options.grant as GrantType[] }),
    }
    const registered = await createClient(platform, description)
    if (!registered.ok) throw new CommandFailed('The client was not registered.', registered.findings)
    const { client, secret } = registered
    terminal.show({ ...printable(client), secret }, [
      `${green('registered')} ${bold(client.id)} (${client.name})`,
      ...(secret === null ? [] : [`  Secret: ${secret}`, dim('  Keep it now: only its digest is stored.')]),
    ])
  })
}

/** @throws CommandFailed when there is no such file, or no JSON object in it */
function byKeys(file: string): Pick<ClientDescription, 'authentication' | 'jwks'> {
  try {
    const jwks: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (!isJsonObject(jwks)) throw new Error('not an object')
    return { authentication: 'private_key_jwt', jwks }
  } catch {
    throw new CommandFailed('The keys can’t be read.', [
      { path: '--jwks', code: 'unreadable', message: 'Name a file that holds a JWK Set: {"keys": […]}.' },
    ])
  }
}

async function newSecret(id: string, _options: unknown, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    existing(await clientById(platform.database, id), id)
    const secret = await rotateSecret(platform, id)
    if (secret === null) throw new CommandFailed(`The client ${id} has no secret.`)
    terminal.show({ id, secret }, [
      `${green('new secret')} for ${bold(id)}`,
      `  Secret: ${secret}`,
      dim('  Keep it now: only its digest is stored.'),
    ])
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
    if (
      !(await isConfirmed(
        `Delete the client ${client.name} (${id})? Everything issued to it dies.`,
        options.yes,
      ))
    )
      return
    await platform.database.commit([deleteClient(platform, id)])
    terminal.show({ id, deleted: true }, [`${yellow('deleted')} ${bold(id)}`])
  })
}

function existing(client: Client | undefined, id: string): Client {
  if (client === undefined) throw new CommandFailed(`There is no client ${id}.`)
  return client
}
