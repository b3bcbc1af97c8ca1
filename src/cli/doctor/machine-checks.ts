import { access, constants, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BYTES_PER_GB } from '../../host/gigabytes.ts'
import { stopCommand } from '../../host/stop-command.ts'
import type { Plan } from '../../plan/index.ts'
import { assertPortFree, portOwner } from '../../services/processes/ports.ts'
import { byRun, holderInWords, runHolders } from '../../session/lock/lock-holders.ts'
import { locksOf, type RunWants, whyAlone } from '../../session/lock/lock-wants.ts'
import type { OwnGpus } from '../../host/own-gpus.ts'
import {
  type GpuProcess,
  type GpuSample,
  memoryInUse,
  type Sample,
  startTelemetry,
} from '../../telemetry/index.ts'
import type { Finding } from './finding.ts'

/** A night of service logs and attachments fits into this. */
const ROOMY_BYTES = 5 * BYTES_PER_GB
/** Below this not even results are safe. */
const NARROW_BYTES = 0.1 * BYTES_PER_GB
const GPU_TIMEOUT_MS = 5_000
/** With less in use nobody holds anything worth telling. */
const IDLE_BYTES = 0.5 * BYTES_PER_GB
const HOLDERS_TIMEOUT_MS = 1_500
const HOLDERS_PAUSE_MS = 20
const GPU_ENGINES = new Set(['ollama', 'vllm', 'llamacpp'])

/** The ports that services of the plan insist on. */
export async function checkPorts(plan: Plan): Promise<Finding[]> {
  const models = plan.blocks.flatMap(({ loadouts }) => loadouts.flatMap((one) => one.models))
  const named = new Set(models.filter(({ engine }) => engine === 'native').map(({ name }) => name))
  const fixed = [...named].flatMap((name) => {
    const port = plan.services[name]?.port
    return port === undefined ? [] : [{ name, port }]
  })
  return Promise.all(fixed.map(({ name, port }) => checkPort(name, port)))
}

async function checkPort(service: string, port: number): Promise<Finding> {
  const about = { subject: 'port', name: String(port) } as const
  try {
    await assertPortFree(port, `native://${service}`)
    return { status: 'ok', ...about, message: `It is free for native://${service}.`, fix: null }
  } catch {
    const owner = await portOwner(port)
    const by = owner === null ? '' : ` by ${owner.program || 'a process'} (pid ${owner.pid})`
    const message = `It is in use${by}, and native://${service} needs it.`
    const fix = owner === null ? 'give the service another port' : stopCommand(owner.pid)
    return { status: 'missing', ...about, message, fix }
  }
}

/** One sample of the GPUs, by the tools that a run uses, and what there is to say of it. */
export interface GpuLook {
  sample: Sample | null
  hasGpu: boolean
  processes: readonly GpuProcess[]
  /** Why no GPU can be read, or what there is to remark; null where there is nothing. */
  unavailable: string | null
  remark: string | null
}

/** Looks at the GPUs and at who holds their memory. */
export async function lookAtGpus(env: NodeJS.ProcessEnv, own: OwnGpus | null): Promise<GpuLook> {
  const telemetry = startTelemetry({ env, gpus: own?.gpus ?? null })
  try {
    const sample = await telemetry.fresh(AbortSignal.timeout(GPU_TIMEOUT_MS))
    // Who holds it is told a moment later.
    const inUse = sample === null ? 0 : (memoryInUse(sample) ?? 0)
    const deadline = performance.now() + (inUse > IDLE_BYTES ? HOLDERS_TIMEOUT_MS : 0)
    while (telemetry.processes().length === 0 && performance.now() < deadline) {
      // oxlint-disable-next-line no-await-in-loop -- until somebody is told of, or nobody will be
      await sleep(HOLDERS_PAUSE_MS)
    }
    return {
      sample,
      hasGpu: telemetry.hasGpu ?? false,
      processes: telemetry.processes(),
      unavailable: telemetry.unavailable,
      remark: telemetry.remark ?? null,
    }
  } finally {
    await telemetry.stop()
  }
}

/** What a look at the GPUs means for a plan. */
export function checkGpu(plan: Plan, { sample, unavailable, remark }: GpuLook): Finding[] {
  const gpus = sample?.gpus ?? []
  const said: Finding[] =
    remark === null
      ? []
      : [{ status: 'warn', subject: 'gpu', name: 'GPU', message: remark, fix: null }]
  if (gpus.length > 0) return [...gpus.map(gpuFinding), ...said]
  const why = unavailable ?? 'No GPU answered in time.'
  const wanted = plan.blocks.some(({ loadouts }) =>
    loadouts.some(({ models }) => models.some(({ engine }) => GPU_ENGINES.has(engine))),
  )
  const about = { subject: 'gpu', name: 'GPU', fix: null } as const
  if (!wanted) return [{ status: 'ok', ...about, message: `${why} The plan needs none.` }]
  return [{ status: 'warn', ...about, message: `${why} What a model holds there is not measured.` }]
}

function gpuFinding({ index, name, used, total }: GpuSample): Finding {
  const inGb = (bytes: number | null): string =>
    bytes === null ? '?' : (bytes / BYTES_PER_GB).toFixed(2)
  const message = `${name}: ${inGb(used)} of ${inGb(total)} GB in use.`
  return { status: 'ok', subject: 'gpu', name: `GPU ${index}`, message, fix: null }
}

/** Room for results and logs where sessions are kept. */
export async function checkDisk(logs: string): Promise<Finding> {
  const folder = await nearestFolder(logs)
  const about = { subject: 'disk', name: logs } as const
  const elsewhere = 'set JARVIS_LOGS to a folder on another disk'
  const writable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )
  if (!writable) {
    return { status: 'missing', ...about, message: `${folder} is not writable.`, fix: elsewhere }
  }
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const message = `${(free / BYTES_PER_GB).toFixed(2)} GB are free.`
  if (free >= ROOMY_BYTES) return { status: 'ok', ...about, message, fix: null }
  return { status: free < NARROW_BYTES ? 'missing' : 'warn', ...about, message, fix: elsewhere }
}

/** What a run of the plan wants of the machine for itself; null: all of it, `nothing`: it shares all. */
export type Wanted = RunWants | null | 'nothing'

/** Runs that use the machine, or a part of it: a plan that wants what one of them has would not start. */
export async function checkLock(env: NodeJS.ProcessEnv, wanted: Wanted): Promise<Finding[]> {
  const about = { subject: 'lock', name: 'run.lock' } as const
  const holders = byRun(await runHolders(env))
  if (holders.length === 0) {
    return [{ status: 'ok', ...about, message: 'No other run uses the machine.', fix: null }]
  }
  return holders.map(({ holder, holds, all }) => {
    const inTheWay = wanted === 'nothing' ? [] : all.filter((one) => isWanted(one, wanted))
    const what = holds === null ? 'uses the machine' : `has ${holds}`
    const why = inTheWay.map((one) => (one === null ? '' : whyAlone(one))).find(Boolean) ?? ''
    const message = `A run ${what}${why}: ${holderInWords(holder)}.`
    if (inTheWay.length === 0) return { status: 'warn', ...about, message, fix: null }
    return { status: 'missing', ...about, message, fix: 'wait for it, or set JARVIS_WAIT=true' }
  })
}

/** Whether a plan cannot run beside whoever has this. */
function isWanted(holds: string | null, wanted: RunWants | null): boolean {
  return holds === null || wanted === null || locksOf(wanted).some((lock) => lock.holds === holds)
}

async function nearestFolder(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    // oxlint-disable-next-line no-await-in-loop -- upwards until one is there
    const there = await access(folder).then(
      () => true,
      () => false,
    )
    if (there || folder === dirname(folder)) return folder
  }
}
