// Who may what in a realm of Keycloak: roles of the realm and of its clients, roles made of others, and groups with theirs,
// worked out for each person. A role of a client is called `client:role` here, and a group `group:path`.
import { listIn, membersIn, textIn } from './values.ts'

type Json = Readonly<Record<string, unknown>>

interface Role {
  readonly description: string
  /** Roles that come with it. */
  readonly includes: readonly string[]
}

/** The roles of a realm, and those of each group, by its path. */
export interface Rights {
  readonly roles: ReadonlyMap<string, Role>
  readonly groups: ReadonlyMap<string, readonly string[]>
}

/** Reads them. */
export function rightsIn(realm: Json): Rights {
  const roles = new Map<string, Role>()
  const add = (role: Json, client: string | null): void => {
    const name = textIn(role['name'])
    if (name === null || (client === null && isOwn(name))) return
    const made = membersIn(role['composites'])
    roles.set(client === null ? name : `${client}:${name}`, {
      description: textIn(role['description']) ?? '',
      includes: named(made['realm'], made['client']),
    })
  }
  const given = membersIn(realm['roles'])
  for (const role of listIn(given['realm'])) add(membersIn(role), null)
  for (const [client, own] of Object.entries(membersIn(given['client']))) {
    if (builtIn.has(client)) continue
    for (const role of listIn(own)) add(membersIn(role), client)
  }
  return { roles, groups: new Map(groupsIn(realm['groups'], '', [])) }
}

/** Every role of a person: their own, those of their groups, and those that come with any of these. */
export function rolesOfUser(user: Json, { roles, groups }: Rights): string[] {
  const paths = texts(user['groups'])
  const waiting = [
    ...named(user['realmRoles'], user['clientRoles']),
    ...paths.flatMap((path) => [`group:${path.replace(/^\//, '')}`, ...(groups.get(path) ?? [])]),
  ]
  const found = new Set<string>()
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue
    found.add(name)
    waiting.push(...(roles.get(name)?.includes ?? []))
  }
  return [...found].filter((name) => !isOwn(name))
}

function* groupsIn(
  groups: unknown,
  above: string,
  inherited: readonly string[],
): Generator<[path: string, roles: readonly string[]]> {
  for (const group of listIn(groups).map(membersIn)) {
    const path = textIn(group['path']) ?? `${above}/${textIn(group['name']) ?? ''}`
    const own = [...inherited, ...named(group['realmRoles'], group['clientRoles'])]
    yield [path, own]
    yield* groupsIn(group['subGroups'], path, own)
  }
}

/** Clients that every realm has: their roles say what people may at Keycloak itself. */
const builtIn = new Set([
  'account',
  'broker',
  'realm-management',
  'admin-cli',
  'account-console',
  'security-admin-console',
])

/** Roles that Keycloak gives everybody, and those for its own pages. */
function isOwn(name: string): boolean {
  return name === 'offline_access' || name === 'uma_authorization' || name.startsWith('default-roles-')
}

function named(ofRealm: unknown, ofClients: unknown): string[] {
  const clients = Object.entries(membersIn(ofClients)).filter(([client]) => !builtIn.has(client))
  return [
    ...texts(ofRealm),
    ...clients.flatMap(([client, names]) => texts(names).map((name) => `${client}:${name}`)),
  ]
}

function texts(value: unknown): string[] {
  return listIn(value).flatMap((one) => textIn(one) ?? [])
}
