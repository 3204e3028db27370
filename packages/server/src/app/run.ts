// A server from its settings to its end: open, compose, listen, look after it, and leave without dropping anybody.
import { type Edge, edge } from '../platform/http/edge.ts'
import { PathTaken } from '../platform/http/router.ts'
import type { Platform } from '../platform/platform.ts'
import { bootstrapAdministrator } from './bootstrap.ts'
import { type Composed, compose } from './compose.ts'
import { encryptedAgainstSetting } from './encrypted-tokens.ts'
import { openPlatform } from './foundation.ts'
import { healthRoutes } from './health.routes.ts'
import { type Listening, listen } from './serve.ts'
import { serveAs } from './served-as.store.ts'
import type { Finding, Settings } from './settings.ts'
import { readTls, type Tls } from './tls.ts'

/** Settings that looked sound turned out not to be usable. */
export class UnusableSettings extends Error {
  override readonly name = 'UnusableSettings'
  readonly findings: readonly Finding[]

  constructor(headline: string, findings: readonly Finding[]) {
    super(headline)
    this.findings = findings
  }
}

/** A server that nobody can reach yet: opened, composed and looked after. */
export interface OpenServer {
  readonly platform: Platform
  readonly edge: Edge
  /** Set `draining` when the server is on its way out. */
  readonly state: { draining: boolean }
  /** What its listeners need of TLS. */
  readonly tls: Tls
  /** Ends the looking after, and closes what was opened. */
  close(): Promise<void>
}

/** A server that listens. */
export interface Running {
  readonly platform: Platform
  readonly port: number
  /**
   * Leaves: says so to whoever asks for readiness, waits `lameDuckSeconds` for balancers to notice, stops accepting,
   * answers what is under way, closes.
   */
  stop(lameDuckSeconds?: number): Promise<void>
}

/** Seconds between two looks at the signing keys, so that a rotation elsewhere is noticed. */
const keyLookSeconds = 5
const maintenanceSeconds = 600

/**
 * Opens everything but the listener.
 *
 * @throws UnusableSettings, and whatever `openPlatform` throws
 */
export async function openServer(settings: Settings, migrations: 'apply' | 'require'): Promise<OpenServer> {
  const platform = await openPlatform(settings, migrations)
  try {
    await serveAs(platform.database, settings.mode)
    const encrypted = await encryptedAgainstSetting(platform.database, settings)
    if (encrypted.length > 0)
      throw new UnusableSettings('Some tokens would not be encrypted any more.', encrypted)
    const tls = readTls(settings, platform.runtime.now())
    if (tls.findings.length > 0)
      throw new UnusableSettings('TLS can’t be spoken as the settings say.', tls.findings)
    const state = { draining: false }
    const composed = await compose(platform, settings, state, tls.mutual)
    const findings = await bootstrapAdministrator(platform, composed.door.passwords, settings)
    if (findings.length > 0) throw new UnusableSettings('The first administrator can’t be made.', findings)
    const stopLooking = lookAfter(platform, composed)
    const stopTelling = composed.outboxes.map((outbox) => outbox.begin())
    const close = async (): Promise<void> => {
      await Promise.all([stopLooking(), ...stopTelling.map((stop) => stop())])
      await platform.close()
    }
    return { platform, edge: composed.edge, state, tls, close }
  } catch (error) {
    await platform.close()
    throw error instanceof PathTaken ? claimedTwice(error) : error
  }
}

/** Every other path is this server's own: what is claimed twice was stated for a wire. */
function claimedTwice({ message }: PathTaken): UnusableSettings {
  const finding = {
    path: 'countersign.config: profiles',
    code: 'path_taken',
    message: `${message} Name another path for one, under “profiles”.`,
  }
  return new UnusableSettings('One path would be answered in two ways.', [finding])
}

/**
 * @param furnish puts there what has to be there before anybody can come
 * @throws whatever `openServer` throws, and the system's error when the address can't be listened on
 */
export async function runServer(
  settings: Settings,
  migrations: 'apply' | 'require',
  furnish: (platform: Platform) => Promise<void> = async () => {},
): Promise<Running> {
  const { platform, edge: routes, state, tls, close } = await openServer(settings, migrations)
  try {
    await furnish(platform)
    const listening = await listenAt(settings.port, routes, settings, tls)
    const { mtlsPort } = settings
    const certificates =
      mtlsPort === undefined || mtlsPort === settings.port
        ? undefined
        : await listenAt(mtlsPort, routes, settings, tls)
    const management = await listenForManagement(platform, settings, state)
    return {
      platform,
      port: listening.port,
      stop: async (lameDuckSeconds = 0) => {
        state.draining = true
        listening.leave()
        certificates?.leave()
        if (lameDuckSeconds > 0) await new Promise((resume) => setTimeout(resume, lameDuckSeconds * 1000))
        await Promise.all([listening.drain(), certificates?.drain(), management?.drain()])
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

function listenAt(port: number, routes: Edge, settings: Settings, { own }: Tls): Promise<Listening> {
  const { host, trustProxy, clientCertHeader, mtlsPort } = settings
  return listen(routes, {
    host,
    port,
    trustProxy,
    certificateHeader: clientCertHeader,
    tls: own === null ? undefined : { ...own, asksForCertificates: port === mtlsPort },
  })
}

async function listenForManagement(
  platform: Platform,
  settings: Settings,
  state: { readonly draining: boolean },
): Promise<Listening | undefined> {
  if (settings.managementPort === undefined) return undefined
  const routes = healthRoutes(platform, state)
  const health = edge(platform, routes, { allowsOrigin: async () => false })
  return listen(health, { host: settings.host, port: settings.managementPort })
}

/** Does what has to be done now and then. @returns ends that, once what is under way is done */
function lookAfter(platform: Platform, { keyring, maintain }: Composed): () => Promise<void> {
  const underWay = new Set<Promise<void>>()
  const quietly = (what: string, work: () => Promise<void>) => () => {
    const done = work()
      .catch((error: unknown) => {
        platform.log.error(
          { error: error instanceof Error ? error.message : 'unknown' },
          `${what} failed; it is tried again.`,
        )
      })
      .finally(() => underWay.delete(done))
    underWay.add(done)
  }
  const maintainQuietly = quietly('Maintenance', maintain)
  maintainQuietly()
  const timers = [
    setInterval(quietly('Reading the signing keys', keyring.refresh), keyLookSeconds * 1000),
    setInterval(maintainQuietly, maintenanceSeconds * 1000),
  ]
  // A listener keeps the process alive; whoever embeds the server decides for themself when to end.
  for (const timer of timers) timer.unref()
  return async () => {
    for (const timer of timers) clearInterval(timer)
    await Promise.all(underWay)
  }
}
