// What the commands say of themselves.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import { countersign, runProgram } from './program.ts'

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)]
}

test('the help of every command stays within 80 columns, and within 60, and shows no empty default', () => {
  const all = everyCommand(countersign())
  assert.ok(all.length > 60)
  for (const [command, columns] of all.flatMap((one) => [80, 60].map((room) => [one, room] as const))) {
    command.configureHelp({ ...command.configureHelp(), helpWidth: columns })
    const help = command.helpInformation()
    const lines = help.split('\n').filter((line) => columns === 80 || !line.startsWith('Usage:'))
    for (const line of lines) assert.ok(line.length <= columns, `${command.name()}: ${line}`)
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
    ['user', 'list', '--ater', 'x'],
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
      { error: 'Unknown command “user creat”. Did you mean “user create”?', findings: [] },
      { error: 'Missing required argument “who”.', findings: [] },
      { error: 'Unknown option “--none”.', findings: [] },
      { error: 'Unknown option “--ater”. Did you mean “--after”?', findings: [] },
    ],
  )
})

test('every command and every option says what it is', () => {
  for (const command of everyCommand(countersign())) {
    assert.notEqual(command.description(), '', command.name())
    for (const { flags, description } of command.options) assert.notEqual(description, '', flags)
  }
})
