// `countersign issuer`: the issuers whose word lets a client in (RFC 7523, ID-JAG).
import { Command, InvalidArgumentError, Option } from 'commander'
import { distrustIssuer, trustIssuer } from '../../../oauth/jwt-bearer/trust.ts'
import {
  type AssertionKind,
  assertionKinds,
  type IssuerDescription,
  type SubjectRule,
  type TrustedIssuer,
} from '../../../oauth/jwt-bearer/trusted-issuer.ts'
import { allTrustedIssuers } from '../../../oauth/jwt-bearer/trusted-issuers.store.ts'
import { CommandFailed, type SharedOptions, withPlatform } from '../context.ts'
import { jsonFile } from '../encryption.ts'
import { confirmed, several } from '../input.ts'
import { bold, columns, green, yellow } from '../terminal.ts'

interface AddOptions {
  readonly jwks?: string
  readonly jwksUri?: string
  readonly subjects: SubjectRule
  readonly accept?: readonly AssertionKind[]
  readonly client?: readonly string[]
  readonly scope?: readonly string[]
  readonly seconds?: number
}

export function issuerCommand(): Command {
  return new Command('issuer')
    .description('the issuers whose word lets a client in')
    .addCommand(new Command('list').description('every one').action(list))
    .addCommand(
      new Command('add')
        .description('trust an issuer; what was said of it before goes')
        .argument('<issuer>', 'its iss, an https address')
        .option('--jwks <file>', 'its public keys (a JWK Set)')
        .option('--jwks-uri <uri>', 'the address of its public keys')
        .requiredOption(
          '--subjects <rule>',
          'how its subjects are found here: identity:UPSTREAM (linked accounts) or email:DOMAIN,DOMAIN',
          subjects,
        )
        .addOption(
          new Option(
            '--accept <kind>',
            'what it may say: grant (the default) or id-jag; may be given twice',
          ).argParser(kinds),
        )
        .option('--client <id>', 'a client that may show what it says; may be given several times', several)
        .option('--scope <scope>', 'what may come of it; may be given several times', several)
        .option('--seconds <seconds>', 'how long what it says may be good for (300)', seconds)
        .action(add),
    )
    .addCommand(
      new Command('remove').description('trust an issuer no more').argument('<issuer>').action(remove),
    )
}

async function list(_options: unknown, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const issuers = await allTrustedIssuers(platform.database)
    const rows = issuers.map((one) => [
      one.issuer,
      one.accepts.join(', '),
      ruleText(one.subjects),
      one.clients.join(' ') || 'any that it names',
      one.scopes.join(' '),
    ])
    terminal.show(
      { issuers: issuers.map(printable) },
      issuers.length === 0
        ? ['No issuer is trusted: countersign issuer add']
        : columns(rows, ['issuer', 'may say', 'subjects', 'clients', 'scopes']),
    )
  })
}

async function add(issuer: string, options: AddOptions, command: Command): Promise<void> {
  const described: IssuerDescription = {
    issuer,
    subjects: options.subjects,
    ...(options.jwks !== undefined && { jwks: jsonFile('--jwks', options.jwks, 'a JWK Set: {"keys": […]}') }),
    ...(options.jwksUri !== undefined && { jwksUri: options.jwksUri }),
    ...(options.accept !== undefined && { accepts: options.accept }),
    ...(options.client !== undefined && { clients: options.client }),
    ...(options.scope !== undefined && { scopes: options.scope }),
    ...(options.seconds !== undefined && { maximumSeconds: options.seconds }),
  }
  await withPlatform(command, async ({ platform, terminal }) => {
    const saved = await trustIssuer(platform, described)
    if (!saved.ok) throw new CommandFailed('The issuer is not trusted.', saved.findings)
    terminal.show(printable(saved.issuer), [`${green('trusted')} ${bold(issuer)}`])
  })
}

async function remove(issuer: string, options: SharedOptions, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const question = `Trust ${issuer} no more? Nothing that it says lets anybody in from then on.`
    await confirmed(question, options.yes)
    if (!(await distrustIssuer(platform, issuer)))
      throw new CommandFailed('There is no such issuer: countersign issuer list')
    terminal.show({ issuer, trusted: false }, [`${yellow('removed')} ${bold(issuer)}`])
  })
}

function printable({ jwks, subjects: rule, ...issuer }: TrustedIssuer): Record<string, unknown> {
  return { ...issuer, subjects: ruleText(rule), hasKeys: jwks !== null }
}

function ruleText(rule: SubjectRule): string {
  return rule.by === 'identity' ? `identity:${rule.upstream}` : `email:${rule.domains.join(',')}`
}

function subjects(text: string): SubjectRule {
  const [by, rest = ''] = [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)]
  if (by === 'identity') return { by, upstream: rest }
  if (by === 'email') return { by, domains: rest.split(',').filter((domain) => domain !== '') }
  throw new InvalidArgumentError('Give identity:UPSTREAM or email:DOMAIN.')
}

function kinds(text: string, before: readonly AssertionKind[] = []): readonly AssertionKind[] {
  const kind = assertionKinds.find((known) => known === text)
  if (kind === undefined) throw new InvalidArgumentError(`Give ${assertionKinds.join(' or ')}.`)
  return [...before, kind]
}

function seconds(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('Give whole seconds.')
  return Number(text)
}
