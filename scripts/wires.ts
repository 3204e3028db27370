// `npm run wires`: the wires of others against their originals. Simple JWT as Django runs it answers the same requests as
// ours, an unchanged Django REST API takes our tokens, and its people come here and go back with their passwords. Python and its packages are fetched once, at the versions that
// are committed; where that can't be done, nothing is compared and that is said. Exit code 1 when something differs that
// should not, or no longer differs where it is said to.
import { fileURLToPath } from 'node:url'
import { prepare, python } from '../tests/interop/languages.ts'
import { compareAll } from '../tests/wires/django/compare.ts'
import { tryMoving } from '../tests/wires/django/moving.ts'
import { tryResourceServer } from '../tests/wires/django/resource-server.ts'

const source = fileURLToPath(new URL('../tests/wires/django/', import.meta.url))
const prepared = await prepare({ ...python, folder: 'django' }, source)
if ('skipped' in prepared) console.log(`Skipped: Simple JWT and Django: ${prepared.skipped}`)
else await compare({ command: prepared.command, env: prepared.env ?? {} })

async function compare(interpreter: Parameters<typeof compareAll>[0]): Promise<void> {
  let failures = 0
  const compared = await compareAll(interpreter)
  for (const { flow, difference } of compared) {
    const isExpected = (difference === null) === (flow.differs === undefined)
    if (isExpected) continue
    failures += 1
    console.error(`✖ ${flow.name}\n    ${difference ?? `no longer differs, though: ${flow.differs}`}`)
  }
  const differing = compared.filter(({ flow }) => flow.differs !== undefined)
  console.log(
    `${compared.length - differing.length} of ${compared.length} flows are answered as by Simple JWT 5.5.1.`,
  )
  for (const { flow } of differing) console.log(`  not “${flow.name}”: ${flow.differs}`)
  for (const { sentence, holds } of [
    ...(await tryResourceServer(interpreter)),
    ...(await tryMoving(interpreter)),
  ]) {
    if (!holds) failures += 1
    console.log(`${holds ? '✔' : '✖'} ${sentence}`)
  }
  if (failures > 0) process.exitCode = 1
}
