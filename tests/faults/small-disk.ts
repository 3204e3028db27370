// A disk of a few megabytes that a test may fill: tmpfs, which only root can mount.
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk extends Disposable {
  readonly folder: string
  /** Takes every byte that is left. */
  fill(): void
  /** Gives them back. */
  empty(): void
  readOnly(): void
}

/** Why none can be had here, or false: what `test(…, { skip })` wants. */
export function smallDiskSkip(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'only root on Linux can mount a small disk'
  try {
    using _ = mountSmallDisk(1)
    return false
  } catch {
    return 'this machine does not let root mount a small disk'
  }
}

export function mountSmallDisk(megabytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-disk-'))
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  const junk = join(folder, 'junk')
  return {
    folder,
    fill: () => {
      const descriptor = openSync(junk, 'w')
      try {
        for (let size = 65_536; size >= 1; ) {
          try {
            if (writeSync(descriptor, Buffer.alloc(size)) < size) size = Math.floor(size / 2)
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
            size = Math.floor(size / 2)
          }
        }
      } finally {
        closeSync(descriptor)
      }
    },
    empty: () => rmSync(junk, { force: true }),
    readOnly: () => run('mount', '-o', 'remount,ro', folder),
    [Symbol.dispose]: () => {
      // Lazily: a server that is being killed may still have its files open.
      spawnSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function run(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`)
}
