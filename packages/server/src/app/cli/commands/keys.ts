// `countersign keys`: the signing keys, and their rotation without one failed verification.
import { Command, Option } from 'commander'
import { event } from '../../../platform/events/events.ts'
import { spanWords } from '../../../platform/html/words.ts'
import {
  type Keyring,
  lingerSeconds,
  openKeyring,
  prepublishSeconds,
  type SigningAlgorithm,
  signingAlgorithms,
} from '../../../platform/keys/keyring.ts'
import { allKeys, type StoredKey, unpublishNow } from '../../../platform/keys/keys.store.ts'
import { CommandFailed, withPlatform } from '../context.ts'
import { bold, columns, green, moment, yellow } from '../terminal.ts'

/**
 * Seconds after which nobody can miss a new key: every worker publishes it within five, and whoever verifies tokens asks
 * for the keys again at an unknown one, but waits up to thirty seconds between two times.
 */
const soonestSeconds = 40

export function keysCommand(): Command {
  return new Command('keys')
    .description('the keys that sign tokens')
    .addCommand(new Command('list').alias('show').description('every key with its state').action(list))
    .addCommand(
      new Command('rotate')
        .description('make the next key; it is published at once and signs after the lead time')
        .addOption(new Option('--alg <alg>', 'algorithm').choices(signingAlgorithms).default('ES256'))
        .option('--now', `sign with it as soon as nobody can miss it (${soonestSeconds} s); for emergencies`)
        .action(rotate),
    )
    .addCommand(
      new Command('retire')
        .description('stop publishing a key at once: every token it signed is refused')
        .argument('<kid>')
        .action(retire),
    )
}

async function list(_options: unknown, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const now = platform.runtime.now()
    const keys = (await allKeys(platform.database)).map((key) => ({
      kid: key.kid,
      alg: key.alg,
      state: stateOf(key, now),
      created: moment(key.createdAt),
      activeFrom: moment(key.activeFrom),
      publishedUntil: key.publishedUntil === null ? null : moment(key.publishedUntil),
    }))
    const rows = keys.map((key) => [key.kid, key.alg, key.state, key.activeFrom, key.publishedUntil ?? '–'])
    terminal.show(
      { keys },
      keys.length === 0
        ? ['No keys yet: the server makes them at its first start.']
        : columns(rows, ['kid', 'alg', 'state', 'signs from', 'published until']),
    )
  })
}

function stateOf(key: StoredKey, now: number): string {
  if (key.publishedUntil !== null && key.publishedUntil <= now) return 'retired'
  if (key.activeFrom > now) return 'published'
  if (key.publishedUntil === null || now < key.publishedUntil - lingerSeconds) return 'active'
  return 'retiring'
}

async function rotate(options: { alg: SigningAlgorithm; now?: true }, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const keyring: Keyring = await openKeyring(platform)
    const lead = options.now === true ? soonestSeconds : prepublishSeconds
    const { kid, activeFrom } = await keyring.rotate(options.alg, lead)
    terminal.show({ kid, alg: options.alg, activeFrom }, [
      `${green('made')} ${bold(kid)} (${options.alg})`,
      `  Published now; signs in ${spanWords(lead)}, from ${moment(activeFrom)}.`,
      `  The key before it stays published for ${spanWords(lingerSeconds)} after that, so that every token it signed can still be verified.`,
    ])
  })
}

async function retire(kid: string, _options: unknown, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const { database, runtime } = platform
    const keys = await allKeys(database)
    const key = keys.find((candidate) => candidate.kid === kid)
    if (key === undefined) throw new CommandFailed(`There is no key ${kid}.`)
    const now = runtime.now()
    const successor = keys.some(
      ({ kid: other, alg, activeFrom, publishedUntil }) =>
        other !== kid &&
        alg === key.alg &&
        activeFrom <= now &&
        (publishedUntil === null || publishedUntil > now),
    )
    if (!successor) {
      throw new CommandFailed('This is the only key that can sign now.', [
        {
          path: kid,
          code: 'no_successor',
          message:
            'Run `countersign keys rotate --now` first, wait until the new key is active, then retire this one.',
        },
      ])
    }
    await database.commit([
      unpublishNow(database, kid, now),
      event(database, runtime, { type: 'key.retired', detail: { kid } }),
    ])
    terminal.show({ kid, retired: true }, [
      `${yellow('retired')} ${bold(kid)}: tokens that it signed are refused from now on.`,
    ])
  })
}
