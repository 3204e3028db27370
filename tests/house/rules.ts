// The house rules (ARCHITECTURE.md). `breachesOf` takes a map of files, so that they can be tried on houses that don't
// exist.
import { layerRule, worldRule } from './layers.ts'
import { faceRule, nameRule, testRule } from './names.ts'
import { floorRule, packageRule } from './packages.ts'
import type { Files, Rule } from './places.ts'
import { readSource } from './source.ts'

export interface Breach {
  /** `packages`, or the number of the house rule. */
  readonly rule: 'packages' | 1 | 2 | 3 | 4 | 5 | 6
  readonly path: string
  readonly line: number
  readonly message: string
}

export function breachesOf(files: Files): Breach[] {
  const house = { files, faces: facesOf(files) }
  const found: Breach[] = []
  for (const [path, text] of files) {
    if (!/\.(?:ts|tsx|js|mjs)$/.test(path)) continue
    const source = readSource(path, text)
    for (const [rule, check] of rules) {
      check(source, (line, message) => found.push({ rule, path, line, message }), house)
    }
  }
  return found
}

export function formatBreach({ rule, path, line, message }: Breach): string {
  return `${path}:${line}  ${rule === 'packages' ? 'package rule' : `house rule ${rule}`}: ${message}`
}

function facesOf(files: Files): Set<string> {
  const faces = new Set<string>()
  for (const [path, text] of files) {
    const folder = path.match(/^packages\/[^/]+(?=\/package\.json$)/)?.[0]
    if (!folder) continue
    for (const match of text.matchAll(/"@countersign\/source":\s*"\.\/([^"]+)"/g))
      faces.add(`${folder}/${match[1]}`)
  }
  return faces
}

const rules: readonly (readonly [Breach['rule'], Rule])[] = [
  ['packages', packageRule],
  [1, floorRule],
  [2, layerRule],
  [3, worldRule],
  [4, faceRule],
  [5, nameRule],
  [6, testRule],
]
