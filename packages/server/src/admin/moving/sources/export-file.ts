// Exports in files: one JSON document, or one object a line.
import { createReadStream, existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'

/** The value of a JSON file. @throws ForeignUnreadable */
export async function jsonFile(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new ForeignUnreadable(`There is no file ${path} that can be read.`)
  })
  try {
    return JSON.parse(text)
  } catch {
    throw new ForeignUnreadable(`${path} is no JSON.`)
  }
}

/** The objects of a file with one a line; empty lines count for nothing. @throws ForeignUnreadable with the line */
export async function* jsonLines(path: string): AsyncGenerator<unknown> {
  let number = 0
  for await (const line of linesOf(path)) {
    number += 1
    if (line.trim() === '') continue
    try {
      yield JSON.parse(line)
    } catch {
      throw new ForeignUnreadable(`Line ${number} of ${path} is no JSON.`)
    }
  }
}

/** The lines of a text file. @throws ForeignUnreadable */
function linesOf(path: string): AsyncIterable<string> {
  if (!existsSync(path)) throw new ForeignUnreadable(`There is no file ${path}.`)
  return createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })
}
