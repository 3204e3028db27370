// djoser and dj-rest-auth themselves beside ours, for `npm run wires`.
import { fileURLToPath } from 'node:url'
import { prepare, python } from '../../interop/languages.ts'
import { askOurs, askTheirs, compare, record } from './compare.ts'

/** How many flows came out as they are said to, and how many did not. */
interface Counts {
  readonly right: number
  readonly wrong: number
}

/** Asks both, and says where they differ. */
export async function compareAccounts(records: boolean): Promise<Counts | { readonly skipped: string }> {
  const source = fileURLToPath(new URL('./', import.meta.url))
  const prepared = await prepare({ ...python, folder: 'djoser' }, source)
  if ('skipped' in prepared) return prepared
  const theirs = await askTheirs({ command: prepared.command, env: prepared.env ?? {} })
  if (records) await record(theirs)
  const compared = compare(theirs, await askOurs())
  const wrong = compared.filter(
    ({ flow, difference }) => (difference === null) !== (flow.differs === undefined),
  )
  for (const { flow, difference } of wrong)
    console.error(`✖ ${flow.name}\n    ${difference ?? `no longer differs, though: ${flow.differs}`}`)
  const differing = compared.filter(({ flow }) => flow.differs !== undefined)
  const alike = compared.length - differing.length
  console.log(`${alike} of ${compared.length} flows are answered as by djoser 2.3.5 and dj-rest-auth 7.2.0.`)
  for (const { flow } of differing) console.log(`  not “${flow.name}”: ${flow.differs}`)
  return { right: compared.length - wrong.length, wrong: wrong.length }
}
