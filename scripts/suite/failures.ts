// What a run says last: which tests failed. Their errors stand far above, among everything that other tests wrote.
import type { Failure } from './run.ts'

const mostLines = 6
const mostLetters = 160

/** Lines for a person: each test with its file and how its error begins. */
export function failuresTold(failed: readonly Failure[]): string[] {
  if (failed.length === 0) return []
  return [`\nFailed (${failed.length}):`, ...failed.flatMap(told)]
}

function told({ name, file, why }: Failure): string[] {
  const lines = why.split('\n').filter((line) => line.trim() !== '')
  return [
    `  ✖ ${name} (${file})`,
    ...lines.slice(0, mostLines).map((line) => `    ${line.slice(0, mostLetters)}`),
  ]
}
