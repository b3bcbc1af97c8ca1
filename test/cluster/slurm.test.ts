import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { readSession } from '../../src/report/session/index.ts'
import type { SessionState } from '../../src/session/index.ts'
import type { Split } from '../../src/split/split-file.ts'
import { BOX_A, startOn } from '../support/hosts.ts'
import { createNvidiaSmi, type NvidiaSmiStandIn } from '../support/nvidia-smi.ts'
import { allProcesses } from '../support/processes.ts'
import { copyFixture, type Project } from '../support/project.ts'
import { allEvents, countsIn, eventsOf, jarvis, ranIn } from '../support/resumed-run.ts'
import { cleanEnvironment, type Ended, run } from '../support/run.ts'
import { sessionFiles, type SessionFiles, sessionNames } from '../support/session-files.ts'
import { eventually, type Node, noSlurm, type Slurm, startSlurm } from './support/slurm.ts'

const UP_MS = 120_000
/** Slurm looks for what is over its time twice a minute, and tells a minute early at most. */
const TIME_LIMIT_MS = 240_000
/** A node that says nothing is given up after some time, and jarvis waits for silence as well. */
const NODE_LOST_MS = 300_000

const GPUS = [{ total: 24_564 }, { total: 24_564 }]

interface Attempt {
  files: SessionFiles
  state: SessionState
}

/** A project on a disk that all nodes share, each with a runtime folder and two GPUs of its own. */
class Bench {
  readonly project: Project
  readonly remove: () => void
  readonly logs: string
  readonly #gpus: NvidiaSmiStandIn
  readonly #onNode: string

  constructor() {
    const { remove, ...project } = copyFixture('cluster')
    // A folder whose name a shell, or sbatch, takes for something else where it is not quoted.
    const root = join(dirname(project.root), `it's 5% of $(touch pwned)`)
    renameSync(project.root, root)
    this.project = { ...project, root }
    this.remove = remove
    this.logs = join(root, 'logs')
    this.#gpus = createNvidiaSmi()
    this.#onNode = join(project.runtime, 'on-node')
    const folders = `${project.runtime}/$(hostname)`
    const script = [
      '#!/bin/sh',
      `mkdir -p "${folders}/gpus" && chmod 700 "${folders}"`,
      `printf '%s' '${JSON.stringify(GPUS)}' > "${folders}/gpus/gpus.json"`,
      `export XDG_RUNTIME_DIR="${folders}" NVIDIA_SMI_STATE="${folders}/gpus"`,
      'exec "$@"',
      '',
    ]
    writeFileSync(this.#onNode, script.join('\n'), { mode: 0o755 })
  }

  /** What a run, and whoever submits one, has in its environment. */
  env(slurm?: Slurm): Record<string, string> {
    const { PATH = '', ...gpus } = this.#gpus.env
    const own = { ON_NODE: this.#onNode, JARVIS_REPORTS: 'off' }
    return { ...slurm?.env, ...gpus, ...own, PATH: `${PATH}:/usr/sbin` }
  }

  /** Lets a loadout go on, or all of them. */
  release(loadout?: string): void {
    writeFileSync(join(this.project.root, loadout === undefined ? 'go' : `go-${loadout}`), '')
  }

  /** The sessions of a part, oldest first. */
  attempts(index: number): Attempt[] {
    return sessionNames(this.logs).flatMap((name) => {
      const files = sessionFiles(join(this.logs, name))
      const state = stateOf(files)
      return state?.shard?.index === index ? [{ files, state }] : []
    })
  }

  /** The only session of a part, once it is held in the middle of its first loadout. */
  held(index: number): Promise<Attempt> {
    return eventually(UP_MS, () => {
      const [attempt] = this.attempts(index)
      const text = attempt?.files.text('progression.log') ?? ''
      if (!/Scenario .*begins: PASSED/.test(text)) throw new Error(`part ${index}: ${text}`)
      return attempt!
    })
  }

  dispose(): void {
    this.#gpus.remove()
    this.remove()
  }
}

function stateOf(files: SessionFiles): SessionState | null {
  try {
    return JSON.parse(files.text('state.json')) as SessionState
  } catch {
    return null
  }
}

/** What of a row is the same wherever and whenever it was measured. */
function rowsOf(session: SessionFiles): string[] {
  const rows = session.results('llm')
  return rows.map(({ id, status, file, loadout, models, repeat, retries }) =>
    JSON.stringify({ id, status, file, loadout, models, repeat, retries }),
  )
}

/** The processes of a run that a scheduler has started, wherever they are. */
function processesOf(run: string, part?: number): number[] {
  const marks = [`JARVIS_RUN=${run}`, ...(part ? [`SLURM_ARRAY_TASK_ID=${part}`] : [])]
  return allProcesses()
    .filter(({ environment }) => marks.every((mark) => environment.includes(mark)))
    .map(({ pid }) => pid)
}

describe.skipIf(noSlurm !== null)(
  `Slurm${noSlurm === null ? '' : ` (skipped: ${noSlurm})`}`,
  () => {
    const bench = noSlurm === null ? new Bench() : null!
    let slurm: Slurm

    beforeAll(async () => {
      slurm = await startSlurm(join(bench.project.runtime, 'slurm'))
    })
    afterAll(async () => {
      await slurm?.stop()
      bench.dispose()
    })

    test('four parts on two nodes that are killed, cancelled, cut off and out of time become one session, as if nothing had been divided', async () => {
      const { project, logs } = bench
      const env = bench.env(slurm)
      const { root } = project
      onTestFinished(({ task }) => {
        if (task.result?.state !== 'fail') return
        const folder = join(logs, 'submitted')
        for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
          if (name.endsWith('.out'))
            process.stdout.write(`${name}:\n${readFileSync(join(folder, name), 'utf8')}\n`)
        }
      })

      const submitted = await run(project, { ...jarvis('submit', 'slurm', '-n', '4'), env })
      expect(submitted.code, submitted.output).toBe(0)
      const [, id, job, merge] =
        /Submitted (\S+): 4 parts as job (\d+), the merge as job (\d+)\./.exec(submitted.output)!
      const folder = join(logs, 'submitted', id!)
      const split = JSON.parse(readFileSync(join(folder, 'split.json'), 'utf8')) as Split
      const loadoutsOf = (index: number): string[] =>
        split.parts[index - 1]!.loadouts.map(({ loadout }) => loadout.replace('native-', ''))
      const release = (index: number): void =>
        loadoutsOf(index).forEach((name) => bench.release(name))
      const task = (index: number): string => `${job}_${index}`
      const said = (index: number): string =>
        readFileSync(join(folder, `part-${index}.out`), 'utf8')

      // Four parts at once, two on each of two machines, and each with a GPU of its own.
      const started = await Promise.all([1, 2, 3, 4].map((index) => bench.held(index)))
      const hosts = started.map(({ state }) => state.host!)
      expect(hosts.map(({ name }) => name).toSorted()).toEqual(['n1', 'n1', 'n2', 'n2'])
      expect(new Set(hosts.map((host) => host.id)).size).toBe(2)
      const held = await eventually(UP_MS, () =>
        started.map(({ files }, at) => {
          const known = files.eventsOf('machine_known').at(-1)
          if (known === undefined) throw new Error('The machine is not known yet')
          return [hosts[at]!.name, ...(known.gpus ?? []).map(({ index }) => index)].join(' ')
        }),
      )
      expect(held.toSorted()).toEqual(['n1 0', 'n1 1', 'n2 0', 'n2 1'])
      const [first] = started
      expect(first!.state.shard).toEqual({ index: 1, count: 4, digest: split.digest, run: id })

      // The same part in another place does not run.
      const twin = {
        ...env,
        JARVIS_RUN: id,
        JARVIS_SPLIT: join(folder, 'split.json'),
        SLURM_ARRAY_TASK_ID: '1',
      }
      const refused = await startOn(BOX_A, project, { ...jarvis('run'), env: twin }).ended()
      expect(refused.code, refused.output).toBe(2)
      expect(refused.output).toMatch(
        new RegExp(`part 1 of 4 of ${id} is running on n[12] \\(RUN_\\w+, process \\d+\\)`),
      )
      expect(bench.attempts(1)).toHaveLength(1)

      // Everything of a task is killed, and somebody requeues it: it goes on where it was.
      for (const pid of processesOf(id!, 1)) process.kill(pid, 'SIGKILL')
      await slurm.until(task(1), /FAILED|NODE_FAIL/)
      release(1)
      slurm.command('scontrol', 'requeue', task(1))

      // A task that is cancelled ends in order.
      slurm.command('scancel', task(2))
      await slurm.until(task(2), /CANCELLED/)
      const cancelled = await eventually(UP_MS, () => over(bench.attempts(2)[0]!))
      expect(cancelled.state).toMatchObject({ status: 'ended', result: 'INTERRUPTED' })
      expect(cancelled.files.text('progression.log')).toContain('the run got SIGTERM')

      // One is held until its time is over: it is told before, and says so.
      slurm.command('scontrol', 'update', `JobId=${task(3)}`, 'TimeLimit=1')
      await slurm.until(task(3), /TIMEOUT|FAILED/, TIME_LIMIT_MS)
      const late = await eventually(UP_MS, () => over(bench.attempts(3)[0]!))
      expect(late.state).toMatchObject({ status: 'ended', result: 'INTERRUPTED' })
      expect(late.files.text('progression.log')).toContain('the run got SIGTERM')

      const requeued = await slurm.until(task(1), /COMPLETED/)
      expect(requeued).toMatchObject({ restarts: 1, exitCode: '0:0' })
      expect(bench.attempts(1).map(({ state }) => state.result)).toEqual(['PASSED'])

      // The node of one is cut off: Slurm gives the part to the other node, which goes on with its session.
      const node = slurm.job(task(4)).node as Node
      expect(hosts[3]!.name).toBe(node)
      await slurm.cut(node)
      release(4)
      await slurm.until(task(4), /COMPLETED/, NODE_LOST_MS)
      slurm.boot(node)
      expect(slurm.job(task(4))).toMatchObject({ restarts: 1, exitCode: '0:0' })
      const [elsewhere] = bench.attempts(4)
      expect(elsewhere!.state).toMatchObject({ status: 'ended', result: 'PASSED' })
      expect(elsewhere!.state.host!.name).not.toBe(node)
      expect(said(4)).toMatch(/This goes on with RUN_\w+, an earlier attempt of this part/)

      // All have ended, however they did, and the merge has begun by itself: what is not there is no pass.
      const incomplete = await slurm.until(merge!, /COMPLETED|FAILED/)
      expect(incomplete).toMatchObject({ state: 'FAILED', exitCode: '1:0' })

      // What was cancelled and what was late are sent again, alone, and go on as well.
      bench.release()
      const again = slurm
        .command('sbatch', '--parsable', '--array=2,3', join(folder, 'parts.sbatch'))
        .trim()
      const ended = await Promise.all(
        [2, 3].map((index) => slurm.until(`${again}_${index}`, /COMPLETED|FAILED/)),
      )
      expect(
        ended.map(({ exitCode }) => exitCode),
        said(2) + said(3),
      ).toEqual(['0:0', '0:0'])
      for (const index of [1, 2, 3, 4]) {
        const [attempt, ...more] = bench.attempts(index)
        expect(more).toEqual([])
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const parts = eventsOf(await allEvents(attempt!.files), 'run_resumed')
        expect(parts).toHaveLength(1)
      }

      const merged = slurm.command('sbatch', '--parsable', join(folder, 'merge.sbatch')).trim()
      const complete = await slurm.until(merged, /COMPLETED|FAILED/)
      expect(complete, readFileSync(join(folder, 'merge.out'), 'utf8')).toMatchObject({
        exitCode: '0:0',
      })

      // No scenario that had its result has run twice.
      const twice = [...countsIn(ranIn(project))]
        .filter(([, count]) => count > 1)
        .map(([line]) => line)
      expect(twice.filter((line) => !line.endsWith('is held'))).toEqual([])

      const whole = await undivided(bench)
      const names = sessionNames(logs).filter(
        (name) => stateOf(sessionFiles(join(logs, name)))?.kind === 'plan',
      )
      expect(names).toHaveLength(1)
      const session = sessionFiles(join(logs, names[0]!))
      expect(rowsOf(session)).toEqual(rowsOf(whole.session!))
      // What was measured before its node was cut off was measured there.
      const moved = session
        .results('llm')
        .filter(({ loadout }) => loadoutsOf(4).includes(loadout.replace('native-', '')))
      const before = moved.filter(({ host }) => host === node)
      expect(before.map(({ name }) => name)).toEqual(['work > begins'])
      expect(moved).toHaveLength(6)
      const { verdict } = (await readSession(session.directory)).judgement
      expect(verdict).toBe('whole')

      // Nothing is left but locks of what was killed, which whoever comes next takes over.
      expect(processesOf(id!)).toEqual([])
      const folders = ['n1', 'n2', BOX_A.name].map((name) => join(project.runtime, name))
      const locks = folders.flatMap((path) =>
        readdirSync(path, { recursive: true, encoding: 'utf8' })
          .filter((file) => file.endsWith('.lock'))
          .map((file) => readFileSync(join(path, file), 'utf8')),
      )
      const killed = [1, 4].flatMap((index) =>
        bench.attempts(index).map(({ files }) => files.directory),
      )
      const holders = locks.map((text) => (JSON.parse(text) as { session: string }).session)
      expect(holders.filter((session) => !killed.includes(session))).toEqual([])
      expect(readdirSync(root).filter((name) => name === 'pwned')).toEqual([])
    })
  },
)

/** An attempt whose run is over. */
function over({ files }: Attempt): Attempt {
  const state = stateOf(files)
  if (state === null || state.status === 'running')
    throw new Error(`${basename(files.directory)} goes on`)
  return { files, state }
}

/** The same plan as one run. */
async function undivided(bench: Bench): Promise<Ended> {
  const folder = join(bench.project.runtime, 'undivided')
  mkdirSync(folder, { mode: 0o700 })
  const logs = join(bench.project.root, 'undivided')
  const ended = await run(bench.project, {
    ...jarvis('run'),
    env: { ...cleanEnvironment(), ...bench.env(), XDG_RUNTIME_DIR: folder, JARVIS_LOGS: logs },
  })
  expect(ended.code, ended.output).toBe(0)
  return { ...ended, session: sessionFiles(join(logs, sessionNames(logs).at(-1)!)) }
}
