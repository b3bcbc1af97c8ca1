import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Project } from './project.ts'

/** A file system of its own in a project, that of `mount -o`; null where only others may mount. */
export function mountTiny(project: Project, options: string): string | null {
  const folder = join(project.root, 'tiny')
  mkdirSync(folder)
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder])
  if (status !== 0) return null
  onTestFinished(() => void spawnSync('umount', ['--lazy', folder]))
  return folder
}
