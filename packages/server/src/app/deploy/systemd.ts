// A unit for systemd: the server as a service that may write its data and little else, started again when it dies, and
// given the time to answer what is under way.
import { isAbsolute, relative } from 'node:path'
import { fileOf } from '../../platform/db/database.ts'
import type { Finding, Settings } from '../settings.ts'

/** What a unit is made of; all paths are absolute. */
export interface Service {
  readonly settings: Pick<Settings, 'database' | 'data' | 'port'>
  /** The user that it runs as. */
  readonly user: string
  /** Where its configuration lies, and `.env` with its secret. */
  readonly folder: string
  readonly node: string
  /** The program, as Node is told to run it. */
  readonly program: string
}

/** The time for a balancer to look away, and for what is under way; see `start`. */
const stopSeconds = 45

/** What would end its line, and begin a setting of its own. */
export function findingsOfUnit({ settings, folder, node, program }: Service): Finding[] {
  const texts = [folder, node, program, ...writable(settings, folder)]
  return texts.some((text) => /\p{Cc}/u.test(text))
    ? [{ path: folder, code: 'character', message: 'A path has a character that no unit can have in it.' }]
    : []
}

/** The unit, in which `findingsOfUnit` found nothing, for /etc/systemd/system/countersign.service. */
export function systemdUnit({ settings, user, folder, node, program }: Service): string {
  const isElsewhere = fileOf(settings.database.reveal()) === null
  const places = writable(settings, folder)
  const capability = settings.port < 1024 ? 'CAP_NET_BIND_SERVICE' : ''
  return `# Written by \`countersign systemd\`: belongs in /etc/systemd/system/countersign.service.
# Before its first start: install -d -m 700 -o ${user} ${places.map(shown).join(' ')}
[Unit]
Description=Countersign, authentication and authorization
Wants=network-online.target
After=network-online.target${isElsewhere ? ' postgresql.service' : ''}

[Service]
Type=exec
User=${user}
WorkingDirectory=${path(folder)}
EnvironmentFile=-${path(`${folder}/.env`)}
ExecStart=${word(node)} ${word(program)} start
Restart=on-failure
RestartSec=1
KillMode=mixed
TimeoutStopSec=${stopSeconds}
LimitNOFILE=65536
UMask=0077

AmbientCapabilities=${capability}
CapabilityBoundingSet=${capability}
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths=${places.map(listed).join(' ')}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
`
}

/** The data's folder, and the database's where that is another. */
function writable({ database, data }: Service['settings'], folder: string): string[] {
  const absolute = (file: string) => (isAbsolute(file) ? file : `${folder}/${file.replace(/^\.\//, '')}`)
  const file = fileOf(database.reveal())
  const places = [absolute(data), ...(file === null ? [] : [absolute(file).replace(/\/[^/]*$/, '')])]
  return [...new Set(places)].filter(
    (one) => !places.some((other) => other !== one && !relative(other, one).startsWith('..')),
  )
}

/** A word of a command line, where variables count. */
function word(text: string): string {
  return listed(text).replaceAll('$', '$$$$')
}

/** A word of a list. */
function listed(text: string): string {
  const escaped = text.replaceAll('%', '%%').replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  return /[\s"'\\]/.test(text) ? `"${escaped}"` : escaped
}

/** A path as a shell takes it. */
function shown(text: string): string {
  return /^[\w./@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** A setting that is one path to its end. */
function path(text: string): string {
  return text.replaceAll('%', '%%')
}
