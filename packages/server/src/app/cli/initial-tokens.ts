// `countersign client initial-token` and `client registration-token`: the tokens by which clients register themselves (RFC 7591
// §3) and look after themselves (RFC 7592 §2).
import { digest, type GrantType } from '@countersign/protocol'
import { Command } from 'commander'
import { clientById } from '../../oauth/clients/clients.store.ts'
import {
  allInitialTokens,
  deleteInitialToken,
  type InitialToken,
} from '../../oauth/registration/initial-tokens.store.ts'
import {
  checkInitialToken,
  type InitialTokenDescription,
  makeInitialToken,
} from '../../oauth/registration/initial-tokens.ts'
import { newRegistrationToken, registrationAddress } from '../../oauth/registration/registered.ts'
import { giveRegistrationToken } from '../../oauth/registration/registrations.store.ts'
import { rememberEnded } from '../../platform/db/ended.ts'
import { event } from '../../platform/events/events.ts'
import { CommandFailed, withPlatform } from './context.ts'
import { several } from './input.ts'
import { bold, columns, dim, green, moment, yellow } from './terminal.ts'

/** The commands that the command for clients has. */
export function registrationCommands(): readonly Command[] {
  return [
    new Command('initial-token')
      .description('the tokens by which clients register themselves')
      .addCommand(createCommand())
      .addCommand(new Command('list').description('every token').action(list))
      .addCommand(
        new Command('revoke')
          .description('take a token back; clients that registered with it stay')
          .argument('<id>')
          .action(revoke),
      ),
    new Command('registration-token')
      .description('give a client a new token to look after itself; the old one dies at once')
      .argument('<id>')
      .action(newToken),
  ]
}

function createCommand(): Command {
  return new Command('create')
    .description('make a token; it is shown this once')
    .argument('[label]', 'who it is for, in your words')
    .option('--uses <count>', 'how many clients may register with it', '1')
    .option('--hours <count>', 'for how long it is good', '24')
    .option('--grant <grant>', 'a grant that they may have; may be given several times', several)
    .option(
      '--scope <scope>',
      'a scope of an API that they may have, or all; may be given several times',
      several,
    )
    .option(
      '--method <method>',
      'a way to authenticate that they may have; may be given several times',
      several,
    )
    .option('--host <host>', 'a host that their redirect URIs may be at; may be given several times', several)
    .action(create)
}

interface CreateOptions {
  readonly uses: string
  readonly hours: string
  readonly grant?: readonly string[]
  readonly scope?: readonly string[]
  readonly method?: readonly string[]
  readonly host?: readonly string[]
}

async function create(label: string | undefined, options: CreateOptions, command: Command): Promise<void> {
  const described: InitialTokenDescription = {
    label: label ?? '',
    uses: Number(options.uses),
    seconds: Number(options.hours) * 3600,
    policy: {
      ...(options.grant !== undefined && { grants: options.grant as readonly GrantType[] }),
      ...(options.scope !== undefined && { scopes: options.scope.includes('all') ? 'all' : options.scope }),
      ...(options.method !== undefined && { methods: options.method }),
      ...(options.host !== undefined && { hosts: options.host }),
    },
  }
  await withPlatform(command, async ({ platform, settings, terminal }) => {
    const findings = checkInitialToken(described)
    if (findings.length > 0) throw new CommandFailed('The token was not made.', findings)
    const { token, stored } = await makeInitialToken(platform, described)
    terminal.show({ ...shown(stored), token }, [
      `${green('made')} ${bold(stored.id)}, good for ${stored.usesLeft} until ${moment(stored.expiresAt)}`,
      `  Token: ${token}`,
      dim('  Keep it now: only its digest is stored.'),
      ...(settings.registration.mode === undefined || settings.registration.mode === 'off'
        ? [yellow('  Clients can register once the server has COUNTERSIGN_REGISTRATION=token.')]
        : []),
    ])
  })
}

async function list(_options: unknown, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const tokens = await allInitialTokens(platform.database)
    const rows = tokens.map(({ id, label, usesLeft, expiresAt }) => [
      id,
      label,
      String(usesLeft),
      expiresAt <= platform.runtime.now() ? 'over' : moment(expiresAt),
    ])
    terminal.show(
      { tokens: tokens.map(shown) },
      tokens.length === 0
        ? ['No tokens: countersign client initial-token create']
        : columns(rows, ['id', 'for', 'uses left', 'until']),
    )
  })
}

async function revoke(id: string, _options: unknown, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform: { database, runtime }, terminal }) => {
    const committed = await database.commit([
      deleteInitialToken(database, id),
      rememberEnded(database, `initial-access-token ${id}`, runtime.now()),
      event(database, runtime, { type: 'initial_access_token.revoked', detail: { token: id } }),
    ])
    if (!committed.ok) throw new CommandFailed(`There is no token ${id}.`)
    terminal.show({ id, revoked: true }, [`${yellow('revoked')} ${bold(id)}`])
  })
}

async function newToken(id: string, _options: unknown, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const { database, runtime } = platform
    if ((await clientById(database, id)) === undefined) throw new CommandFailed(`There is no client ${id}.`)
    const token = newRegistrationToken(platform)
    await database.commit([
      giveRegistrationToken(database, { clientId: id, digest: digest(token), at: runtime.now() }),
      event(database, runtime, {
        type: 'client.updated',
        clientId: id,
        detail: { changed: ['registration access token'] },
      }),
    ])
    const address = registrationAddress(platform, id)
    terminal.show({ client_id: id, registration_access_token: token, registration_client_uri: address }, [
      `${green('new token')} for ${bold(id)}, to be used at ${address}`,
      `  Token: ${token}`,
      dim('  Keep it now: only its digest is stored.'),
    ])
  })
}

/** A token as it is shown: everything but its digest. */
function shown({ digest: _, policy, ...token }: InitialToken): Record<string, unknown> {
  return {
    ...token,
    createdAt: moment(token.createdAt),
    expiresAt: moment(token.expiresAt),
    policy: policy === null ? null : (JSON.parse(policy) as unknown),
  }
}
