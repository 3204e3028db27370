// A guide's TypeScript: each block is a file of its own, named in the block's first line.
import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export async function guideFiles(name = 'protect-an-api'): Promise<ReadonlyMap<string, string>> {
  const guide = await readFile(new URL(`../../../../docs/guides/${name}.md`, import.meta.url), 'utf8')
  const blocks = [...guide.matchAll(/^```ts (\S+)\n(.*?)^```$/gms)]
  assert.equal(blocks.length, guide.match(/^```ts/gm)?.length, 'every block has a file name')
  return new Map(blocks.map(([, name = '', text = '']) => [name, text]))
}

export async function writeFiles(folder: string, files: Iterable<readonly [string, string]>): Promise<void> {
  for (const [name, text] of files) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
}
