// What the commands say of themselves, on a terminal of 80 columns.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import { countersign, runProgram } from './program.ts'

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)]
}

test('the help of every command stays within 80 columns, and shows no empty default', () => {
  const all = everyCommand(countersign())
  assert.ok(all.length > 60)
  for (const command of all) {
    command.configureHelp({ ...command.configureHelp(), helpWidth: 80 })
    const help = command.helpInformation()
    for (const line of help.split('\n')) assert.ok(line.length <= 80, `${command.name()}: ${line}`)
    assert.doesNotMatch(help, /default: ""/, command.name())
  }
})

test('a wrong call is complained of in JSON where JSON is asked for', async () => {
  const complained: string[] = []
  const { stderr } = process
  stderr.write = (text: string | Uint8Array) => complained.push(String(text)) > 0
  for (const wrong of [
    ['user', 'creat'],
    ['user', 'show'],
    ['user', 'list', '--none'],
  ])
    await runProgram(['node', 'countersign', ...wrong, '--json'])
  const { exitCode } = process
  process.exitCode = 0
  // It is the prototype’s: a mock would leave an own one behind.
  Reflect.deleteProperty(stderr, 'write')
  assert.equal(exitCode, 2)
  assert.deepEqual(
    complained.map((text) => JSON.parse(text) as unknown),
    [
      { error: "unknown command 'creat' (Did you mean create?)", findings: [] },
      { error: "missing required argument 'who'", findings: [] },
      { error: "unknown option '--none'", findings: [] },
    ],
  )
})

test('every command and every option says what it is', () => {
  for (const command of everyCommand(countersign())) {
    assert.notEqual(command.description(), '', command.name())
    for (const { flags, description } of command.options) assert.notEqual(description, '', flags)
  }
})
