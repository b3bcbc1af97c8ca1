import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Job } from './job.ts'
import { findPython } from './tools.ts'

/** Why no package can be fetched here. */
export function lacksPython(): string | null {
  return findPython(9, 14) === null
    ? 'no Python from 3.9 on with venv (JARVIS_REAL_PYTHON names one)'
    : null
}

/** Where a model of llama.cpp's format lies in the stack. */
export function ggufPath(root: string, name: string): string {
  return join(root, 'models', `${name}.gguf`)
}

/** Joins files into one, whose digest is told; there is never a half of it under its name. */
export function joinFiles(parts: readonly string[], path: string, sha256: string | null): string {
  mkdirSync(join(path, '..'), { recursive: true })
  const digest = createHash('sha256')
  const fresh = `${path}.partial`
  writeFileSync(fresh, '')
  for (const part of parts) {
    const bytes = readFileSync(part)
    digest.update(bytes)
    writeFileSync(fresh, bytes, { flag: 'a' })
  }
  const told = digest.digest('hex')
  if (sha256 !== null && told !== sha256) {
    rmSync(fresh)
    throw new Error(`What was joined as ${path} has the SHA-256 ${told} instead of ${sha256}.`)
  }
  renameSync(fresh, path)
  return told
}

/** Keeps a text of terms beside the stack. */
export function keepLicence(job: Job, file: string, name: string): string {
  const folder = join(job.root, 'licences')
  mkdirSync(folder, { recursive: true })
  copyFileSync(file, join(folder, name))
  return join(folder, name)
}

/** The files below a folder whose path matches, in the order of their paths. */
export function filesLike(folder: string, pattern: RegExp): string[] {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return all
    .filter((path) => pattern.test(path))
    .toSorted()
    .map((path) => join(folder, path))
}
