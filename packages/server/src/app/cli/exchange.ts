// `countersign client exchange`: for which APIs a client may exchange tokens (RFC 8693), and how that is shown.
import { Command } from 'commander'
import type { Client } from '../../oauth/clients/client.ts'
import { clientById } from '../../oauth/clients/clients.store.ts'
import { changeExchange } from '../../oauth/exchange/change.ts'
import type { ExchangeDescription } from '../../oauth/exchange/policy.ts'
import { CommandFailed, UsageError, withPlatform } from './context.ts'
import { several } from './input.ts'
import { bold, green } from './terminal.ts'

interface ExchangeOptions {
  readonly for?: readonly string[]
  readonly scope?: readonly string[]
  readonly impersonate?: true
  readonly off?: true
}

export function exchangeCommand(): Command {
  return new Command('exchange')
    .description(
      'say for which APIs a client may exchange the tokens that it is sent; what was said before goes',
    )
    .argument('<id>')
    .option('--for <identifier>', 'an API that it may get tokens for; may be given several times', several)
    .option(
      '--scope <scope=from>',
      'a scope there that follows from another one; may be given several times',
      several,
    )
    .option('--impersonate', 'its tokens name nobody as acting for the person')
    .option('--off', 'it may exchange none')
    .action(exchange)
}

async function exchange(id: string, options: ExchangeOptions, command: Command): Promise<void> {
  const described = describedBy(options)
  await withPlatform(command, async ({ platform, terminal }) => {
    const client = await clientById(platform.database, id)
    if (client === undefined) throw new CommandFailed(`There is no client ${id}.`)
    const findings = await changeExchange(platform, client, described)
    if (findings.length > 0) throw new CommandFailed('The client was not changed.', findings)
    const changed = await clientById(platform.database, id)
    terminal.show({ id, ...(changed !== undefined && exchangeShown(changed)) }, [
      `${green('changed')} ${bold(id)}`,
    ])
  })
}

function describedBy({
  for: audiences = [],
  scope = [],
  impersonate,
  off,
}: ExchangeOptions): ExchangeDescription | null {
  const saysSomething = audiences.length > 0 || scope.length > 0 || impersonate === true
  if (off === true) {
    if (saysSomething) throw new UsageError('--off goes with nothing else.')
    return null
  }
  if (audiences.length === 0) throw new UsageError('Name the APIs with --for, or give --off.')
  const scopes = new Map<string, string[]>()
  for (const pair of scope) {
    const [name = '', from = '', ...more] = pair.split('=')
    if (name === '' || from === '' || more.length > 0)
      throw new UsageError('Give --scope as a scope there, = and the scope that it follows from.')
    scopes.set(name, [...(scopes.get(name) ?? []), from])
  }
  return { audiences, scopes: Object.fromEntries(scopes), impersonates: impersonate === true }
}

/** What a client may exchange tokens for, as it is shown. */
export function exchangeShown({ exchange: policy }: Pick<Client, 'exchange'>): Record<string, unknown> {
  const pairs = Object.entries(policy?.scopes ?? {})
  return {
    exchangeFor: policy?.audiences ?? [],
    exchangeScopes: pairs.flatMap(([name, sources]) => sources.map((from) => `${name}=${from}`)),
    exchangeImpersonates: policy?.impersonates ?? false,
  }
}
