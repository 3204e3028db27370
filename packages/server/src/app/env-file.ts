// `.env` in the folder of a command, as `init` writes it: what the environment doesn't say by itself.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

/** What an environment has that is a production server's. */
export const serverVariables = [
  'COUNTERSIGN_URL',
  'COUNTERSIGN_SECRET',
  'COUNTERSIGN_SECRET_FILE',
  'COUNTERSIGN_SECRETS',
  'COUNTERSIGN_SECRETS_FILE',
] as const

const secretNames = ['COUNTERSIGN_SECRET', 'COUNTERSIGN_SECRETS']

/**
 * What is to be added to `env` from the `.env` of a folder: nothing that is there already, and nothing at all of an
 * application's file, whose DATABASE_URL is not ours. One that this user may not read belongs to whoever started us
 * (systemd), and has been read.
 */
export function fromEnvFile(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const written = parseEnv(textOf(join(folder, '.env')))
  if (!serverVariables.some((name) => written[name] !== undefined)) return {}
  return Object.fromEntries(
    Object.entries(written).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !isSaid(entry[0], env),
    ),
  )
}

/** Whether the environment says it, be it by the name of a file or, of the secret, as one of several. */
function isSaid(name: string, env: Readonly<Record<string, string | undefined>>): boolean {
  const plain = name.replace(/_FILE$/, '')
  const same: readonly string[] = secretNames.includes(plain) ? secretNames : [plain]
  return [name, ...same.flatMap((one) => [one, `${one}_FILE`])].some((one) => env[one] !== undefined)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
