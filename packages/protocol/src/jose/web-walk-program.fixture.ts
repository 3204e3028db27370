// The walk as a program: takes what Node made as JSON and prints what it makes of it. As `web`, with everything taken
// away that only Node has.
import { type Given, walk } from './web-walk.fixture.ts'

const given = JSON.parse(process.argv[2] ?? '') as Given
if (process.argv[3] !== 'node') {
  for (const name of ['Buffer', 'process']) Reflect.deleteProperty(globalThis, name)
}
console.log(JSON.stringify(await walk(given, await import('../index.ts'), await import('../jwe.ts'))))
