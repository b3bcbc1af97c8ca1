import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Project } from './project.ts'
import { cleanEnvironment, vitestProgram } from './run.ts'
import { latestSession, type SessionFiles } from './session-files.ts'

const jarvisProgram = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** What the scripts of a test call a run, by how a person starts it. */
export const RUNS = { 'vitest run': '$VITEST', 'jarvis run': '$JARVIS' } as const

export interface ScriptEnded {
  code: number | null
  stdout: string
  stderr: string
  /** The newest session; null when the script made none. */
  session: SessionFiles | null
}

/** What a shell in a project needs to know: `$VITEST` and `$JARVIS` start a run. */
export function shellEnvironment({ runtime }: Project): NodeJS.ProcessEnv {
  return {
    ...cleanEnvironment(),
    JARVIS_REPORTS: 'off',
    XDG_RUNTIME_DIR: runtime,
    VITEST: `${process.execPath} ${vitestProgram} run --config jarvis`,
    JARVIS: `${process.execPath} ${jarvisProgram} run`,
  }
}

/** Runs a script of bash in a project to its end. */
export async function runScript(
  project: Project,
  script: string,
  env: NodeJS.ProcessEnv = {},
): Promise<ScriptEnded> {
  const child = spawn('bash', ['-c', script], {
    cwd: project.root,
    env: { ...shellEnvironment(project), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr, session: latestSession(join(project.root, 'logs')) }
}

/** What a run's story warns of. */
export function warnings(session: SessionFiles | null): string[] {
  const notes = session?.eventsOf('note') ?? []
  return notes.filter(({ level }) => level === 'WARN').map(({ message }) => message)
}

/** Puts the programs of a project where package managers look for them. */
export function linkPrograms({ root }: Project): void {
  const folder = join(root, 'node_modules', '.bin')
  mkdirSync(folder)
  // As package managers do for what they install.
  chmodSync(jarvisProgram, 0o755)
  symlinkSync(vitestProgram, join(folder, 'vitest'))
  symlinkSync(jarvisProgram, join(folder, 'jarvis'))
}
