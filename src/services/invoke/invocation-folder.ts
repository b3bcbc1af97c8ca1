import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const prefixOf = (service: string): string => `jarvis-cli-${service}-`

/** Makes a folder for the files of one request to the service of this id. */
export function makeFolder(service: string): Promise<string> {
  return mkdtemp(join(tmpdir(), prefixOf(service)))
}

/** Removes one; files that a program still holds on Windows are tried again. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** Removes what requests left whose worker was killed. Never rejects: they are in the temporary folder. */
export async function removeFolders(service: string): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => [])
  const left = names.filter((name) => name.startsWith(prefixOf(service)))
  await Promise.allSettled(left.map((name) => removeFolder(join(tmpdir(), name))))
}
