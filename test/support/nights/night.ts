/*
 * Plays one night: a run of the real command, on which the strokes of its plan fall. What struck, and where, is what the
 * checker is told.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { allProcesses, groupOf } from '../processes.ts'
import type { Project } from '../project.ts'
import { linkPrograms, shellEnvironment } from '../shell.ts'
import { Striker, type Struck } from './striker.ts'
import type { NightPlan } from './strokes.ts'

/** What became of a night. */
export interface Night {
  plan: NightPlan
  root: string
  runtime: string
  session: string
  /** Exit code of the command; null where its starter was ended. */
  code: number | null
  struck: Struck[]
  /** Processes that are nobody's of the run, and their ports. */
  spared: { pid: number; port: number }[]
  seconds: number
}

export interface NightOptions {
  project: Project
  plan: NightPlan
  /** Its plan, under `plans/`. */
  file: string
  /** A port that nobody has. */
  port: number
}

const NIGHT_TIMEOUT_MS = 420_000
const AFTER_LAUNCHER_MS = 60_000
const LOOK_EVERY_MS = 25

const COMMANDS = {
  plain: 'exec $VITEST > out.log 2>&1',
  head: '$VITEST 2> err.log | head -4 > out.log; exit $PIPESTATUS',
  full: 'exec $VITEST > /dev/full 2> err.log',
} as const

/** @throws Error when the run does not come to its end */
export async function playNight({ project, plan, file, port }: NightOptions): Promise<Night> {
  const { root, runtime } = project
  prepare(project, plan, file, port)
  const began = performance.now()
  const child = spawn('bash', ['-c', commandOf(plan)], {
    cwd: root,
    env: {
      ...shellEnvironment(project),
      JARVIS_PLAN: `plans/${file}`,
      NIGHT_NODE: process.execPath,
      // What fills its heap does so soon.
      NODE_OPTIONS: '--max-old-space-size=320',
      PATH: `${join(root, 'node_modules', '.bin')}:${process.env['PATH']}`,
    },
    stdio: [
      'ignore',
      openSync(join(root, 'shell.log'), 'w'),
      openSync(join(root, 'shell.log'), 'a'),
    ],
    detached: true,
  })
  const striker = new Striker(project, plan, child)
  try {
    const code = await untilEnd(child, striker, root)
    await striker.settle()
    return {
      plan,
      root,
      runtime,
      session: striker.session,
      code,
      struck: striker.struck,
      spared: striker.spared,
      seconds: (performance.now() - began) / 1_000,
    }
  } finally {
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // It has ended, as it should.
    }
  }
}

function prepare(project: Project, plan: NightPlan, file: string, port: number): void {
  const { root } = project
  for (const folder of ['armed', 'struck', 'modes']) mkdirSync(join(root, folder))
  linkPrograms(project)
  const scripts = { night: 'vitest run --config jarvis' }
  writeFileSync(join(root, 'package.json'), JSON.stringify({ type: 'module', scripts }))
  const path = join(root, 'plans', file)
  writeFileSync(path, readFileSync(path, 'utf8').replace('47110', String(port)))
  const modes = { slips: 'echo.slips', stranger: 'echo.stranger', stranger_fixed: 'fixed.stranger' }
  for (const beginning of plan.beginnings) writeFileSync(join(root, 'modes', modes[beginning]), '')
}

function commandOf({ form, launcher }: NightPlan): string {
  return form === 'launched' ? `exec ${launcher} > out.log 2>&1` : COMMANDS[form]
}

async function untilEnd(
  child: ChildProcess,
  striker: Striker,
  root: string,
): Promise<number | null> {
  let exit: [number | null] | null = null
  void once(child, 'exit').then((code) => (exit = code as [number | null]))
  const deadline = performance.now() + NIGHT_TIMEOUT_MS
  let launcherLimit = Infinity
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- polls
    await sleep(LOOK_EVERY_MS)
    striker.look()
    const isOver = !striker.hasEndedLauncher || (striker.hasRunEnded && !isThere(child.pid!))
    if (exit !== null && isOver) {
      return striker.hasEndedLauncher ? null : exit[0]
    }
    if (striker.hasEndedLauncher)
      launcherLimit = Math.min(launcherLimit, performance.now() + AFTER_LAUNCHER_MS)
    if (performance.now() > Math.min(deadline, launcherLimit))
      throw new Error(`The run does not end: ${tailOf(root)}`)
  }
}

/** Whether anything of a process group still runs: a zombie that nobody waits for does not. */
function isThere(group: number): boolean {
  return allProcesses().some(({ pid }) => groupOf(pid) === group)
}

function tailOf(root: string): string {
  const path = join(root, 'out.log')
  return existsSync(path) ? readFileSync(path, 'utf8').slice(-2_000) : ''
}
