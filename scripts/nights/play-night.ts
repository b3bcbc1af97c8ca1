import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { NightsProject } from './project.ts'
import type { NightStory } from './story.ts'

const GPU = {
  name: 'NVIDIA GeForce RTX 4090 (stand-in)',
  total: 24_564,
  base: 512,
  utilization: 3,
}
const POLL_MS = 20
/** The watchdog of a run that was killed has completed it long before. */
const COMPLETED_MS = 60_000

const clock = new URL('./shifted-clock.mjs', import.meta.url).href
const standIn = fileURLToPath(new URL('../../test/stand-ins/nvidia-smi', import.meta.url))
const vitestFolder = dirname(createRequire(import.meta.url).resolve('vitest/package.json'))

/** A night that was: the name of its session, and how its run ended. */
export interface PlayedNight {
  session: string
  /** Null where it was killed. */
  code: number | null
}

/**
 * Runs the plan of the project as on that night, at that time.
 *
 * @throws Error for a night that left no session or is not as the story has it, with what its run printed
 */
export async function playNight(
  project: NightsProject,
  story: NightStory,
  at: Date,
): Promise<PlayedNight> {
  tellGpu(project, story)
  const before = new Set(sessionsOf(project))
  const program = join(vitestFolder, 'vitest.mjs')
  const child = spawn(process.execPath, [program, 'run', '--config', 'jarvis'], {
    cwd: project.root,
    env: environment(project, story, at),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = Promise.all([text(child.stdout), text(child.stderr)])
  const ended = once(child, 'exit') as Promise<[number | null]>
  const newest = (): string | undefined => sessionsOf(project).find((name) => !before.has(name))
  const lines = (): string[] => journalOf(project, newest())
  const { killedIn } = story
  if (killedIn !== null) {
    const { loadout, scenario } = killedIn
    const words = ['"scenario_started"', JSON.stringify(scenario), JSON.stringify(loadout)]
    const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null
    await until(() => isOver() || has(lines(), words))
    child.kill('SIGKILL')
  }
  const [code] = await ended
  const session = newest()
  if (killedIn !== null) {
    await until(() => has(lines(), ['"run_ended"']), COMPLETED_MS)
  }
  const isAsTold = (code === null) === (killedIn !== null)
  if (session === undefined || !isAsTold) {
    throw new Error(
      `Night ${story.night} is not as it should be, its run ended with ${code}:\n${(await printed).join('')}`,
    )
  }
  return { session, code }
}

function tellGpu({ state, root }: NightsProject, { driver, models }: NightStory): void {
  // What a night has leaked is back after a restart of the machine.
  for (const name of readdirSync(state)) rmSync(join(state, name))
  writeFileSync(join(state, 'gpus.json'), JSON.stringify([{ ...GPU, driver }]))
  const held = Object.entries(models).map(([name, { memory, isLeaking }]) => {
    return [name, { used: memory, leaked: isLeaking }] as const
  })
  const engines = { folder: root, models: Object.fromEntries(held) }
  writeFileSync(join(state, 'engines.json'), JSON.stringify(engines))
}

function environment(
  { runtime, state }: NightsProject,
  { models }: NightStory,
  at: Date,
): NodeJS.ProcessEnv {
  // Whoever makes nights may be a run or a test itself.
  const others = /^(?:VITEST|JARVIS|NODE_OPTIONS$|NODE_ENV$|TEST$|FORCE_COLOR$|GITHUB_ACTIONS$|CI$)/
  const kept = Object.entries(process.env).filter(([name]) => !others.test(name))
  const options = Object.entries(models).map(([name, model]) => [name, model.options])
  return {
    ...Object.fromEntries(kept),
    NO_COLOR: '1',
    NODE_OPTIONS: `--import=${clock}`,
    NIGHT_CLOCK_SHIFT_MS: String(at.getTime() - Date.now()),
    NVIDIA_SMI_STATE: state,
    PATH: [standIn, dirname(process.execPath), process.env['PATH']].join(delimiter),
    JARVIS_SIM: JSON.stringify(Object.fromEntries(options)),
    XDG_RUNTIME_DIR: runtime,
  }
}

function sessionsOf({ logs }: NightsProject): string[] {
  return readdirSync(logs).filter((name) => name.startsWith('RUN_'))
}

function journalOf({ logs }: NightsProject, session: string | undefined): string[] {
  try {
    return readFileSync(join(logs, session ?? '', 'events.jsonl'), 'utf8').split('\n')
  } catch {
    // It is about to begin.
    return []
  }
}

function has(lines: readonly string[], words: readonly string[]): boolean {
  return lines.some((line) => words.every((word) => line.includes(word)))
}

async function until(condition: () => boolean, limitMs = Infinity): Promise<void> {
  const deadline = performance.now() + limitMs
  // oxlint-disable-next-line no-await-in-loop -- polls
  while (!condition() && performance.now() < deadline) await sleep(POLL_MS)
}
