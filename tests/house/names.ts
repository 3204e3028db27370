// Faces instead of barrels (house rule 4), names and lengths (5), and tests (6).
import { isTest, isTestAid, packageOf, type Rule, targetOf, within } from './places.ts'
import { lineAt } from './source.ts'

export const faceRule: Rule = ({ path, code, imports }, report, { faces }) => {
  if (faces.has(path)) return
  if (/(^|\/)index\.[jt]sx?$/.test(path) && packageOf(path) !== undefined) {
    report(
      1,
      'is an index.ts but no face of its package: name the file after what it holds and import it directly',
    )
  }
  const rest = code.replaceAll(/\b(?:export|import)\b[\w\s{},*$]*\bfrom\s*['"]\s*['"];?/g, '').trim()
  if (rest === '' && imports.some((imported) => imported.reexports)) {
    report(
      1,
      'only passes on what others export: no barrels inside, let the importers name the file that has it',
    )
  }
}

const emptyNames = /^(?:utils?|helpers?|common|libs?|managers?|services?|misc|shared)$/i
const emptySuffix =
  /\b(?:class|interface|type|function|const|let)\s+(\w+(?:Manager|Service|Helper|Handler))\b/g
const emptyWords = /\b(?:class|interface|type|function|const|let)\s+(data|info|process|handle)\b/g
const longestFile = 400
const longestFunction = 60
const reason = /\bLong because\b/

export const nameRule: Rule = ({ path, code, lines, functions }, report) => {
  for (const part of path.split('/')) {
    if (part.split('.').some((piece) => emptyNames.test(piece))) {
      report(1, `"${part}" says nothing: name the folder or file after the thing that it holds`)
    }
  }
  for (const pattern of [emptySuffix, emptyWords]) {
    for (const match of code.matchAll(pattern)) {
      report(lineAt(code, match.index), `the name ${match[1]} says nothing: say what it is, or what it does`)
    }
  }
  const first = lines.slice(0, 10).join('\n')
  if (lines.length > longestFile && !reason.test(first)) {
    report(1, `has ${lines.length} lines, more than ${longestFile}: ${splitIt}`)
  }
  for (const { line, length, text, above } of functions) {
    const chapter = isTest(path) && /\b(?:test|it)\(/.test(text)
    const said = `${above}\n${text.split('\n').slice(0, 4).join('\n')}`
    if (length > longestFunction && !chapter && !reason.test(first) && !reason.test(said)) {
      report(line, `this function has ${length} lines, more than ${longestFunction}: ${splitIt}`)
    }
  }
}
const splitIt =
  'find the second thing in it and give it a name of its own; or say why in its first lines: "Long because …"'

export const testRule: Rule = ({ path, code, imports, literals }, report) => {
  for (const imported of imports) {
    const target = targetOf(path, imported)
    if (target === undefined) continue
    if (isTest(target)) {
      report(
        imported.line,
        `imports the test ${imported.specifier}: move what both need to a file of its own`,
      )
    } else if (isTestAid(target) && packageOf(path) !== undefined && !isTest(path) && !isTestAid(path)) {
      report(imported.line, `imports ${imported.specifier}, which is there for tests alone`)
    }
    if (!isTest(path) && packageOf(path) !== undefined && !isTestAid(path) && within(target, 'tests')) {
      report(imported.line, `imports ${imported.specifier}: shipped code needs nothing of tests/`)
    }
  }
  if (/\.spec\.[jt]s$/.test(path) || /(^|\/)(?:__tests__|test)\//.test(path)) {
    report(1, 'tests sit beside the code as x.test.ts, or in tests/ when no single room can prove it')
  }
  if (!isTest(path)) return
  const names = new Map(literals.map(({ at, text }) => [at, text]))
  for (const match of code.matchAll(/(?<![\w.$])(?:test|it)((?:\.\w+)?)\(\s*(?=['"`])/g)) {
    const line = lineAt(code, match.index)
    const name = names.get(match.index + match[0].length) ?? ''
    if (name.trim().split(/\s+/).length < 3 || /^(?:should|tests?|works?)\b/i.test(name)) {
      report(
        line,
        `"${name}" is no sentence about the world: say what holds, as in "a code is good for one exchange"`,
      )
    }
    if (match[1])
      report(line, `test${match[1]} hides tests: skip with a reason, { skip: '…' }, and never alone`)
  }
  for (const match of code.matchAll(/\b(?:skip|only|todo):\s*true\b/g)) {
    report(lineAt(code, match.index), `${match[0]} gives no reason: say it, { skip: 'why' }`)
  }
}
