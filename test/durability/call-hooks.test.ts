import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { FaultyRole, FsFault } from '../support/fs-faults-preload.ts'
import { createProject } from '../support/project.ts'
import { memoryFolder } from '../support/recorded-session.ts'
import { cleanEnvironment, vitestProgram } from '../support/run.ts'
import { hasStrace, hookedCalls, systemCalls } from '../support/system-calls.ts'

const RECORDER = fileURLToPath(new URL('../fixtures/session/recorder.ts', import.meta.url))
const PRELOAD = new URL('../support/fs-faults-preload.ts', import.meta.url).href
const RESULTS = 40

const hooked = (fault: Omit<FsFault, 'at' | 'kind'>): NodeJS.ProcessEnv => ({
  ...cleanEnvironment(),
  FS_FAULT: JSON.stringify({ ...fault, at: 0, kind: 'before' }),
  NODE_OPTIONS: `--import=${PRELOAD}`,
})

const told = (role: FaultyRole, calls: Record<string, number>): void =>
  void process.stdout.write(`${role}: ${JSON.stringify(calls)}\n`)

test.skipIf(!hasStrace)(
  'the hooks of these sweeps see each write, sync, rename, link and folder that the system sees of a session',
  async () => {
    const folder = memoryFolder()
    const [logs, log] = [join(folder, 'logs'), join(folder, 'calls')]
    const seen = await systemCalls([process.execPath, RECORDER, logs, String(RESULTS), '200'], {
      folder: logs,
      cwd: folder,
      env: hooked({ under: [logs], role: 'worker', log }),
    })
    told('worker', seen)
    expect(hookedCalls(log)).toEqual(seen)
    expect(seen['write']).toBeGreaterThan(RESULTS)
    expect(seen['fdatasync']).toBeGreaterThan(1)
  },
)

test.skipIf(!hasStrace)(
  'the hooks of these sweeps see as many of them as the system sees of the main process of a whole run',
  async () => {
    const { root, runtime } = createProject('durability')
    const [logs, log] = [join(root, 'logs'), join(root, 'calls')]
    const env = hooked({ under: [logs], role: 'main', log })
    const command = [process.execPath, vitestProgram, 'run', '--config', 'jarvis']
    const seen = await systemCalls(command, {
      folder: logs,
      cwd: root,
      env: { ...env, JARVIS_REPORTS: 'off', XDG_RUNTIME_DIR: runtime },
    })
    told('main', seen)
    expect(hookedCalls(log)).toEqual(seen)
    expect(seen['rename']).toBeGreaterThan(1)
  },
)
