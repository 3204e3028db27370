// What a run says last: which tests failed, or were unsteady. Their errors stand far above, among everything that other tests
// wrote.
import type { Failure, Outcome } from './run.ts'

const mostLines = 6
const mostLetters = 160

/** Lines for a person: each test with its file and how its error begins. */
export function failuresTold({ failed, unsteady }: Pick<Outcome, 'failed' | 'unsteady'>): string[] {
  return [
    ...(unsteady.length === 0
      ? []
      : [`\nUnsteady (${unsteady.length}), failed among all the others and not alone:`]),
    ...unsteady.flatMap(told),
    ...(failed.length === 0 ? [] : [`\nFailed (${failed.length}):`]),
    ...failed.flatMap(told),
  ]
}

function told({ name, file, why }: Failure): string[] {
  const lines = why.split('\n').filter((line) => line.trim() !== '')
  return [
    `  ✖ ${name} (${file})`,
    ...lines.slice(0, mostLines).map((line) => `    ${line.slice(0, mostLetters)}`),
  ]
}
