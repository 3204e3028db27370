// The settings of a verifier that come from the environment when the code does not give them. The only file of the
// SDK's server side that reads it.

/** Reads one variable; where it is unset or empty, the file named by `<name>_FILE` (one trailing newline dropped). */
export function fromEnvironment(...names: readonly string[]): string | undefined {
  const environment = globalThis.process?.env
  if (environment === undefined) return undefined
  for (const name of names) {
    const value = environment[name]
    if (value !== undefined && value !== '') return value
    const path = environment[`${name}_FILE`]
    if (path !== undefined && path !== '') return fromFile(name, path)
  }
  return undefined
}

function fromFile(name: string, path: string): string {
  const fs = globalThis.process.getBuiltinModule?.('node:fs')
  if (fs === undefined) throw new TypeError(`${name}_FILE needs a runtime with a file system`)
  try {
    return fs.readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (cause) {
    throw new TypeError(`${name}_FILE names a file that cannot be read`, { cause })
  }
}
