// What other systems leave behind, for tests that read it: a database, a file.
import { writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** Makes an SQLite database of a script. @returns its path */
export function sqliteAt(path: string, script: string): string {
  const database = new DatabaseSync(path)
  database.exec(script)
  database.close()
  return path
}

/** Writes a text, or a value as JSON. @returns its path */
export function fileAt(path: string, value: unknown): string {
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
  return path
}
