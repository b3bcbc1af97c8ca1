import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** A project of a user's, with jarvis and Vitest in its node_modules, and what its nights need besides. */
export interface NightsProject {
  root: string
  logs: string
  /** Where the stand-in for nvidia-smi looks. */
  state: string
  /** What belongs to the machine, so that the nights have a lock of their own. */
  runtime: string
}

/** Makes one in a folder that is not there yet, or is empty. */
export function makeProject(folder: string): NightsProject {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new Error(`${folder} is not empty: name a folder that is not there yet.`)
  }
  mkdirSync(folder, { recursive: true })
  const root = realpathSync(folder)
  cpSync(fileURLToPath(new URL('./project', import.meta.url)), root, { recursive: true })
  const logs = join(root, 'logs')
  mkdirSync(logs)
  mkdirSync(join(root, 'node_modules'))
  symlinkSync(repository, join(root, 'node_modules', 'jarvis'), 'junction')
  const vitest = join(repository, 'node_modules', 'vitest')
  symlinkSync(vitest, join(root, 'node_modules', 'vitest'), 'junction')
  // Paths of sockets are short.
  const own = mkdtempSync(join(tmpdir(), 'jarvis-nights-'))
  const [state, runtime] = [join(own, 'gpu'), join(own, 'runtime')]
  mkdirSync(state)
  mkdirSync(runtime, { mode: 0o700 })
  return { root, logs, state, runtime }
}
