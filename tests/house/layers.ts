// What a file may hold by its suffix (house rule 2), and through which doors time, chance and the environment come in
// (house rule 3).
import {
  inServer,
  isBrowser,
  isLetter,
  isPage,
  isRoutes,
  isStore,
  isTest,
  isTestAid,
  type Report,
  type Rule,
  server,
  targetOf,
  within,
} from './places.ts'
import { type Import, lineAt } from './source.ts'

const sqlWords =
  /^\s*(?:select\b[\s\S]+\bfrom\b|insert\s+into\b|update\s+\S+\s+set\b|delete\s+from\b|(?:create|alter|drop)\s+(?:unique\s+)?(?:table|index)\b|pragma\s|begin immediate)|^\s*(?:SELECT\b[\s\S]+\bFROM\b|INSERT\s+INTO\b|UPDATE\s+\S+\s+SET\b|DELETE\s+FROM\b|(?:CREATE|ALTER|DROP)\s+(?:UNIQUE\s+)?(?:TABLE|INDEX)\b|PRAGMA\s)/
const sqlCalls = /\.(?:selectFrom|insertInto|updateTable|deleteFrom|replaceInto|mergeInto|sql)\b/g
const everyColumn = /\.selectAll\s*\(/g
const nameColumns =
  'selects every column: name them, for a column that a newer version adds breaks the statements that this one has prepared'
const htmlWords =
  /<(?:!doctype|\/?(?:html|head|body|div|p|form|input|a|span|h[1-6]|main|nav|section|button|script|style|ul|ol|li|label|table|tr|td|svg|img|br|meta|link|title))(?:\s[^>]*)?\/?>/i

export const layerRule: Rule = (source, report) => {
  const { path, imports, code, literals } = source
  if (!inServer(path) || isTest(path) || isTestAid(path)) return
  const platform = (folder: string) => within(path, server(`platform/${folder}`))
  const may = {
    sql: isStore(path) || platform('db'),
    http: isRoutes(path) || platform('http') || path === server('app/serve.ts'),
    answers: isRoutes(path) || within(path, server('platform'), server('app')),
    html: isPage(path) || isLetter(path) || platform('html'),
  }
  for (const imported of imports) {
    const from = targetOf(path, imported) ?? imported.specifier
    const layer = layerOf(from, imported)
    if (layer && !may[layer]) report(imported.line, `imports ${imported.specifier}: ${instead[layer]}`)
    if (isBrowser(from) && !isBrowser(path)) {
      report(
        imported.line,
        `imports ${imported.specifier}: it runs in a browser, and reaches a page as a bundle alone`,
      )
    }
  }
  if (!may.sql) {
    for (const match of code.matchAll(sqlCalls))
      report(lineAt(code, match.index), `writes SQL: ${instead.sql}`)
  }
  for (const match of code.matchAll(everyColumn)) report(lineAt(code, match.index), nameColumns)
  for (const { at, text } of literals) {
    if (!may.sql && sqlWords.test(text)) report(lineAt(code, at), `writes SQL: ${instead.sql}`)
    if (!may.html && htmlWords.test(text)) report(lineAt(code, at), `writes HTML: ${instead.html}`)
  }
}

type Layer = 'sql' | 'http' | 'answers' | 'html'

const carried: ReadonlySet<string> = new Set([
  'Incoming',
  'Browser',
  'Headers',
  'Outgoing',
  'RawBody',
  'SafeLocation',
  'localPath',
])

function layerOf(target: string, { names }: Import): Layer | undefined {
  if (/^(?:kysely|pg|node:sqlite)$/.test(target)) return 'sql'
  if (target === server('platform/db/statement.ts')) return 'sql'
  if (target === 'hono/html' || target === server('platform/html/markup.ts')) return 'html'
  if (/^(?:hono|@hono\/[\w-]+)(?:\/|$)|^node:https?2?$/.test(target)) return 'http'
  if (target === server('platform/http/edge.ts') || target === server('platform/http/router.ts'))
    return 'answers'
  // Requests, answers and addresses are plain values that anybody may carry; an answer is made in one place.
  const onlyCarries = names.length > 0 && names.every((name) => carried.has(name))
  if (target === server('platform/http/exchange.ts') && !onlyCarries) return 'answers'
  return undefined
}

const instead: Readonly<Record<Layer, string>> = {
  sql: 'SQL lives in the *.store.ts beside what it stores (and in platform/db): give the store a domain verb and call that',
  http: 'HTTP lives in *.routes.ts and app/serve.ts: take plain values here and let the routes file translate',
  answers:
    'answers are made in *.routes.ts (and app/, platform/): return a decision here and let the routes file say it',
  html: 'HTML lives in *.page.ts and *.letter.ts: hand a model to a page function, or to a letter’s',
}

const world =
  /\bDate\.now\b|\bnew Date\b(?!\s*\(\s*[^)\s])|(?<!\bnew\s+|[\w.])Date\(|\bTemporal\.Now\b|\bperformance\.(?:now|timeOrigin)\b|\bprocess\.(?:hrtime|uptime)\b|\bMath\.random\b|\b(?:randomBytes|randomInt|randomUUID|randomUUIDv7|randomFill|randomFillSync|getRandomValues)\b/g
const keyMaking = /\bgenerateKey(?:Pair)?(?:Sync)?\b/g
const databaseWorld =
  /\bcurrent_timestamp\b|\bnow\(\)|'now'|\brandom\(\)|\bgen_random_uuid\b|\bclock_timestamp\b/i
const environment = /\bprocess\.(?:env|argv|exitCode|exit|stdin)\b|\bimport\.meta\.env\b/g
const opening = /\bopenDatabase\s*\(|\bnew DatabaseSync\b|\bnew (?:pg\.)?(?:Pool|Client)\b/g

export function forbidWorld(code: string, report: Report, then: string): void {
  for (const match of code.matchAll(world)) {
    report(lineAt(code, match.index), `asks for time or chance (${match[0]}): ${then}`)
  }
}

export const worldRule: Rule = ({ path, code, literals, imports }, report) => {
  if (!inServer(path) || isTest(path)) return
  const use =
    'take a Runtime and call now(), elapsed(), secret() or id(); only platform/runtime.ts asks the machine'
  // A page has a clock of its own: the visitor's.
  if (path !== server('platform/runtime.ts') && !isBrowser(path)) forbidWorld(code, report, use)
  if (!within(path, server('platform/keys'))) {
    for (const match of code.matchAll(keyMaking)) {
      report(
        lineAt(code, match.index),
        `makes keys (${match[0]}): that is chance too, and only platform/keys does it`,
      )
    }
  }
  for (const { at, text } of literals) {
    const isSql = sqlWords.test(text) || isStore(path) || within(path, server('platform/db'))
    if (isSql && databaseWorld.test(text)) {
      report(lineAt(code, at), `asks the database for time or chance: pass the Runtime's as a parameter`)
    }
  }
  if (within(path, server('app')) || isTestAid(path)) return
  for (const match of code.matchAll(environment)) {
    report(
      lineAt(code, match.index),
      `touches ${match[0]}: only app/ does; declare a setting and take its value`,
    )
  }
  for (const { specifier, line } of imports) {
    if (specifier === 'node:process') report(line, 'imports node:process: only app/ reads the environment')
  }
  if (within(path, server('platform/db'))) return
  for (const match of code.matchAll(opening)) {
    report(
      lineAt(code, match.index),
      'opens a database: only app/ builds stores; take the Database as an argument',
    )
  }
}
