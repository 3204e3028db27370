// `countersign version`: what runs here.
import { Command } from 'commander'
import { version } from '../../version.ts'
import { terminalOf } from '../context.ts'

export function versionCommand(): Command {
  return new Command('version')
    .description('print the versions of Countersign and Node.js')
    .action((_options, command: Command) => {
      const value = { countersign: version, node: process.versions.node, sqlite: process.versions.sqlite }
      terminalOf(command).show(value, [
        `countersign ${version}`,
        `node ${value.node}, sqlite ${value.sqlite}`,
      ])
    })
}
