// Runs the tools that the workspace installs, by their own names.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

/**
 * Runs a tool of node_modules/.bin in the root and resolves with what it wrote.
 * @throws Error with all that it wrote, when it ends with anything but 0
 */
export function runTool(tool: string, args: readonly string[]): Promise<string> {
  const onWindows = process.platform === 'win32'
  const command = join(root, 'node_modules', '.bin', onWindows ? `${tool}.cmd` : tool)
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: onWindows,
      env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' },
    })
    let said = ''
    const listen = (text: string) => {
      said += text
    }
    child.stdout.setEncoding('utf8').on('data', listen)
    child.stderr.setEncoding('utf8').on('data', listen)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve(said)
      else reject(new Error(`${tool} ${args.join(' ')} ended with ${code ?? signal}:\n${said.trim()}`))
    })
  })
}
